# ruff: noqa: PLR2004 - the numbers are thresholds, read best where they stand
"""How datasets hang together: declared references, inferred ones, and copies.

Names propose, values decide: a proposal is kept when the child's values stand among the parent's
keys. Work is bounded: at most `PROBE` distinct values are looked up per proposal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.inventory.kinds import RelationKind
from shanhou.inventory.people import dataset_headers
from shanhou.inventory.profile import DatasetProfile, FieldProfile
from shanhou.inventory.verdicts import Relation
from shanhou.inventory.words import Header, read_comment, read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset, Tables

PROBE = 2000
_KEY_TOKENS = frozenset({"id", "no", "code", "key", "number", "num", "sn", "uuid", "ref"})
_KEY_HAN = ("编号", "号码", "主键", "代码", "号", "码")
_COPY_WORDS = frozenset(
    {"bak", "backup", "copy", "old", "tmp", "temp", "archive", "history", "hist"}
)
_COPY_HAN = ("备份", "副本", "拷贝", "旧", "历史")
_SEEN_ENOUGH, _SEEN_SOME = 0.9, 0.6


@dataclass(frozen=True)
class _Key:
    """A dataset's one key field and the words of what it identifies."""

    dataset: Dataset
    field: str
    entity: tuple[str, ...]
    han: tuple[str, ...]


def find_relations(tables: Tables, profiles: Mapping[str, DatasetProfile]) -> tuple[Relation, ...]:
    """Declared, inferred and copied relations among all datasets."""
    datasets = tables.datasets()
    declared = [r for dataset in datasets for r in _declared(dataset)]
    known = {(r.dataset, r.fields) for r in declared}
    keys = [key for dataset in datasets for key in _keys(dataset, profiles[dataset.name])]
    probe = _Probe(tables, profiles)
    copies = list(_copies(datasets, keys, probe))
    copied = {r.dataset for r in copies}
    inferred = [
        r
        for dataset in datasets
        for r in _inferred(dataset, [k for k in keys if k.dataset.name not in copied], probe)
        if (r.dataset, r.fields) not in known
    ]
    return (*declared, *_same_name(datasets, inferred, probe), *inferred, *copies)


def _declared(dataset: Dataset) -> Iterator[Relation]:
    for r in dataset.references:
        yield Relation(
            dataset.name, r.fields, r.to_dataset, r.to_fields, RelationKind.DECLARED, 1.0
        )


def _keys(dataset: Dataset, profile: DatasetProfile) -> Iterator[_Key]:
    """The single-field key a dataset declares, or the fields that behave like one."""
    name, comment = dataset_headers(dataset)
    han = tuple(_entity_han(h.han) for h in (name, comment) if h.han)
    if len(dataset.key) == 1:
        yield _Key(dataset, dataset.key[0], _singular(name.tokens), han)
    for field in dataset.fields:
        seen = profile.fields[field.name]
        unique = seen.filled > 1 and seen.distinct == seen.filled >= 0.98 * seen.rows
        header = read_header(field.name)
        entity = _singular(name.tokens)
        own = bool(header.tokens[:-1]) and entity[1 - len(header.tokens) :] == header.tokens[:-1]
        if dataset.key and header.tokens[-1:] == ("id",) and not own:
            continue
        alone = own and seen.filled == 1
        if (field.name,) != dataset.key and (unique or alone) and _is_keylike(header):
            yield _Key(dataset, field.name, _singular(name.tokens), han)


def _inferred(dataset: Dataset, keys: Sequence[_Key], probe: _Probe) -> Iterator[Relation]:
    for field in dataset.fields:
        best: tuple[float, Relation] | None = None
        for key in keys:
            if key.dataset.name == dataset.name and key.field == field.name:
                continue
            likeness = _likeness(dataset, field.name, field.comment, key)
            if not likeness:
                continue
            seen = probe.overlap(dataset, field.name, key.dataset, key.field)
            score = _score(likeness, seen)
            if score >= 0.5 and (best is None or score > best[0]):
                relation = Relation(
                    dataset.name,
                    (field.name,),
                    key.dataset.name,
                    (key.field,),
                    RelationKind.INFERRED,
                    round(min(score, 0.99), 2),
                )
                best = (score, relation)
        if best is not None:
            yield best[1]


