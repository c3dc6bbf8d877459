"""What the log of a case is told of its progress links: that one was made, that one was revoked.

The log has the digest of a link's secret and until when it holds; neither the secret nor for whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from shanhou.console.access import links
from shanhou.console.models import HeldCase, ProgressLink
from shanhou.console.published.parts import held_case_of

if TYPE_CHECKING:
    from shanhou.wiring import Case

MADE, REVOKED = "made", "revoked"


def note_links(case: Case, _told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write what the log does not have yet; who was killed in between writes nothing twice."""
    owed = list(links.owed().filter(case=held_case_of(case)))
    known = _noted(case) if owed else frozenset()
    for one in owed:
        if one.noted_at is None:
            _note(case, one, MADE, one.person, known)
            ProgressLink.objects.filter(pk=one.pk).update(noted_at=timezone.now())
        if one.revoked_at is not None:
            _note(case, one, REVOKED, one.revoked_by, known)
            ProgressLink.objects.filter(pk=one.pk).update(end_noted_at=timezone.now())
    return {"links": len(owed)}


def cases_owing() -> list[HeldCase]:
    """The cases whose log lacks something of their links, and that no job is about to tell."""
    owing = HeldCase.objects.filter(pk__in=links.owed().values("case"))
    return [one for one in owing if one.running() is None]


def _note(
    case: Case, link: ProgressLink, what: str, by: str, known: frozenset[tuple[str, str]]
) -> None:
    from shanhou.evidence.entry import Act, Digested
    from shanhou.flow.noting import note

    if (link.sha256, what) in known:
        return
    facts = {"progress_link": what, "until": timezone.localtime(link.ends_at).date().isoformat()}
    with case.store.lease("case"), case.store.commit() as unit:
        note(case, unit, Act.DISCLOSE, by, subject=[Digested("progress_link", link.sha256)],
             facts=facts)  # fmt: skip


def _noted(case: Case) -> frozenset[tuple[str, str]]:
    """The digest of each link that the log has, and what it has of it."""
    from shanhou.evidence.entry import parse_entry

    entries = (parse_entry(raw) for raw in case.store.events() if b'"progress_link"' in raw)
    return frozenset((about.sha256, str(one.facts.get("progress_link")))
                     for one in entries for about in one.subject)  # fmt: skip
