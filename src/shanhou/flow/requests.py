"""请求 requests: what is asked, by when it is answered, a copy of everything, the answer itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.parties import Deed, Duty
from shanhou.cases.requests import NEEDED, Level, Outcome, Reply, Request
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, looks_personal, parse_entry
from shanhou.flow.dates import longest_delay
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.noting import COLLECT, CORRECTIONS, SUBJECTS, note
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.plan import Plan
    from shanhou.execution.returning import Section
    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case

COPIES = "copies"
_MAY_NAME_ANY = frozenset({Duty.PRIVACY, Duty.APPROVER})
"""Whose word it takes that an article which no rule pack knows carries a refusal."""
_GIVES = frozenset({"access", "copy", "portability"})
"""Requests that are answered with a copy of everything held."""


@dataclass(frozen=True)
class Copied:
    """A copy of all that is held on one customer, as it lies in the folder."""

    folder: Path
    datasets: int
    records: int
    files: tuple[str, ...]


def request_of(case: Case, name: str) -> Request:
    """The open request of that number, Q00001.

    Raises:
        Refusal: SH-E-830 there is none, or it is answered.
    """
    for one in case.store.requests.all():
        if one.name == name and one.open:
            return one
    raise Refusal("SH-E-830", request=name)


def copy_for(case: Case, name: str, *, by: str, level: Level) -> Copied:
    """Write everything held on who asks, from every source, as pages, table and data.

    The copy is plain: it is handed over and leaves with the close. What the sources hold is shown
    as it was collected, the company's own secrets and other people's records left out.

    Raises:
        Refusal: SH-E-830 no such open request; SH-E-831 it is not known well enough who asks;
            SH-E-851 it is not theirs to give.
    """
    from shanhou.execution.returning import ReturnFacts, SubjectCopy, Words, write_copies

    case.settings.entitled(by, Deed.ANSWER)
    asked = request_of(case, name)
    require_known(case, asked, level)
    said = case.store.stage(CORRECTIONS)
    reading = (COLLECT, SUBJECTS, *((said,) if said else ()))
    with case.store.lease("case"), case.vault.read(*reading) as desk:
        sections = tuple(_sections(case, desk, asked.subject, said))
    handler = case.settings.parties.handler.name
    facts = ReturnFacts(Words(handler, handler), asked.name, case.on.isoformat(),
                        case.settings.case.rehearsal, asked=True)  # fmt: skip
    folder = case.folder / COPIES / asked.name
    list(write_copies(folder, [SubjectCopy(asked.subject, sections)], facts=facts))
    _write_data(folder, asked.subject, sections)
    files = tuple(sorted(path.name for path in folder.iterdir()))
    records = sum(len(one.rows) for one in sections)
    with case.store.commit() as unit:
        note(case, unit, Act.ANSWER, by, facts={"request": asked.name, "kind": asked.kind,
             "copied_count": records, "level": level.value})  # fmt: skip
    return Copied(folder, len(sections), records, files)


def require_known(case: Case, asked: Request, level: Level) -> None:
    """Refuse what is asked by somebody who is not known well enough.

    Raises:
        Refusal: SH-E-831 with the level that is needed.
    """
    portal = case.settings.notices.portal
    needed = portal.needed(asked.kind) if portal else NEEDED[asked.kind]
    if list(Level).index(level) < list(Level).index(needed):
        raise Refusal("SH-E-831", request=asked.name, has=level.value, needs=needed.value)


def _sections(case: Case, desk: Desk, subject: str, said: str | None) -> list[Section]:
    """What each dataset holds of a customer, the columns that are nobody's secret."""
    from shanhou.execution.corrected import corrected
    from shanhou.execution.returning import Section, Words
    from shanhou.subjects.answers import sid_of

    member = desk.table(SUBJECTS, "member")
    mine = member.filter(member.sid == sid_of(subject)).select("rec")
    found = []
    for asset in assets_of_case(case):
        positions = _shown(asset)
        names = [asset.collected.dataset.fields[position].name for position in positions]
        held = desk.table(COLLECT, asset.holding.table)
        cells = (corrected(desk, held, said) if said else held).join(mine, "rec").order_by("rec")
        rows = desk.arrow(cells.select(*(f"c{position}" for position in positions)))
        values = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        if values:
            title = Words(asset.holding.name, asset.holding.name)
            found.append(Section(title, tuple(Words(one, one) for one in names), tuple(values)))
    return found