def _likeness(dataset: Dataset, field: str, comment: str, key: _Key) -> float:
    """How much a field's name or comment names another dataset's key, 0 to 0.7."""
    header, said = read_header(field), read_comment(comment)
    if not _is_keylike(header) and not _is_keylike(said):
        return 0.0
    itself = key.dataset.name == dataset.name
    stem = _singular(tuple(t for t in header.tokens if t not in _KEY_TOKENS))
    numbered = header.tokens[-1:] != read_header(key.field).tokens[-1:] and header.tokens[
        -1:
    ] not in (("id",), ("ref",))
    generic = read_header(key.field).tokens in (("id",), ("key",), ("code",), ("no",))
    if field.lower() == key.field.lower() and not generic and not itself:
        own = dataset.key == (field,)
        return 0.2 if own else 0.7
    if stem in (("parent",), ("p",)) and itself:
        return 0.65
    if stem and not numbered and key.entity[-len(stem) :] == stem and not itself:
        return 0.7 - 0.03 * (len(key.entity) - len(stem))
    han = _entity_han(said.han or header.han)
    if len(han) > 1 and not itself and any(_names(han, name) for name in key.han):
        return 0.6
    return 0.0


def _names(han: str, name: str) -> bool:
    return bool(name) and (name == han or name.startswith(han) or han.endswith(name))


def _score(likeness: float, seen: float | None) -> float:
    if seen is None:
        return likeness - 0.1
    if seen >= _SEEN_ENOUGH:
        return likeness + 0.27
    return likeness + 0.05 if seen >= _SEEN_SOME else likeness - 0.35


def _same_name(
    datasets: Sequence[Dataset], inferred: Sequence[Relation], probe: _Probe
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


def _copies(datasets: Sequence[Dataset], keys: Sequence[_Key], probe: _Probe) -> Iterator[Relation]:
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


def _is_keylike(header: Header) -> bool:
    if header.tokens and header.tokens[-1] in _KEY_TOKENS:
        return True
    return header.han.endswith(_KEY_HAN) and not header.tokens


def _entity_han(text: str) -> str:
    for ending in ("信息", "资料", "档案", "表", "主表", "编号", "号码", "代码", "号"):
        text = text.removesuffix(ending) or text
    return text


def _singular(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        t[:-3] + "y" if t.endswith("ies") else t[:-1] if t.endswith("s") and len(t) > 3 else t
        for t in tokens
    )


class _Probe:
    """Which share of a child's values stands among a parent's keys; None where either is empty."""

    def __init__(self, tables: Tables, profiles: Mapping[str, DatasetProfile]) -> None:
        self._tables, self._profiles = tables, profiles

    def overlap(self, child: Dataset, field: str, parent: Dataset, key: str) -> float | None:
        mine, theirs = self._seen(child, field), self._seen(parent, key)
        if not mine.filled or not theirs.filled:
            return None
        if self._profiles[parent.name].complete:
            return _share(mine.values.slice(0, PROBE), theirs.values)
        return self._looked_up(child, field, parent, key)

    def _seen(self, dataset: Dataset, field: str) -> FieldProfile:
        return self._profiles[dataset.name].fields[field]

    def _looked_up(self, child: Dataset, field: str, parent: Dataset, key: str) -> float:
        mine = self._tables.table(child.name)
        theirs = self._tables.table(parent.name)
        value = mine[f"c{child.position(field)}"].name("value")
        few = mine.select(value).filter(lambda t: t.value.notnull()).distinct().limit(PROBE)
        keyed = theirs.select(found=theirs[f"c{parent.position(key)}"]).distinct()
        joined = few.left_join(keyed, few.value == keyed.found)
        counted = joined.aggregate(n=joined.value.count(), m=joined.found.count()).to_pyarrow()
        total = counted["n"][0].as_py()
        return float(counted["m"][0].as_py()) / total if total else 0.0


def _share(values: Any, keys: Any) -> float:  # noqa: ANN401 - Arrow arrays
    import pyarrow.compute as pc

    found = pc.sum(pc.is_in(values, value_set=keys)).as_py() or 0
    return float(found) / len(values) if len(values) else 0.0
