"""Commands of the review queue: what waits, the card of one column, a person's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from shanhou.cli.app import HERE, By, CaseFolder, Json, opened, review_app
from shanhou.cli.telling import language, outcome_word, say, tell, tell_json, tell_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shanhou.flow.reviewing import Settled
    from shanhou.inventory.review import Card, Waiting
    from shanhou.inventory.verdicts import Reason

FieldName = Annotated[str, typer.Argument(help="数据集.列,或数据集 dataset.column, or a dataset")]


@review_app.command("list")
def review_list(case: CaseFolder = HERE, json: Json = False) -> None:
    """待复核 what waits for a person's word."""
    from shanhou.flow.reviewing import review_queue

    with opened(case) as at:
        waiting = review_queue(at)
    if json:
        tell_json({"schema": 1, "waiting": [_waiting_json(one) for one in waiting]})
        return
    if not waiting:
        tell("nothing_waits")
        return
    rows = [(one.name, one.category.value if one.field else "-", one.about.value, one.scope.value,
             one.records, _words(one.reasons)) for one in waiting]  # fmt: skip
    heads = ("review_name", "guess", "about", "scope", "rows", "reasons")
    tell_table(say("review_head"), [say(head) for head in heads], rows)


@review_app.command("show")
def review_show(field: FieldName, case: CaseFolder = HERE, json: Json = False) -> None:
    """复核卡片 one column: reasons, masked samples, how it is written, what else it may be."""
    from shanhou.flow.reviewing import review_card

    with opened(case) as at:
        card = review_card(at, field)
    if json:
        tell_json(_card_json(card))
        return
    _tell_card(card)


@review_app.command("decide")
def review_decide(
    field: FieldName,
    reason: Annotated[str, typer.Option(help="理由,不写姓名号码 why, without names and numbers")],
    by: By,
    category: Annotated[
        str, typer.Option(help="类别,none 为不是个人信息 what it is, or none")
    ] = "",
    about: Annotated[str, typer.Option(help="关于何人 whom it is about")] = "",
    group: Annotated[str, typer.Option(help="字段组,不写则随类别 another field group")] = "",
    case: CaseFolder = HERE,
    json: Json = False,
) -> None:
    """判定 say what it is; kept in the case file and in the log."""
    from shanhou.flow.reviewing import Word, settle

    with opened(case) as at:
        told = settle(at, field, Word(category, about, group), reason=reason, by=by)
    if json:
        tell_json({"schema": 1, "name": told.name, "planned": told.planned, "waited": told.waited,
                   "waits": told.waits, "before": dict(told.before),
                   "after": dict(told.after)})  # fmt: skip
        return
    _tell_settled(told)


def _tell_settled(told: Settled) -> None:
    tell("review_decided", field=told.name)
    if told.planned:
        tell("review_waited", waited=f"{told.waited:,}", waits=f"{told.waits:,}")
        rows = [(outcome_word(name), told.before.get(name, 0), told.after.get(name, 0))
                for name in sorted({*told.before, *told.after})]  # fmt: skip
        heads = [say(head) for head in ("outcome", "before_word", "after_word")]
        tell_table(say("review_changes"), heads, rows)
    tell("review_next")


def _tell_card(card: Card) -> None:
    tell("card_head", field=card.waiting.name, declared=card.declared or "-",
         comment=card.comment or "-", filled=f"{card.filled:,}",
         distinct=f"{card.distinct:,}")  # fmt: skip
    tell("card_guess", category=card.waiting.category.value, about=card.waiting.about.value,
         reasons=_words(card.waiting.reasons))  # fmt: skip
    others = [(one.category.value, f"{one.confidence:.2f}", _words(one.reasons))
              for one in card.alternatives]  # fmt: skip
    tell_table(say("alternatives_head"),
               [say(head) for head in ("category", "confidence", "reasons")], others)  # fmt: skip
    samples = [(say(f"stratum_{one.stratum}"), one.masked, one.shape, one.alike)
               for one in card.samples]  # fmt: skip
    heads = [say(head) for head in ("stratum", "masked_cell", "shape", "alike")]
    tell_table(say("samples_head"), heads, samples)
    tell_table(say("shapes_head"), [say("shape"), say("count")], card.shapes)


def _words(reasons: Iterable[Reason]) -> str:
    from shanhou.inventory.told import told

    return " · ".join(str(told(one, language())) for one in reasons)


def _waiting_json(one: Waiting) -> dict[str, Any]:
    from shanhou.inventory.told import told

    return {"name": one.name, "dataset": one.dataset, "field": one.field,
            "category": one.category.value, "about": one.about.value, "scope": one.scope.value,
            "records": one.records,
            "reasons": [told(reason) for reason in one.reasons]}  # fmt: skip


def _card_json(card: Card) -> dict[str, Any]:
    from shanhou.inventory.told import told

    return {
        "schema": 1,
        **_waiting_json(card.waiting),
        "comment": card.comment,
        "declared": card.declared,
        "filled": card.filled,
        "distinct": card.distinct,
        "samples": [vars(one) for one in card.samples],
        "shapes": [{"shape": shape, "cells": cells} for shape, cells in card.shapes],
        "alternatives": [
            {"category": one.category.value, "confidence": one.confidence,
             "reasons": [told(reason) for reason in one.reasons]}
            for one in card.alternatives
        ],
    }  # fmt: skip
