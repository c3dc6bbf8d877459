"""Commands that only ask: check, status, log, explain, detect."""

from __future__ import annotations

import json as json_lines
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from shanhou.cli.app import HERE, CaseFolder, Json, app, opened
from shanhou.cli.notice_words import notices_told, tell_notices
from shanhou.cli.telling import (
    apart_json,
    language,
    outcome_word,
    say,
    tell,
    tell_apart,
    tell_error,
    tell_json,
    tell_table,
)
from shanhou.errors import Coded, Refusal, catalogue


@app.command()
def check(case: CaseFolder = HERE) -> None:
    """检查 config, sources and keys; says the fix."""
    from shanhou.flow.checking import look_over

    with opened(case) as at:
        found = list(look_over(at))
        notices = notices_told(at)
    rows = []
    for one in found:
        for error in one.wrong:
            tell_error(error)
        state = "–" if one.wrong or not one.named else say("check_ok")
        rows.append((one.name, state if one.datasets is None
                     else say("n_datasets", n=one.datasets)))  # fmt: skip
    tell_table(say("check_head"), [say("what"), say("state")], rows)
    unread = [(left.place, left.code) for one in found for left in one.unread]
    if unread:
        tell_table(say("unread_head"), [say("place"), say("code")], unread)
    slow = [(left.place, left.code) for one in found for left in one.slow]
    if slow:
        tell_table(say("slow_head"), [say("place"), say("code")], slow)
    tell_notices(notices)
    if not all(one.is_ready for one in found):
        raise typer.Exit(1)


@app.command()
def status(case: CaseFolder = HERE, json: Json = False) -> None:
    """状态 where the case stands."""
    from shanhou.cli.dates import dates_json
    from shanhou.cli.plan_words import plan_json
    from shanhou.flow.approving import missing_approvals
    from shanhou.flow.dates import dates_of
    from shanhou.flow.gathering import collected
    from shanhou.flow.plans import plan_so_far
    from shanhou.flow.rule_signing import rules_told
    from shanhou.flow.standing import standing

    with opened(case) as at:
        done = collected(at)
        told: dict[str, Any] = {"schema": 1, "case": at.id, "datasets": len(done),
                                "records": sum(one.rows for one in done),
                                "quarantined": apart_json(done),
                                "events": at.store.event_count()}  # fmt: skip
        if plan := plan_so_far(at):
            told["plan"] = plan_json(plan)
            told["missing_approvals"] = [
                {"outcome": s.outcome, "have": s.have, "need": s.need}
                for s in missing_approvals(at, plan)
            ]
        told["stages"] = {stage.value: where.value for stage, where in standing(at).items()}
        told["closed"] = at.store.stage("closed") is not None
        timed = dates_of(at)
        told |= {"dates": dates_json(timed)["dates"]}
        told["notices"] = notices_told(at)
        told["rules"] = rules_told(at)
    if json:
        tell_json(told)
        return
    stages = [(say(f"at_{name}"), say(f"is_{where}"),
               say(f"do_{name}") if where in {"next", "outdated"} else "")
              for name, where in told["stages"].items()]  # fmt: skip
    tell_table(say("status_head", case=told["case"]),
               [say("stage"), say("state"), say("to_do")], stages)  # fmt: skip
    tell("status_counts", datasets=told["datasets"], records=f"{told['records']:,}",
         events=told["events"])  # fmt: skip
    tell_apart(done)
    for word, ones in (("late", timed.late()), ("next", timed.next()[:1])):
        for due in ones:
            tell(f"status_{word}", date=due.due.on.isoformat(), basis=due.clock.cited(),
                 text=f"{getattr(due.clock, language())} {due.about}".strip())  # fmt: skip
    for one in told.get("missing_approvals", ()):
        tell("status_lacks", outcome=outcome_word(one["outcome"]), have=one["have"],
             need=one["need"])  # fmt: skip
    tell_notices(told["notices"])
    signed = ", ".join(told["rules"]["signed_by"]) or say("owner_nobody")
    tell("status_rules", packs=" · ".join(told["rules"]["packs"]), people=signed)
    if "plan" in told:
        lines = [(outcome_word(one["outcome"]), one["items"], one["records"])
                 for one in told["plan"]["outcomes"]]  # fmt: skip
        tell_table(told["plan"]["plan"], [say("outcome"), say("items"), say("rows")], lines)


@app.command()
def log(case: CaseFolder = HERE) -> None:
    """存证日志 what was done, by whom, when."""
    from shanhou.evidence.entry import parse_entry, utc_text

    with opened(case) as at:
        entries = [parse_entry(raw) for raw in at.store.events()]
    rows = [
        (one.seq, utc_text(one.at), one.act.value, one.actor,
         " ".join(f"{name}={value}" for name, value in one.facts.items()))
        for one in entries
    ]  # fmt: skip
    heads = [say(head) for head in ("seq", "at", "act", "actor", "what")]
    tell_table(say("log_head"), heads, rows)


@app.command()
def explain(code: Annotated[str, typer.Argument(help="代码 the code, SH-E-001")]) -> None:
    """解释代码 what an error code means."""
    if code not in catalogue():
        raise Refusal("SH-E-003", problem=code)
    tell_error(Coded(code))


@app.command()
def detect(
    file: Annotated[str, typer.Argument(help="文件,- 为标准输入 a file, or - for stdin")] = "-",
    jsonl: Annotated[bool, typer.Option(help="每行一个 JSON one JSON object a line")] = False,
    rules: Annotated[
        list[Path] | None, typer.Option(help="自己的规则文件 rule files of your own")
    ] = None,
    json: Json = False,
    recognizer: Annotated[
        str, typer.Option(help="姓名识别模型 the model for names: lac, none or a plug-in's")
    ] = "lac",
) -> None:
    """识别 what a text or a JSON-lines file holds, outside any case."""
    from shanhou.inventory.own_rules import read_own
    from shanhou.inventory.scan import detect_texts
    from shanhou.wiring import recognizer_named

    known = read_own(rules) if rules else None
    given = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    text = given.decode("utf8", "replace")
    lines = [json_lines.loads(line) for line in text.splitlines() if line.strip()] if jsonl else [
        {"id": "1", "text": text}
    ]  # fmt: skip
    texts = [str(one["text"]) for one in lines]
    told = detect_texts(texts, recognizer_named(recognizer), known)
    for line, spans in zip(lines, told, strict=True):
        found = [
            {"category": f.category.value, "start": f.start, "end": f.end,
             "strength": f.strength.value}
            for f in spans
        ]  # fmt: skip
        if json or jsonl:
            sys.stdout.write(json_lines.dumps({"id": line["id"], "findings": found}) + "\n")
            continue
        rows = [(f["category"], f["start"], f["end"], f["strength"]) for f in found]
        tell_table("", [say("category"), "start", "end", say("verdict")], rows)


@app.command()
def demo(
    case: Annotated[str, typer.Option(help="示例名,或全部 an example's name, or all")] = "all",
    out: Annotated[Path, typer.Option(help="目录 the folder")] = Path("demo"),
    customers: Annotated[int, typer.Option(help="客户数 how many customers")] = 300,
) -> None:
    """演示 three companies from raw sources to verified evidence, scored by others' truth."""
    from shanhou.cli.demo import run_demo

    if not run_demo(case, out, customers=customers):
        raise typer.Exit(1)
