"""A whole find with no way out of the machine: tables, their cells, and texts with the model."""

from __future__ import annotations

import socket

import pyarrow as pa
import pytest

from shanhou.inventory.kinds import Category, Verdict
from shanhou.inventory.register import take_inventory
from shanhou.inventory.scan import detect_texts, text_rules
from shanhou.inventory.search import search
from shanhou.wiring import recognizer_named
from shanhou_examples.people import person
from world import World, sheet


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every socket that is asked for, and every name that is looked up; none is given."""
    asked: list[str] = []

    def refuse(name: str) -> object:
        def refused(*_: object, **__: object) -> None:
            asked.append(name)
            message = f"{name} is refused"
            raise OSError(message)

        return refused

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "socketpair"):
        monkeypatch.setattr(socket, name, refuse(name))
    return asked


def test_a_table_and_texts_are_searched_with_all_sockets_refused(asked_for: list[str]) -> None:
    people = [person(n, salt=5) for n in range(1_200)]
    phones = [one.phone for one in people]
    notes = [f"客户{one.name}电话{one.phone}，住{one.address}" for one in people[:40]]
    world = World()
    sheet(world, "s/客户.csv", {"联系方式": phones, "备注": notes * 30})

    register = take_inventory(world)
    cells = search(pa.array(phones), text_rules(), whole=True)
    texts = detect_texts(notes, recognizer_named("lac"))

    field = register.dataset("s/客户.csv").field_named("联系方式")
    assert (field.verdict, field.category) == (Verdict.CERTAIN, Category.PHONE)
    assert cells.stands.sum() == len(phones)
    wanted = {Category.PERSON_NAME, Category.PHONE, Category.ADDRESS}
    assert all(wanted <= {one.category for one in found} for found in texts)
    assert asked_for == []
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", 9))
