"""Commands of cleaning: steps suggested, taken, taken back, replayed; quality before and after."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shanhou.cli.app import HERE, By, CaseFolder, Json, On, app, clean_app, may_write, opened
from shanhou.cli.telling import say, tell, tell_json, tell_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shanhou.flow.cleaning import Added, Quality
    from shanhou.subjects.quality import DatasetQuality, FieldQuality
    from shanhou.subjects.suggestions import Suggestion

Reason = Annotated[str, typer.Option(help="理由,不写姓名号码 why, without names and numbers")]
StepId = Annotated[str, typer.Argument(help="步骤编号 the step's number, as clean list shows it")]
RecipeFile = Annotated[Path, typer.Argument(help="配方文件 a recipe")]


@app.command()
def quality(case: CaseFolder = HERE, on: On = None, json: Json = False) -> None:
    """质量 how complete, valid, unique and fresh the data is, before and after cleaning."""
    from shanhou.flow.cleaning import QUALITY, measure

    with opened(case, on) as at:
        told = measure(at)
    if json:
        tell_json(told.to_json())
        return
    _tell_scores(told)
    _tell_fields(told)
    _tell_rows(told.after)
    tell("quality_written", file=QUALITY)


@clean_app.command("suggest")
def suggest(case: CaseFolder = HERE, json: Json = False) -> None:
    """建议 steps that the data asks for, as commands to copy; nothing is taken."""
    from shanhou.flow.cleaning import suggestions

    with opened(case) as at:
        found = suggestions(at)
    if json:
        tell_json({"schema": 1, "suggestions": [_suggested(one) for one in found]})
        return
    if not found:
        tell("nothing_to_clean")
    for one in found:
        tell("clean_suggestion", cells=f"{one.cells:,}", command=_command(one))


@clean_app.command("add")
def add(
    field: Annotated[str, typer.Argument(help="数据集.列 dataset.column")],
    does: Annotated[str, typer.Option(help="做什么 what it does: tidy | empty | replace | form")],
    reason: Reason,
    by: By,
    value: Annotated[
        list[str] | None, typer.Option(help="整格的值,可多次 a whole cell; more than once")
    ] = None,
    to: Annotated[str, typer.Option(help="写成什么 what replace writes")] = "",
    form: Annotated[
        str | None, typer.Option(help="标准格式 standard form: phone | email | national_id | date")
    ] = None,
    case: CaseFolder = HERE,
    json: Json = False,
) -> None:
    """加一步 put a step at the end of the recipe; what was collected stays as it is."""
    from shanhou.flow.cleaning import add_step

    step = {"field": field, "does": does, "values": tuple(value or ()), "to": to, "form": form}
    with opened(case) as at:
        added = add_step(at, step, by=by, reason=reason)
    _tell_added([added], "clean_added", json=json)


@clean_app.command("list")
def recipe(case: CaseFolder = HERE, json: Json = False) -> None:
    """配方 the steps, in order."""
    with opened(case) as at:
        steps = at.settings.cleaning
    if json:
        told = [one.model_dump(mode="json", exclude={"values", "to"})
                | {"values_count": len(one.values)} for one in steps]  # fmt: skip
        tell_json({"schema": 1, "cleaning": told})
        return
    if not steps:
        tell("no_recipe")
        return
    rows = [(one.id, one.field, say(f"does_{one.does}"), one.form or "-",
             len(one.values) or "-", one.by, one.reason) for one in steps]  # fmt: skip
    heads = ("step_id", "field", "clean_does", "form", "values_word", "by_whom", "reason_word")
    tell_table(say("recipe_head"), [say(head) for head in heads], rows)


@clean_app.command("undo")
def undo(step: StepId, reason: Reason, by: By, case: CaseFolder = HERE, json: Json = False) -> None:
    """撤回 take one step back, whichever it is; the others stay."""
    from shanhou.flow.cleaning import undo as take_back

    with opened(case) as at:
        _tell_added([take_back(at, step, by=by, reason=reason)], "clean_undone", json=json)


@clean_app.command("save")
def save(file: RecipeFile, case: CaseFolder = HERE) -> None:
    """保存 write the recipe to a file that another case can replay."""
    from shanhou.flow.cleaning import recipe_text

    with opened(case) as at:
        may_write(file, ".yaml").write_text(recipe_text(at), encoding="utf8")
        tell("recipe_saved", count=len(at.settings.cleaning), file=file.name)


@clean_app.command("replay")
def replay(file: RecipeFile, by: By, case: CaseFolder = HERE, json: Json = False) -> None:
    """重放 put a saved recipe's steps after those of the case; all of them or none."""
    from shanhou.flow.cleaning import replay as played

    with opened(case) as at:
        _tell_added(played(at, file, by=by), "clean_added", json=json)


