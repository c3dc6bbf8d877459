"""The second reading: every row in scope is compared with its source before anything acts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.errors import Fault
from shanhou.execution.earlier import (
    ANCHOR,
    EVERY,
    GONE,
    TOUCHED,
    Earlier,
    write_earlier,
)
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.noting import COLLECT, shown
from shanhou.flow.steps import PHASES, is_done, phase_done, transfer_step
from shanhou.flow.taking_over import earlier_of
from shanhou.wiring import Case, reader_of

if TYPE_CHECKING:
    import ibis

    from shanhou.cases.settings import Source
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.plan import Plan
    from shanhou.sources.reader import Reader
    from shanhou.vault.generation import Desk


def rechecks_told(case: Case, plan: Plan) -> set[str]:
    """The second readings that finished phases rest on, and the package."""
    names = [transfer_step(plan), *(phase_done(plan, phase) for phase in PHASES)]
    steps = [case.store.step(name) for name in names]
    return {str(one.detail["recheck"]) for one in steps if one and "recheck" in one.detail}


def read_again(case: Case, plan: Plan) -> None:
    """Compare every row in scope with its source: what changed or went is never acted on.

    A row once found changed stays so, even if it changes back: a phase may have passed it over.
    Of a source that this plan began to take rows from, what was found before that holds. What an
    earlier plan of the case did is no change.
    """
    if is_done(case, phase_done(plan, Stage.DESTROY)):
        return
    generation = str(case.store.stage(f"plan:{plan.digest}"))
    before = case.store.stage(f"recheck:{plan.digest}")
    number = int(before.rsplit("-", 1)[1]) + 1 if before else 1
    name = f"recheck-{generation.removeprefix('plan-')}-{number}"
    case.vault.discard(name)
    held = before or generation
    earlier = earlier_of(case, plan)
    past = [name for one in earlier
            for name in (one.generation, one.recheck, *(given.recheck for given in one.given))
            if name]  # fmt: skip
    with case.vault.write(name, reading=list(dict.fromkeys([COLLECT, held, *past]))) as desk:
        rows = _Rereading(case, plan, desk, held, earlier).write()
    case.vault.seal(name, {"stale": rows}, {})
    with case.store.commit() as unit:
        unit.set_stage(f"recheck:{plan.digest}", name)
    if before and before not in rechecks_told(case, plan):
        case.vault.discard(before)


class _Rereading:
    """One second reading, into the generation being written."""

    def __init__(
        self, case: Case, plan: Plan, desk: Desk, held: str, earlier: Sequence[Earlier]
    ) -> None:
        self._case, self._plan, self._desk, self._held = case, plan, desk, held
        self._earlier = earlier
        self._assets = assets_of_case(case)
        self._rewritten = {source for one in earlier for source in one.sources}
        self._anchors: list[ibis.Table] = []

    def write(self) -> int:
        """`stale` (rec, code): the records known to be stale, and those found so now."""
        import ibis

        if self._earlier:
            write_earlier(self._desk, self._earlier, self._assets, self._plan)
            if ANCHOR in self._desk.names(self._held):
                self._anchors.append(self._desk.table(self._held, ANCHOR))
        known = self._desk.table(self._held, "stale")
        parts = [known]
        for source in self._case.settings.sources:
            begun = self._case.store.step(f"{self._plan.name}:destroy:{source.id}") is not None
            if not begun:
                parts += [one.anti_join(known, "rec") for one in self._of(source)]
        if self._earlier:
            self._desk.create(ANCHOR, self._all_anchors())
        return self._desk.create("stale", ibis.union(*parts) if len(parts) > 1 else parts[0])

    def _of(self, source: Source) -> list[ibis.Table]:
        mine = [one for one in self._assets if one.collected.dataset.source == source.id]
        with closing(reader_of(source, self._case.folder)) as reader:
            there = {dataset.name for dataset in reader.datasets()}
            if source.id in self._rewritten:
                return [self._refound(reader, one, there) for one in mine]
            return [self._compared(reader, one, there) for one in mine]

    def _compared(self, reader: Reader, asset: Asset, there: set[str]) -> ibis.Table:
        from shanhou.sources.intake import stale_rows, take_digests

        one = asset.collected
        if one.dataset.name not in there:
            raise Fault("SH-E-101", place=shown(one.dataset.name))
        take_digests(self._desk, reader, one, table=f"now_{one.table}")
        return stale_rows(self._desk, one, generation=COLLECT, again=f"now_{one.table}")

    def _refound(self, reader: Reader, asset: Asset, there: set[str]) -> ibis.Table:
        """Rows of a source that an earlier plan took others from."""
        import ibis

        from shanhou.sources.refound import Emptied, refind

        desk, one = self._desk, asset.collected
        was = desk.table(COLLECT, one.table).anti_join(desk.table("w", GONE), "rec")
        if one.dataset.name not in there:
            # the file went with its last row, or stands there in another format
            return was.select("rec", code=ibis.literal("SH-X-02"))
        emptied = Emptied(
            {group.name: group.positions for group in asset.holding.groups},
            EVERY,
            self._placeholders(asset),
        )
        found = refind(desk, reader, one, was=was, touched=desk.table("w", TOUCHED),
                       emptied=emptied)  # fmt: skip
        self._desk.create(f"anchor_{one.table}", found.anchor)
        self._anchors.append(self._desk.table("w", f"anchor_{one.table}"))
        return found.stale

    def _placeholders(self, asset: Asset) -> dict[int, tuple[str, ...]]:
        """Position to the placeholders that earlier plans declared for it."""
        held = [one["placeholders"] for earlier in self._earlier
                for one in earlier.plan.holdings if one["name"] == asset.holding.name]  # fmt: skip
        told = {n: tuple(dict.fromkeys(str(one[field.name]) for one in held if field.name in one))
                for n, field in enumerate(asset.collected.dataset.fields)}  # fmt: skip
        return {n: words for n, words in told.items() if words}

    def _all_anchors(self) -> Any:
        """Of a source read again, where its rows stand now; of others, where they stood."""
        import ibis
        import pyarrow as pa

        if not self._anchors:
            names = {"key": pa.string(), "place": pa.string(), "digest": pa.string()}
            kinds = {"rec": pa.int64(), **names}
            return ibis.memtable(pa.table({n: pa.array([], kind) for n, kind in kinds.items()}))
        newest = self._anchors[-1]
        for one in reversed(self._anchors[:-1]):
            newest = newest.union(one.anti_join(newest, "rec"))
        return newest
