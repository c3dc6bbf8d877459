"""What a program may ask the worker for; the same jobs as on the screens, by the same duties."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from ninja import File, Form, Path, Status
from ninja.files import UploadedFile
from pydantic import BaseModel, ConfigDict, Field

from shanhou.cases.holds import HoldKind
from shanhou.cases.requests import Level, Outcome
from shanhou.console.access.roles import May
from shanhou.console.api import shapes
from shanhou.console.api.door import TokenRequest, for_those_who
from shanhou.console.api.reading import OTHERWISE, Number, job_told, router
from shanhou.console.jobs.asking import ask, require
from shanhou.console.jobs.uploads import kept, kept_together, receipt_of

_ACCEPTED = {202: shapes.JobTold, **OTHERWISE}
__all__ = ["router"]
_asks = partial(router.post, response=_ACCEPTED, tags=["ask"])
# one address has one view for all its methods, so it has one router
_ANY = tuple(May)
"""Who may ask for a job is decided by `asking` alone, as on the screens."""
Word = Annotated[str, Field(max_length=2000)]
Short = Annotated[str, Field(max_length=200)]
Source = Annotated[str, Form(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Review(Strict):
    """A person's word on what the inventory is unsure of."""

    name: Short
    category: Short = ""
    about: Short = ""
    group: Short = ""
    reason: Word


class DatasetWord(Strict):
    """In which capacity a dataset is kept, about whom, and whether it is in scope."""

    name: Short
    role: Short
    about: Short
    scope: Short


class Binding(Strict):
    """Which column answers a fact, and what its words mean."""

    fact: Short
    field: Short
    is_date: bool = False
    values: dict[Short, list[Short]] = Field(default_factory=dict)


class Answer(Strict):
    """How a customer's request was answered, put off, or refused with its article."""

    request: Annotated[int, Field(ge=0, le=2**53)]
    outcome: Outcome
    level: Level
    article: Short = ""
    reason: Word = ""
    until: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""


def _asked(request: TokenRequest, kind: str, told: Mapping[str, Any] | None = None) -> Any:
    made = ask(request.seat, request.auth.user, kind, told or {}, secret={})
    return Status(202, job_told(made))


@_asks("/do/{kind}")
@for_those_who(*_ANY)
def begin(
    request: TokenRequest, number: Number,
    kind: Annotated[
        Literal["collect", "inventory", "subjects", "plan", "notify", "refresh", "apply", "certify",
                "close", "approve", "own_key", "case_file", "database"],
        Path(description="from `apply` on each is refused here: a person does it at a screen"),
    ],
) -> Any:  # fmt: skip
    """Ask for a job that needs nothing but its name."""
    return _asked(request, kind)


@_asks("/sources")
@for_those_who(*_ANY)
def files(
    request: TokenRequest, number: Number, source: Source, files: File[list[UploadedFile]]
) -> Any:
    """Files of the company, as one source."""
    require(request.seat, "files")
    return _asked(request, "files", {"source": source, "folder": kept_together(files)})


@_asks("/review")
@for_those_who(*_ANY)
def review(request: TokenRequest, number: Number, body: Review) -> Any:
    """Settle what the inventory is unsure of."""
    return _asked(request, "review", body.model_dump())


@_asks("/dataset")
@for_those_who(*_ANY)
def dataset(request: TokenRequest, number: Number, body: DatasetWord) -> Any:
    """Confirm a dataset."""
    said = {"role": body.role, "about": body.about, "scope": body.scope}
    return _asked(request, "dataset", {"name": body.name, "said": said, "fields": {}})


@_asks("/bind")
@for_those_who(*_ANY)
def bind(request: TokenRequest, number: Number, body: Binding) -> Any:
    """Bind a fact to a column."""
    way: dict[str, Any] = {"field": body.field}
    if body.is_date:
        way["is_date"] = True
    if body.values:
        way["values"] = body.values
    return _asked(request, "bind", {"fact": body.fact, "way": way})


@_asks("/declare")
@for_those_who(*_ANY)
def declare(
    request: TokenRequest, number: Number, fact: Annotated[str, Form(max_length=80)],
    value: Annotated[str, Form(max_length=200)], evidence: File[UploadedFile],
    scope: Annotated[str, Form(max_length=200)] = "case",
) -> Any:  # fmt: skip
    """A person's word on a fact, with the document it rests on."""
    require(request.seat, "declare")
    told = {"fact": fact, "value": value, "scope": scope}
    return _asked(request, "declare", {**told, "file": kept(evidence)})


@_asks("/answers")
@for_those_who(*_ANY)
def answers(request: TokenRequest, number: Number, file: File[UploadedFile]) -> Any:
    """Replies that came on paper or by phone, as a file."""
    require(request.seat, "answers")
    return _asked(request, "answers", {"file": kept(file)})


@_asks("/answer")
@for_those_who(*_ANY)
def answer(request: TokenRequest, number: Number, body: Answer) -> Any:
    """Answer a customer's request."""
    told = body.model_dump(mode="json")
    return _asked(request, "answer", {**told, "request": str(body.request)})


@_asks("/holds")
@for_those_who(*_ANY)
def hold(
    request: TokenRequest, number: Number, kind: Annotated[HoldKind, Form()],
    reason: Annotated[str, Form(min_length=1, max_length=2000)], evidence: File[UploadedFile],
    scope: Annotated[str, Form(max_length=200)] = "case",
) -> Any:  # fmt: skip
    """Set a hold, with the order it rests on."""
    require(request.seat, "hold")
    told = {"kind": kind.value, "scope": scope, "reason": reason}
    return _asked(request, "hold", {**told, "file": kept(evidence)})


@_asks("/receipts")
@for_those_who(*_ANY)
def receipt(request: TokenRequest, number: Number, files: File[list[UploadedFile]]) -> Any:
    """The recipient's receipt: its files, as they came."""
    require(request.seat, "receipt")
    folder = kept_together(files)
    main = receipt_of([str(one.name) for one in files])
    return _asked(request, "receipt", {"file": f"{folder}/{main}"})
