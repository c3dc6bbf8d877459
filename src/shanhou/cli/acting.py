"""Commands that tell customers, take answers and signatures, act on the world, and prove it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cli.app import (
    HERE,
    By,
    CaseFolder,
    Json,
    On,
    Passphrase,
    answers_app,
    app,
    day_of,
    may_write,
    opened,
)
from shanhou.cli.telling import say, tell, tell_error, tell_json, tell_table
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.flow.acting import Applied
    from shanhou.wiring import Case

Given = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="文件 the file")]
PlanFile = Annotated[Path | None, typer.Argument(metavar="[PLAN]", help="默认最新 the latest")]
Subject = Annotated[str, typer.Argument(help="客户编号 the customer's number, S0000001")]
KeyFile = Annotated[Path, typer.Option("--key", help="本人密钥文件 one's own key file")]


def plan_of(case: Case, path: Path | None) -> Plan:
    from shanhou.disposition.plan import load
    from shanhou.flow.plans import latest_plan

    return load(path) if path else latest_plan(case)


def private_of(key: Path, passphrase: str) -> bytes:
    from shanhou.vault.person_keys import open_person_key
    from shanhou.wiring.secrets import read_secret

    return open_person_key(key, read_secret(passphrase, HERE))


@answers_app.command("import")
def answers_import(
    file: Given,
    case: CaseFolder = HERE,
    on: On = None,
    by: Annotated[str, typer.Option(help="录入的人 who takes them in")] = "",
) -> None:
    """导入答复 take replies that came by other ways (CSV)."""
    from shanhou.flow.telling import import_answers
    from shanhou.subjects.answers import allowed_words

    with opened(case, on) as at:
        taken = import_answers(at, file, by=by)
    tell("answers_taken", accepted=taken.accepted, already=taken.already,
         refused=len(taken.refused))  # fmt: skip
    if taken.refused:
        tell_table(say("refused_head"), [say("row"), say("code")], taken.refused)
        first = {code: row for row, code in reversed(taken.refused)}
        for code, row in sorted(first.items()):
            tell_error(Refusal(code, row=row, allowed=allowed_words()))
        raise typer.Exit(7)


@answers_app.command("take")
def answers_take(
    subject: Subject,
    said: Annotated[
        list[str], typer.Option("--said", help="种类=内容 kind=value, as in an answers file")
    ],
    way: Annotated[str, typer.Option(help="途径 phone | counter | caregiver | paper")],
    by: By,
    listener: Annotated[str, typer.Option(help="一同听电话的人 who else heard the call")] = "",
    day: Annotated[str, typer.Option("--day", help="答复的日期 day of the answer; today")] = "",
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """登记答复 take down what one customer said."""
    from shanhou.flow.taking_down import Way, take_down

    if way not in set(Way):
        raise Refusal("SH-E-003", problem=f"--way {way}: " + " | ".join(Way))
    words = [(kind, value) for kind, _, value in (one.partition("=") for one in said)]
    told = day_of(day or None, "--day")
    with opened(case, on) as at:
        taken = take_down(at, subject, words, way=Way(way), on=told or at.on, by=by,
                          listener=listener)  # fmt: skip
    tell("answers_taken", accepted=taken.accepted, already=taken.already, refused=0)


@answers_app.command("close")
def answers_close(subject: Subject, by: By, case: CaseFolder = HERE) -> None:
    """结清请求 say that a customer's requests were answered."""
    from shanhou.flow.telling import close_requests

    with opened(case) as at:
        close_requests(at, subject, by=by)


