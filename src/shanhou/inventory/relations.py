"""How datasets hang together: declared references, inferred ones, and copies.

Names propose, values decide: a proposal is kept when the child's values stand among the parent's
keys. Work is bounded: at most `PROBE` distinct values are looked up per proposal.
"""

from __future__ import annotations

import re
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
_TABLE_ENDINGS = ("表", "信息", "资料", "档案", "主", "子")
_KEY_ENDINGS = ("主键", "编号", "号码", "代码", "号", "码")
_HEADS = frozenset({"head", "header", "master", "main"})
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
    # a table left out by the case file, or in another schema, may still be pointed to
    here = {dataset.name for dataset in datasets}
    declared = [r for dataset in datasets for r in _declared(dataset) if r.to_dataset in here]
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
    han = tuple(_entity_han(p, _TABLE_ENDINGS) for h in (name, comment) for p in _parts(h))
    if len(dataset.key) == 1:
        yield _Key(dataset, dataset.key[0], _singular(name.tokens), han)
    for field in dataset.fields:
        seen = profile.fields[field.name]
        unique = seen.filled > 1 and seen.distinct == seen.filled >= 0.98 * seen.rows
        header = read_header(field.name)
        entity = _singular(name.tokens)
        own = header.tokens[:-1] in (entity, entity[1:]) and len(header.tokens) > 1
        if dataset.key and header.tokens[-1:] == ("id",) and not own:
            continue
        alone = own and seen.filled == 1
        if (field.name,) != dataset.key and (unique or alone) and is_keylike(header):
            yield _Key(dataset, field.name, _singular(name.tokens), han)


def _inferred(dataset: Dataset, keys: Sequence[_Key], probe: _Probe) -> Iterator[Relation]:
    places = {(key.dataset.name, key.field) for key in keys}
    for field in dataset.fields:
        best: tuple[float, Relation] | None = None
        for key in keys:
            if key.dataset.name == dataset.name and key.field == field.name:
                continue
            likeness = _likeness(dataset, field.name, field.comment, key)
            if (dataset.name, field.name) in places and not _belongs(field.name, dataset, key):
                continue
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


def _belongs(field: str, dataset: Dataset, key: _Key) -> bool:
    """Where a field is unique on both sides, it points to the table that it is named after."""
    return _owns(key.dataset, field) and not _owns(dataset, field)


def _owns(dataset: Dataset, field: str) -> bool:
    header, (name, comment) = read_header(field), dataset_headers(dataset)
    stem = _singular(tuple(t for t in header.tokens if t not in _KEY_TOKENS))
    han = _entity_han(header.han, _KEY_ENDINGS)
    if stem and _singular(name.tokens)[-len(stem) :] == stem:
        return True
    return bool(han) and any(han in words.han for words in (name, comment))


def _likeness(dataset: Dataset, field: str, comment: str, key: _Key) -> float:
    """How much a field's name or comment names another dataset's key, 0 to 0.7."""
    header, said = read_header(field), read_comment(comment)
    itself = key.dataset.name == dataset.name
    if not (is_keylike(header) or is_keylike(said)) or (
        dataset.key == (field,) and (header.tokens == ("id",))
    ):
        return 0.0
    stem = _singular(tuple(t for t in header.tokens if t not in _KEY_TOKENS))
    if itself:
        return 0.65 if stem in (("parent",), ("p",)) else 0.0
    generic = read_header(key.field).tokens in (("id",), ("key",), ("code",), ("no",))
    if field.lower() == key.field.lower() and not generic:
        return 0.2 if dataset.key == (field,) else 0.7
    pointing = header.tokens[-1:] in (("id",), ("ref",)) or not header.tokens
    alike = pointing or header.tokens[-1:] == read_header(key.field).tokens[-1:]
    by_name = _by_name(stem, dataset, key) if alike else 0.0
    han = _entity_han(said.han or header.han, _KEY_ENDINGS)
    by_comment = len(han) > 1 and pointing and any(_names(han, name) for name in key.han)
    return by_name or (0.6 if by_comment else 0.0)


def _by_name(stem: tuple[str, ...], dataset: Dataset, key: _Key) -> float:
    """`member_id` for a table `ums_member`; `header_id` of lines for the heads beside them."""
    if stem and key.entity[-len(stem) :] == stem:
        return 0.7 - 0.03 * (len(key.entity) - len(stem))
    lines = _singular(dataset_headers(dataset)[0].tokens)
    beside = lines[:-1] == key.entity[:-1] and key.entity[-1:] and key.entity[-1] in _HEADS
    return 0.65 if beside and stem and stem[0] in _HEADS else 0.0


def _names(han: str, name: str) -> bool:
    return len(name) > 1 and (name == han or han.endswith(name))


def _parts(header: Header) -> list[str]:
    """供应商/客户信息 names two things."""
    return [part for part in re.split(r"[^\u3400-\u9fff]+", header.text) if part]


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


def is_keylike(header: Header) -> bool:
    """Whether a header ends like a key: `member_id`, 客户编号."""
    if header.tokens and header.tokens[-1] in _KEY_TOKENS:
        return True
    return header.han.endswith(_KEY_HAN) and not header.tokens


def _entity_han(text: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
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


def _share(values: Any, keys: Any) -> float:
    import pyarrow.compute as pc

    found = pc.sum(pc.is_in(values, value_set=keys)).as_py() or 0
    return float(found) / len(values) if len(values) else 0.0
