"""The step ledger of a plan: intents and results in `case.db`, an event with each result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shanhou.cases.store import Step, Store, Unit
from shanhou.cases.watch import Watch

Noted = Callable[[Unit, str, Mapping[str, Any]], None]
"""Appends the event of a finished phase within the commit of its ledger row."""

BEGAN_BEFORE = "began_before_hold"
"""Of a step's result: the holds that were set after it had begun; its event follows theirs."""
STOPPED = "stopped"
"""The state of a step that a hold stopped between two files: what it did is done, the rest not."""


@dataclass(frozen=True)
class StepLedger:
    """The ledger of one plan; with a watch, no step is begun after a hold was set."""

    store: Store
    plan: str
    noted: Noted
    watch: Watch | None = None

    def done(self, step: str) -> Mapping[str, Any] | None:
        held = self.store.step(step)
        return held.detail if held and held.state == "done" else None

    def intend(self, step: str, phase: str) -> None:
        """Write down that a step begins.

        Raises:
            NewHold: SH-E-613 a hold was set since the work began; the step does not begin.
        """
        with self.store.commit() as unit:
            self._look()
            unit.step(Step(step, self.plan, phase, "intent", {}))

    def finish(
        self, step: str, phase: str, result: Mapping[str, Any], *, unless_held: bool = False
    ) -> None:
        """Write down what a step did, with its event.

        `unless_held`: of what can still be taken back; a hold set since it began refuses it.

        Raises:
            NewHold: SH-E-613 only with `unless_held`; the step is not done.
        """
        with self.store.commit() as unit:
            if unless_held:
                self._look()
            newer = self.watch.newer() if self.watch else ()
            if newer:
                result = {**result, BEGAN_BEFORE: list(newer)}
            unit.step(Step(step, self.plan, phase, "done", result))
            self.noted(unit, phase, result)

    def fail(self, step: str, phase: str, result: Mapping[str, Any]) -> None:
        """Keep what an act found that it could not do; the step is not done and writes no event."""
        with self.store.commit() as unit:
            unit.step(Step(step, self.plan, phase, "failed", result))

    def stop(self, step: str, phase: str, result: Mapping[str, Any] | None) -> None:
        """Keep what a step had done when a hold stopped it, with its event; None: nothing at all,
        and the step was never begun.
        """
        with self.store.commit() as unit:
            if result is None:
                unit.undo(step)
                return
            newer = self.watch.newer() if self.watch else ()
            told = {**result, BEGAN_BEFORE: list(newer)}
            unit.step(Step(step, self.plan, phase, STOPPED, told))
            self.noted(unit, phase, told)

    def get(self, step: str) -> Mapping[str, Any] | None:
        """What a file step last wrote of itself: intent or result."""
        held = self.store.step(step)
        return held.detail if held else None

    def put(self, step: str, detail: Mapping[str, Any]) -> None:
        with self.store.commit() as unit:
            unit.step(
                Step(step, f"{self.plan}:files", "file", str(detail.get("state", "intent")), detail)
            )

    def _look(self) -> None:
        if self.watch is not None:
            self.watch.look()
