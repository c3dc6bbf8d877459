"""出境台账: what the handler sent abroad before this case, by calendar year. No input or output."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shanhou.cases.parties import Name, Strict
from shanhou.law.export_lines import Exported

_Year = Annotated[int, Field(ge=2017, le=2100)]
_Persons = Annotated[
    int, Field(ge=0, description="each person once, of whom nothing sensitive went abroad")
]
_SensitivePersons = Annotated[
    int,
    Field(ge=0, description="each once, of whom something sensitive did; not among `persons`"),
]


class YearsExports(Strict):
    """The persons whose information went abroad in one year, before and beside this case."""

    persons: _Persons
    sensitive_persons: _SensitivePersons


class Exports(Strict):
    """What a named person answers for: nothing in the data tells what left it earlier."""

    by: Name = Field(description="one of people, who answers for the numbers")
    critical: bool = Field(
        default=False,
        description="关键信息基础设施运营者 the handler runs critical infrastructure",
    )
    earlier: dict[_Year, YearsExports] = Field(
        default={}, description="per calendar year, besides what this case exports itself"
    )

    def of_year(self, year: int) -> Exported | None:
        """What went out in a year before this case; None where nobody says."""
        told = self.earlier.get(year)
        return None if told is None else Exported(told.persons, told.sensitive_persons)
