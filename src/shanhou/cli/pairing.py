"""Commands on who is one customer: subjects, subjects queue, subjects decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cli.app import HERE, By, CaseFolder, Json, opened, subjects_app
from shanhou.cli.telling import say, tell, tell_json, tell_table
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.flow.pairing import Word
    from shanhou.subjects.questions import Question

_MOST = 20


@subjects_app.callback()
def subjects(context: typer.Context, case: CaseFolder = HERE, json: Json = False) -> None:
    """客户 merge records into the people and companies they are about."""
    if context.invoked_subcommand:
        return
    from shanhou.flow.gathering import resolve_subjects
    from shanhou.flow.pairing import asked

    with opened(case) as at:
        resolved = resolve_subjects(at)
        total = asked(at, most=0).total
    if json:
        tell_json(resolved.to_json() | {"questions": total})
        return
    counted = [(say(name), count) for name, count in resolved.counts().items()]
    tell_table(say("subjects_head"), [say("kind"), say("count")], counted)
    reached = [(say(f"by_{name}"), count) for name, count in resolved.channels.items()]
    tell_table(say("channels_head"), [say("channel"), say("count")], reached)
    if total:
        tell("questions_open", count=total)


@subjects_app.command("queue")
def queue(
    most: Annotated[int, typer.Option(min=1, help="最多几个 how many at most")] = _MOST,
    case: CaseFolder = HERE,
    json: Json = False,
) -> None:
    """待答 pairs of customers that may be one, values side by side and masked."""
    from dataclasses import asdict

    from shanhou.flow.pairing import asked
    from shanhou.subjects.answers import subject_id

    with opened(case) as at:
        found = asked(at, most=most)
    if json:
        told = [asdict(one) | {"one": subject_id(one.one), "other": subject_id(one.other)}
                for one in found.questions]  # fmt: skip
        tell_json({"schema": 1, "total": found.total, "questions": told})
        return
    for one in found.questions:
        _tell_question(one)
    tell("questions_shown", shown=len(found.questions), count=found.total)


def _tell_question(one: Question) -> None:
    from shanhou.subjects.answers import subject_id

    why = " · ".join(say(rule) for rule in one.rules)
    if one.probability is not None:
        # never rounded up: 0.998 is not certain
        why += f" · {int(one.probability * 1000) / 10:.1f}%"
    left, right = subject_id(one.one), subject_id(one.other)
    rows = [(say(f"kind_{row.kind}"), row.one or "-", row.other or "-",
             say(f"values_{row.agreement.value}")) for row in one.beside]  # fmt: skip
    tell_table(say("question_head", one=left, other=right, why=why),
               [say("field"), left, right, say("compared")], rows)  # fmt: skip


@subjects_app.command("decide")
def decide(
    one: Annotated[str, typer.Argument(help="客户编号 a customer's number, S0000001")],
    other: Annotated[str, typer.Argument(help="另一客户编号 another's")],
    because: Annotated[str, typer.Option(help="理由,记入日志 why; logged")],
    by: By,
    same: Annotated[bool, typer.Option("--same", help="是同一客户 they are one")] = False,
    apart: Annotated[bool, typer.Option("--apart", help="是两位客户 they are two")] = False,
    open_: Annotated[
        bool, typer.Option("--open", help="收回先前的决定 take back what was decided")
    ] = False,
    case: CaseFolder = HERE,
) -> None:
    """决定 say that two customers are one or two; written into the case file and the log."""
    from shanhou.flow.pairing import decide_pair

    word = _word(same=same, apart=apart, taken_back=open_)
    with opened(case) as at:
        decide_pair(at, one, other, word, because=because, by=by)
    tell("pair_decided", one=one, other=other, word=say(f"pair_{word.value}"))


def _word(*, same: bool, apart: bool, taken_back: bool) -> Word:
    """Exactly one of three.

    Raises:
        Refusal: SH-E-003 none or several were said.
    """
    from shanhou.flow.pairing import Word

    said = [word for word, chosen in ((Word.SAME, same), (Word.APART, apart),
                                      (Word.OPEN, taken_back)) if chosen]  # fmt: skip
    if len(said) != 1:
        raise Refusal("SH-E-003", problem="--same | --apart | --open")
    return said[0]