def _shown(asset: Asset) -> list[int]:
    secret = {position for group in asset.holding.groups if group.name == "trade_secret"
              for position in group.positions}  # fmt: skip
    return [n for n in range(len(asset.collected.dataset.fields)) if n not in secret]


def _write_data(folder: Path, subject: str, sections: tuple[Section, ...]) -> None:
    """The same as JSON and as a workbook: a common form that another handler can read (PIPL 45)."""
    from xlsxwriter import Workbook

    from shanhou.vault.keys import write_durably

    told: list[Mapping[str, Any]] = [
        {"dataset": one.title.zh,
         "records": [dict(zip((f.zh for f in one.fields), row, strict=True)) for row in one.rows]}
        for one in sections
    ]  # fmt: skip
    text = json.dumps({"schema": 1, "subject": subject, "datasets": told}, ensure_ascii=False,
                      indent=1)  # fmt: skip
    write_durably(folder / f"{subject}.json", text.encode(), private=True)
    book = Workbook(str(folder / f"{subject}.xlsx"), {"strings_to_formulas": False,
                                                      "strings_to_urls": False})  # fmt: skip
    for number, one in enumerate(sections, start=1):
        sheet = book.add_worksheet(str(number))
        sheet.write_string(0, 0, one.title.zh)
        for column, field in enumerate(one.fields):
            sheet.write_string(1, column, field.zh)
        for line, row in enumerate(one.rows, start=2):
            for column, value in enumerate(row):
                sheet.write_string(line, column, value or "")
    book.close()
    (folder / f"{subject}.xlsx").chmod(0o600)


def answer_request(
    case: Case,
    name: str,
    outcome: Outcome,
    *,
    by: str,
    level: Level,
    article: str = "",
    reason: str = "",
    until: date | None = None,
) -> Reply:
    """Note how a request was answered; a refusal names article and reason, a delay its end.

    Raises:
        Refusal: SH-E-830 no such open request; SH-E-831 it is not known well enough who asks;
            SH-E-832 a refusal without article and reason, a delay without reason and a later day,
            or a copy that was never made; SH-E-833 a correction for which nothing was corrected;
            SH-E-313 a reason that looks personal; SH-E-851 it is not theirs to answer; SH-E-852 a
            second delay, one told late or longer than the rule pack allows; SH-E-853, SH-E-854 an
            article that the packs do not know, or that is gone.
    """
    case.settings.entitled(by, Deed.ANSWER)
    asked = request_of(case, name)
    if outcome is Outcome.FULFILLED:
        require_known(case, asked, level)
    if looks_personal(f"{reason} {article}"):
        raise Refusal("SH-E-313")
    lacking = _lacking(case, asked, outcome, article, reason, until)
    if lacking:
        raise Refusal("SH-E-832", request=name, lacks=lacking)
    if outcome is Outcome.FULFILLED and asked.kind == "correction" and not _corrected(case, name):
        raise Refusal("SH-E-833", request=name)
    before = [one for one in case.store.requests.replies() if one.request == asked.id]
    if outcome is Outcome.EXTENDED and until:
        _require_in_time(case, asked, until, again=bool(before))
    if outcome is Outcome.REFUSED:
        article = _known_article(case, article, by)
    one = Reply(asked.id, len(before) + 1, outcome, by, level, case.on.isoformat(),
                until.isoformat() if until else "", article, reason)  # fmt: skip
    with case.store.lease("case"), case.store.commit() as unit:
        unit.requests.reply(one)
        note(case, unit, Act.ANSWER, by,
             subject=[Digested("reason", digest_hex(f"{article}|{reason}".encode()))],
             facts={"request": asked.name, "kind": asked.kind, "outcome": outcome.value,
                    "level": level.value})  # fmt: skip
    return one


