"""Carries out the approved plan phase by phase; a ledger row per step makes each resumable.

The order is transfer, receipt, archive, anonymise, return, destroy. A phase that is done is never
done again; what a phase could not do is an exception of the case, listed and never hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shanhou.cases.watch import NewHold
from shanhou.execution.order import NotRemoved, Removed, Remover, Scrubbed
from shanhou.execution.search_again import Searched, search_again
from shanhou.execution.work import Bench, removal
from shanhou.law.rule import Outcome

if TYPE_CHECKING:
    from shanhou.sources.intake import Collected


class Ledger(Protocol):
    """The step ledger: what is intended, what is done, with what result."""

    def done(self, step: str) -> Mapping[str, Any] | None: ...

    def intend(self, step: str, phase: str) -> None: ...

    def finish(self, step: str, phase: str, result: Mapping[str, Any]) -> None: ...

    def stop(self, step: str, phase: str, result: Mapping[str, Any] | None) -> None: ...


@dataclass(frozen=True)
class Destroyed:
    """What destruction did in one source, and what its second reading found."""

    source: str
    removed: tuple[Removed, ...]
    scrubbed: tuple[Scrubbed, ...]
    left: tuple[NotRemoved, ...]
    searched: Searched
    """What the search of the raw files in reach found."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Destroyed:
        return Destroyed(
            raw["source"],
            tuple(
                Removed(**{**one, "exceptions": tuple(NotRemoved(**x) for x in one["exceptions"])})
                for one in raw["removed"]
            ),
            tuple(Scrubbed(**one) for one in raw["scrubbed"]),
            tuple(NotRemoved(**one) for one in raw["left"]),
            Searched(**raw.get("searched", {"values": 0, "files": 0, "found": 0})),
        )


def once(
    ledger: Ledger, step: str, phase: str, act: Callable[[], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Do a step unless the ledger says it is done; its result either way.

    The act itself is harmless when repeated: a process killed between the act and the ledger row
    does it again.
    """
    result = ledger.done(step)
    if result is None:
        ledger.intend(step, phase)
        result = act()
        ledger.finish(step, phase, result)
    return result


def destroy(
    bench: Bench,
    removers: Mapping[str, Remover],
    ledger: Ledger,
    met: frozenset[Outcome],
    everything: Sequence[Collected],
) -> tuple[Destroyed, ...]:
    """Take out of every source what may leave it now, make the engine forget it, read again and
    search its raw files.

    `met`: outcomes whose condition is met (receipt, seal, copy, test). `everything`: all datasets
    that were collected; those out of scope hold values that are kept.

    Raises:
        NewHold: a hold was set since the work began; what was taken out before it is in the ledger.
    """
    destroyed = []
    for source, remover in sorted(removers.items()):
        removals = [
            one
            for asset in bench.assets
            if asset.collected.dataset.source == source
            and (one := removal(bench, asset, met)) is not None
        ]
        if not removals:
            continue
        step = f"{bench.plan.name}:destroy:{source}"

        def told(
            removed: Sequence[Removed], *, whole: bool, remover: Remover = remover,
            removals: Sequence[Any] = removals, source: str = source,
        ) -> Mapping[str, Any]:  # fmt: skip
            gone = {one.dataset for one in removed}
            mine = [one for one in removals if one.dataset.name in gone]
            scrubbed = remover.scrub()
            left = remover.left(mine)
            excepted = [one.rec for done in removed for one in done.exceptions]
            searched = search_again(
                bench, {one.dataset.name: one for one in mine},
                [*excepted, *(one.rec for one in left)],
                [one for one in everything if one.dataset.source == source], remover.carriers(),
            ) if whole else Searched(0, 0, 0)  # fmt: skip
            done = Destroyed(source, tuple(removed), scrubbed, left, searched).to_json()
            return {**done, "met": sorted(one.value for one in met)}

        def act(
            remover: Remover = remover, removals: Sequence[Any] = removals, step: str = step,
            told: Callable[..., Mapping[str, Any]] = told,
        ) -> Mapping[str, Any]:  # fmt: skip
            try:
                removed = remover.remove(removals, step=step)
            except NewHold as held:
                # other files of the source still hold what was taken out of these: not searched
                ledger.stop(step, "destroy", told(held.done, whole=False) if held.done else None)
                raise
            return told(removed, whole=True)

        destroyed.append(Destroyed.from_json(once(ledger, step, "destroy", act)))
    return tuple(destroyed)
