"""What the API tells, field by field; a later version of the program may add fields."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, model_validator

SCHEMA_VERSION = 1
T = TypeVar("T")


class Problem(BaseModel):
    """Why something was not done."""

    code: str
    what: str
    why: str
    do: str


class Part(BaseModel, Generic[T]):
    """A part of the case as the worker last told it."""

    schema_version: int = SCHEMA_VERSION
    made_at: datetime | None = Field(description="when the worker wrote it; null: not yet")
    refused: Problem | None = Field(description="why it cannot be told yet")
    part: T | None


class Me(BaseModel):
    """Whom a token stands for."""

    schema_version: int = SCHEMA_VERSION
    case: str = Field(description="the number of the one case it opens")
    person: str
    rights: list[str]
    ends_at: datetime


class StageStands(BaseModel):
    stage: str
    stands: str


class Letters(BaseModel):
    all: int
    sent: int


class Home(BaseModel):
    """Where the case stands."""

    stages: list[StageStands]
    datasets: int
    records: int
    events: int = Field(description="entries of the log")
    letters: Letters
    answered: int = Field(description="customers who answered")
    unknown_sendings: int
    channels_lacking: int
    holds: int
    open_requests: int
    taken_out: list[str] = Field(
        default_factory=list, description="sources that were taken out and whose files lie there"
    )
    today: date = Field(description="in a rehearsal the day it plays")


class Pair(BaseModel):
    """The same words in both languages."""

    zh: str
    en: str


class Due(Pair):
    """One statutory date."""

    id: str
    on: date
    state: str
    started: date
    about: str = Field(description="the request it is about; empty: the case")
    basis: Pair
    left: int = Field(description="days; negative: past")
    provisional: bool = Field(description="its year's holidays are not announced yet")


class Dates(BaseModel):
    due: list[Due]
    ends: dict[str, date] = Field(description="when each stage can end")
    critical: list[str]
    last: date
    unnamed: list[str]
    today: date


class SourceDataset(BaseModel):
    name: str
    rows: int
    fields: int


class Source(BaseModel):
    id: str
    kind: str
    place: str
    datasets: list[SourceDataset]


class Unread(BaseModel):
    place: str
    code: str


class Sources(BaseModel):
    sources: list[Source]
    collected: bool = False
    other: list[str] = Field(default=[], description="sources named otherwise than collected")
    unread: list[Unread]


class FieldTold(BaseModel):
    field: str
    category: str
    about: str
    group: str
    verdict: str
    confidence: float
    sensitive: bool


class Dataset(BaseModel):
    name: str
    source: str
    rows: int
    about: str
    role: str
    scope: str
    fields: list[FieldTold]


class Relation(BaseModel):
    column: str
    to: str
    kind: str
    confidence: float

    @model_validator(mode="before")
    @classmethod
    def _named(cls, held: Any) -> Any:
        # `from` is a word of the language and no name of a field
        return {"column": held["from"], **held} if "from" in held else held


class Proposal(BaseModel):
    """A column that may answer a fact."""

    fact: str
    dataset: str
    field: str
    values: list[str]


class Waiting(BaseModel):
    """What the inventory is unsure of: its name is that of the job `review`."""

    name: str


class Inventory(BaseModel):
    datasets: list[Dataset]
    relations: list[Relation]
    proposals: list[Proposal]
    waiting: list[Waiting]


class Subjects(BaseModel):
    """Customers as counts; names and numbers of theirs are never told here."""

    records: int = 0
    persons: int = 0
    companies: int = 0
    contact_persons: int = 0
    channels: dict[str, int] = Field(default_factory=dict)
    unreached: dict[str, int] = Field(default_factory=dict)


class OwedLine(BaseModel):
    """What is still owed by one column of the company's data."""

    kind: str
    field: str
    owner: str = Field(description="empty while nobody is named")
    records: int
    customers: int
    reach_nobody: int
    unread: int
    amount: str = Field(description="to two places; empty where none is named")


class Owed(BaseModel):
    ledger: list[OwedLine] = Field(default_factory=list)


class JobTold(BaseModel):
    """One job of the worker."""

    schema_version: int = SCHEMA_VERSION
    id: int
    kind: str
    state: str
    person: str
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    at_what: str
    done: int
    of: int
    facts: dict[str, Any] = Field(description="what came of it, as counts and names")
    refused: Problem | None


class Jobs(BaseModel):
    schema_version: int = SCHEMA_VERSION
    rows: list[JobTold] = Field(description="the latest first")
    before: int | None = Field(description="ask on with it; null: that was all")