def _corrected(case: Case, name: str) -> bool:
    """Whether values were taken in for a request, as the log tells."""
    corrections = (parse_entry(raw) for raw in case.store.events() if b'"corrected_count"' in raw)
    return any(one.act is Act.ANSWER and one.facts.get("request") == name for one in corrections)


def _require_in_time(case: Case, asked: Request, until: date, *, again: bool) -> None:
    longest = longest_delay(case, asked)
    if again or case.on > longest.told_by or until > longest.last:
        raise Refusal("SH-E-852", request=asked.name, until=until, told_by=longest.told_by,
                      last=longest.last, basis=longest.basis, clock=longest.clock)  # fmt: skip


def _known_article(case: Case, asked: str, by: str) -> str:
    """The articles of a refusal as the rule packs cite them; an officer may name any other."""
    from shanhou.law.citing import known_articles, superseded_by
    from shanhou.law.load import load_rulebook

    gone = superseded_by(load_rulebook(), asked)
    if gone:
        instead = "; ".join(name for one in gone for name in one.instead)
        raise Refusal("SH-E-854", article=asked, instead=instead)
    officer = not _MAY_NAME_ANY.isdisjoint(case.settings.person(by).duties)
    known = known_articles(load_rulebook(), asked, elsewhere=officer)
    if not known:
        raise Refusal("SH-E-853", article=asked)
    return "; ".join(known)


def _lacking(
    case: Case, asked: Request, outcome: Outcome, article: str, reason: str, until: date | None
) -> str:
    if outcome is Outcome.REFUSED and not (article and reason):
        return "article_reason"
    if outcome is Outcome.EXTENDED and not (reason and until and until > case.on):
        return "reason_until"
    gave = (case.folder / COPIES / asked.name).is_dir()
    if outcome is Outcome.FULFILLED and asked.kind in _GIVES and not gave:
        return "copy"
    return ""


@dataclass(frozen=True)
class Kept:
    """What is not deleted at a person's request: how much, until when, and by which articles."""

    dataset: str
    group: str
    outcome: str
    records: int
    until: str
    basis: str


def what_stays(case: Case, plan: Plan, subject: str) -> tuple[Kept, ...]:
    """What of a customer the plan does not delete, told honestly: sealed until a day, or held."""
    from shanhou.law.load import load_rulebook
    from shanhou.law.rule import Outcome as Fate
    from shanhou.subjects.answers import sid_of

    book = load_rulebook()
    generation = str(case.store.stage(f"plan:{plan.digest}"))
    with case.vault.read(generation) as desk:
        record = desk.table(generation, "record")
        mine = record.filter(record.sid == sid_of(subject))
        counted = mine.group_by(["sit", "retain_until"]).aggregate(n=mine.count())
        rows = desk.arrow(counted.order_by("sit")).to_pylist()
    of = {one.id: one.dataset for one in plan.situations}
    decisions: dict[str, list[Any]] = {}
    for one in plan.decisions:
        decisions.setdefault(one.situation, []).append(one)
    known = {rule.id: rule.cited() for rule in book.rules}
    return tuple(
        Kept(of[row["sit"]], one.group, one.decision.outcome.value, row["n"],
             str(row["retain_until"] or ""),
             "; ".join(dict.fromkeys(known[r] for r in one.decision.rules if r in known)))
        for row in rows
        for one in decisions[row["sit"]]
        if one.decision.outcome is not Fate.DESTROY
    )  # fmt: skip
