"""Links without a key: values copied from a customer's row, and tables that customers point to.

An order keeps the login of the member who placed it; an address stands in a table of its own that
customers and suppliers share. Neither declares whose it is; values and references tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import (
    CUSTOMERS,
    IDENTIFYING,
    WAYS,
    About,
    Category,
    RelationKind,
    Verdict,
)
from shanhou.inventory.people import dataset_headers
from shanhou.inventory.probe import Probe
from shanhou.inventory.rules import Rules
from shanhou.inventory.verdicts import FieldVerdict, Reason, Relation
from shanhou.inventory.words import find

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset

Abouts = Mapping[str, tuple[About, Reason]]
_SURE = frozenset({Verdict.CERTAIN, Verdict.LIKELY})
_LOGINS = frozenset({Category.ACCOUNT_LOGIN, Category.ONLINE_ID})
_ALIKE = (
    frozenset({Category.PERSON_NAME}),
    frozenset({Category.PHONE}),
    frozenset({Category.EMAIL}),
    frozenset({Category.NATIONAL_ID}),
    frozenset({Category.ORG_NAME}),
    _LOGINS,
    # a login is often somebody's name
    _LOGINS | {Category.PERSON_NAME},
)
_COPIED, _WHOLE = 0.6, 0.9
_SAID = frozenset({"table_says", "both_named", "confirmed"})
_SILENT = frozenset({"table_silent", "has_persons", "owner_unnamed"})


@dataclass(frozen=True)
class Ground:
    """What is known of all datasets once their fields are named."""

    datasets: Sequence[Dataset]
    abouts: Abouts
    fields: Mapping[str, Sequence[FieldVerdict]]
    relations: Sequence[Relation]
    probe: Probe

    @cached_property
    def entities(self) -> frozenset[str]:
        """Datasets that say by their own words whose they are."""
        return frozenset(name for name, (_, why) in self.abouts.items() if why.code in _SAID)

    @cached_property
    def naming(self) -> Mapping[str, tuple[FieldVerdict, ...]]:
        """The identifying fields of each dataset of customers that is no old copy of another."""
        copies = {r.dataset for r in self.relations if r.kind is RelationKind.COPIED}
        return {
            d.name: tuple(one for one in self.fields[d.name] if _names_customers(one))
            for d in self.datasets
            if self.abouts[d.name][0] in CUSTOMERS and d.name not in copies
        }


def copied_values(ground: Ground) -> Iterator[Relation]:
    """For each identifying field of customers, the field elsewhere that its values come from.

    A login or e-mail that is unique there, and all of it found, is as good as a key where a dataset
    has no other way: inferred. Names and phones are told and lead nowhere: people share them.
    """
    related = {(r.dataset, r.fields) for r in ground.relations}
    ways = {(r.dataset, r.to_dataset) for r in ground.relations}
    homes = {r.to_dataset for r in ground.relations if r.kind in WAYS} & ground.entities
    for child in ground.datasets:
        if child.name in homes:
            continue
        for mine in ground.naming.get(child.name, ()):
            if (child.name, (mine.field,)) in related:
                continue
            found = max(_origins(ground, child, mine), key=lambda one: one.rank, default=None)
            if found is None:
                continue
            leads = found.leads and (child.name, found.dataset.name) not in ways
            yield Relation(
                child.name, (mine.field,), found.dataset.name, (found.field,),
                RelationKind.INFERRED if leads else RelationKind.COPIED_VALUES,
                round(0.6 * found.seen + (0.2 if found.unique else 0.0), 2),
            )  # fmt: skip


@dataclass(frozen=True)
class _Origin:
    """A field that another's values may have been copied from."""

    dataset: Dataset
    field: str
    entity: bool
    unique: bool
    same: bool
    seen: float
    login: bool

    @property
    def rank(self) -> tuple[bool, bool, bool, float]:
        return self.same, self.entity, self.unique, self.seen

    @property
    def leads(self) -> bool:
        return self.login and self.unique and self.entity and self.seen >= _WHOLE


def _names_customers(one: FieldVerdict) -> bool:
    ours = one.verdict in _SURE and one.about in CUSTOMERS | {About.NONE}
    return ours and any(one.category in alike for alike in _ALIKE)


def _origins(ground: Ground, child: Dataset, mine: FieldVerdict) -> Iterator[_Origin]:
    few = ground.probe.seen(child, mine.field).distinct
    for parent in ground.datasets:
        entity = parent.name in ground.entities
        if parent.name == child.name or (child.name in ground.entities and not entity):
            continue
        for theirs in ground.naming.get(parent.name, ()):
            if not any({mine.category, theirs.category} <= alike for alike in _ALIKE):
                continue
            known = ground.probe.seen(parent, theirs.field)
            if known.distinct < few or _mutual(ground, child, parent, entity=entity):
                continue
            seen = ground.probe.overlap(child, mine.field, parent, theirs.field)
            if seen is None or seen < _COPIED:
                continue
            yield _Origin(
                parent, theirs.field, entity, known.distinct == known.filled,
                mine.category == theirs.category, seen,
                theirs.category in _LOGINS | {Category.EMAIL},
            )  # fmt: skip


def _mutual(ground: Ground, child: Dataset, parent: Dataset, *, entity: bool) -> bool:
    """Of two datasets that are alike in this, only the one with more rows copies."""
    if entity != (child.name in ground.entities):
        return False
    mine, theirs = ground.probe.rows(child), ground.probe.rows(parent)
    return mine < theirs or (mine == theirs and child.name < parent.name)


def shared_tables(ground: Ground, rules: Rules) -> tuple[Relation, ...]:
    """Turned round: rows of a table that names no owner belong to the customer who points to them.

    A row that two customers point to is nobody's until a person says whose (several customers).
    """
    named = {d.name: d for d in ground.datasets}
    turned: dict[str, Relation] = {}
    for r in sorted(ground.relations, key=lambda r: -r.confidence):
        shared = named.get(r.to_dataset)
        if shared is None or r.kind not in WAYS or r.dataset == shared.name:
            continue
        home = r.dataset in ground.entities and ground.abouts[r.dataset][0] in CUSTOMERS
        if home and _ownerless(ground, shared, rules):
            turned.setdefault(
                shared.name,
                Relation(shared.name, r.to_fields, r.dataset, r.fields, RelationKind.INFERRED,
                         min(r.confidence, 0.9)),
            )  # fmt: skip
    return tuple(turned.values())


def _ownerless(ground: Ground, dataset: Dataset, rules: Rules) -> bool:
    """A table of addresses or contacts that says of nobody whose they are."""
    if ground.abouts[dataset.name][1].code not in _SILENT:
        return False
    words = rules.words("personal_tables")
    matches = [find(header, words) for header in dataset_headers(dataset)]
    personal = any(
        one.category in IDENTIFYING and one.verdict in _SURE for one in ground.fields[dataset.name]
    )
    return personal and any(match is not None and match.at_head for match in matches)


def ways(relations: Sequence[Relation], turned: Sequence[Relation]) -> tuple[Relation, ...]:
    """What leads to customers: nobody is a customer because he shares a table with one."""
    shared = {r.dataset for r in turned}
    told = RelationKind.COPIED_VALUES
    return (*(r for r in relations if r.kind is not told and r.to_dataset not in shared), *turned)
