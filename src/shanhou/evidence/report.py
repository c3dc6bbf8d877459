"""The case on one page: a single file without script or outside resource, in both languages.

It reads what the flow hands it and holds no personal data. Exceptions stand first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources

from shanhou.evidence.certificate import NotReached, ShownApproval, Words
from shanhou.evidence.entry import utc_text
from shanhou.evidence.sankey import Flow, lay_out


@dataclass(frozen=True)
class Look:
    """How an outcome always looks: symbol, word and colour together, never colour alone."""

    symbol: str
    words: Words
    colour: str


LOOKS = {
    "TRANSFER": Look("→", Words("移交", "transfer"), "#1f5fbf"),
    "TRANSFER_AFTER_CONSENT": Look("→", Words("同意后移交", "transfer after consent"), "#4f7fc4"),
    "RETAIN": Look("=", Words("封存留存", "retain sealed"), "#1e7f4f"),
    "ANONYMISE": Look("~", Words("匿名化", "anonymise"), "#a86b00"),
    "DESTROY": Look("−", Words("销毁", "destroy"), "#b3261e"),
    "RETURN": Look("←", Words("退还", "return"), "#0f6e78"),
    "KEEP": Look("○", Words("维持", "keep"), "#4a5568"),
    "HOLD": Look("?", Words("暂缓待决", "hold"), "#6b3fa0"),
    "OUT_OF_SCOPE": Look("·", Words("不在范围", "out of scope"), "#7a8494"),
}
"""Every outcome by its name in the plan, in the order of the page."""


@dataclass(frozen=True)
class Total:
    """How much came to one outcome."""

    outcome: str
    items: int
    records: int
    subjects: int


@dataclass(frozen=True)
class Held:
    """Items that wait, and the question that would release them."""

    what: Words
    items: int
    question: Words


@dataclass(frozen=True)
class StageDone:
    """A stage of the case; `at` is None while it lies ahead."""

    name: Words
    done: Words
    at: datetime | None


@dataclass(frozen=True)
class NoticeCount:
    """One kind of letter: how many went out and what came back; silence is its own column."""

    kind: Words
    sent: int
    consented: int
    objected: int
    other: int

    @property
    def silent(self) -> int:
        return self.sent - self.consented - self.objected - self.other


@dataclass(frozen=True)
class Score:
    """One share of the data's quality as the log keeps it, 0 to 1; none where nothing counted."""

    name: Words
    counts: Words
    """Of what it is the share."""
    before: float | None
    after: float | None


@dataclass(frozen=True)
class ShownQuality:
    """How good the customer data was when it was last measured; what was collected stays."""

    scores: tuple[Score, ...]
    steps: int
    """Of the recipe that `after` is after; with none the two are the same."""
    at: datetime
    entry: int


@dataclass(frozen=True)
class CertificateLine:
    """A certificate by its number and the index of its entry in the log."""

    number: str
    title: Words
    entry: int


@dataclass(frozen=True)
class LogHead:
    """Where the log stands, and the key under which to check it."""

    origin: str
    size: int
    root: str
    vkey: str


@dataclass(frozen=True)
class CaseSummary:
    """A case as its report shows it; no personal data of customers."""

    case: str
    title: str
    kind: Words
    handler: str
    recipient: str
    custodian: str
    rehearsal: bool
    on: date | None
    made_at: datetime
    closed: bool
    collected_items: int
    subjects: int
    flows: tuple[Flow, ...]
    totals: tuple[Total, ...]
    not_reached: tuple[NotReached, ...]
    held: tuple[Held, ...]
    approvals: tuple[ShownApproval, ...]
    stages: tuple[StageDone, ...]
    notices: tuple[NoticeCount, ...]
    quality: ShownQuality | None
    """None: nobody measured it."""
    certificates: tuple[CertificateLine, ...]
    plan_digest: str
    log: LogHead
    carried_out: bool
    """Whether the last phase of the plan is done: only then is a lack of exceptions news."""

    @property
    def closes(self) -> bool:
        """Whether every item collected ended in exactly one outcome."""
        return self.collected_items == sum(total.items for total in self.totals)


def report_html(summary: CaseSummary) -> str:
    """The report as one HTML page; the same summary gives the same page."""
    import jinja2

    template = resources.files("shanhou.evidence").joinpath("report.html.j2")
    world = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    world.filters["count"] = lambda number: f"{number:,}"
    world.filters["percent"] = lambda share: "–" if share is None else f"{share:.1%}"
    world.filters["utc"] = lambda at: utc_text(at)[:16].replace("T", " ")
    world.filters["grouped"] = lambda digest: " ".join(
        digest[at : at + 8] for at in range(0, len(digest), 8)
    )
    order = tuple(LOOKS)
    body = 90.0 + 26.0 * len({flow.source for flow in summary.flows})
    return world.from_string(template.read_text(encoding="utf8")).render(
        case=summary,
        looks=LOOKS,
        wide=lay_out(summary.flows, order=order, width=960, body=body),
        narrow=lay_out(summary.flows, order=order, width=328, body=body),
        totals=sorted(summary.totals, key=lambda total: order.index(total.outcome)),
        exception_count=len(summary.not_reached) + len(summary.held),
    )
