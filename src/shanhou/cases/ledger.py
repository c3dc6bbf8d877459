"""The step ledger of a plan: intents and results in `case.db`, an event with each result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shanhou.cases.store import Step, Store, Unit

Noted = Callable[[Unit, str, Mapping[str, Any]], None]
"""Appends the event of a finished phase within the commit of its ledger row."""


@dataclass(frozen=True)
class StepLedger:
    """The ledger of one plan."""

    store: Store
    plan: str
    noted: Noted

    def done(self, step: str) -> Mapping[str, Any] | None:
        held = self.store.step(step)
        return held.detail if held and held.state == "done" else None

    def intend(self, step: str, phase: str) -> None:
        with self.store.commit() as unit:
            unit.step(Step(step, self.plan, phase, "intent", {}))

    def finish(self, step: str, phase: str, result: Mapping[str, Any]) -> None:
        with self.store.commit() as unit:
            unit.step(Step(step, self.plan, phase, "done", result))
            self.noted(unit, phase, result)

    def fail(self, step: str, phase: str, result: Mapping[str, Any]) -> None:
        """Keep what an act found that it could not do; the step is not done and writes no event."""
        with self.store.commit() as unit:
            unit.step(Step(step, self.plan, phase, "failed", result))

    def get(self, step: str) -> Mapping[str, Any] | None:
        """What a file step last wrote of itself: intent or result."""
        held = self.store.step(step)
        return held.detail if held else None

    def put(self, step: str, detail: Mapping[str, Any]) -> None:
        with self.store.commit() as unit:
            unit.step(
                Step(step, f"{self.plan}:files", "file", str(detail.get("state", "intent")), detail)
            )
