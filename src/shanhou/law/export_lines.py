"""Which mechanism an export of personal information needs, by the year's counts. No I/O.

促进和规范数据跨境流动规定 (2024-03-22): counted per calendar year from 1 January, over
everything the same handler exported. It names the mechanism only: notice, separate consent and
impact assessment are needed even where no mechanism is (PIPL 39, 55; law.md trap 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_EXEMPT_BELOW = 100_000
_ASSESSED_FROM = 1_000_000
_SENSITIVE_ASSESSED_FROM = 10_000


class Mechanism(StrEnum):
    EXEMPT = "exempt"
    STANDARD_CONTRACT = "standard_contract"
    """Standard contract, filed, or certification."""
    ASSESSMENT = "assessment"
    """Security assessment by the authority, valid three years."""


ANSWERS: dict[str, frozenset[Mechanism]] = {
    "below_line": frozenset({Mechanism.EXEMPT}),
    "standard_contract": frozenset({Mechanism.EXEMPT, Mechanism.STANDARD_CONTRACT}),
    "certification": frozenset({Mechanism.EXEMPT, Mechanism.STANDARD_CONTRACT}),
    "assessment": frozenset(Mechanism),
    "exempt": frozenset(Mechanism),
}
"""Answers to the fact `export_mechanism`, and the counts each is enough for.

`below_line`: exempt by number; `exempt`: on a ground that no number ends, such as a contract with
that very person or the list of a free trade zone (B02, B05).
"""


@dataclass(frozen=True)
class Exported:
    """Persons whose information left the country: not sensitive, and sensitive, once each."""

    persons: int = 0
    sensitive_persons: int = 0

    def __add__(self, other: Exported) -> Exported:
        return Exported(self.persons + other.persons,
                        self.sensitive_persons + other.sensitive_persons)  # fmt: skip


def mechanism(
    *, persons: int, sensitive_persons: int, important_data: bool = False, critical: bool = False
) -> Mechanism:
    """The mechanism for so many persons this year, earlier exports of the handler included.

    `persons`: of whom nothing sensitive was exported; `sensitive_persons`: all others. The lines
    for information that is not sensitive are met by both: the Provisions leave sensitive
    information out of that count, not the persons of whom other information goes as well.
    `critical`: the handler runs critical information infrastructure.
    """
    assert persons >= 0
    assert sensitive_persons >= 0
    if (
        important_data
        or critical
        or persons + sensitive_persons >= _ASSESSED_FROM
        or sensitive_persons >= _SENSITIVE_ASSESSED_FROM
    ):
        return Mechanism.ASSESSMENT
    if sensitive_persons or persons >= _EXEMPT_BELOW:
        return Mechanism.STANDARD_CONTRACT
    return Mechanism.EXEMPT


def suffices(answer: str, needed: Mechanism, *, important_data: bool = False) -> bool:
    """Whether the mechanism that a person declared is enough for what the counts need.

    No exemption covers important data: it needs the assessment itself.
    """
    if important_data:
        return answer == "assessment"
    return needed in ANSWERS.get(answer, frozenset())
