"""Commands on what authorities and partners are shown: disclose open, give, revoke, list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shanhou.cases.disclosures import Asker
from shanhou.cli.app import HERE, By, CaseFolder, Json, On, day_of, disclose_app, opened
from shanhou.cli.telling import say, tell, tell_json, tell_table

Number = Annotated[str, typer.Argument(help="编号 its number, D001")]


@disclose_app.command("open")
def disclose_open(
    asker: Annotated[Asker, typer.Argument(help="何人要求 who asks")],
    name: Annotated[str, typer.Option(help="机关或单位 the office or firm")],
    basis: Annotated[str, typer.Option(help="条文或合同 the article or contract")],
    field: Annotated[list[str], typer.Option(help="字段 dataset.column, nothing else is given")],
    evidence: Annotated[Path, typer.Option(help="文书 the paper it rests on")],
    by: By,
    scope: Annotated[str, typer.Option(help="范围 case, dataset:NAME or subject:ID")] = "case",
    until: Annotated[str | None, typer.Option(help="最后一天 the last day, YYYY-MM-DD")] = None,
    approval: Annotated[
        Path | None, typer.Option(help="主管机关的批准 the authority's approval, for abroad")
    ] = None,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """登记 what may be shown to whom: the paper, the fields, the term."""
    from shanhou.flow.disclosing import Asked, open_disclosure

    asked = Asked(asker, name, basis, scope, tuple(field), day_of(until, "--until"))
    with opened(case, on) as at:
        one = open_disclosure(at, asked, by=by, evidence=evidence, approval=approval)
    tell("disclosure_opened", disclosure=one.id, fields=len(one.fields), scope=one.scope)


@disclose_app.command("give")
def disclose_give(
    disclosure: Number,
    by: By,
    age: Annotated[str, typer.Option(help="对方的 age 公钥 the asker's age key (age1...)")] = "",
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """提供 the named fields and nothing else; every time is logged."""
    from shanhou.flow.disclosing import give

    with opened(case, on) as at:
        given, folder = give(at, disclosure, by=by, age=age)
    tell("disclosure_given", disclosure=given.disclosure, records=given.records, folder=folder)


@disclose_app.command("revoke")
def disclose_revoke(disclosure: Number, by: By, case: CaseFolder = HERE, on: On = None) -> None:
    """撤回 nothing is given under it any more."""
    from shanhou.flow.disclosing import revoke

    with opened(case, on) as at:
        one = revoke(at, disclosure, by=by)
    tell("disclosure_revoked", disclosure=one.id)


@disclose_app.command("list")
def disclose_list(case: CaseFolder = HERE, on: On = None, json: Json = False) -> None:
    """清单 who may be shown what, until when, and what was given."""
    with opened(case, on) as at:
        found, given, today = at.store.disclosures.all(), at.store.disclosures.given(), at.on
    times = {one.id: [each for each in given if each.disclosure == one.id] for one in found}
    if json:
        told = [{**vars(one), "asker": one.asker.value, "open": one.open_on(today.isoformat()),
                 "given": [vars(each) for each in times[one.id]]} for one in found]  # fmt: skip
        tell_json({"schema": 1, "disclosures": told})
        return
    rows = [(one.id, say(f"asker_{one.asker}"), one.name, one.basis, one.scope, len(one.fields),
             one.until_day or "–", say("is_open" if one.open_on(today.isoformat()) else "is_over"),
             len(times[one.id]), sum(each.records for each in times[one.id]))
            for one in found]  # fmt: skip
    heads = ("disclosure", "asker", "name", "basis", "scope", "fields", "until", "open", "times",
             "rows")  # fmt: skip
    tell_table(say("disclosures_head"), [say(head) for head in heads], rows)
