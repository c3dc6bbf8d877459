"""Letters and answers, line by line; the customers are numbers of the case."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from ninja import Query
from pydantic import BaseModel, Field

from shanhou.console.access.roles import May
from shanhou.console.api.door import TokenRequest, for_those_who
from shanhou.console.api.reading import OTHERWISE, Limit, Number, router
from shanhou.console.api.shapes import SCHEMA_VERSION
from shanhou.console.published.listed import ANSWERS, LETTERS, Lines, LongList, list_of, page_of
from shanhou.console.published.parts import shown

__all__ = ["router"]
After = Annotated[int | None, Query(ge=0, le=2**53)]
Word = Annotated[str, Field(max_length=100)]


class LettersAsked(BaseModel):
    """Which letters a program asks for; nothing said: all of them."""

    state: Word = ""
    channel: Word = ""
    kind: Word = Field(default="", description="notice, reminder, announcement")
    day: date | None = None
    customer: str = Field(default="", pattern=r"^(S[0-9]{7,18})?$")

    def filters(self) -> dict[str, Any]:
        told = self.model_dump(exclude={"customer", "day"})
        return {**told, "day": self.day.isoformat() if self.day else "", "number": self.customer}


class AnswersAsked(LettersAsked):
    """Which answers a program asks for; nothing said: all of them."""

    kind: Word = ""
    value: Word = ""
    against: str = Field(default="", pattern=r"^(yes)?$", description="yes: contradicts another")


class LetterLine(BaseModel):
    """A letter that waits, or one try to bring it."""

    at: int = Field(description="its place in the list as it stands now")
    number: str = Field(description="the customer; empty: an announcement to everybody")
    template: str
    languages: str = Field(description="with spaces between")
    channel: str = Field(description="empty: by none yet")
    purpose: str
    state: str = Field(description="nobody: no channel reaches them")
    reason: str = Field(description="a code, or `other` where the channel used its own words")
    on_day: str
    deadline: str
    tries: int


class LetterLines(BaseModel):
    schema_version: int = SCHEMA_VERSION
    rows: list[LetterLine]
    after: int | None = Field(description="ask on with it; null: that was all")


class AnswerLine(BaseModel):
    """What one customer answered to one question."""

    at: int = Field(description="its place in the list as it stands now")
    number: str
    kind: str
    value: str
    way: str = Field(description="by what way it came, as far as it was said in known words")
    on_day: str
    taken_by: str = Field(description="the person who took it in; shanhou: the program")
    state: str = Field(description="counts, overtaken, undone, open, answered")
    opposed: bool = Field(description="another answer of theirs says the opposite")


class AnswerLines(BaseModel):
    schema_version: int = SCHEMA_VERSION
    rows: list[AnswerLine]
    after: int | None = Field(description="ask on with it; null: that was all")


@router.get("/letters", response={200: LetterLines, **OTHERWISE})
@for_those_who(May.SEE)
def letters(
    request: TokenRequest, number: Number, asked: Annotated[LettersAsked, Query()], *,
    after: After = None, limit: Limit = 50,
) -> Any:  # fmt: skip
    """Every letter and every try to bring it, by the customers' numbers."""
    found = _page(request, LETTERS, asked, after, limit)
    return LetterLines(rows=[LetterLine.model_validate(one) for one in found.rows], after=found.on)


@router.get("/answers", response={200: AnswerLines, **OTHERWISE})
@for_those_who(May.SEE)
def answers(
    request: TokenRequest, number: Number, asked: Annotated[AnswersAsked, Query()], *,
    after: After = None, limit: Limit = 50,
) -> Any:  # fmt: skip
    """What customers answered, by their numbers."""
    found = _page(request, ANSWERS, asked, after, limit)
    return AnswerLines(rows=[AnswerLine.model_validate(one) for one in found.rows], after=found.on)


def _page(
    request: TokenRequest, of: LongList, asked: LettersAsked, after: int | None, limit: int
) -> Lines:
    held = request.seat.held
    path = list_of(held.folder, shown(held, of.name))
    if path is None:
        return Lines([])
    filters = of.asked(asked.filters())
    return page_of(path, filters, after=-1 if after is None else after, size=limit)
