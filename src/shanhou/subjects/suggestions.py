"""Steps that a column's cells ask for, each with how many cells it would change. Set-based."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shanhou.inventory.kinds import Category, Scope
from shanhou.subjects.clean import words
from shanhou.subjects.quality import ANSWERS
from shanhou.subjects.recipe import CleaningStep, Does, Form, after_cleaning, formed_cell, tidied

if TYPE_CHECKING:
    import ibis

    from shanhou.inventory.register import Register
    from shanhou.inventory.verdicts import DatasetVerdict, FieldVerdict
    from shanhou.vault.tables import Dataset, Tables

MOST_VALUES = 1000
"""Of one step, as many as the case file takes."""
MOST_WORDS = 2000
"""A column of more distinct cells is no list of words, and its words are not compared."""
_FORMS = {
    Category.PHONE: Form.PHONE,
    Category.EMAIL: Form.EMAIL,
    Category.NATIONAL_ID: Form.NATIONAL_ID,
    Category.BIRTH_DATE: Form.DATE,
}
_OF_NOBODY = frozenset({Category.NONE, Category.REGION, Category.GENDER})
"""Columns whose words name nobody, so that they can be shown and compared."""


@dataclass(frozen=True)
class Suggestion:
    """A step as a person could take it over; `id` of the step is empty."""

    field: str
    step: CleaningStep
    cells: int


def suggested(
    tables: Tables, register: Register, taken: Sequence[CleaningStep]
) -> Iterator[Suggestion]:
    """Steps worth taking, over the cells as the recipe so far leaves them."""
    known = {one.name: one for one in tables.datasets()}
    for verdict in register.datasets:
        if verdict.scope is not Scope.IN or verdict.name not in known:
            continue
        dataset = known[verdict.name]
        mine = [one for one in taken if one.dataset == verdict.name]
        table = after_cleaning(tables.table(verdict.name), mine)
        yield from _of_dataset(table, dataset, verdict)


def _of_dataset(
    table: ibis.Table, dataset: Dataset, verdict: DatasetVerdict
) -> Iterator[Suggestion]:
    # what tells rows or customers apart is not cleaned
    apart = {*dataset.key, verdict.customers_only.field if verdict.customers_only else ""}
    fields = [one for one in verdict.fields if one.field not in apart]
    told = _counts(table, dataset, fields)
    for one in fields:
        position = dataset.position(one.field)
        step = CleaningStep("", verdict.name, position, Does.TIDY)
        if told.get(f"tidy{position}"):
            yield Suggestion(one.field, step, told[f"tidy{position}"])
        if told.get(f"nothing{position}"):
            said = _alike(table, position, words()["nothing"])
            yield Suggestion(one.field, replace(step, does=Does.EMPTY, values=said),
                             told[f"nothing{position}"])  # fmt: skip
        if told.get(f"form{position}"):
            formed = replace(step, does=Does.FORM, form=_FORMS[one.category])
            yield Suggestion(one.field, formed, told[f"form{position}"])
        if one.category in _OF_NOBODY:
            for spelled in _spelled_apart(table, position):
                same = replace(step, does=Does.REPLACE, values=spelled[1:], to=spelled[0])
                yield Suggestion(one.field, same, changed(table, same))


def _counts(
    table: ibis.Table, dataset: Dataset, fields: Sequence[FieldVerdict]
) -> Mapping[str, int]:
    """How many cells of each column each kind of step would change, in one look."""
    asked: dict[str, Any] = {}
    for one in fields:
        position = dataset.position(one.field)
        cell = table[f"c{position}"]
        tidy = tidied(cell)
        asked[f"tidy{position}"] = (~tidy.identical_to(cell)).sum()
        if one.category not in ANSWERS:
            asked[f"nothing{position}"] = tidy.re_search(words()["nothing"]).sum()
        if one.category in _FORMS:
            formed = formed_cell(_FORMS[one.category], tidy)
            asked[f"form{position}"] = (~formed.identical_to(tidy)).sum()
    if not asked:
        return {}
    counted = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return {name: int(count or 0) for name, count in counted.items()}


def changed(table: ibis.Table, step: CleaningStep) -> int:
    """How many cells a step changes."""
    name = f"c{step.position}"
    # twice, so that what a step leaves stands beside what it found
    beside = table.mutate(was=table[name])
    after = after_cleaning(beside, [step])
    differs = ~after[name].identical_to(after.was)
    return int(after.aggregate(n=differs.sum()).n.to_pyarrow()[0].as_py() or 0)


def _alike(table: ibis.Table, position: int, pattern: str) -> tuple[str, ...]:
    """The cells that a pattern takes, whole and tidied."""
    cell = tidied(table[f"c{position}"])
    found = table.filter(cell.re_search(pattern)).select(value=cell).distinct()
    return tuple(found.order_by("value").limit(MOST_VALUES).to_pyarrow()["value"].to_pylist())


def _spelled_apart(table: ibis.Table, position: int) -> list[tuple[str, ...]]:
    """Words that differ in case or blanks alone, the commonest of each first."""
    cell = tidied(table[f"c{position}"])
    words_of = table.filter(cell.notnull() & (cell != "")).group_by(value=cell)
    counted = words_of.aggregate(n=lambda t: t.count())
    if int(counted.count().to_pyarrow().as_py()) > MOST_WORDS:
        return []
    bare = counted.mutate(bare=_bare(counted.value))
    groups = bare.filter(bare.bare != "").group_by("bare").aggregate(
        spelled=lambda t: t.value.collect(order_by=[t.n.desc(), t.value]),
        n=lambda t: t.count(),
    )  # fmt: skip
    found = groups.filter(groups.n > 1).order_by("bare").select("spelled").to_pyarrow()
    return [tuple(one) for one in found["spelled"].to_pylist()]


def _bare(cell: Any) -> Any:
    """Without case and blanks; `A-` and `A`, 1.5 and 15 stay two."""
    return tidied(cell).lower().re_replace(r"\s+", "")
