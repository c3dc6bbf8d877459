"""Which rows point to which, and so in what order rows may go and which of them must stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Pointing(Protocol):
    """Anything that says how a dataset's fields point to another's, declared or inferred."""

    @property
    def dataset(self) -> str: ...

    @property
    def fields(self) -> tuple[str, ...]: ...

    @property
    def to_dataset(self) -> str: ...

    @property
    def to_fields(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Link:
    """`fields` of `dataset` point to `to_fields` of `to_dataset`."""

    dataset: str
    fields: tuple[str, ...]
    to_dataset: str
    to_fields: tuple[str, ...]
    enforced: bool = False
    """Whether the database itself keeps it; an inferred relation is kept by us alone."""


def links_of(declared: Iterable[Link], inferred: Iterable[Pointing]) -> tuple[Link, ...]:
    """Declared links, and the inferred ones that are not declared."""
    found = {(one.dataset, one.fields, one.to_dataset): one for one in declared}
    for one in inferred:
        link = Link(one.dataset, one.fields, one.to_dataset, one.to_fields)
        found.setdefault((link.dataset, link.fields, link.to_dataset), link)
    return tuple(found[at] for at in sorted(found))


def children_first(datasets: Sequence[str], links: Iterable[Link]) -> tuple[str, ...]:
    """The datasets so that one comes after all that point to it; a circle opens at its first name.

    >>> children_first(["a", "b"], [Link("b", ("x",), "a", ("id",))])
    ('b', 'a')
    """
    waits: dict[str, set[str]] = {name: set() for name in datasets}
    for link in links:
        if link.dataset != link.to_dataset and {link.dataset, link.to_dataset} <= waits.keys():
            waits[link.to_dataset].add(link.dataset)
    order: list[str] = []
    while waits:
        free = [name for name, children in sorted(waits.items()) if not children]
        for name in free or sorted(waits)[:1]:
            order.append(name)
            del waits[name]
            for children in waits.values():
                children.discard(name)
    return tuple(order)


def referring_fields(links: Iterable[Link]) -> Mapping[str, frozenset[str]]:
    """Per dataset the fields at either end of a link."""
    found: dict[str, set[str]] = {}
    for link in links:
        found.setdefault(link.dataset, set()).update(link.fields)
        found.setdefault(link.to_dataset, set()).update(link.to_fields)
    return {name: frozenset(fields) for name, fields in found.items()}


def enforced_fields(links: Iterable[Link]) -> Mapping[str, frozenset[str]]:
    """Per dataset the fields at either end of a foreign key that the database keeps."""
    return referring_fields(link for link in links if link.enforced)
