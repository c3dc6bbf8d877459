"""What each certificate says: from the ledger, the plan and the case file, nothing typed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.cases.store import Step
from shanhou.evidence.certificate import (
    Basis,
    Certificate,
    CertificateKind,
    Count,
    Method,
    NotReached,
    Office,
    Organisation,
    ShownApproval,
    Words,
)
from shanhou.evidence.entry import parse_entry
from shanhou.execution.work import acted, asked
from shanhou.flow.acting import bench_at, undone
from shanhou.flow.approving import checkpoint, counted_approvals, signed_approval
from shanhou.flow.copied import originals_elsewhere
from shanhou.flow.gathering import collected, unread
from shanhou.flow.noting import shown
from shanhou.flow.steps import OUTCOME, PHASES, phase_done
from shanhou.law.load import known_rule, load_rulebook
from shanhou.law.rule import UNKNOWN, Outcome
from shanhou.notices.letter import words
from shanhou.sources.reader import COPY

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.flow.acting import Excepted, Work
    from shanhou.wiring import Case

_KIND = {
    Stage.TRANSFER: (CertificateKind.TRANSFER, Words("移交", "Transfer")),
    Stage.ARCHIVE: (CertificateKind.ARCHIVE, Words("封存", "Sealing")),
    Stage.ANONYMISE: (CertificateKind.ANONYMISATION, Words("匿名化", "Anonymisation")),
    Stage.RETURN: (CertificateKind.RETURN, Words("退还", "Return")),
    Stage.DESTROY: (CertificateKind.DESTRUCTION, Words("销毁", "Destruction")),
}
STRENGTH = {
    "key": Words("本人 Ed25519 密钥,口令开启", "own Ed25519 key, opened by a passphrase"),
    "passkey": Words("本人通行密钥,认证器已验证本人", "own passkey, whose"
                     " authenticator verified them"),
    "sheet": Words("纸面签字盖章,外部见证人以密钥副署", "signed and sealed sheet, countersigned by"
                   " an outsider's key"),
}  # fmt: skip
EXCEPTION = {
    "SH-X-01": Words("计划之后被改动,未处理", "changed since the plan, not acted on"),
    "SH-X-02": Words("来源中已不存在", "no longer in the source"),
    "SH-X-03": Words("没有可用主键,未处理", "no usable key, not acted on"),
    "SH-X-04": Words("仍被保留记录引用,改为清空字段", "a kept row refers to it; fields emptied"),
    "SH-X-05": Words("非空字段没有约定占位值", "a NOT NULL field has no declared placeholder"),
    "SH-X-06": Words("来源系统拒绝", "the source's engine refused"),
    "SH-X-07": Words("再次读取时仍在", "still there on second reading"),
    "SH-X-10": Words("清除残留的一步须由他人完成", "a scrubbing step somebody else must do"),
    "SH-X-11": Words("未达匿名化标准,仍作个人信息保留", "failed the test; kept as personal data"),
    "SH-X-13": Words(
        "已随前一方案移交,本方案不再移交,须由接收方删除或退还",
        "sent under an earlier plan, no longer to be sent; the recipient must delete"
        " or give it back",
    ),
    "SH-X-12": Words("在原始文件中仍检索到的值", "values still found in raw files"),
}


_COPIED = Words(f"物化视图,没有读取({COPY}):另存一份各表的行,须由人刷新或删除",
                f"a materialised view, not read ({COPY}): it holds a second copy of rows until"
                " somebody refreshes or drops it")  # fmt: skip


def certificates_of(case: Case, work: Work, by: str) -> Iterator[Certificate]:
    """One certificate per phase that was carried out."""
    plan = work.bench.plan
    for phase in PHASES:
        steps = [one for one in case.store.steps(plan.digest) if one.phase == phase.value]
        done = case.store.step(phase_done(plan, phase))
        if done is not None and done.detail.get("subjects_count"):
            yield _certificate(case, work, phase, steps, done, by)


def _certificate(
    case: Case, work: Work, phase: Stage, steps: list[Step], done: Step, by: str
) -> Certificate:
    plan = work.bench.plan
    kind, word = _KIND[phase]
    outcome = OUTCOME[phase]
    then = bench_at(case, work.bench, phase)
    did = acted(then, outcome, undone(case, plan, phase))
    left = asked(then, outcome) - did.records
    state = checkpoint(case)
    times = _times(case, plan, phase)
    return Certificate(
        number=f"{case.id}-{plan.digest[:8]}-{phase.value}",
        kind=kind,
        case=case.id,
        rehearsal=plan.rehearsal,
        handler=_organisation(case.settings.parties.handler),
        counterpart=_counterpart(case, phase),
        place=case.settings.parties.handler.address or case.settings.parties.handler.name,
        started_at=times[0],
        finished_at=times[-1],
        issued_at=case.at,
        summary=_summary(plan, word, left, superseded=bool(done.detail.get("superseded"))),
        period=Words(f"截至 {plan.basis.on} 的记录", f"records up to {plan.basis.on}"),
        retention=_retention(plan, outcome),
        counts=(
            Count(Words("客户", "subjects"), did.subjects),
            Count(Words("处置项", "items"), sum(did.items.values())),
            Count(Words("记录", "records"), did.records),
        ),
        classes=tuple(_called(name) for name in sorted(did.items)),
        basis=_basis(plan, outcome),
        approvals=approvals_shown(case, plan),
        methods=tuple(_methods(phase, steps)),
        not_reached=(*not_reached(case, work.applied.exceptions), *_unsearched(case, steps),
                     *_unsealed(case, work, steps), *_beyond(case)),
        operator=_office(case, by),
        witness=None,
        verifier=None,
        plan_digest=plan.digest,
        subjects_root=str(done.detail["subjects_root"]),
        log_size=state.size,
        log_root=state.root.hex(),
        on=case.on if case.played else None,
    )  # fmt: skip


def _called(group: str) -> Words:
    """A field group in the words that customers read."""
    called = words()["groups"][group]
    return Words(called["zh"], called["en"])


def _summary(plan: Plan, word: Words, left: int, *, superseded: bool) -> Words:
    """What was done under the plan; what of it was not done is said in the same breath."""
    zh = f"另有 {left} 条记录未能完成,不计在内,列于未覆盖事项。" if left else ""
    en = f" {left} records could not be done; they are not counted, and listed below."
    if left and superseded:
        zh = f"另有 {left} 条记录未由本方案处置,不计在内,由取代它的后一方案决定。"
        en = (f" {left} records were not done under this plan and are not counted;"
              " the later plan that superseded it decides on them.")  # fmt: skip
    return Words(f"{word.zh}:按已批准的处置方案 {plan.name} 执行。{zh}",
                 f"{word.en}: carried out under the approved plan {plan.name}."
                 f"{en if left else ''}")  # fmt: skip


def _times(case: Case, plan: Plan, phase: Stage) -> list[datetime]:
    found = [parse_entry(raw) for raw in case.store.events()]
    times = [one.at for one in found if one.act.value == phase.value
             and any(about.sha256 == plan.digest for about in one.subject)]  # fmt: skip
    return times or [case.at]


def _organisation(party: Any) -> Organisation:
    return Organisation(party.name, party.code)


def _counterpart(case: Case, phase: Stage) -> Organisation | None:
    parties = case.settings.parties
    if phase is Stage.TRANSFER and parties.recipient:
        return _organisation(parties.recipient)
    if phase is Stage.ARCHIVE and parties.custodian:
        return _organisation(parties.custodian)
    return None


_PERIOD = {
    "running": Words("法定保存期未满", "a statutory period runs"),
    "yields": Words("只有自设的保存期未满", "only a term that the company set itself runs"),
    "over": Words("法定保存期已届满", "the statutory period is over"),
    "none": Words("没有法定保存期", "no statutory period applies"),
    UNKNOWN: Words("法定保存期不明", "it is not known whether a statutory period runs"),
}


def _retention(plan: Plan, outcome: Outcome) -> Words:
    """What the facts of the items say of their periods."""
    if outcome is Outcome.RETAIN:
        return Words("保存期未满,封存至所载日期", "periods run; sealed until the dates given")
    mine = {one.situation for one in plan.decisions if one.decision.outcome is outcome}
    found = {one.facts.get("retention", UNKNOWN) for one in plan.situations if one.id in mine}
    said = [words for name, words in _PERIOD.items() if name in found]
    return Words("、".join(one.zh for one in said), "; ".join(one.en for one in said))


def _basis(plan: Plan, outcome: Outcome) -> tuple[Basis, ...]:
    book = load_rulebook()
    ids = sorted({
        rule for one in plan.decisions if one.decision.outcome is outcome
        for rule in one.decision.rules
    })  # fmt: skip
    rules = [known_rule(book, name) for name in ids]
    return tuple(Basis(one.id, one.cited(versions=True), Words(one.zh, one.en)) for one in rules)


def approvals_shown(case: Case, plan: Plan) -> tuple[ShownApproval, ...]:
    """Who approved, by what means, over which state of the log."""
    from shanhou.evidence.statement import parse_statement

    shown = []
    for one in counted_approvals(case, plan):
        held = signed_approval(case, one)
        assert held is not None
        said = parse_statement(held[0])
        shown.append(ShownApproval(_office(case, one.person), said.at, STRENGTH[one.means.value],
                                   one.checkpoint_size))  # fmt: skip
    return tuple(shown)


def _office(case: Case, person_id: str) -> Office:
    person = case.settings.person(person_id)
    parties = case.settings.parties
    party = getattr(parties, person.party, None) if person.party != "outside" else None
    duties = "、".join(duty.value for duty in person.duties)
    return Office(person.name, person.role or duties, party.name if party else "外部 outside")


def _methods(phase: Stage, steps: list[Step]) -> Iterator[Method]:
    sealed = Words("重新打开、逐项核对摘要与行数", "opened again, digests and counts compared")
    for step in steps:
        detail = step.detail
        if "sha256" in detail:
            yield Method(str(detail.get("dataset", detail["name"])),
                         Words(f"age 加密文件 {detail['name']}", f"age file {detail['name']}"),
                         "shanhou, age X25519", sealed, str(detail["sha256"])[:16])  # fmt: skip
        elif phase is Stage.DESTROY and "scrubbed" in detail:
            names = "; ".join(one["name"] for one in detail["scrubbed"] if one["done"])
            yield Method(
                str(detail["source"]),
                Words(f"逻辑删除与清除残留:{names}", f"logical erasure and scrub: {names}"),
                "shanhou",
                _searched(detail.get("searched", {})),
            )


def _searched(told: Mapping[str, int]) -> Words:
    """How far the second look went: never more than was done."""
    if not told.get("files"):
        return Words("再次读取来源;未检索原始文件", "source read again; no raw file searched")
    values, files = told["values"], told["files"]
    return Words(f"再次读取来源;抽取被移除的 {values} 个值在 {files} 个文件中检索",
                 f"source read again; a sample of {values} removed values searched in {files}"
                 " files")  # fmt: skip


def _unsearched(case: Case, steps: list[Step]) -> Iterator[NotReached]:
    """Sources whose raw files nobody could search."""
    for one in steps:
        if "searched" in one.detail and not one.detail["searched"]["files"]:
            source = str(one.detail["source"])
            yield NotReached(
                Words(f"{source} 的原始文件", f"raw files of {source}"),
                Words("不可达,未检索被移除的内容", "out of reach; not searched for removed values"),
                case.settings.parties.handler.name, None,
            )  # fmt: skip


def not_reached(case: Case, exceptions: tuple[Excepted, ...]) -> Iterator[NotReached]:
    """What the plan did not reach, and who answers for it."""
    handler = case.settings.parties.handler.name
    for one in exceptions:
        why = EXCEPTION[one.code]
        yield NotReached(Words(f"{one.place}({one.count})", f"{one.place} ({one.count})"), why,
                         handler, None)  # fmt: skip
    for place, code in unread(case):
        yield NotReached(Words(shown(place), shown(place)),
                         _COPIED if code == COPY else
                         Words(f"没有读取({code}),内容仍在来源中",
                               f"was not read ({code}); its content is still in the source"),
                         handler, None)  # fmt: skip
    for dataset in collected(case):
        if dataset.quarantined:
            name, count = shown(dataset.dataset.name), dataset.quarantined
            told = "; ".join(f"{one.code}: {one.told()}" for one in dataset.apart)
            zh, en = (f",行号 {told}", f", lines {told}") if told else ("", "")
            yield NotReached(
                Words(f"{name}({count} 行{zh})", f"{name} ({count} rows{en})"),
                Words("读不懂的行,未处置,仍在来源中",
                      "rows that could not be read: not acted on, still in the source"),
                handler, None)  # fmt: skip
    yield from originals_elsewhere(case)


def _unsealed(case: Case, work: Work, steps: list[Step]) -> Iterator[NotReached]:
    """Accounting files whose rows are sealed, but not the file itself as it was."""
    vouchers = {one.holding.name for one in work.bench.assets
                if one.holding.role == "voucher" and one.collected.content}  # fmt: skip
    names = {str(one.detail["dataset"]) for one in steps if one.detail.get("original") is False}
    for name in sorted(names & vouchers):
        yield NotReached(
            Words(f"{name} 的原件", f"the original file of {name}"),
            Words("文件中另有须移出或销毁的记录,只封存了保留的行,未封存文件本身",
                  "other records in the file leave it; the retained rows are sealed, not the file"),
            case.settings.parties.handler.name, None,
        )  # fmt: skip


def _beyond(case: Case) -> tuple[NotReached, ...]:
    """What no deletion in a source can show (NIST SP 800-88: technique and media are apart)."""
    return (
        NotReached(
            Words("存储介质、快照与企业自有的旧备份", "storage media, snapshots and the firm's old"
                  " backups"),
            Words("本证明只说明逻辑删除与可达文件的检索结果", "this certificate speaks of logical"
                  " erasure and of the files in reach"),
            case.settings.parties.handler.name,
            None,
        ),
    )  # fmt: skip
