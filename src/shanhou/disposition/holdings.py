"""The register and the case file as what a plan needs: holdings, bindings and their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shanhou.cases.obligations import ledger_bindings
from shanhou.cases.settings import FieldConfirmation, Settings
from shanhou.disposition.facts import Bound, Group, Holding, Through
from shanhou.disposition.told_of import OTHER_PERSONS
from shanhou.errors import Refusal
from shanhou.inventory.kinds import Category, FieldGroup, Scope, Verdict
from shanhou.inventory.verdicts import OWNER_UNNAMED, Confirmations, Relation
from shanhou.law.load import load_rulebook

if TYPE_CHECKING:
    from shanhou.cases.binding import Binding, Reference
    from shanhou.inventory.register import Register
    from shanhou.inventory.verdicts import DatasetVerdict, FieldVerdict
    from shanhou.sources.intake import Collected

NO_GROUP = FieldGroup.NONE.value


@dataclass(frozen=True)
class Asset:
    """An in-scope dataset with all that later rooms ask of it."""

    holding: Holding
    collected: Collected
    verdict: DatasetVerdict

    placeholders: Mapping[int, str] = field(default_factory=dict)
    """What a NOT NULL field holds once its item is gone, as a named person declared it."""


def confirmations(settings: Settings, collected: Sequence[Collected]) -> Confirmations:
    """What named persons confirmed in the case file, in the inventory's words.

    Raises:
        Refusal: SH-E-301 a name in the case file is no field that was collected.
    """
    from shanhou.inventory.kinds import About, RelationKind, Role

    fields = {name: field_of(name, collected) for name in settings.fields}
    relations = []
    for one in settings.relations:
        dataset, field = field_of(one.from_, collected)
        to_dataset, to_field = field_of(one.to, collected)
        relations.append(
            Relation(dataset, (field,), to_dataset, (to_field,), RelationKind.DECLARED, 1.0)
        )
    names = {one.dataset.name for one in collected}
    for name in settings.datasets:
        if name not in names:
            raise Refusal("SH-E-301", name=name)
    return Confirmations(
        roles={name: Role(one.role) for name, one in settings.datasets.items()},
        abouts={name: About(one.about) for name, one in settings.datasets.items()},
        scopes={name: Scope(one.scope) for name, one in settings.datasets.items()},
        categories={fields[name]: Category(one.category) for name, one in settings.fields.items()},
        field_abouts={
            fields[name]: About(one.about) for name, one in settings.fields.items() if one.about
        },
        relations=tuple(relations),
    )


def field_of(name: str, collected: Sequence[Collected]) -> tuple[str, str]:
    """Split `dataset.column`; the longest dataset name that fits wins, as names hold dots.

    Raises:
        Refusal: SH-E-301 no collected dataset has that column.
    """
    fitting = [
        (one.dataset.name, name[len(one.dataset.name) + 1 :])
        for one in collected
        if name.startswith(one.dataset.name + ".")
        and name[len(one.dataset.name) + 1 :] in {field.name for field in one.dataset.fields}
    ]
    if not fitting:
        raise Refusal("SH-E-301", name=name)
    return max(fitting, key=lambda pair: len(pair[0]))


def assets_of(
    register: Register, settings: Settings, collected: Sequence[Collected]
) -> tuple[Asset, ...]:
    """Every dataset in scope, in the order of their names."""
    by_name = {one.dataset.name: one for one in collected}
    assets = []
    for verdict in sorted(register.datasets, key=lambda one: one.name):
        if verdict.scope is Scope.IN:
            one = by_name[verdict.name]
            held = _placeholders(settings, one)
            assets.append(Asset(_holding(verdict, settings, one), one, verdict, held))
    return tuple(assets)


def _holding(verdict: DatasetVerdict, settings: Settings, one: Collected) -> Holding:
    confirmed = settings.datasets.get(verdict.name)
    only = rows_confirmed(settings, one) or _rows_found(verdict, one)
    return Holding(
        name=verdict.name,
        table=one.table,
        role=confirmed.role if confirmed else verdict.role.value,
        groups=_groups(verdict, settings, one),
        retention=confirmed.retention if confirmed else (),
        only=only or None,
    )


def _placeholders(settings: Settings, one: Collected) -> dict[int, str]:
    declared = {}
    for position, known in enumerate(one.dataset.fields):
        confirmed = settings.fields.get(f"{one.dataset.name}.{known.name}")
        if confirmed and confirmed.placeholder is not None:
            declared[position] = confirmed.placeholder
    return declared


def rows_confirmed(settings: Settings, one: Collected) -> dict[int, tuple[str, ...]]:
    """Which rows of a mixed dataset a person named as customers': column position and values.

    Raises:
        Refusal: SH-E-301 the dataset has no such column.
    """
    confirmed = settings.datasets.get(one.dataset.name)
    named = confirmed.only if confirmed else {}
    known = {field.name for field in one.dataset.fields}
    for name in named:
        if name not in known:
            raise Refusal("SH-E-301", name=f"{one.dataset.name}.{name}")
    return {one.dataset.position(name): values for name, values in named.items()}


def _rows_found(verdict: DatasetVerdict, one: Collected) -> dict[int, tuple[str, ...]]:
    found = verdict.customers_only
    return {one.dataset.position(found.field): found.values} if found else {}


def _groups(verdict: DatasetVerdict, settings: Settings, one: Collected) -> tuple[Group, ...]:
    positions: dict[str, list[int]] = {}
    sensitive: dict[str, bool] = {}
    unsure: set[str] = set()
    persons: set[str] = set()
    unnamed = any(reason.code == OWNER_UNNAMED for reason in verdict.reasons)
    for known in verdict.fields:
        name, delicate = _group_of(known, settings.fields.get(f"{verdict.name}.{known.field}"))
        # a key travels with every item and goes with the last; what may be none is an item itself
        if name == NO_GROUP and known.verdict is not Verdict.UNSURE:
            continue
        positions.setdefault(name, []).append(one.dataset.position(known.field))
        sensitive[name] = sensitive.get(name, False) or delicate
        if unnamed or known.verdict is Verdict.UNSURE:
            unsure.add(name)
        if known.about in OTHER_PERSONS:
            persons.add(name)
    if not positions:
        # a row that only points to its customer is still a record of what happened between them
        positions, sensitive = {FieldGroup.TRANSACTION.value: []}, {"transaction": False}
    return tuple(
        Group(name, tuple(sorted(columns)), sensitive[name], name in unsure, name in persons)
        for name, columns in sorted(positions.items())
    )


def _group_of(known: FieldVerdict, confirmed: FieldConfirmation | None) -> tuple[str, bool]:
    name = known.field_group.value
    delicate = known.sensitive
    if confirmed is not None:
        name = confirmed.group or name
        delicate = delicate if confirmed.sensitive is None else confirmed.sensitive
    return name, delicate


def bounds_of(
    settings: Settings, assets: Sequence[Asset], collected: Sequence[Collected]
) -> tuple[Bound, ...]:
    """Every binding resolved to its column, those of the ledger of obligations among them.

    Raises:
        Refusal: SH-E-301 no such column; SH-E-302 no column answers that fact; SH-E-306 the rows
            that answer are out of scope, so they reach no customer and would hold nothing.
    """
    said = settings.bindings
    kept = ledger_bindings(settings.obligations)
    require_bindable(said)
    found = [
        binding_of(fact, one, assets, collected) for fact in sorted(said) for one in said[fact]
    ]
    found += [binding_of(fact, one, assets, collected, every_row=True)
              for fact in sorted(kept) for one in kept[fact]]  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.fact))


def require_bindable(said: Mapping[str, Sequence[Binding]]) -> None:
    """Refuse a binding of a fact that no column answers, or that gives a value the fact has not:
    it would be heard by nobody.

    Raises:
        Refusal: SH-E-302 with the fact, and the value where it is that.
    """
    known = load_rulebook().facts
    for fact, bindings in said.items():
        if fact not in known or "bound" not in known[fact].sources:
            raise Refusal("SH-E-302", fact=fact, value="-", allowed="-")
        values = known[fact].values
        strange = {value for one in bindings for value in one.gives() if value not in values}
        if strange:
            raise Refusal("SH-E-302", fact=fact, value=min(strange), allowed=" | ".join(values))


def binding_of(
    fact: str,
    binding: Binding,
    assets: Sequence[Asset],
    collected: Sequence[Collected],
    *,
    every_row: bool = False,
) -> Bound:
    """One binding resolved to its column.

    Raises:
        Refusal: SH-E-301, SH-E-306 as `bounds_of`.
    """
    by_name = {asset.holding.name: asset.holding for asset in assets}
    tables = {one.dataset.name: one for one in collected}
    dataset, field = field_of(binding.field, collected)
    position = tables[dataset].dataset.position(field)
    answering, through = dataset, None
    if binding.through is not None:
        answering, through = _through(binding.through, dataset, tables, collected)
    if answering not in by_name:
        raise Refusal("SH-E-306", fact=fact, dataset=answering)
    return Bound(fact, by_name[answering], position, binding, through, every_row)


def _through(
    way: Reference,
    parent: str,
    tables: Mapping[str, Collected],
    collected: Sequence[Collected],
) -> tuple[str, Through]:
    """The dataset whose rows point, and the way to the row that holds the date.

    Raises:
        Refusal: SH-E-301 no such field, or it points elsewhere than to the date's own dataset.
    """
    child, pointing = field_of(way.from_, collected)
    named, pointed = field_of(way.to, collected)
    if named != parent:
        raise Refusal("SH-E-301", name=way.to)
    return child, Through(
        tables[parent].table,
        tables[child].dataset.position(pointing),
        tables[parent].dataset.position(pointed),
    )


def out_of_scope(
    register: Register, assets: Sequence[Asset], rows: Mapping[str, int], left: Mapping[str, int]
) -> dict[str, int]:
    """Records that are nobody's customer's: whole datasets, and rows a filter leaves out.

    `left`: what the filters left out, as counted; never the rest of a subtraction, so that the
    sums can fail.
    """
    inside = {asset.holding.name for asset in assets}
    aside = {one.name: rows[one.name] for one in register.datasets if one.name not in inside}
    return aside | {name: count for name, count in left.items() if count}


def keys_between(register: Register) -> tuple[Relation, ...]:
    """The relations by mere keys: a copied name, phone or number is an item, never a reference
    whose value could be left behind.
    """
    plain = {
        (one.name, known.field)
        for one in register.datasets
        for known in one.fields
        if known.field_group is FieldGroup.NONE
    }
    return tuple(
        one
        for one in register.relations
        if all((one.dataset, name) in plain for name in one.fields)
        and all((one.to_dataset, name) in plain for name in one.to_fields)
    )
