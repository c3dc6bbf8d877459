"""The channels that die with the company: what each still lacks before its last day. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shanhou.cases.notices import ClosingChannel


class Lack(StrEnum):
    """What a dying channel lacks."""

    FORWARD = "no-forward"
    """Nobody answers there afterwards."""
    BEFORE_ANSWERS = "closes-before-answers"
    """Customers answer by it, and it closes before their last day."""
    EXPORT_LATE = "export-after-close"
    """Its history is to be exported when it is gone."""


@dataclass(frozen=True)
class Lacking:
    channel: str
    lack: Lack


def lacking(channels: Sequence[ClosingChannel], last_answer: date | None) -> tuple[Lacking, ...]:
    """What is wrong with the channels that close; `last_answer`: None where no letter went out."""
    return tuple(
        Lacking(f"{one.kind} {one.name}", lack)
        for one in channels
        for lack in _of_one(one, last_answer)
    )


def _of_one(one: ClosingChannel, last_answer: date | None) -> Iterator[Lack]:
    if not one.forward_to:
        yield Lack.FORWARD
    if one.brings_answers and last_answer is not None and one.closes_on <= last_answer:
        yield Lack.BEFORE_ANSWERS
    if one.export_by is not None and one.export_by > one.closes_on:
        yield Lack.EXPORT_LATE
