"""What the inventory says: of each field, each dataset, and of how datasets relate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shanhou.inventory.kinds import (
    GROUP,
    About,
    Category,
    FieldGroup,
    RelationKind,
    Role,
    Scope,
    Verdict,
)

OWNER_UNNAMED = "owner_unnamed"
"""The reason of a dataset that holds personal data of persons nobody names."""


@dataclass(frozen=True)
class Reason:
    """Why, as a code whose words stand in `rules/reasons.yaml`, with the facts that fill them."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldVerdict:
    """What one field holds, about whom, and how surely."""

    field: str
    category: Category
    about: About
    verdict: Verdict
    confidence: float
    sensitive: bool
    reasons: tuple[Reason, ...] = ()

    @property
    def field_group(self) -> FieldGroup:
        return GROUP[self.category]


@dataclass(frozen=True)
class Relation:
    """Records of `dataset` point by `fields` to `to_fields` of `to_dataset`."""

    dataset: str
    fields: tuple[str, ...]
    to_dataset: str
    to_fields: tuple[str, ...]
    kind: RelationKind
    confidence: float


@dataclass(frozen=True)
class Route:
    """How a row reaches its customer: along `steps`, to `fields` of `dataset` that name him.

    No steps: the row itself holds the fields.
    """

    dataset: str
    fields: tuple[str, ...]
    steps: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class RowFilter:
    """Which rows of a mixed dataset are customers: `field` is one of `values`."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class DatasetVerdict:
    """One dataset in the register."""

    name: str
    source: str
    rows: int
    about: About
    role: Role
    scope: Scope
    route: Route | None
    customers_only: RowFilter | None
    fields: tuple[FieldVerdict, ...]
    reasons: tuple[Reason, ...] = ()

    def field_named(self, name: str) -> FieldVerdict:
        return next(known for known in self.fields if known.field == name)


@dataclass(frozen=True)
class Proposal:
    """A fact that a column seems to hold, for a named person to confirm."""

    fact: str
    dataset: str
    field: str
    values: tuple[str, ...]
    reason: Reason


FieldRef = tuple[str, str]


@dataclass(frozen=True)
class Confirmations:
    """What a named person has confirmed; it overrides the inventory."""

    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    abouts: Mapping[str, About] = field(default_factory=lambda: MappingProxyType({}))
    categories: Mapping[FieldRef, Category] = field(default_factory=lambda: MappingProxyType({}))
    field_abouts: Mapping[FieldRef, About] = field(default_factory=lambda: MappingProxyType({}))
    scopes: Mapping[str, Scope] = field(default_factory=lambda: MappingProxyType({}))
    relations: tuple[Relation, ...] = ()
    refused_relations: tuple[Relation, ...] = ()
