"""A customer who also works for the company: told as one person, decided in each role apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from people_world import ID, NAME, PHONE, Sheet, merged, people

from shanhou.inventory.kinds import About, Category

WANG, LI = "11010519491231002X", "110105198001010016"


def workers(*rows: list[str | None]) -> Sheet:
    columns = {"xm": (NAME, About.WORKER), "sj": (PHONE, About.WORKER), "sfz": (ID, About.WORKER)}
    return Sheet("workers", columns, rows, about=About.WORKER)


def test_who_is_customer_and_worker_is_told_as_one_person_and_joined_to_nothing(
    tmp_path: Path,
) -> None:
    customers = people(
        "customers",
        ["王芳", "13816205347", WANG],
        ["李强", "13912345670", None],
        ["张敏", "13712345671", None],
        ["赵静", "13612345672", LI],
        columns=(NAME, PHONE, ID),
    )
    staff = workers(
        ["王芳", "13900001111", WANG],
        ["李強", "139 1234 5670", None],
        # a phone alone is a family's
        ["张伟", "13712345671", None],
        # name and phone alike, and another ID: mother and daughter of one name, or an error
        ["赵静", "13612345672", WANG],
    )
    world = merged(tmp_path, customers, staff)
    assert world.counts.two_roles == 2
    told = {(row["sid"], row["rec"], row["dataset"], row["about"])
            for row in world.rows("other_role")}  # fmt: skip
    assert told == {
        (0, 4, "workers", "worker"),
        (0, 7, "workers", "worker"),
        (1, 5, "workers", "worker"),
    }
    assert world.groups() == {frozenset({n}) for n in range(4)}


@pytest.mark.parametrize(
    ("surname", "given", "written", "cells"),
    [
        ("姓", "名", "王芳", ["王", "芳"]),
        ("姓氏", "名字", "欧阳娜", ["欧阳", "娜"]),
        ("last_name", "first_name", "Anna Smith", ["Smith", "Anna"]),
    ],
)
def test_staff_whose_name_stands_in_two_columns_are_found_by_phone_or_mail(
    tmp_path: Path, surname: str, given: str, written: str, cells: list[str]
) -> None:
    columns = {surname: (NAME, About.WORKER), given: (NAME, About.WORKER),
               "sj": (PHONE, About.WORKER), "yx": (Category.EMAIL, About.WORKER)}  # fmt: skip
    rows = [[*cells, "13816205347", None],
            [*cells, None, "w@shanhou.example"],
            # the surname alone, or another of the family
            [cells[0], None, "13816205347", None],
            [cells[0], "某某", "13816205347", None]]  # fmt: skip
    customers = people(
        "customers",
        [written, "13816205347", "w@shanhou.example"],
        columns=(NAME, PHONE, Category.EMAIL),
    )
    world = merged(tmp_path, customers, Sheet("workers", columns, rows, about=About.WORKER))
    assert {(row["sid"], row["rec"]) for row in world.rows("other_role")} == {(0, 1), (0, 2)}
