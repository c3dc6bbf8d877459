"""What a rehearsal may touch: it carries everything out in earnest, on copies."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shanhou.cases.confined import lies_within
from shanhou.errors import Refusal
from shanhou.notices.loopback import is_loopback

if TYPE_CHECKING:
    from shanhou.wiring import Case


def require_copies(case: Case) -> None:
    """A rehearsal empties its sources in earnest: they are copies in the case, or on this machine.

    Raises:
        Refusal: SH-E-338 one lies elsewhere, and may be real.
    """
    if not case.settings.case.rehearsal:
        return
    for one in case.settings.sources:
        here = is_loopback(one.url) and not urlsplit(one.url).query  # which may name another host
        if not here and not lies_within(one.url, case.folder):
            raise Refusal("SH-E-338", source=one.id)
