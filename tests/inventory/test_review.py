"""The card of a column: strata, shapes and alternatives, and never a cell as it is."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naughty import naughty

from shanhou.inventory.kinds import Category, Scope
from shanhou.inventory.register import Register, take_inventory
from shanhou.inventory.review import SAMPLES, Card, Waiting, card, queue
from shanhou.inventory.rules import rules
from shanhou.inventory.shapes import LONGEST, shapes, written_short
from world import World, sheet

CARDS = ["6222021234567890128", "4111111111111111"]


def looked(cells: list[str | None], category: Category, header: str = "栏") -> Card:
    world = World()
    sheet(world, "s/t.csv", {header: cells, "姓名": ["王丽"] * len(cells)})
    (dataset,) = world.datasets()
    register = take_inventory(world)
    told = register.dataset("s/t.csv")
    one = Waiting("s/t.csv", header, category, told.about, Scope.IN, len(cells), ())
    return card(world, dataset, one, rules())


def test_cells_stand_by_stratum_and_alike_ones_are_one_line() -> None:
    cells = ["6222021234567890123", *CARDS, *(f"编号{n:04d}" for n in range(50))]
    told = looked(list(cells), Category.PAYMENT_CARD)
    strata = {(one.stratum, one.masked, one.shape): one.alike for one in told.samples}
    assert strata == {
        ("matched", "62****128", "9{19}"): 1,
        ("matched", "41****111", "9{16}"): 1,
        ("failed", "62****123", "9{19}"): 1,
        ("unmatched", "***", "汉{2}9{4}"): 50,
    }
    assert told.shapes == (("汉{2}9{4}", 50), ("9{19}", 2), ("9{16}", 1))
    assert (told.filled, told.distinct) == (53, 53)


@pytest.mark.parametrize("category", [Category.CREDENTIAL, Category.HEALTH, Category.FREE_TEXT])
def test_of_what_may_be_a_secret_nothing_is_shown(category: Category) -> None:
    told = looked([f"开{n}门8890#" for n in range(9)], category)
    assert {one.masked for one in told.samples} == {"***"}


@pytest.mark.parametrize(
    "category", [Category.TRANSACTION, Category.REGION, Category.SUBJECT_REF, Category.NONE]
)
def test_a_guess_that_is_shown_openly_elsewhere_opens_nothing_here(category: Category) -> None:
    cells = [f"1101051949123{n:04d}X" for n in range(30)]
    told = repr(looked(list(cells), category))
    assert not any(one in told for one in cells)


def test_there_are_twenty_lines_at_most() -> None:
    cells = [chr(0x4E00 + n) * (3 + n % 7) for n in range(400)]
    assert len(looked(list(cells), Category.PERSON_NAME).samples) == SAMPLES


def test_strange_cells_get_a_card_without_a_control_sign() -> None:
    told = looked([one for one in naughty() if one.strip()], Category.PHONE)
    shown = [part for one in told.samples for part in (one.masked, one.shape)]
    shown += [shape for shape, _ in told.shapes]
    assert all(part.isprintable() for part in shown)


def test_an_empty_column_has_a_card_of_nothing() -> None:
    told = looked([None, None, None], Category.PHONE, header="手机")
    assert told.samples == ()
    assert told.shapes == ()
    assert told.alternatives[0].category is Category.PHONE


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_shape_is_as_long_as_its_cell_and_shows_no_letter_of_it(text: str) -> None:
    (shape,) = shapes(pa.array([text], pa.string())).to_pylist()
    assert len(shape) == min(len(text), LONGEST) + (len(text) > LONGEST)
    assert set(shape) - set("9A汉文·…") <= {
        one for one in text if one.isascii() and not one.isalnum()
    }


@given(st.text(st.sampled_from("9A汉-"), min_size=1, max_size=20))
def test_a_short_shape_can_be_written_out_again(shape: str) -> None:
    import re

    short = written_short(shape)
    assert re.sub(r"(.)\{(\d+)\}", lambda run: run[1] * int(run[2]), short) == shape


def test_the_queue_has_what_is_in_scope_first_and_tables_of_unnamed_persons() -> None:
    world = World()
    sheet(world, "s/x.csv", {"手机": [f"1380013{n:04d}" for n in range(30)],
                             "邮箱": [f"u{n}@example.com" for n in range(30)]})  # fmt: skip
    sheet(world, "s/员工.csv", {"姓名": ["王丽", "李强"] * 15, "健康证": ["已办"] * 30})
    waiting = queue(take_inventory(world))
    assert waiting[0].name == "s/x.csv"
    assert waiting[0].reasons[0].code == "owner_unnamed"
    assert [one.scope for one in waiting] == sorted(
        (one.scope for one in waiting), key=lambda s: s is Scope.OUT
    )
    assert queue(Register((), (), ())) == ()
