"""What the documents are filled from: counts, kinds, dates, digests and named parties. No I/O.

Nothing here is a customer's own. What the case does not know is empty, and a text shows a blank.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from shanhou.documents.decided import Decided
from shanhou.evidence.certificate import Words


@dataclass(frozen=True)
class Side:
    """A party as the case file names it; without a name there is none."""

    name: str = ""
    code: str = ""
    contact: str = ""
    address: str = ""
    abroad: bool = False
    purpose: str = ""
    method: str = ""
    kinds: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Officer:
    """A person who acts in the case; never a customer."""

    name: str
    role: Words
    duties: frozenset[str]
    party: str


@dataclass(frozen=True)
class Stock:
    """One dataset of the register."""

    dataset: str
    role: Words
    about: Words
    rows: int
    groups: tuple[Words, ...]
    sensitive: bool
    in_scope: bool
    accounting: bool = False


@dataclass(frozen=True)
class Yes:
    """An approval that counts."""

    name: str
    role: Words
    on: date
    means: Words


@dataclass(frozen=True)
class Sent:
    """The sealed package for the recipient, as it was written."""

    name: str = ""
    sha256: str = ""
    size_bytes: int = 0
    records: int = 0
    receipt_sha256: str = ""


@dataclass(frozen=True)
class Sealed:
    """One bag of the archive."""

    name: str
    sha256: str
    dataset: str
    records: int
    until: date | None
    permanent: bool
    whole: bool
    """Whether the original file lies in it bit by bit."""


@dataclass(frozen=True)
class Proved:
    """A certificate that was issued."""

    number: str
    kind: str
    finished: date
    counts: tuple[tuple[Words, int], ...]


@dataclass(frozen=True)
class Gone:
    """What a destruction did to one dataset."""

    dataset: str
    deleted: int
    emptied: int
    excepted: int
    sealed_first: bool
    """Whether these are accounting originals, removed from the source after they were sealed."""


@dataclass(frozen=True)
class Left:
    """What was not reached, and who answers for it."""

    what: Words
    why: Words
    answerable: str


@dataclass(frozen=True)
class Day:
    """A statutory date: by when what is to be done."""

    id: str
    on: date
    provisional: bool
    state: str
    what: Words
    article: Words
    checked: bool
    earliest: bool = False
    """Whether it is only the earliest day, as nobody named the day it counts from."""


@dataclass(frozen=True)
class Gate:
    """What a stage waits for, and whether it is met."""

    question: Words
    met: bool


@dataclass(frozen=True)
class Told:
    """Letters made, letters sent, and the customers of whom an answer came."""

    made: int = 0
    sent: int = 0
    answered: int = 0
    requests_open: int = 0


@dataclass(frozen=True)
class Terms:
    """What the transfer agreement settles, or that nothing was confirmed of it yet."""

    agreed: bool = False
    goes: tuple[tuple[Words, tuple[Words, ...]], ...] = ()
    """Dataset to the field groups that may go."""
    until: date | None = None
    onward: bool = False


@dataclass(frozen=True)
class Due:
    """One kind of thing still owed to customers; without an owner nobody is named yet."""

    kind: Words
    records: int
    customers: int
    amount: str
    owner: str
    unread: int


@dataclass(frozen=True)
class Export:
    """What leaves the country under this plan and before in its year, and what that needs."""

    persons: int | None = None
    """Everybody under this plan; `sensitive_persons` are among them."""
    sensitive_persons: int | None = None
    mechanism: str = ""
    year: int | None = None
    before: int | None = None
    """Earlier in the year, not sensitive; None where nobody says."""
    before_sensitive: int | None = None


@dataclass(frozen=True)
class Important:
    """Whether important data, state secrets or reserve stocks are concerned, as named persons said
    (网络数据安全管理条例 28, 31). Which datasets those are is no matter of this report: where they
    are state secrets, their list may be one.
    """

    standing: str = ""
    """declared · suspected · none; empty where nobody answered."""
    denied: bool = False
    """Whether a person declared that none is concerned."""
    cleared: bool = False
    """Whether the authority's consent is declared for all that is concerned."""

    @property
    def assessed(self) -> bool:
        return self.standing in {"declared", "suspected"}


@dataclass(frozen=True)
class Facts:
    """Everything of a case that its documents may say."""

    case: str
    title: str
    kind: str
    kind_words: Words
    event: Words
    procedure: str
    rehearsal: bool
    on: date
    handler: Side
    recipient: Side = Side()
    custodian: Side = Side()
    officers: tuple[Officer, ...] = ()
    stops_on: date | None = None
    answer_days: int = 0
    reply_to: str = ""
    known_number: str = ""
    customers: int | None = None
    stock: tuple[Stock, ...] = ()
    unread: tuple[str, ...] = ()
    plan: Decided = field(default_factory=Decided)
    approvals: tuple[Yes, ...] = ()
    package: Sent = field(default_factory=Sent)
    bags: tuple[Sealed, ...] = ()
    proofs: tuple[Proved, ...] = ()
    gone: tuple[Gone, ...] = ()
    left: tuple[Left, ...] = ()
    days: tuple[Day, ...] = ()
    gates: tuple[Gate, ...] = ()
    told: Told = field(default_factory=Told)
    export: Export = field(default_factory=Export)
    terms: Terms = field(default_factory=Terms)
    dues: tuple[Due, ...] = ()
    important: Important = field(default_factory=Important)
    said: tuple[tuple[Words, Words], ...] = ()
    """What named persons declared of the whole case: the question and their word."""

    def held_by(self, duty: str) -> tuple[Officer, ...]:
        return tuple(one for one in self.officers if duty in one.duties)

    @property
    def groups(self) -> tuple[Words, ...]:
        """The kinds of information that are held of customers, each named once."""
        return tuple(dict.fromkeys(group for one in self.stock if one.in_scope
                                   for group in one.groups))  # fmt: skip

    @property
    def sensitive(self) -> bool:
        return any(one.sensitive for one in self.stock if one.in_scope)

    def traits(self) -> frozenset[str]:
        """What decides which documents the case needs."""
        outcomes = {f"plans:{one.outcome}" for one in self.plan.shares if one.items}
        held = {name for name, is_so in (
            ("recipient", bool(self.recipient.name)),
            ("custodian", bool(self.custodian.name)),
            ("abroad", self.recipient.abroad),
            ("planned", bool(self.plan.digest)),
            ("sensitive", self.sensitive),
            ("accounting", any(one.accounting for one in self.stock if one.in_scope)),
        ) if is_so}  # fmt: skip
        return frozenset({f"kind:{self.kind}", f"procedure:{self.procedure}", *outcomes, *held})
