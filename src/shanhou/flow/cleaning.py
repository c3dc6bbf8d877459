"""清洗: the recipe of a case is added to, taken back, replayed; quality is told before and after.

What was collected stays. The recipe serves the merging of customers and the quality report; what
leaves the handler or is destroyed is the record as its source holds it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.case_file import drop_step, put_steps
from shanhou.cases.cleaning import Cleaning
from shanhou.cases.stages import Stage
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, looks_personal
from shanhou.flow.case_rules import rules_of
from shanhou.flow.noting import COLLECT, MACHINE, note, shown
from shanhou.flow.recipe import put_recipe, steps_of
from shanhou.flow.resting import require
from shanhou.vault.canonical import digest_hex
from shanhou.vault.keys import write_durably
from shanhou.wiring import CASE_FILE, Case

if TYPE_CHECKING:
    from shanhou.subjects.quality import DatasetQuality, Scores
    from shanhou.subjects.suggestions import Suggestion

QUALITY = "quality.json"
_GIVEN = "cleaning:given"
"""The store's name for the last number given to a step."""


@dataclass(frozen=True)
class Quality:
    """The customer data as collected, and as the recipe leaves it."""

    before: tuple[DatasetQuality, ...]
    after: tuple[DatasetQuality, ...]
    score_before: Scores
    score_after: Scores
    steps: int

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, "steps": self.steps,
                "scores": {"before": asdict(self.score_before), "after": asdict(self.score_after)},
                "before": [asdict(one) for one in self.before],
                "after": [asdict(one) for one in self.after]}  # fmt: skip


@dataclass(frozen=True)
class Added:
    """A step that was taken, and how many cells it changes."""

    step: Cleaning
    cells: int | None
    """None: it could not be played any more when it was taken back."""


def measure(case: Case) -> Quality:
    """Count the quality of every record, before and after the recipe, and write it down.

    Raises:
        Refusal: SH-E-204, SH-E-209 a stage before is missing or outdated; SH-E-301 the recipe
            names a column that was not collected; SH-E-351 one that identifies its rows.
    """
    from shanhou.flow.gathering import collected, register_of
    from shanhou.sources.intake import SealedTables
    from shanhou.subjects.quality import measured, scores

    require(case, Stage.SUBJECTS)
    register, done, rules = register_of(case), collected(case), rules_of(case)
    with case.vault.read(COLLECT) as desk:
        tables = SealedTables(desk, COLLECT, done)
        before = measured(tables, register, rules, on=case.on)
        after = before
        if case.settings.cleaning:
            put_recipe(desk, case, done)
            after = measured(tables, register, rules, on=case.on)
    told = Quality(before, after, scores(before), scores(after), len(case.settings.cleaning))
    raw = json.dumps(told.to_json(), ensure_ascii=False, indent=1, sort_keys=True).encode()
    with case.store.lease("case"):
        write_durably(case.folder / QUALITY, raw)
        with case.store.commit() as unit:
            note(case, unit, Act.QUALITY, MACHINE, subject=[Digested(QUALITY, digest_hex(raw))],
                 facts=_facts(told))  # fmt: skip
    return told


def _facts(told: Quality) -> dict[str, int | str]:
    facts: dict[str, int | str] = {"steps_count": told.steps}
    for name, side in (("before", told.score_before), ("after", told.score_after)):
        for score, share in asdict(side).items():
            facts[f"{score}_{name}"] = "-" if share is None else f"{share:.4f}"
    return facts


def suggestions(case: Case) -> list[Suggestion]:
    """Steps that the data asks for; nothing is taken."""
    from shanhou.flow.gathering import collected, register_of
    from shanhou.sources.intake import SealedTables
    from shanhou.subjects.suggestions import suggested

    require(case, Stage.SUBJECTS)
    done = collected(case)
    with case.vault.read(COLLECT) as desk:
        tables = SealedTables(desk, COLLECT, done)
        taken = steps_of(case, case.settings.cleaning, done)
        return list(suggested(tables, register_of(case), taken))


def add_step(case: Case, step: Mapping[str, Any], *, by: str, reason: str) -> Added:
    """Put a step at the end of the recipe, into the case file and the log.

    Raises:
        Refusal: SH-E-301 no such column; SH-E-313 no reason, or one that looks personal; SH-E-350
            the step lacks or has what its kind does not take; SH-E-351 the column identifies its
            rows; SH-E-902 nobody of that id is named in the case.
    """
    with case.store.lease("case"):
        case.reload()
        numbered = {**step, "id": f"c{_last(case) + 1}", "by": by, "reason": _said(reason)}
        return _added(case, [_checked(numbered)], by)[0]


