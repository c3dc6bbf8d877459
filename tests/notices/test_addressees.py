"""Who is written to, and what of theirs is told, from the plan's own tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "subjects"))

from people_world import NAME, PHONE, Merged, Sheet, collect, merged, people, register_of

from shanhou.disposition.decide import Decision
from shanhou.disposition.plan import Basis, Plan
from shanhou.disposition.situation import Decided, Situation
from shanhou.inventory.kinds import About, Category
from shanhou.law.rule import Outcome
from shanhou.notices.addressees import Addressee, addressees
from shanhou.notices.letter import Kept, Template
from shanhou.subjects.naming import names
from shanhou.vault.generation import Desk

ORG = {
    "org": (Category.ORG_NAME, About.CUSTOMER_ORG),
    "person": (NAME, About.CUSTOMER_CONTACT),
    "phone": (PHONE, About.CUSTOMER_CONTACT),
}
SHEETS = (
    people("a", ["王 芳(老客户)", "13816205347"], ["王芳", "13816205347"], ["李强", None]),
    Sheet("b", ORG, [["示例棉纺（上海）有限公司", "赵敏", "13716205341"]], About.CUSTOMER_ORG),
)


def plan() -> Plan:
    """Records 0 and 1 wait for consent or are sealed, 2 goes, 3 waits and concerns a child."""
    decided = {
        ("s0", "contact"): Outcome.TRANSFER_AFTER_CONSENT,
        ("s1", "contact"): Outcome.RETAIN,
        ("s2", "contact"): Outcome.DESTROY,
        ("s2", "payment"): Outcome.DESTROY,
        ("s3", "family_health"): Outcome.TRANSFER_AFTER_CONSENT,
    }
    contact = {"name": "contact", "sensitive": False}
    health = {"name": "family_health", "sensitive": True, "fields": []}
    payment = {"name": "payment", "sensitive": False, "fields": ["f1"]}
    fields = {"a": ["f0"], "b": ["org"]}
    return Plan(
        basis=Basis("c", "asset-sale", "2026-11-22", "r", "s", "d", "a", "g", "p", {}),
        maker="m",
        made_at="-",
        rehearsal=True,
        holdings=tuple(
            {"name": name, "groups": [{**contact, "fields": fields[name]}, health,
                                        *([payment] if name == "a" else [])]}
            for name in ("a", "b")
        ),
        situations=tuple(
            Situation(sit, "b" if sit == "s3" else "a",
                      {"child": "yes" if sit == "s3" else "unknown"}, 1)
            for sit in ("s0", "s1", "s2", "s3")
        ),
        decisions=tuple(
            Decided(sit, group, Decision(outcome, (), (), ()))
            for (sit, group), outcome in decided.items()
        ),
        assignment={}, out_of_scope={}, held_up=(), samples={}, unreached=0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Merged:
    world = merged(tmp_path_factory.mktemp("w"), *SHEETS)
    with world.vault.write("plan-1") as desk:
        desk.put("record", pa.table({
            "rec": pa.array([0, 1, 2, 3], pa.int64()),
            "ds": pa.array([0, 0, 0, 1], pa.int64()),
            "sid": pa.array([0, 0, 2, 3], pa.int64()),
            "retain_until": pa.array([date(2040, 1, 1), date(2056, 12, 31), None, None]),
            "sit": ["s0", "s1", "s2", "s3"],
        }))  # fmt: skip
    world.vault.seal("plan-1", {}, {})
    return world


def told(world: Merged, template: Template) -> list[Addressee]:
    with world.vault.read("plan-1", "subjects", "collect") as desk:
        return list(_told(desk, world, template))


def _told(desk: Desk, world: Merged, template: Template) -> Iterator[Addressee]:
    with world.vault.write("scratch") as other:
        done = collect(other, SHEETS)
    called = names(desk, register_of(SHEETS), done, collected="collect", subjects="subjects")
    yield from addressees(desk, plan(), called, template, generation="plan-1", subjects="subjects",
                          collected="collect", datasets=done)  # fmt: skip


def test_consent_is_asked_only_of_those_whose_data_might_go(world: Merged) -> None:
    assert [one.sid for one in told(world, Template.ART23)] == [0, 3]
    assert [one.sid for one in told(world, Template.CLOSURE)] == [0, 2, 3]


def test_a_letter_tells_each_group_its_outcome_and_its_end(world: Merged) -> None:
    first = told(world, Template.ART23)[0]
    assert [(one.group, one.outcome, one.kept) for one in first.profile.items] == [
        ("contact", Outcome.TRANSFER_AFTER_CONSENT, None),
        ("contact", Outcome.RETAIN, Kept.DATE),
    ]
    assert (first.counts, first.untils) == ((1, 1), (None, date(2056, 12, 31)))
    assert not first.profile.sensitive
    assert not first.profile.child


def test_a_company_is_called_by_its_name_and_its_contact_persons(world: Merged) -> None:
    last = told(world, Template.ART23)[1]
    assert (last.name, last.persons) == ("示例棉纺（上海）有限公司", "赵敏")
    assert last.profile.company
    assert last.profile.sensitive
    assert last.profile.child


def test_a_person_is_called_by_the_name_alone(world: Merged) -> None:
    assert [one.name for one in told(world, Template.CLOSURE)][:2] == ["王芳", "李强"]


def test_a_group_whose_cells_are_all_empty_is_not_told(world: Merged) -> None:
    second = told(world, Template.CLOSURE)[1]
    assert [(one.group, one.outcome) for one in second.profile.items] == [
        ("contact", Outcome.DESTROY)
    ]
    assert second.counts == (1,)


def test_customers_drawn_up_in_blocks_are_the_same_in_the_same_order(
    world: Merged, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = told(world, Template.CLOSURE)
    monkeypatch.setattr("shanhou.notices.addressees.BLOCK", 2)
    assert told(world, Template.CLOSURE) == at_once
    assert len(at_once) > 2


def test_an_addressee_knows_by_what_they_are_reached(world: Merged) -> None:
    assert {one.sid: one.ways for one in told(world, Template.CLOSURE)} == {
        0: ("phone",),
        2: (),
        3: ("phone",),
    }
