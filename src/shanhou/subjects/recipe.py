"""The cleaning recipe: named steps over columns, played anew from what was collected each time.

A step never changes what was collected, so any one can be taken back without the others. What it
cannot read for certain it leaves as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shanhou.subjects.clean import Kind, cleaned

if TYPE_CHECKING:
    import ibis


class Does(StrEnum):
    """What a step does to the cells of its column."""

    TIDY = "tidy"
    """Full-width letters and digits become half-width, runs of blanks one, those around go."""
    EMPTY = "empty"
    """Cells that only say that there is nothing become empty."""
    REPLACE = "replace"
    """Cells that mean the same become one word."""
    FORM = "form"
    """Phones, e-mails, ID numbers, dates get their standard form."""


class Form(StrEnum):
    """A standard form."""

    PHONE = "phone"
    EMAIL = "email"
    NATIONAL_ID = "national_id"
    DATE = "date"


@dataclass(frozen=True)
class CleaningStep:
    """One step on one column; `position` counts the dataset's fields from 0."""

    id: str
    dataset: str
    position: int
    does: Does
    values: tuple[str, ...] = ()
    to: str = ""
    form: Form | None = None


_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
_HALF = "".join(map(chr, range(0x21, 0x7F))) + " "
_ANY_WIDE = "[\uff01-\uff5e\u3000]"
_UNSEEN = "[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]"
_BLANKS = "[\\s\u00a0]+"
_ALONE: Mapping[Form, str] = MappingProxyType(
    {
        # a mobile, or a landline with its area: a second number or an extension would be lost,
        # and of other numbers nobody can tell where they end
        Form.PHONE: r"^(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d){8}(?:\.0)?$"
        r"|^(?:(?:\+|00)86[ -]?)?(?:\(0\d{2,3}\)|0\d{2,3})[ -]?[2-9]\d{2,3}[ -]?\d{4}$",
        Form.EMAIL: r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$",
        Form.NATIONAL_ID: r"^[\s-]*(?:\d[\s-]*){14,17}[\dXx]\s*$",
        Form.DATE: r"^\d[^:]*(?:[ T]00:00(?::00(?:\.0+)?)?)?$",
    }
)
_KINDS = MappingProxyType(
    {
        Form.PHONE: Kind.PHONE,
        Form.EMAIL: Kind.EMAIL,
        Form.NATIONAL_ID: Kind.NATIONAL_ID,
        Form.DATE: Kind.BORN,
    }
)


def after_cleaning(table: ibis.Table, steps: Sequence[CleaningStep]) -> ibis.Table:
    """A collected table with the cells of its columns `c<position>` as the steps leave them.

    Steps of one column follow each other in the order given; `rec`, keys and digests stay.
    """
    for step in steps:
        name = f"c{step.position}"
        table = table.mutate(**{name: _done(step, table[name])})
    return table


def _done(step: CleaningStep, cell: Any) -> Any:
    import ibis

    named = tidied(cell).isin(list(step.values)) | cell.isin(list(step.values))
    if step.does is Does.EMPTY:
        return named.ifelse(ibis.null("string"), cell)
    if step.does is Does.REPLACE:
        return named.ifelse(step.to, cell)
    if step.does is Does.TIDY:
        return tidied(cell)
    assert step.form is not None, "the case file lets no such step through"
    return formed_cell(step.form, cell)


def formed_cell(form: Form, cell: Any) -> Any:
    """A text in its standard form, or as it is where that cannot be read for certain."""
    import ibis

    tidy = tidied(cell)
    found = cleaned(_KINDS[form], tidy)
    if form is Form.DATE:
        # the 30th of February is no day
        day = found.re_replace(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3")
        found = day.try_cast("date").cast("string")
    return ibis.cases((tidy.re_search(_ALONE[form]) & found.notnull(), found), else_=cell)


def tidied(cell: Any) -> Any:
    """A text without what is not seen: half-width, one blank between words, none around."""
    import ibis

    # the engine translates a cell in the time of ten searches
    half = ibis.cases((cell.re_search(_ANY_WIDE), cell.translate(_WIDE, _HALF)), else_=cell)
    return half.re_replace(_UNSEEN, "").re_replace(_BLANKS, " ").strip()
