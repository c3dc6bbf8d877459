"""The notice campaign: whom each channel reaches and at what cost; and, once signed, the sending.

`survey` changes nothing in the world. `send` goes on where a killed run stopped: who has the letter
gets no second one, whose address was no good comes to the next, and what nobody knows stays on a
list for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shanhou.cases.sendings import Fate, Purpose, Sending
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.evidence.subject_tree import SubjectOutcome, SubjectTree
from shanhou.flow.acting import pepper_of
from shanhou.flow.approving import missing_notice_approvals
from shanhou.flow.deciding import require_fresh
from shanhou.flow.noting import MACHINE, note
from shanhou.flow.posting import Post, opened_post
from shanhou.flow.telling import occasion_of, write_letters
from shanhou.notices.channels import FileChannel, Message, Rendered, Way
from shanhou.notices.dispatch import (
    Due,
    Gate,
    dispatch,
    note_sendings,
    put,
    recover,
    sending_key,
)
from shanhou.notices.window import Pace
from shanhou.subjects.addresses import MOST
from shanhou.vault.canonical import canonical_json, digest_hex
from shanhou.wiring import Case
from shanhou.wiring.channels import OUTBOX, channels_of

if TYPE_CHECKING:
    from shanhou.cases.store import Unit
    from shanhou.disposition.plan import Plan
    from shanhou.notices.channels import Channel, Estimate
    from shanhou.notices.dispatch import Noted
    from shanhou.notices.ladder import Ladder
    from shanhou.notices.window import Clock

UNREACHABLE = "notices:unreachable"
_EVERYBODY = "-"
_SAMPLE = "S0000000-000000"


@dataclass(frozen=True)
class Surveyed:
    """A campaign before it goes out, or what is left of it."""

    ladder: Ladder
    estimates: Mapping[str, Estimate]
    samples: Mapping[str, str]
    """Per channel that writes short texts, the text with a made-up code."""

    @property
    def cost_fen(self) -> int:
        return sum(one.cost_fen for one in self.estimates.values())


@dataclass(frozen=True)
class Went:
    """What a sending did."""

    fates: Mapping[str, Counter[Fate]]
    left: Ladder
    unknown: int
    """Sendings of the case whose fate nobody knows."""


def survey(case: Case, plan: Plan) -> Surveyed:
    """Whom the ladder reaches with the letters that wait, and what it would cost.

    Raises:
        Refusal: SH-E-821 to SH-E-823 a channel cannot be used as the case file has it.
    """
    with channels_of(case) as channels, opened_post(case, plan, channels) as post:
        ladder = _counted(case, post)
        samples = {name: post.short(name).fill(_SAMPLE, _deadline(post))
                   for name, one in channels.items() if one.way is Way.MOBILE}  # fmt: skip
        counts = {one.channel: one.first for one in ladder.rungs}
        estimates = {name: one.estimate(counts.get(name, 1), samples.get(name, ""))
                     for name, one in channels.items()}  # fmt: skip
    return Surveyed(ladder, estimates, samples)


def send(
    case: Case, plan: Plan, *, clock: Clock, carried_by: str = "", waits: bool = False,
    reminding: bool = False,
) -> Went:  # fmt: skip
    """Send what is due by the case's ladder: the letters that wait, or one reminder each.

    Raises:
        Refusal: SH-E-820 no ladder, or no number that customers know; SH-E-405 the plan is stale;
            SH-E-506 not enough people signed it; SH-E-824 it is too early or too late in the day;
            SH-E-821 to SH-E-823 a channel cannot be used.
    """
    _require_ready(case)
    if carried_by:
        case.settings.person(carried_by)
    noted = noted_by(case, plan.digest, carried_by or MACHINE)
    fates: dict[str, Counter[Fate]] = {}
    with case.store.lease("case"):
        _require_approved(case, plan)
        with channels_of(case) as channels:
            _recover(case, plan, channels)
            note_sendings(case.store, noted)
            if carried_by:
                _carry_out(case, noted)
            if not reminding:
                _write_anew(case, plan, channels)
            gates = _gates(case, clock, waits=waits)
            with opened_post(case, plan, channels) as post:
                # who was refused comes to the next address at once
                for _ in range(MOST * len(channels)):
                    went: Counter[Fate] = Counter()
                    for name, due in _due(post, reminding=reminding):
                        fen = case.settings.notices.channels[name].fen_each
                        with closing(due):
                            done = dispatch(due, channels[name], store=case.store,
                                            gate=gates[name], fen_each=fen,
                                            carried=bool(carried_by), noted=noted)  # fmt: skip
                        fates.setdefault(name, Counter()).update(done)
                        went += done
                    if not went[Fate.REFUSED]:
                        break
                left = _counted(case, post)
    unknown = sum(1 for _ in case.store.sendings.all(state=Fate.UNKNOWN))
    return Went(fates, left, unknown)


def _gates(case: Case, clock: Clock, *, waits: bool) -> dict[str, Gate]:
    notices = case.settings.notices
    return {name: Gate(notices.window, clock, Pace(clock, notices.channels[name].per_minute), waits)
            for name in notices.ladder}  # fmt: skip


def noted_by(case: Case, plan_digest: str, actor: str) -> Noted:
    """One entry for many sendings: counts, and the root of what each customer was sent."""

    def noted(unit: Unit, sendings: Sequence[Sending]) -> None:
        tally = Counter((one.channel, one.kind.value, one.state.value) for one in sendings)
        told = tuple(f"{' '.join(what)}: {n}" for what, n in sorted(tally.items()))
        act = f"{case.id}/notices/{unit.next_seq()}"
        mine = [one for one in sendings if one.kind is not Purpose.ANNOUNCEMENT]
        tree = SubjectTree.of([_outcome(one) for one in mine], pepper=pepper_of(case), act=act)
        cost = sum(one.cost_fen for one in sendings)
        facts = {"sendings": told, "cost_fen": cost, **(tree.facts if mine else {})}
        note(case, unit, Act.NOTICE, actor, subject=[Digested("plan", plan_digest)], facts=facts)

    return noted


def _outcome(one: Sending) -> SubjectOutcome:
    said = {"channel": one.channel, "kind": one.kind.value, "state": one.state.value,
            "letter": one.letter, "key": one.key, "on": one.on_day}  # fmt: skip
    return SubjectOutcome(one.subject, canonical_json(said))


def _require_ready(case: Case) -> None:
    notices = case.settings.notices
    wanted = {"notices.ladder": notices.ladder, "notices.known_number": notices.known_number}
    if lacking := [name for name, value in wanted.items() if not value]:
        raise Refusal("SH-E-820", missing=", ".join(lacking))


def _require_approved(case: Case, plan: Plan) -> None:
    """A campaign under way changes what was sent and answered; everything else must still stand."""
    require_fresh(case, plan, but="answers")
    for short in missing_notice_approvals(case, plan):
        raise Refusal("SH-E-506", plan=plan.name, outcome=short.outcome, have=short.have,
                      need=short.need)  # fmt: skip


def _recover(case: Case, plan: Plan, channels: Mapping[str, Channel]) -> None:
    """Settle what a killed run left open; a channel no longer named can tell nothing."""
    intended = tuple(case.store.sendings.all(state=Fate.INTENDED))
    with case.store.commit() as unit:
        for one in intended:
            if one.channel not in channels:
                put(unit, replace(one, state=Fate.UNKNOWN, code="no-answer"))
    if not any(one.channel in channels for one in intended):
        return
    with opened_post(case, plan, channels) as post:
        for name, channel in channels.items():
            mine = [one for one in intended if one.channel == name]
            recover(post.again(mine), channel, store=case.store,
                    fen_each=case.settings.notices.channels[name].fen_each)  # fmt: skip


def _carry_out(case: Case, noted: Noted) -> None:
    """What lay there printed or listed is brought out by the person who says so."""
    with case.store.commit() as unit:
        for one in case.store.sendings.all(state=Fate.HANDED):
            put(unit, replace(one, state=Fate.SENT))
    note_sendings(case.store, noted)


def _write_anew(case: Case, plan: Plan, channels: Mapping[str, Channel]) -> None:
    """Letters with days to answer counted from today, for all to whom one goes out now."""
    folder = case.folder / OUTBOX
    write_letters(case, plan, FileChannel(folder))
    deadline = occasion_of(case).deadline.isoformat()
    with opened_post(case, plan, channels) as post:
        waiting = post.waiting()
        places = post.climb(waiting).next_places().select("sid")
        going = set(post.desk.arrow(places)["sid"].to_pylist())
        early = {one.subject for one in waiting if one.deadline != deadline}
    if going and early:
        write_letters(case, plan, FileChannel(folder, renews=True), only=going)


def _due(post: Post, *, reminding: bool) -> Iterator[tuple[str, Generator[Due, None, None]]]:
    """Channel by channel what is due, the announcement last."""
    people = [name for name, way in post.ladder.items() if way is not Way.PUBLIC]
    if reminding:
        owed = post.owed()
        yield from ((name, post.reminders(name, owed)) for name in people)
        return
    waiting = post.waiting()
    yield from ((name, post.due(name, waiting)) for name in people)
    for name in post.ladder:
        if name not in people and (due := _announcement(post, name)):
            yield name, (one for one in (due,))


def _announcement(post: Post, channel: str) -> Due | None:
    """The announcement by one channel, unless these very words went out by it already."""
    pages = []
    for language in post.case.settings.notices.languages:
        page = post.texts(language).announcement()
        pages.append(Rendered(language, "", page))
    said = digest_hex("\0".join(one.html for one in pages).encode())
    key = sending_key(f"{post.plan.digest}|{post.template}", channel, 0, Purpose.ANNOUNCEMENT)
    before = post.case.store.sendings.one(key)
    if before is not None and before.state is not Fate.DEFERRED:
        return None
    sending = Sending(key, said[:32], _EVERYBODY, channel, 0, Purpose.ANNOUNCEMENT,
                      post.plan.digest, Fate.INTENDED, on_day=post.case.on.isoformat(),
                      tries=before.tries + 1 if before else 1)  # fmt: skip
    message = Message(key, "", "", _EVERYBODY, "", "", _deadline(post), tuple(pages))
    return Due(sending, message)


def _deadline(post: Post) -> str:
    from shanhou.notices.letter import long_date

    return long_date(occasion_of(post.case).deadline, post.language)


def _counted(case: Case, post: Post) -> Ladder:
    """The ladder of what waits now; how many it does not reach is kept for `status`."""
    ladder = post.climb(post.waiting()).counted()
    with case.store.commit() as unit:
        unit.set_stage(UNREACHABLE, str(ladder.unreachable))
    return ladder
