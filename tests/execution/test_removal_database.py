"""Items leave a database all or nothing, once, and no kept row is left pointing at nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from removal_world import SOURCE, WHOLE, change, codes, datasets, ids, removal, rows, shop

from shanhou.errors import Refusal
from shanhou.execution.database_remover import DatabaseRemover
from shanhou.execution.references import Link
from shanhou.sources.database import open_engine


@pytest.fixture(params=[
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
])  # fmt: skip
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param != "sqlite":
        found: str = request.getfixturevalue(request.param)
    else:
        path = tmp_path / "shop.db"
        path.touch()
        found = f"sqlite:///{path}"
    shop(found)
    return found


def remover(url: str, *, references: tuple[Link, ...] = ()) -> DatabaseRemover:
    return DatabaseRemover(url, "", list(datasets(url).values()), references=references)


def test_a_row_whose_items_all_go_is_deleted_and_the_kept_rows_stay_as_they_are(url: str) -> None:
    before, albums = rows(url, "customer"), rows(url, "album")
    (done,) = remover(url).remove([removal(url, "customer", [WHOLE], ids(1, 3, 5))], step="s")
    assert (done.rows_before, done.rows_after, done.deleted) == (20, 17, 3)
    assert done.exceptions == ()
    assert rows(url, "customer") == [row for row in before if row[0] not in {"1", "3", "5"}]
    assert rows(url, "album") == albums


def test_a_row_that_changed_since_the_plan_is_an_exception_and_never_acted_on(url: str) -> None:
    order = removal(url, "customer", [WHOLE, ["note"]], ids(1, 3, 9))
    change(url, "update customer set note = 'new' where id = 3", "delete from customer where id=9")
    (done,) = remover(url).remove([order], step="s")
    assert codes(done.exceptions) == ["SH-X-01", "SH-X-02"]
    assert done.deleted == 1
    assert "3" in [row[0] for row in rows(url, "customer")]


def test_a_row_that_a_kept_row_refers_to_is_emptied_instead(url: str) -> None:
    order = removal(url, "customer", [WHOLE], ids(1, 2), {"name": "已删除", "phone": "x"})
    (done,) = remover(url).remove([order], step="s")
    assert (done.deleted, done.emptied_rows, done.emptied_fields) == (1, 1, 3)
    assert codes(done.exceptions) == ["SH-X-04"]
    (row,) = (row for row in rows(url, "customer") if row[0] == "2")
    assert row[1] == "已删除"
    assert row[2] is not None
    assert row[2].startswith("x")
    assert row[3] is None


def test_children_go_before_their_parents_in_one_step(url: str) -> None:
    orders = [
        removal(url, "customer", [WHOLE], ids(2, 4)),
        removal(url, "orders", [WHOLE], lambda row: 0 if row["no"] in {"A2", "A4"} else None),
        removal(url, "line", [WHOLE], lambda row: 0 if row["no"] in {"A2", "A4"} else None),
    ]
    done = remover(url).remove(orders, step="s")
    assert [one.deleted for one in done] == [2, 2, 2]
    assert all(one.exceptions == () for one in done)


def test_a_kept_grandchild_keeps_its_parent_and_so_its_grandparent(url: str) -> None:
    placeholders = {"name": "-", "phone": "-"}
    orders = [
        removal(url, "customer", [WHOLE], ids(2, 4), placeholders),
        removal(url, "orders", [WHOLE], lambda row: 0 if row["no"] in {"A2", "A4"} else None,
                {"amount": "0"}),
        removal(url, "line", [WHOLE], lambda row: 0 if row["no"] == "A4" else None),
    ]  # fmt: skip
    customer, order, line = remover(url).remove(orders, step="s")
    assert (customer.deleted, order.deleted, line.deleted) == (1, 1, 1)
    assert codes([*customer.exceptions, *order.exceptions]) == ["SH-X-04", "SH-X-04"]


def test_customers_who_invited_each_other_go_together(url: str) -> None:
    change(url, "update customer set invited_by = 1 where id = 3",
           "update customer set invited_by = 3 where id = 5")  # fmt: skip
    (done,) = remover(url).remove([removal(url, "customer", [WHOLE], ids(1, 3, 5))], step="s")
    assert (done.deleted, done.exceptions) == (3, ())


def test_an_inviter_stays_emptied_while_the_invited_stays(url: str) -> None:
    change(url, "update customer set invited_by = 1 where id = 3")
    order = removal(url, "customer", [WHOLE], ids(1), {"name": "-", "phone": "-"})
    (done,) = remover(url).remove([order], step="s")
    assert codes(done.exceptions) == ["SH-X-04"]
    assert done.deleted == 0


def test_fields_become_null_or_the_placeholder_and_placeholders_stay_unique(url: str) -> None:
    shape = ["name", "phone", "note"]
    order = removal(url, "customer", [shape], ids(1, 2, 3), {"name": "无", "phone": "已删除"})
    (done,) = remover(url).remove([order], step="s")
    assert (done.deleted, done.emptied_rows, done.emptied_fields) == (0, 3, 9)
    gone = [row for row in rows(url, "customer") if row[0] in {"1", "2", "3"}]
    assert {row[1] for row in gone} == {"无"}
    assert len({row[2] for row in gone}) == 3
    assert {row[3] for row in gone} == {None}


def test_a_field_that_may_not_be_null_and_has_no_placeholder_is_listed(url: str) -> None:
    (done,) = remover(url).remove([removal(url, "customer", [["name", "note"]], ids(3))], step="s")
    assert codes(done.exceptions) == ["SH-X-05"]
    assert done.emptied_fields == 1


def test_a_table_without_a_key_is_left_alone_and_listed(url: str) -> None:
    before = rows(url, "loose")
    (done,) = remover(url).remove([removal(url, "loose", [WHOLE], lambda _row: 0)], step="s")
    assert codes(done.exceptions) == ["SH-X-03"] * 3
    assert rows(url, "loose") == before


def test_a_step_done_before_does_nothing_and_says_what_it_did(url: str) -> None:
    order = removal(url, "customer", [WHOLE], ids(1, 3))
    first = remover(url).remove([order], step="s")
    left = rows(url, "customer")
    assert remover(url).remove([order], step="s") == first
    assert rows(url, "customer") == left


def test_nothing_is_done_when_the_step_fails_half_way(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(url, "customer"), rows(url, "orders")
    order = removal(url, "customer", [WHOLE], ids(1, 3))
    for point in ("find", "hold_back_referred", "empty", "delete", "removed_to_json"):
        with monkeypatch.context() as patch:
            patch.setattr(f"shanhou.execution.database_remover.{point}", _stop)
            with pytest.raises(InterruptedError):
                remover(url).remove([order], step="s")
        assert (rows(url, "customer"), rows(url, "orders")) == before
    (done,) = remover(url).remove([order], step="s")
    assert (done.deleted, done.exceptions) == (2, ())


def _stop(*_: object, **__: object) -> None:
    raise InterruptedError


def test_an_inferred_relation_is_kept_as_a_declared_one(url: str) -> None:
    change(url, "create table visit (id integer primary key, customer integer)",
           "insert into visit values (1, 7)")  # fmt: skip
    link = Link(f"{SOURCE}.visit", ("customer",), f"{SOURCE}.customer", ("id",))
    order = removal(url, "customer", [WHOLE], ids(7), {"name": "-", "phone": "-"})
    (done,) = remover(url, references=(link,)).remove([order], step="s")
    assert codes(done.exceptions) == ["SH-X-04"]


def test_the_second_reading_finds_what_is_still_there(url: str) -> None:
    order = removal(url, "customer", [WHOLE, ["note"]],
                    lambda row: {"1": 0, "3": 1}.get(str(row["id"])))  # fmt: skip
    hand = remover(url)
    assert codes(hand.left([order])) == ["SH-X-07", "SH-X-07"]
    hand.remove([order], step="s")
    assert hand.left([order]) == ()


def test_a_rule_of_the_database_that_forbids_it_is_an_exception_not_a_crash(url: str) -> None:
    engine = open_engine(url)
    metadata = sa.MetaData()
    sa.Table("rated", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("stars", sa.Integer, sa.CheckConstraint("stars is not null")))  # fmt: skip
    metadata.create_all(engine)
    engine.dispose()
    change(url, "insert into rated values (1, 5)")
    (done,) = remover(url).remove([removal(url, "rated", [["stars"]], ids(1))], step="s")
    assert codes(done.exceptions) == ["SH-X-06"]
    assert rows(url, "rated") == [("1", "5")]


def test_the_recipe_runs_and_the_ledger_goes_when_the_case_closes(url: str) -> None:
    hand = remover(url)
    hand.remove([removal(url, "customer", [WHOLE], ids(1))], step="s")
    steps = hand.scrub()
    assert [one for one in steps if not one.done and one.name != "server_log"] == []
    assert all(one.detail for one in steps)
    hand.forget()
    engine = open_engine(url)
    assert not sa.inspect(engine).has_table("_shanhou_ledger")
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("rule", ["cascade", "set null"])
def test_rows_of_another_schema_are_never_dragged_along(postgres: str, rule: str) -> None:
    shop(postgres)
    change(postgres, "create schema old",
           f"create table old.visit (c int references customer (id) on delete {rule})",
           "insert into old.visit values (1)")  # fmt: skip
    with pytest.raises(Refusal) as refusal:
        remover(postgres).remove([removal(postgres, "customer", [WHOLE], ids(1))], step="s")
    assert refusal.value.code == "SH-E-646"
    assert len(rows(postgres, "customer")) == 20
    remover(postgres).remove([removal(postgres, "album", [WHOLE], ids(1))], step="t")
