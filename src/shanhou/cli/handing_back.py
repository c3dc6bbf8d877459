"""Commands on what goes back under a plan: returns list, seal, received."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shanhou.cli.app import HERE, By, CaseFolder, Json, On, opened, returns_app
from shanhou.cli.telling import say, tell, tell_json, tell_table


@returns_app.command("list")
def returns_list(case: CaseFolder = HERE, on: On = None, json: Json = False) -> None:
    """清单 which copies were written, sealed for whom, and whose receipt came."""
    from shanhou.flow.handing_back import parts_back

    with opened(case, on) as at:
        parts, sealed = parts_back(at), at.store.handovers.all()
    if json:
        told = [{"dataset": one.dataset, "plan": one.plan, "to_owner": one.to_owner,
                 "records": one.records, "files": one.files, "there": one.there}
                for one in parts]  # fmt: skip
        tell_json({"schema": 1, "parts": told, "handovers": [vars(one) for one in sealed]})
        return
    heads = ("dataset", "back_to", "rows", "back_files", "back_where")
    for plan in dict.fromkeys(one.name for one in parts):
        rows = [(one.dataset, say("back_owner" if one.to_owner else "back_customers"),
                 one.records, one.files, say("back_there" if one.there else "back_gone"))
                for one in parts if one.name == plan]  # fmt: skip
        tell_table(say("back_head", plan=plan), [say(head) for head in heads], rows)
    if not parts:
        tell("back_none")
    if sealed:
        rows_sealed = [(one.id, one.dataset, one.taker, one.on_day, one.sha256[:12],
                        one.received_on or "–") for one in sealed]  # fmt: skip
        heads_sealed = ("back_number", "dataset", "back_taker", "back_sealed_on", "back_sha256",
                        "back_received_on")  # fmt: skip
        tell_table(say("back_sealed_head"), [say(head) for head in heads_sealed], rows_sealed)


@returns_app.command("seal")
def returns_seal(
    dataset: Annotated[str, typer.Argument(help="数据集 the dataset")],
    taker: Annotated[str, typer.Option(help="接收的单位 the firm or office that takes it")],
    age: Annotated[str, typer.Option(help="其 age 公钥 its age key (age1...)")],
    by: By,
    plan: Annotated[str, typer.Option(help="哪个方案的 of which plan (plan-...)")] = "",
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """封装 a dataset's copies for who takes them; they open it with age and tar."""
    from shanhou.flow.handing_back import package_back, seal_back

    with opened(case, on) as at:
        one = seal_back(at, dataset, taker=taker, age=age, by=by, plan=plan)
        path = package_back(at.folder, one)
    tell("back_sealed", number=one.id, taker=one.taker, path=path, sha256=one.sha256)


@returns_app.command("received")
def returns_received(
    number: Annotated[str, typer.Argument(help="编号 its number, B001")],
    receipt: Annotated[Path, typer.Option(help="签收文件 the paper they signed")],
    by: By,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """签收 note the taker's signed paper by its digest."""
    from shanhou.flow.handing_back import receive_back

    with opened(case, on) as at:
        one = receive_back(at, number, by=by, receipt=receipt)
    tell("back_received", number=one.id, sha256=one.receipt_sha256)