def _tell_added(added: Sequence[Added], phrase: str, *, json: bool) -> None:
    if json:
        told = [{"id": one.step.id, "field": one.step.field, "cells": one.cells} for one in added]
        tell_json({"schema": 1, "steps": told})
        return
    for one in added:
        cells = "-" if one.cells is None else f"{one.cells:,}"
        tell(phrase, step=one.step.id, field=one.step.field, cells=cells)
    tell("clean_next")


def _suggested(one: Suggestion) -> dict[str, Any]:
    step = one.step
    return {"field": f"{step.dataset}.{one.field}", "does": step.does.value, "cells": one.cells,
            "values": list(step.values), "to": step.to,
            "form": step.form.value if step.form else None}  # fmt: skip


def _command(one: Suggestion) -> str:
    from shlex import quote

    step = one.step
    words = [quote(f"{step.dataset}.{one.field}"), "--does", step.does.value]
    for value in step.values:
        words += ["--value", quote(value)]
    if step.to:
        words += ["--to", quote(step.to)]
    if step.form:
        words += ["--form", step.form.value]
    return "shanhou clean add " + " ".join(words)


def _tell_scores(told: Quality) -> None:
    after = asdict(told.score_after)
    rows = [(say(f"score_{name}"), _percent(share), _percent(after[name]))
            for name, share in asdict(told.score_before).items()]  # fmt: skip
    heads = [say("score"), say("before_cleaning"), say("after_cleaning")]
    tell_table(say("quality_head"), heads, rows)


def _tell_fields(told: Quality) -> None:
    rows, full = [], 0
    for one, two in zip(told.before, told.after, strict=True):
        for field, cleaned in zip(one.fields, two.fields, strict=True):
            whole = {None, field.rows}
            if field == cleaned and {field.filled, field.valid, field.uniform} <= whole:
                full += 1
                continue
            name, counts = f"{one.dataset}.{field.field}", [_counts(field), _counts(cleaned)]
            cells = [_beside(before, after) for before, after in zip(*counts, strict=True)]
            rows.append((name, field.category, f"{field.rows:,}", *cells))
    heads = ("field", "category", "rows", "filled_word", "stand_ins", "valid_word",
             "failed_check", "masked_word", "out_of_form", "uniform_word")  # fmt: skip
    if rows:
        tell_table(say("quality_fields"), [say(head) for head in heads], rows)
    if full:
        tell("quality_full", count=full)


def _counts(one: FieldQuality) -> list[int | None]:
    return [
        one.filled,
        one.stand_ins,
        one.valid,
        one.failed_check,
        one.masked,
        one.out_of_form,
        one.uniform,
    ]


def _beside(before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return "-"
    return f"{before:,}" if before == after else f"{before:,} → {after:,}"


def _tell_rows(told: Sequence[DatasetQuality]) -> None:
    rows = [(one.dataset, f"{one.rows:,}", f"{one.repeated:,}", f"{one.dated:,}",
             f"{one.stale:,}", f"{one.future:,}") for one in told]  # fmt: skip
    heads = ("dataset", "rows", "repeated_rows", "dated_rows", "stale_rows", "future_rows")
    tell_table(say("quality_rows"), [say(head) for head in heads], rows)


def _percent(share: float | None) -> str:
    # never rounded up: 99.96 is not all
    return "-" if share is None else f"{int(share * 1000) / 10:.1f}%"
