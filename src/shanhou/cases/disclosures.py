"""提供: what is shown to authorities and partners, on which paper, how much, and until when.

Each is opened with its document, gives the named fields of one scope and nothing else, and can be
taken back. No input or output but the case's own tables.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.cases.statements import add, put
from shanhou.cases.tables import COLUMNS

if TYPE_CHECKING:
    from shanhou.cases.base import Base

_COLUMNS, _GIVEN = COLUMNS["disclosure"], COLUMNS["disclosed"]


class Asker(StrEnum):
    """Who asks: what a foreign office asks needs the authority's approval first (PIPL 41)."""

    AUTHORITY = "authority"
    FOREIGN = "foreign"
    PARTNER = "partner"


@dataclass(frozen=True)
class Disclosure:
    """One permission to be shown something: by which paper, which fields, of whom, until when."""

    id: str
    asker: Asker
    name: str
    """The office or firm; never a person."""
    basis: str
    """The article or contract it rests on."""
    scope: str
    """`case`, `dataset:NAME` or `subject:ID`."""
    fields: tuple[str, ...]
    """`dataset.column`: nothing else is given."""
    person: str
    evidence_sha256: str
    opened_on: str
    until_day: str = ""
    """The last day anything is given; empty: it is given once."""
    revoked_by: str = ""
    revoked_on: str = ""

    def open_on(self, day: str) -> bool:
        within = self.opened_on <= day and (not self.until_day or day <= self.until_day)
        return within and not self.revoked_by


@dataclass(frozen=True)
class Disclosed:
    """One time something was given under a disclosure."""

    disclosure: str
    ordinal: int
    person: str
    on_day: str
    records: int
    sha256: str


def _read(number: str, asker: str, name: str, basis: str, scope: str, fields: str,
          *rest: str) -> Disclosure:  # fmt: skip
    return Disclosure(number, Asker(asker), name, basis, scope, tuple(json.loads(fields)), *rest)


class Disclosures:
    """The register of a case's disclosures, as it stands."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def all(self) -> tuple[Disclosure, ...]:
        rows = self._raw.execute(f"select {_COLUMNS} from @disclosure d order by id")  # noqa: S608 - names of fields
        return tuple(_read(*row) for row in rows)

    def given(self) -> tuple[Disclosed, ...]:
        rows = self._raw.execute(
            f"select {_GIVEN} from @disclosed d order by disclosure, ordinal"  # noqa: S608 - as above
        )
        return tuple(Disclosed(*row) for row in rows)


class DisclosureUnit:
    """The writes about disclosures within one commit."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def put(self, one: Disclosure) -> None:
        """Open a disclosure, or keep that it was taken back."""
        told = {**vars(one), "asker": one.asker.value, "fields": json.dumps(one.fields)}
        self._raw.execute(put("disclosure", _COLUMNS, "id"), list(told.values()))

    def gave(self, one: Disclosed) -> None:
        self._raw.execute(add("disclosed", _GIVEN), list(vars(one).values()))
