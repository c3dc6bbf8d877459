"""投入: how many person-days a case may take, from unit figures that are said beside the sum.

The figures are set by hand, by this house or by an office's own file, and measured nowhere. What
was not counted is not in the sum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from shanhou.cases.parties import Strict
from shanhou.errors import Refusal

OWN_FILE = "effort.yaml"
"""The file of an office's own figures in the console's folder."""
_HALF = 2
"""Days are told in halves: more would look measured."""
_Days = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
_Said = Annotated[str, Field(min_length=1, max_length=200)]


class Each(StrEnum):
    """What a figure is for, once."""

    CASE = "case"
    SYSTEM = "system"
    BOX = "box"
    TEN_THOUSAND = "ten_thousand"
    """Customers."""
    MARK = "mark"
    PROOF = "proof"
    PAPER = "paper"


class Span(StrEnum):
    """The parts of a case that people spend days on; carrying out is one."""

    COLLECT = "collect"
    INVENTORY = "inventory"
    SUBJECTS = "subjects"
    PLAN = "plan"
    NOTIFY = "notify"
    APPROVE = "approve"
    APPLY = "apply"
    CERTIFY = "certify"


class Figure(Strict):
    """Person-days for one of something, at least and at most, and what is taken to be done."""

    each: Each
    low: _Days
    high: _Days
    zh: _Said
    en: _Said

    @model_validator(mode="after")
    def low_is_no_more_than_high(self) -> Figure:
        if self.low > self.high:
            message = f"low {self.low} is more than high {self.high}"
            raise ValueError(message)
        return self


class Step(Strict):
    """The figures of one stage."""

    stage: Span
    figures: Annotated[tuple[Figure, ...], Field(min_length=1)]


class Figures(Strict):
    """All unit figures."""

    version: Literal[1] = Field(alias="schema")
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


def _between(low: float, high: float) -> str:
    return f"{low:,.10g}" if low == high else f"{low:,.10g}–{high:,.10g}"


@dataclass(frozen=True)
class Part:
    """One figure, and of how many it was taken."""

    figure: Figure
    count: float

    @property
    def told(self) -> str:
        """Figure and count as people write them: nothing after the point where nothing is there."""
        figure, count = self.figure, f"{self.count:,.1f}".removesuffix(".0")
        return f"{_between(figure.low, figure.high)} × {count}"


@dataclass(frozen=True)
class Range:
    """Person-days of one stage, or of all: at least, at most, in halves."""

    stage: str
    low: float
    high: float
    parts: tuple[Part, ...] = ()

    @property
    def days(self) -> str:
        return _between(self.low, self.high)


@dataclass(frozen=True)
class Effort:
    """What a case may take, stage by stage, and whose figures say so."""

    stages: tuple[Range, ...]
    whole: Range
    own: bool
    """Whether the figures are the office's own."""


def figures_of(folder: Path) -> tuple[Figures, bool]:
    """The figures that count in a console, and whether they are the office's own.

    Raises:
        Refusal: SH-E-886 the office's own file cannot be used.
    """
    path = folder / OWN_FILE
    try:
        if path.is_file():
            return _read(path.read_text(encoding="utf8")), True
    except (OSError, UnicodeDecodeError):
        raise Refusal("SH-E-886", where="-", problem="UTF-8") from None
    return _read(resources.files("shanhou.flow").joinpath(OWN_FILE).read_text("utf8")), False


def _read(text: str) -> Figures:
    import yaml

    try:
        return Figures.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = str(mark.line + 1) if mark else "-"
        raise Refusal("SH-E-886", where=line, problem="YAML") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise Refusal("SH-E-886", where=where, problem=first["msg"]) from None


def effort_of(figures: Figures, counts: Mapping[Each, float], *, own: bool) -> Effort:
    """Person-days from counts by unit figures; each case counts once."""
    held = {**counts, Each.CASE: 1.0}
    found = [
        (step.stage.value, tuple(Part(one, held[one.each]) for one in step.figures
                                 if held.get(one.each)))
        for step in figures.steps
    ]  # fmt: skip
    stages = tuple(_range(stage, parts) for stage, parts in found if parts)
    whole = _range("", tuple(part for _, parts in found for part in parts))
    return Effort(stages, whole, own)


def _range(stage: str, parts: tuple[Part, ...]) -> Range:
    low = sum(one.figure.low * one.count for one in parts)
    high = sum(one.figure.high * one.count for one in parts)
    # to a thousandth first: a sum of tenths is no exact half
    return Range(stage, math.floor(round(low * _HALF, 3)) / _HALF,
                 math.ceil(round(high * _HALF, 3)) / _HALF, parts)  # fmt: skip
