"""Whom datasets are about when references and fields are heard, and how rows reach a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import (
    CUSTOMERS,
    IDENTIFYING,
    STAFF,
    WAYS,
    About,
    Verdict,
)
from shanhou.inventory.likeness import is_keylike
from shanhou.inventory.people import about_datasets
from shanhou.inventory.profile import DatasetProfile
from shanhou.inventory.rules import Rules
from shanhou.inventory.verdicts import (
    OWNER_UNNAMED,
    Confirmations,
    FieldVerdict,
    Reason,
    Relation,
    Route,
)
from shanhou.inventory.words import read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset

_LINE_NUMBERS = frozenset({"序号", "行号"})
_SAID = frozenset({"table_says", "both_named", "confirmed"})
_NAMES_HIM = frozenset({About.CUSTOMER, About.CUSTOMER_ORG, About.CUSTOMER_CONTACT})


def heard_abouts(
    datasets: Sequence[Dataset],
    relations: Sequence[Relation],
    known: Rules,
    confirmed: Confirmations,
) -> dict[str, tuple[About, Reason]]:
    """Whom each dataset is about: its words, else whom its references lead to."""
    said = dict(about_datasets(datasets, known))
    for name, about in confirmed.abouts.items():
        said[name] = (about, Reason("confirmed"))
    firm = frozenset(confirmed.abouts)
    led = [r for r in relations if r.kind in WAYS and r.to_dataset in said]
    _follow(said, [r for r in led if r.dataset not in firm], CUSTOMERS)
    openings = {d.name: {f.name for f in d.fields[:2]} for d in datasets}
    opening = [r for r in led if r.dataset not in firm and {*r.fields} & openings[r.dataset]]
    silent = [r for r in opening if said[r.dataset][1].code == "table_silent"]
    _follow(said, silent, STAFF)
    return said


def _follow(
    said: dict[str, tuple[About, Reason]], relations: Sequence[Relation], whom: frozenset[About]
) -> None:
    """Datasets that say nothing take over whom they point to, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for r in relations:
            theirs = said[r.to_dataset][0]
            if said[r.dataset][0] is About.NONE and theirs in whom:
                reached = About.CUSTOMER if theirs is About.CUSTOMER_ORG else theirs
                why = Reason("reaches", {"via": r.fields[0], "dataset": r.to_dataset})
                said[r.dataset] = (reached, why)
                changed = True


def from_fields(about: About, why: Reason, fields: Sequence[FieldVerdict]) -> tuple[About, Reason]:
    """Where table and references are silent, the fields speak."""
    sure = [
        f
        for f in fields
        if f.category in IDENTIFYING and f.verdict in (Verdict.CERTAIN, Verdict.LIKELY)
    ]
    named = [f for f in sure if f.about in CUSTOMERS]
    if about in CUSTOMERS:
        org = [f for f in fields if f.about is About.CUSTOMER_ORG]
        names = [f for f in sure if f.about is About.CUSTOMER]
        return (About.CUSTOMER_ORG if org and not names else about), why
    if about is not About.NONE:
        return about, why
    if named:
        facts = {"fields": ", ".join(f.field for f in named[:4])}
        return About.CUSTOMER, Reason("has_persons", facts)
    nobody = [f for f in sure if f.about is About.NONE]
    if len(nobody) > 1 and why.code == "table_silent":
        return About.CUSTOMER, Reason(OWNER_UNNAMED)
    return about, why


def natural_key(
    dataset: Dataset, profile: DatasetProfile, verdicts: Sequence[FieldVerdict]
) -> tuple[str, ...]:
    """The first column that numbers the rows of a file: full, unique, and called a number."""
    personal = {v.field for v in verdicts if v.category in IDENTIFYING}
    for field in dataset.fields:
        if field.name in personal or read_header(field.name).han in _LINE_NUMBERS:
            continue
        seen = profile.fields[field.name]
        if is_keylike(read_header(field.name)) and seen.distinct == seen.filled == seen.rows > 1:
            return (field.name,)
    return ()


def find_routes(
    datasets: Sequence[Dataset],
    abouts: Mapping[str, tuple[About, Reason]],
    relations: Sequence[Relation],
    fields: Mapping[str, Sequence[FieldVerdict]],
    profiles: Mapping[str, DatasetProfile],
) -> dict[str, Route]:
    """For each dataset in scope, the shortest way of a row to the fields that name its customer."""
    homes = {d.name: d for d in datasets if abouts[d.name][0] in CUSTOMERS}
    routes: dict[str, Route] = {}
    parents = {r.to_dataset for r in relations if r.kind in WAYS and r.to_dataset in homes}
    for name, dataset in homes.items():
        own = tuple(
            f.field for f in fields[name] if f.category in IDENTIFYING and f.about in _NAMES_HIM
        )
        leads = any(
            r.dataset == name and r.to_dataset in homes and r.to_dataset != name for r in relations
        )
        keyed = dataset.key or natural_key(dataset, profiles[name], fields[name])
        entity = name in parents or abouts[name][1].code in _SAID
        if not leads:
            routes[name] = Route(name, (keyed if entity else own) or own or keyed)
    grown = True
    while grown:
        grown = False
        for r in sorted(relations, key=lambda r: -r.confidence):
            if r.kind not in WAYS or r.dataset in routes or r.to_dataset not in routes:
                continue
            further = routes[r.to_dataset]
            routes[r.dataset] = Route(further.dataset, further.fields, (r, *further.steps))
            grown = True
    for name, dataset in homes.items():
        routes.setdefault(name, Route(name, dataset.key))
    return routes