@app.command()
def approve(
    by: By,
    key: KeyFile,
    passphrase: Passphrase,
    plan: PlanFile = None,
    sheet: Annotated[Path | None, typer.Option(help="签字单照片 photo of the signed sheet")] = None,
    signed_by: Annotated[str | None, typer.Option(help="在纸上签字的人 who signed it")] = None,
    device: Annotated[
        str | None, typer.Option(help="演练中扮演的设备 the device played, rehearsal only")
    ] = None,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """审批 sign exactly this plan."""
    from shanhou.cli.plan_words import tell_staying
    from shanhou.flow.approving import approve as run
    from shanhou.flow.approving import missing_approvals
    from shanhou.flow.deciding import staying

    with opened(case, on) as at:
        made = plan_of(at, plan)
        tell_staying(staying(at, made))
        one = run(at, made, by=by, private=private_of(key, passphrase), sheet=sheet,
                  signed_by=signed_by, played_device=device)  # fmt: skip
        short = missing_approvals(at, made)
        signed = len(at.store.approvals(made.digest))
    tell("approved", person=one.person, plan=made.name, means=one.means.value)
    if short:
        rows = [(one.outcome, one.missing.value, one.have, one.need) for one in short]
        heads = [say(head) for head in ("outcome", "state", "have", "need")]
        tell_table(say("short_head"), heads, rows)
        if signed > short[0].have:
            tell("one_eye")


@app.command()
def sheet(
    plan: PlanFile = None,
    out: Annotated[Path, typer.Option(help="写到此文件 where it goes")] = Path("sheet.pdf"),
    case: CaseFolder = HERE,
) -> None:
    """签字单 print the sheet to sign by hand: outcomes, digest in words, QR."""
    from shanhou.flow.sheets import write_sheet

    with opened(case) as at:
        write_sheet(at, plan_of(at, plan), may_write(out, ".pdf"))
    tell("saved_line", path=out)


@app.command()
def apply(
    plan: PlanFile = None,
    until: Annotated[
        str, typer.Option(help="做到这一步 up to: transfer|archive|anonymise|return|destroy")
    ] = "destroy",
    case: CaseFolder = HERE,
    on: On = None,
    json: Json = False,
) -> None:
    """执行 carry out the approved plan, and nothing else; resumable."""
    from shanhou.cases.stages import Stage
    from shanhou.cases.watch import NewHold
    from shanhou.flow.acting import apply as run
    from shanhou.flow.acting import work_of

    if until not in {"transfer", "archive", "anonymise", "return", "destroy"}:
        raise Refusal("SH-E-003", problem=f"--until {until}")
    with opened(case, on) as at:
        made = plan_of(at, plan)
        try:
            applied = run(at, made, until=Stage(until))
        except NewHold:
            # whoever set the hold must learn what went before it
            with work_of(at, made) as work:
                _tell_applied(work.applied)
            raise
    if json:
        tell_json({"schema": 1, "done": dict(applied.done),
                   "exceptions": [asdict(one) for one in applied.exceptions]})  # fmt: skip
    else:
        _tell_applied(applied)
    if applied.exceptions:
        raise typer.Exit(7)


def _tell_applied(applied: Applied) -> None:
    rows = []
    for step, detail in applied.done.items():
        phase, _, rest = step.partition(":")[2].partition(":")
        for removed in detail.get("removed", ()):
            what = (f"{removed['dataset']}: {removed['rows_before']:,} → {removed['rows_after']:,}"
                    f", - {removed['deleted']:,}, ∅ {removed['emptied_fields']:,}")  # fmt: skip
            rows.append((phase, what))
        if "name" in detail:
            rows.append((phase, f"{detail['name']} ({detail.get('records_count', 0):,})"))
        elif rest == "done":
            rows.append((phase, say("n_subjects", n=f"{detail['subjects_count']:,}")))
    tell_table(say("applied_head"), [say("phase"), say("what")], rows)
    if applied.exceptions:
        from shanhou.cli.telling import language
        from shanhou.flow.certificates import EXCEPTION

        told = [(one.place, one.count, f"{one.code} {getattr(EXCEPTION[one.code], language())}")
                for one in applied.exceptions]  # fmt: skip
        heads = [say("place"), say("count"), say("code")]
        tell_table(say("exceptions_head"), heads, told)


@app.command()
def certify(
    by: By, key: KeyFile, passphrase: Passphrase, plan: PlanFile = None,
    case: CaseFolder = HERE, on: On = None,
) -> None:  # fmt: skip
    """证明 issue certificates; bring evidence and report up to date."""
    from shanhou.flow.proving import certify as run

    with opened(case, on) as at:
        run(at, plan_of(at, plan), by=by, private=private_of(key, passphrase))
        count = len(at.store.certificates())
    tell("certified", count=count, path=case / "evidence", report=case / "report.html")
    tell("before_close")


@app.command()
def verify(
    pack: Annotated[Path, typer.Argument(help="存证目录 the evidence folder")] = Path("evidence"),
    key: Annotated[str | None, typer.Option(help="可信的日志公钥 the log's vkey you trust")] = None,
    json: Json = False,
) -> None:
    """核验 check an evidence pack; needs no database and no key."""
    from shanhou.flow.proving import verify as run

    found = run(pack, key)
    size = found.checkpoint.size if found.checkpoint else 0
    if json:
        tell_json(
            {
                "schema": 1,
                "holds": True,
                "size": size,
                "checks": [{"name": c.name, "count": c.count} for c in found.checks],
            }
        )
        return
    tell("verified_ok", checks=sum(one.count for one in found.checks), size=size)


@app.command()
def close(
    by: By, key: KeyFile, passphrase: Passphrase, plan: PlanFile = None,
    case: CaseFolder = HERE, on: On = None,
) -> None:  # fmt: skip
    """关闭案件 shred the vault's keys, clear the working copies, end; no receipt after it."""
    from shanhou.flow.proving import close as run

    tell("before_close")
    with opened(case, on) as at:
        left = run(at, plan_of(at, plan), by=by, private=private_of(key, passphrase))
    tell("closed")
    if left:
        tell("close_left", names=" ".join(left))
        raise typer.Exit(7)


@app.command()
def report(
    plan: PlanFile = None,
    show: Annotated[bool, typer.Option("--open", help="在浏览器打开 in the browser")] = False,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """报告 write report.html anew."""
    from shanhou.flow.proving import publish

    with opened(case, on) as at:
        publish(at, plan_of(at, plan))
    tell("saved_line", path=case / "report.html")
    if show:
        import webbrowser

        webbrowser.open((case / "report.html").resolve().as_uri())