def replay(case: Case, recipe: Path, *, by: str) -> tuple[Added, ...]:
    """Put every step of a recipe after those of the case; of all or, at the first fault, of none.

    `recipe` is a file that `recipe_text` wrote, or another case's file.

    Raises:
        Refusal: see `add_step`; SH-E-350 the file holds no recipe.
    """
    import yaml

    try:
        told = yaml.safe_load(recipe.read_text(encoding="utf8"))["cleaning"]
        raw = [dict(one) for one in told]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        raise Refusal("SH-E-350", problem=recipe.name) from None
    with case.store.lease("case"):
        case.reload()
        steps = [
            _checked({**one, "id": f"c{number}", "by": by,
                      "reason": _said(str(one.get("reason", "")))})
            for number, one in enumerate(raw, start=_last(case) + 1)
        ]  # fmt: skip
        return _added(case, steps, by)


def undo(case: Case, step: str, *, by: str, reason: str) -> Added:
    """Take one step back; the others are played anew without it.

    Raises:
        Refusal: SH-E-313 no reason, or one that looks personal; SH-E-352 no such step; SH-E-902
            nobody of that id is named in the case.
    """
    case.settings.person(by)
    said = _said(reason)
    with case.store.lease("case"):
        case.reload()
        held = {one.id: one for one in case.settings.cleaning}
        if step not in held:
            raise Refusal("SH-E-352", step=shown(step), known=" ".join(held) or "-")
        given, cells = _last(case), _cells_before(case, held[step])
        case.settings = drop_step(case.folder / CASE_FILE, step)
        with case.store.commit() as unit:
            unit.set_stage(_GIVEN, str(given))
            note(case, unit, Act.CLEAN, by, facts=_told(held[step], cells, undone=True)
                 | {"reason": shown(said)})  # fmt: skip
    return Added(held[step], cells)


def recipe_text(case: Case) -> str:
    """The recipe as a file that `replay` takes."""
    import yaml

    told = [one.model_dump(mode="json", exclude_defaults=True, exclude={"id", "by"})
            for one in case.settings.cleaning]  # fmt: skip
    return yaml.safe_dump({"cleaning": told}, allow_unicode=True, sort_keys=False)


# ---- one step ---------------------------------------------------------------------------------


def _added(case: Case, steps: Sequence[Cleaning], by: str) -> tuple[Added, ...]:
    case.settings.person(by)
    before = list(case.settings.cleaning)
    added = []
    for step in steps:
        added.append(Added(step, _cells(case, before, step)))
        before.append(step)
    case.settings = put_steps(case.folder / CASE_FILE, steps)
    with case.store.commit() as unit:
        unit.set_stage(_GIVEN, str(_last(case)))
        for one in added:
            note(case, unit, Act.CLEAN, by, facts=_told(one.step, one.cells, undone=False))
    return tuple(added)


def _cells_before(case: Case, step: Cleaning) -> int | None:
    """How many cells a step changed at its place; none where it can no longer be played."""
    place = [one.id for one in case.settings.cleaning].index(step.id)
    try:
        return _cells(case, case.settings.cleaning[:place], step)
    except Refusal:
        return None


def _told(step: Cleaning, cells: int | None, *, undone: bool) -> dict[str, Any]:
    """What the log keeps: no cell of anybody."""
    return {"step": step.id, "field": shown(step.field), "does": step.does,
            "form": step.form, "values_count": len(step.values), "cells_count": cells,
            "undone": undone, "reason": shown(step.reason)}  # fmt: skip


def _cells(case: Case, others: Sequence[Cleaning], step: Cleaning) -> int:
    """How many cells a step changes after the others."""
    from shanhou.flow.gathering import collected
    from shanhou.subjects.recipe import after_cleaning
    from shanhou.subjects.suggestions import changed

    done = collected(case)
    require(case, Stage.INVENTORY)
    *before, mine = steps_of(case, [*others, step], done)
    one = next(one for one in done if one.dataset.name == mine.dataset)
    with case.vault.read(COLLECT) as desk:
        table = after_cleaning(desk.table(COLLECT, one.table),
                               [two for two in before if two.dataset == mine.dataset])  # fmt: skip
        return changed(table, mine)


def _checked(raw: Mapping[str, Any]) -> Cleaning:
    from pydantic import ValidationError

    try:
        told = Cleaning.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refusal("SH-E-350", problem=f"{where}: {first['msg']}".strip(": ")) from None
    # the case file outlives the close
    if any(looks_personal(word) for word in (*told.values, told.to)):
        raise Refusal("SH-E-350", problem="values: 像是个人信息 looks personal")
    return told


def _last(case: Case) -> int:
    """The last number that was ever given: one taken back is not given again."""
    held = [int(one.id[1:]) for one in case.settings.cleaning
            if one.id[:1] == "c" and one.id[1:].isdigit()]  # fmt: skip
    return max([int(case.store.stage(_GIVEN) or 0), *held])


def _said(reason: str) -> str:
    if not reason.strip() or looks_personal(reason):
        raise Refusal("SH-E-313")
    return " ".join(reason.split())
