"""台账: every dataset and field, what it holds, about whom, and how a row reaches its customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shanhou.inventory.classify import classify_dataset, is_sensitive
from shanhou.inventory.engine import Engine
from shanhou.inventory.here import Here
from shanhou.inventory.kinds import (
    IDENTIFYING,
    About,
    Category,
    RelationKind,
    Scope,
    Verdict,
)
from shanhou.inventory.listing import dataset_json, proposal_json, relation_json
from shanhou.inventory.probe import Probe
from shanhou.inventory.profile import DatasetProfile
from shanhou.inventory.propose import propose
from shanhou.inventory.reach import find_routes, from_fields, heard_abouts
from shanhou.inventory.relations import find_relations
from shanhou.inventory.roles import role_of, rows_of_customers
from shanhou.inventory.rules import Rules, rules
from shanhou.inventory.soft_links import Ground, copied_values, shared_tables, ways
from shanhou.inventory.verdicts import (
    Confirmations,
    DatasetVerdict,
    FieldVerdict,
    Proposal,
    Reason,
    Relation,
    Route,
)

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset, Tables

_TOLD_APART = frozenset({"both_named"})
_ENTITIES = frozenset({"table_says", "both_named", "confirmed"})
SCHEMA = "shanhou.inventory/1"


@dataclass(frozen=True)
class Register:
    """The finished register of one look at all datasets."""

    datasets: tuple[DatasetVerdict, ...]
    relations: tuple[Relation, ...]
    proposals: tuple[Proposal, ...]

    def dataset(self, name: str) -> DatasetVerdict:
        return next(known for known in self.datasets if known.name == name)

    def to_json(self) -> dict[str, Any]:
        """The object of `shanhou inventory --json` (design, 8)."""
        return {
            "schema": SCHEMA,
            "datasets": [dataset_json(dataset) for dataset in self.datasets],
            "relations": [relation_json(relation) for relation in self.relations],
            "proposals": [proposal_json(proposal) for proposal in self.proposals],
        }


def take_inventory(
    tables: Tables,
    *,
    confirmed: Confirmations | None = None,
    every_row: bool = False,
    known: Rules | None = None,
    engine: Engine | None = None,
) -> Register:
    """Profile, classify and relate all datasets; what a person confirmed overrides.

    `known`: the case's rules; without them those that this version ships. `engine`: where the
    cells are looked at; without one, here. `every_row`: no verdict rests on a sample.
    """
    confirmed = confirmed or Confirmations()
    known = known or rules()
    datasets = tables.datasets()
    engine = engine or Here(tables)
    looked = engine.profiles(known, every_row=every_row)
    probe = Probe(engine, looked)
    relations = _confirmed_relations(find_relations(tables, looked, known, probe), confirmed)
    said = heard_abouts(datasets, relations, known, confirmed)
    fields = {
        d.name: _confirmed_fields(d, looked[d.name], said[d.name][0], confirmed, known)
        for d in datasets
    }
    abouts = {d.name: from_fields(*said[d.name], fields[d.name]) for d in datasets}
    relations += tuple(copied_values(Ground(datasets, abouts, fields, relations, probe)))
    turned = shared_tables(Ground(datasets, abouts, fields, relations, probe), known)
    abouts |= {r.dataset: (About.CUSTOMER, _shared_by(r)) for r in turned}
    routes = find_routes(datasets, abouts, ways(relations, turned), fields, looked)
    ground = _Ground(looked, abouts, fields, routes, relations, confirmed, known)
    verdicts = tuple(_dataset(d, ground) for d in datasets)
    return Register(verdicts, relations, propose(datasets, verdicts, looked))


def _shared_by(turned: Relation) -> Reason:
    return Reason("shared_by", {"dataset": turned.to_dataset, "via": turned.to_fields[0]})


def _confirmed_relations(
    found: Sequence[Relation], confirmed: Confirmations
) -> tuple[Relation, ...]:
    places = {(r.dataset, r.fields) for r in confirmed.relations}
    refused = {(r.dataset, r.fields, r.to_dataset) for r in confirmed.refused_relations}
    kept = [
        r
        for r in found
        if (r.dataset, r.fields) not in places
        and (r.dataset, r.fields, r.to_dataset) not in refused
    ]
    return (*confirmed.relations, *kept)


def _confirmed_fields(
    dataset: Dataset,
    looked: DatasetProfile,
    said: About,
    confirmed: Confirmations,
    known: Rules,
) -> tuple[FieldVerdict, ...]:
    settled = []
    for verdict in classify_dataset(dataset, said, looked, known):
        place = (dataset.name, verdict.field)
        category, about = confirmed.categories.get(place), confirmed.field_abouts.get(place)
        if category is not None or about is not None:
            category = category or verdict.category
            verdict = replace(  # noqa: PLW2901
                verdict,
                category=category,
                about=about or verdict.about,
                verdict=Verdict.CLEAN if category is Category.NONE else Verdict.CERTAIN,
                confidence=1.0,
                sensitive=is_sensitive(category, verdict, looked.fields[verdict.field], known),
                reasons=(Reason("confirmed"),),
            )
        settled.append(verdict)
    return tuple(settled)


@dataclass(frozen=True)
class _Ground:
    """All that is known when the verdicts on datasets are written."""

    looked: Mapping[str, DatasetProfile]
    abouts: Mapping[str, tuple[About, Reason]]
    fields: Mapping[str, Sequence[FieldVerdict]]
    routes: Mapping[str, Route]
    relations: Sequence[Relation]
    confirmed: Confirmations
    known: Rules


def _dataset(dataset: Dataset, ground: _Ground) -> DatasetVerdict:
    profile, routes, known = ground.looked[dataset.name], ground.routes, ground.known
    about, confirmed = ground.abouts[dataset.name], ground.confirmed
    inside = dataset.name in routes
    role, why = role_of(dataset, ground.relations, known)
    if dataset.name in confirmed.roles:
        role, why = confirmed.roles[dataset.name], Reason("confirmed")
    scoped = tuple(_scoped(dataset, f, ground) for f in ground.fields[dataset.name])
    mixed = rows_of_customers(dataset, profile, known) if about[1].code in _TOLD_APART else None
    reasons = [about[1], why]
    if mixed is not None:
        reasons.append(Reason("mixed_rows", {"field": mixed.field}))
    if not inside:
        reasons.append(Reason("not_customers"))
    return DatasetVerdict(
        name=dataset.name,
        source=dataset.source,
        rows=profile.rows,
        about=about[0],
        role=role,
        scope=confirmed.scopes.get(dataset.name, Scope.IN if inside else Scope.OUT),
        route=routes.get(dataset.name),
        customers_only=mixed,
        fields=scoped,
        reasons=tuple(reasons),
    )


def _scoped(dataset: Dataset, verdict: FieldVerdict, ground: _Ground) -> FieldVerdict:
    """Keys and references of customers get their names; out of scope, business is nothing."""
    routes, about = ground.routes, ground.abouts[dataset.name][0]
    business = verdict.category in (Category.TRANSACTION, Category.CONTRACT, Category.TRADE_SECRET)
    if dataset.name not in routes:
        return _nothing(verdict) if business else verdict
    if verdict.verdict in (Verdict.CERTAIN, Verdict.LIKELY) and verdict.category in IDENTIFYING:
        return verdict
    route = routes[dataset.name]
    entity = ground.abouts[dataset.name][1].code in _ENTITIES
    if entity and not route.steps and route.fields == (verdict.field,):
        return _keyed(verdict, Category.SUBJECT_KEY, about, Reason("key"))
    for r in ground.relations:
        if r.kind is RelationKind.COPIED_VALUES:
            continue
        named = r.dataset == dataset.name and verdict.field in r.fields
        target = ground.abouts[r.to_dataset][1].code in _ENTITIES
        if named and target and r.to_dataset in routes and not routes[r.to_dataset].steps:
            return _keyed(
                verdict, Category.SUBJECT_REF, about, Reason("reference", {"dataset": r.to_dataset})
            )
    ownerless = verdict.about is About.NONE and verdict.verdict is not Verdict.CLEAN
    return replace(verdict, about=about) if ownerless else verdict


def _nothing(verdict: FieldVerdict) -> FieldVerdict:
    return replace(
        verdict,
        category=Category.NONE,
        about=About.NONE,
        verdict=Verdict.CLEAN,
        sensitive=False,
        reasons=(Reason("no_person"),),
    )


def _keyed(verdict: FieldVerdict, category: Category, about: About, reason: Reason) -> FieldVerdict:
    return replace(
        verdict,
        category=category,
        about=about,
        verdict=Verdict.CERTAIN,
        confidence=0.95,
        sensitive=False,
        reasons=(reason,),
    )
