"""The case's cleaning recipe as steps over what was collected, and a desk that shows it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shanhou.errors import Refusal
from shanhou.flow.noting import COLLECT, shown
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.cases.cleaning import Cleaning
    from shanhou.sources.intake import Collected
    from shanhou.subjects.recipe import CleaningStep
    from shanhou.vault.generation import Desk


def put_recipe(desk: Desk, case: Case, done: Sequence[Collected]) -> None:
    """Let whoever reads a collected table on this desk see it as the recipe leaves it."""
    from shanhou.subjects.recipe import after_cleaning

    by_dataset: dict[str, list[CleaningStep]] = {}
    for step in steps_of(case, case.settings.cleaning, done):
        by_dataset.setdefault(step.dataset, []).append(step)
    for one in done:
        if one.dataset.name in by_dataset:
            raw = desk.table(COLLECT, one.table)
            desk.instead(COLLECT, one.table, after_cleaning(raw, by_dataset[one.dataset.name]))


def steps_of(
    case: Case, recipe: Sequence[Cleaning], done: Sequence[Collected]
) -> list[CleaningStep]:
    """The recipe's steps by dataset and position.

    Raises:
        Refusal: SH-E-301 a column was not collected; SH-E-351 it tells rows or customers apart.
    """
    from shanhou.disposition.holdings import field_of
    from shanhou.subjects.recipe import CleaningStep, Does, Form

    by_name = {one.dataset.name: one.dataset for one in done}
    steps, apart = [], _telling_apart(case)
    for one in recipe:
        dataset, field = field_of(one.field, done)
        if field in by_name[dataset].key or (dataset, field) in apart:
            raise Refusal("SH-E-351", field=shown(one.field))
        steps.append(CleaningStep(one.id, dataset, by_name[dataset].position(field),
                                  Does(one.does), one.values, one.to,
                                  Form(one.form) if one.form else None))  # fmt: skip
    return steps


def _telling_apart(case: Case) -> set[tuple[str, str]]:
    """The fields by which a dataset's customers are told from others, read as collected."""
    from shanhou.inventory.saved import read_register

    register = case.store.stage("register")
    told = read_register(register).datasets if register else ()
    found = {(one.name, one.customers_only.field) for one in told if one.customers_only}
    return found | {(name, field) for name, one in case.settings.datasets.items()
                    for field in one.only}  # fmt: skip
