"""Foretells, from what was collected, which items of a plan a database will not let go.

Only the removal itself knows for certain: a row may change meanwhile, or a trigger may say no.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.execution.references import Link, enforced_fields, links_of, referring_fields
from shanhou.execution.work import shape_of
from shanhou.law.rule import LEAVES_SOURCE
from shanhou.vault.tables import DatasetKind

if TYPE_CHECKING:
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.situation import Situation
    from shanhou.execution.references import Pointing
    from shanhou.law.rule import Outcome
    from shanhou.sources.intake import Collected
    from shanhou.vault.tables import Dataset

Shape = tuple[int, ...] | None
_DATABASE = frozenset({DatasetKind.TABLE, DatasetKind.VIEW})


class Cause(StrEnum):
    """Why items will stay."""

    NO_KEY = "no_key"
    """SH-X-03: nothing names a row of it for good."""
    NO_PLACEHOLDER = "no_placeholder"
    """SH-X-05: a field may not be null and nobody declared what stands there instead."""
    IS_KEY = "is_key"
    """SH-X-05: rows are named by the field, or point by it."""
    IF_REFERRED = "if_referred"
    """SH-X-05, at most so many: where a kept row refers to one of these rows, its fields would be
    emptied instead, and some may not be null."""


@dataclass(frozen=True)
class WouldStay:
    """Records of a dataset that will stay in their source, wholly or in part."""

    dataset: str
    cause: Cause
    records: int
    fields: tuple[str, ...] = ()


def would_stay(
    assets: Sequence[Asset],
    situations: Sequence[Situation],
    leaving: Mapping[str, Mapping[str, Outcome]],
    collected: Sequence[Collected],
    relations: Iterable[Pointing] = (),
) -> tuple[WouldStay, ...]:
    """What will stay although the plan wants it gone, in the order of the datasets.

    `leaving`: situation to its field groups that leave. `collected`: every dataset, as references
    bind the fields at both ends; `relations`: inferred ones, kept by us alone.
    """
    declared = [Link(one.dataset.name, ref.fields, ref.to_dataset, ref.to_fields, enforced=True)
                for one in collected for ref in one.dataset.references]  # fmt: skip
    links = links_of(declared, relations)
    shapes = {one.holding.name: _shapes(one, situations, leaving) for one in assets}
    whole = {name: known[None] for name, known in shapes.items()}
    kept = {one.dataset.name: one.rows - whole.get(one.dataset.name, 0) for one in collected}
    return tuple(
        told for asset in assets if asset.collected.dataset.kind in _DATABASE
        for told in _of_asset(asset, shapes[asset.holding.name], links, kept)
    )  # fmt: skip


def _shapes(
    asset: Asset, situations: Sequence[Situation], leaving: Mapping[str, Mapping[str, Outcome]]
) -> Counter[Shape]:
    """How many records lose which fields; None: the whole row goes."""
    shapes: Counter[Shape] = Counter()
    for one in situations:
        if one.dataset == asset.holding.name:
            shapes[shape_of(asset.holding, leaving.get(one.id, {}), LEAVES_SOURCE)] += one.records
    shapes.pop((), None)
    return shapes


def _of_asset(
    asset: Asset, shapes: Mapping[Shape, int], links: Sequence[Link], kept: Mapping[str, int]
) -> Iterator[WouldStay]:
    dataset = asset.collected.dataset
    if not dataset.key or dataset.kind is DatasetKind.VIEW:
        if nameless := sum(shapes.values()):
            yield WouldStay(dataset.name, Cause.NO_KEY, nameless)
        return
    records: Counter[Cause] = Counter()
    fields: dict[Cause, set[str]] = {}
    for shape, count in shapes.items():
        positions = _fallback(dataset, links) if shape is None else shape
        held = _held_at_most(dataset, count, links, kept) if shape is None else count
        for cause, names in _stuck(asset, positions, links).items() if held else ():
            known = Cause.IF_REFERRED if shape is None else cause
            records[known] += held
            fields.setdefault(known, set()).update(names)
    for cause in Cause:
        if cause in fields:
            yield WouldStay(dataset.name, cause, records[cause], tuple(sorted(fields[cause])))


def _stuck(asset: Asset, positions: Sequence[int], links: Sequence[Link]) -> dict[Cause, list[str]]:
    """The fields that cannot be emptied; as `database_effects.emptied_values` does it."""
    dataset = asset.collected.dataset
    enforced = enforced_fields(links).get(dataset.name, frozenset())
    referred = {name for one in links if one.enforced and one.to_dataset == dataset.name
                for name in one.to_fields}  # fmt: skip
    found: dict[Cause, list[str]] = {}
    for field, position in ((dataset.fields[at], at) for at in positions):
        fixed = field.name in dataset.key or field.name in referred
        if fixed or (not field.nullable and field.name in enforced):
            found.setdefault(Cause.IS_KEY, []).append(field.name)
        elif not field.nullable and position not in asset.placeholders:
            found.setdefault(Cause.NO_PLACEHOLDER, []).append(field.name)
    return found


def _fallback(dataset: Dataset, links: Sequence[Link]) -> tuple[int, ...]:
    """The fields that are emptied in a row that a kept one refers to."""
    ends = referring_fields(links).get(dataset.name, frozenset()) | set(dataset.key)
    return tuple(n for n, field in enumerate(dataset.fields) if field.name not in ends)


def _held_at_most(
    dataset: Dataset, whole: int, links: Sequence[Link], kept: Mapping[str, int]
) -> int:
    """How many rows that go may be referred to: a kept row refers to one by each link."""
    pointing = [one.dataset for one in links if one.to_dataset == dataset.name]
    further = any(one.to_dataset in pointing and kept.get(one.dataset) for one in links)
    return whole if further else min(whole, sum(kept.get(one, 0) for one in pointing))
