"""What a case holds, for its pages: sources, datasets and columns, customers, what is owed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shanhou.wiring import Case


def sources_told(case: Case) -> dict[str, Any]:
    """Where the data lies, what was read of it, and what could not be."""
    from shanhou.flow.gathering import collected, unread
    from shanhou.flow.resting import other_sources

    rows: dict[str, list[dict[str, Any]]] = {}
    for one in collected(case):
        told = {"name": one.dataset.name, "rows": one.rows, "fields": len(one.dataset.fields)}
        rows.setdefault(one.dataset.source, []).append(told)
    return {
        "sources": [
            {"id": one.id, "kind": _kind(one.url), "place": _place(one.url),
             "datasets": rows.get(one.id, [])}
            for one in case.settings.sources
        ],
        "collected": bool(rows), "other": list(other_sources(case)),
        "unread": [{"place": place, "code": code} for place, code in unread(case)],
    }  # fmt: skip


def _kind(url: str) -> str:
    return url.split("://", maxsplit=1)[0] if "://" in url else "files"


def _place(url: str) -> str:
    """Where a source lies, without the name somebody signs in with."""
    if "://" not in url:
        return url
    from sqlalchemy.engine import make_url

    parsed = make_url(url)
    host = f"{parsed.host or ''}{f':{parsed.port}' if parsed.port else ''}"
    return f"{host}/{parsed.database or ''}"


def inventory_told(case: Case) -> dict[str, Any]:
    """Each dataset with its columns, how they hang together, and what waits for a person."""
    from shanhou.flow.gathering import register_of
    from shanhou.flow.reviewing import review_queue

    register = register_of(case)
    return {
        "datasets": [
            {
                "name": one.name, "source": one.source, "rows": one.rows, "about": one.about.value,
                "role": one.role.value, "scope": one.scope.value,
                "fields": [
                    {"field": f.field, "category": f.category.value, "about": f.about.value,
                     "group": f.field_group.value, "verdict": f.verdict.value,
                     "confidence": round(f.confidence, 2), "sensitive": f.sensitive}
                    for f in one.fields
                ],
            }
            for one in register.datasets
        ],
        "relations": [
            {"from": f"{one.dataset}.{','.join(one.fields)}",
             "to": f"{one.to_dataset}.{','.join(one.to_fields)}",
             "kind": one.kind.value, "confidence": round(one.confidence, 2)}
            for one in register.relations
        ],
        "proposals": [
            {"fact": one.fact, "dataset": one.dataset, "field": one.field,
             "values": list(one.values)}
            for one in register.proposals
        ],
        "waiting": [asdict(one) | {"name": one.name} for one in review_queue(case)],
    }  # fmt: skip


def owed_told(case: Case) -> dict[str, Any]:
    """What is still owed to customers, kind by kind."""
    from shanhou.flow.obligations import ledger_of

    return {"ledger": [asdict(one) for one in ledger_of(case)] if case.settings.obligations else []}


def subjects_told(case: Case) -> dict[str, Any]:
    """What came of merging, as counts."""
    import json

    return dict(json.loads(case.store.stage("subjects") or "{}"))
