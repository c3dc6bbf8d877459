"""What the API tells of the plan, of what was done and proved, and of what was said."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from shanhou.console.api.shapes import SCHEMA_VERSION, Pair


class Total(BaseModel):
    outcome: str
    items: int
    records: int


class Held(Pair):
    """What holds items up, and the question that would let them go."""

    fact: str
    items: int


class Signature(BaseModel):
    person: str
    means: str
    witness: str | None = None


class Missing(BaseModel):
    """An outcome that lacks signatures."""

    outcome: str
    missing: str
    have: int
    need: int


class Staying(BaseModel):
    dataset: str
    cause: str
    records: int


class Stale(BaseModel):
    """Why the plan no longer stands; empty: it does."""

    code: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class Plan(BaseModel):
    """The latest plan: sums, what waits, who signed; its situations are asked for by pages."""

    name: str
    digest: str
    maker: str
    made_at: str
    rehearsal: bool
    stale: Stale
    totals: list[Total]
    items: int
    unreached: int
    held: list[Held]
    stays: list[Staying]
    approvals: list[Signature]
    missing: list[Missing]
    rules: Annotated[list[str], BeforeValidator(list)] = Field(
        description="the rules it used; each can be asked for"
    )


class Situation(BaseModel):
    """Items that share their facts and what becomes of them, with masked samples."""

    id: str
    dataset: str
    facts: dict[str, str]
    records: int
    outcome: str
    rules: list[str]
    groups: list[str] = Field(description="field groups")
    missing: list[str] = Field(description="facts that nobody answered")
    would_change: list[Any]
    samples: list[str] = Field(description="masked")


class Situations(BaseModel):
    schema_version: int = SCHEMA_VERSION
    plan: str = Field(description="the digest of the plan they are of")
    rows: list[Situation]
    after: str | None = Field(description="ask on with it; null: that was all")


class Rule(Pair):
    """A rule that the plan used, with its article."""

    schema_version: int = SCHEMA_VERSION
    id: str
    basis: Pair
    row: str
    verified: str
    outcome: str
    release: Pair | None = None


class Step(BaseModel):
    phase: str
    state: str
    what: str
    counts: dict[str, int]


class Acts(BaseModel):
    """What was carried out."""

    steps: list[Step] = Field(default_factory=list)
    exceptions: int = 0
    phases: list[str] = Field(default_factory=list)


class Sealed(BaseModel):
    """A sealed part of the archive."""

    name: str
    size: int = Field(description="bytes")


class Evidence(BaseModel):
    certificates: list[str]
    pack: bool
    report: bool
    packages: list[str]
    archive: list[Sealed] = Field(default_factory=list)
    receipts: list[str] = Field(default_factory=list)


class LogEntry(BaseModel):
    seq: int
    at: datetime
    on: str = Field(description="the day a rehearsal plays; empty elsewhere")
    act: str
    actor: str
    facts: dict[str, str]
    subjects: list[str]


class Log(BaseModel):
    schema_version: int = SCHEMA_VERSION
    rows: list[LogEntry] = Field(description="the latest first")
    before: int | None = Field(description="ask on with it; null: that was all")


class LetterCount(BaseModel):
    template: str
    state: str
    n: int


class AnswerCount(BaseModel):
    kind: str
    value: str
    n: int


class AskedFor(BaseModel):
    """What a customer asked for; the customer is a number of the case."""

    id: int
    subject: str
    kind: str
    on: str
    open: bool


class Hold(BaseModel):
    id: str
    kind: str
    scope: str
    person: str
    set_on: date
    stands: bool


class Declaration(BaseModel):
    fact: str
    scope: str
    value: str
    person: str


class Told(BaseModel):
    """What was written to customers and what they said, as counts; requests, holds, words."""

    letters: list[LetterCount]
    answers: list[AnswerCount]
    requests: list[AskedFor]
    correctable: list[tuple[str, str]] = Field(
        default=[], description="dataset and column of what an open correction may change"
    )
    holds: list[Hold]
    declarations: list[Declaration]
