"""The register as JSON, for `inventory --json` (design, 8)."""

from __future__ import annotations

from typing import Any

from shanhou.inventory.kinds import Category, RelationKind
from shanhou.inventory.tags import law_tags
from shanhou.inventory.told import told
from shanhou.inventory.verdicts import DatasetVerdict, Proposal, Relation, Route

_COPIED = {RelationKind.COPIED: "rows", RelationKind.COPIED_VALUES: "values"}


def dataset_json(dataset: DatasetVerdict) -> dict[str, Any]:
    return {
        "source": dataset.source,
        "dataset": dataset.name,
        "rows": dataset.rows,
        "about": dataset.about.value,
        "role": dataset.role.value,
        "scope": dataset.scope.value,
        "route": _route_json(dataset.route),
        "reasons": [told(reason) for reason in dataset.reasons],
        "fields": [
            {
                "field": f.field,
                "verdict": f.verdict.value,
                "category": f.category.value,
                "field_group": f.field_group.value,
                "sensitive": f.sensitive,
                **_law_json(f.category),
                "about": f.about.value,
                "confidence": f.confidence,
                "reasons": [told(reason) for reason in f.reasons],
            }
            for f in dataset.fields
        ],
    }


def _law_json(category: Category) -> dict[str, Any]:
    """The law's class of a category with how that was checked, where the law has one."""
    tag = law_tags().get(category)
    if tag is None or tag.code_check is None:
        return {}
    return {"class": {"code": tag.code, "check": tag.code_check.value}}


def _route_json(route: Route | None) -> dict[str, Any] | None:
    if route is None:
        return None
    steps = [f"{r.dataset}.{r.fields[0]} -> {r.to_dataset}" for r in route.steps]
    return {"dataset": route.dataset, "fields": list(route.fields), "steps": steps}


def relation_json(relation: Relation) -> dict[str, Any]:
    return {
        "from": f"{relation.dataset}.{','.join(relation.fields)}",
        "to": f"{relation.to_dataset}.{','.join(relation.to_fields)}",
        "kind": "copied" if relation.kind in _COPIED else relation.kind.value,
        "confidence": relation.confidence,
        **({"copied": _COPIED[relation.kind]} if relation.kind in _COPIED else {}),
    }


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "fact": proposal.fact,
        "field": f"{proposal.dataset}.{proposal.field}",
        "values": list(proposal.values),
        "reason": told(proposal.reason),
    }
