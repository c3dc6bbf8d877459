"""Which columns seem to hold the facts that rules ask for; a named person binds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shanhou.inventory.documents import document
from shanhou.inventory.kinds import Scope
from shanhou.inventory.profile import DatasetProfile, FieldProfile
from shanhou.inventory.rules import Words, words_of
from shanhou.inventory.verdicts import DatasetVerdict, Proposal, Reason
from shanhou.inventory.words import find, read_comment, read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset


@dataclass(frozen=True)
class _Sought:
    """A fact and how the columns that hold it are called; `holds` is what their cells must be."""

    fact: str
    words: Words
    holds: str
    denied: Words


def propose(
    datasets: Sequence[Dataset],
    verdicts: Sequence[DatasetVerdict],
    profiles: Mapping[str, DatasetProfile],
) -> tuple[Proposal, ...]:
    """Proposals over all datasets in scope, in the order of the register."""
    inside = {v.name for v in verdicts if v.scope is Scope.IN}
    return tuple(
        proposal
        for dataset in datasets
        if dataset.name in inside
        for proposal in _of_dataset(dataset, profiles[dataset.name])
    )


def _of_dataset(dataset: Dataset, profile: DatasetProfile) -> Iterator[Proposal]:
    for field in dataset.fields:
        seen = profile.fields[field.name]
        for sought in _sought():
            match = next(
                (
                    m
                    for h in (read_header(field.name), read_comment(field.comment))
                    if (m := find(h, sought.words)) is not None and m.at_head
                ),
                None,
            )
            denied = find(read_header(field.name), sought.denied)
            if match is None or denied is not None or not _fits(seen, sought.holds):
                continue
            values = tuple(code for code, _ in seen.codes) if sought.holds == "codes" else ()
            reason = Reason("fact_header", {"word": match.word})
            yield Proposal(sought.fact, dataset.name, field.name, values, reason)
            break


def _fits(seen: FieldProfile, holds: str) -> bool:
    """Empty columns fit; filled ones must hold codes, dates or amounts as the fact demands."""
    if not seen.filled:
        return True
    if holds == "codes":
        return bool(seen.codes)
    if holds == "date":
        return seen.hit_share("date") >= 0.5
    if holds == "amount":
        return seen.share("number") + seen.hit_share("money") >= 0.5
    return True


@cache
def _sought() -> tuple[_Sought, ...]:
    loaded: list[dict[str, Any]] = document("facts.yaml")
    return tuple(
        _Sought(
            e["fact"],
            words_of([*e.get("zh", ()), *e.get("en", ())]),
            e["holds"],
            words_of(e.get("not", ())),
        )
        for e in loaded
    )
