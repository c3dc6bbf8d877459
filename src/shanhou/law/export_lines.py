"""Which mechanism an export of personal information needs, by the year's counts. No I/O.

促进和规范数据跨境流动规定 (2024-03-22): counted per calendar year from 1 January, over
everything the same handler exported. It names the mechanism only: notice, separate consent and
impact assessment are needed even where no mechanism is (PIPL 39, 55; law.md trap 12).
"""

from __future__ import annotations

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


def mechanism(
    *, persons: int, sensitive_persons: int, important_data: bool = False, critical: bool = False
) -> Mechanism:
    """The mechanism for so many persons this year, earlier exports of the handler included.

    `persons`: whose exported information is not sensitive; `sensitive_persons`: whose is.
    `critical`: the handler runs critical information infrastructure.
    """
    assert persons >= 0
    assert sensitive_persons >= 0
    if (
        important_data
        or critical
        or persons >= _ASSESSED_FROM
        or sensitive_persons >= _SENSITIVE_ASSESSED_FROM
    ):
        return Mechanism.ASSESSMENT
    if sensitive_persons or persons >= _EXEMPT_BELOW:
        return Mechanism.STANDARD_CONTRACT
    return Mechanism.EXEMPT
