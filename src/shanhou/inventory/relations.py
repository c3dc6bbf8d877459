"""How datasets hang together: declared references, inferred ones, and copies.

Names propose, values decide: a proposal is kept when the child's values stand among the parent's
keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import RelationKind
from shanhou.inventory.likeness import Key, Likeness, Names, belongs, keys_of
from shanhou.inventory.people import dataset_headers
from shanhou.inventory.probe import Probe
from shanhou.inventory.profile import DatasetProfile
from shanhou.inventory.rules import Rules
from shanhou.inventory.verdicts import Relation
from shanhou.inventory.words import read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset, Tables

_COPY_WORDS = frozenset(
    {"bak", "backup", "copy", "old", "tmp", "temp", "archive", "history", "hist"}
)
_COPY_HAN = ("备份", "副本", "拷贝", "旧", "历史")
_SEEN_ENOUGH, _SEEN_SOME, _MOST_GONE = 0.9, 0.6, 0.51
_ALL_GONE = 5
"""So few rows that were pointed to may all be deleted; more of them speak against the name."""


def find_relations(
    tables: Tables, profiles: Mapping[str, DatasetProfile], rules: Rules, probe: Probe
) -> tuple[Relation, ...]:
    """Declared, inferred and copied relations among all datasets."""
    datasets = tables.datasets()
    # a table left out by the case file, or in another schema, may still be pointed to
    here = {dataset.name for dataset in datasets}
    declared = [r for dataset in datasets for r in _declared(dataset) if r.to_dataset in here]
    known = {(r.dataset, r.fields) for r in declared}
    keys = [key for dataset in datasets for key in keys_of(dataset, profiles[dataset.name], rules)]
    names = Names(datasets, keys, rules)
    copies = list(_copies(datasets, keys, probe))
    copied = {r.dataset for r in copies}
    originals = [key for key in keys if key.dataset.name not in copied]
    inferred = [
        r
        for dataset in datasets
        for r in _inferred(dataset, originals, names, probe)
        if (r.dataset, r.fields) not in known
    ]
    return (*declared, *_same_name(datasets, inferred, probe), *inferred, *copies)


def _declared(dataset: Dataset) -> Iterator[Relation]:
    for r in dataset.references:
        yield Relation(
            dataset.name, r.fields, r.to_dataset, r.to_fields, RelationKind.DECLARED, 1.0
        )


def _inferred(
    dataset: Dataset, keys: Sequence[Key], names: Names, probe: Probe
) -> Iterator[Relation]:
    """For each field the key that names and values agree on best."""
    places = {(key.dataset.name, key.field) for key in keys}
    for field in dataset.fields:
        found: list[_Proposed] = []
        for key in keys:
            if key.dataset.name == dataset.name and key.field == field.name:
                continue
            likeness = names.likeness(dataset, field.name, field.comment, key)
            owned = (dataset.name, field.name) in places and key.dataset.name != dataset.name
            if not likeness.value or (owned and not belongs(field.name, dataset, key)):
                continue
            seen = probe.overlap(dataset, field.name, key.dataset, key.field)
            few = 0 < probe.seen(dataset, field.name).distinct <= _ALL_GONE
            found.append(_Proposed(key, likeness, seen, few and not owned))
        for one, confidence in _chosen(found):
            place = (one.key.dataset.name, (one.key.field,))
            yield Relation(
                dataset.name, (field.name,), *place, RelationKind.INFERRED, round(confidence, 2)
            )


@dataclass(frozen=True)
class _Proposed:
    """One key that a field may point to, what its name says, and the share of values found."""

    key: Key
    likeness: Likeness
    seen: float | None
    few: bool = False
    """Whether the field has so few values that all they pointed to may be gone."""

    @property
    def score(self) -> float:
        value, seen = self.likeness.value, self.seen
        if seen is None:
            return value - 0.1
        if seen >= _SEEN_ENOUGH:
            return value + 0.27
        if seen >= _SEEN_SOME:
            return value + 0.05
        # rows that are pointed to are often long deleted: a name that spells it all still holds
        return _MOST_GONE if self.likeness.whole and (seen > 0 or self.few) else value - 0.35


def _chosen(found: Sequence[_Proposed]) -> Iterator[tuple[_Proposed, float]]:
    """The best proposal; several where one number is handed out to the rows of several tables."""
    best = max(found, key=lambda one: one.score, default=None)
    if best is None:
        return
    alike = [one for one in found if one.likeness.value >= 0.65 and one.seen]
    whole = sum(one.seen or 0.0 for one in alike)
    if len(alike) > 1 and (best.seen or 0.0) < _SEEN_ENOUGH <= whole:
        yield from ((one, 0.6) for one in alike)
    elif best.score >= 0.5:
        yield best, min(best.score, 0.99)


def _same_name(
    datasets: Sequence[Dataset], inferred: Sequence[Relation], probe: Probe
) -> Iterator[Relation]:
    """A field that has the name of one already related elsewhere, in a table not yet looked up."""
    taken = {(r.dataset, r.fields) for r in inferred}
    by_name = {r.fields[0]: r for r in inferred}
    named = {dataset.name: dataset for dataset in datasets}
    for dataset in datasets:
        for field in dataset.fields:
            known = by_name.get(field.name)
            place = (dataset.name, (field.name,))
            if known is None or place in taken or known.to_dataset == dataset.name:
                continue
            if read_header(field.name).tokens[-1:] != ("id",) or field.name in dataset.key:
                continue
            if any(place == (dataset.name, r.fields) for r in dataset.references):
                continue
            parent = named[known.to_dataset]
            seen = probe.overlap(dataset, field.name, parent, known.to_fields[0])
            if seen is not None and seen < _SEEN_SOME:
                continue
            yield Relation(*place, known.to_dataset, known.to_fields, RelationKind.INFERRED, 0.52)


def _copies(datasets: Sequence[Dataset], keys: Sequence[Key], probe: Probe) -> Iterator[Relation]:
    """Datasets that hold the same fields and the same keys as another."""
    by_dataset = {key.dataset.name: key for key in reversed(keys)}
    for copy in datasets:
        for original in datasets:
            if not _looks_copied(copy, original) or original.name not in by_dataset:
                continue
            field = by_dataset[original.name].field
            if field not in {f.name for f in copy.fields}:
                continue
            seen = probe.overlap(copy, field, original, field)
            if seen is not None and seen >= 0.5:
                yield Relation(
                    copy.name,
                    (field,),
                    original.name,
                    (field,),
                    RelationKind.COPIED,
                    round(min(0.99, 0.4 + 0.6 * seen), 2),
                )
                break


def _looks_copied(copy: Dataset, original: Dataset) -> bool:
    mine, theirs = {f.name for f in copy.fields}, {f.name for f in original.fields}
    alike = len(mine & theirs) >= max(3, 0.7 * min(len(mine), len(theirs)))
    if copy.name == original.name or not alike:
        return False
    return is_copy_named(copy) and not is_copy_named(original)


def is_copy_named(dataset: Dataset) -> bool:
    """A name that says backup: `customer_bak`, `客户备份20240101`."""
    name, comment = dataset_headers(dataset)
    return bool(_COPY_WORDS & {*name.tokens[1:], *name.tokens[-1:]}) or any(
        word in name.han + comment.han for word in _COPY_HAN
    )
