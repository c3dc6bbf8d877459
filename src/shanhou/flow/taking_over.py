"""What plans of this case did before: a later plan takes it over and does the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shanhou.cases.ledger import STOPPED
from shanhou.cases.stages import Stage
from shanhou.errors import Refusal
from shanhou.execution.earlier import Earlier, Given, Taken
from shanhou.flow.plans import plan_file
from shanhou.flow.steps import OUTCOME, PHASES, phase_done
from shanhou.law.rule import Outcome
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.cases.store import Step
    from shanhou.disposition.plan import Plan


def plans_that_acted(case: Case) -> dict[str, int]:
    """The digests of the plans that began a step, with their numbers, in the order made."""
    made = case.store.stages("plan:")
    numbers = {digest: int(held.removeprefix("plan-")) for digest, held in made.items()
               if digest != "latest" and case.store.steps(digest)}  # fmt: skip
    return dict(sorted(numbers.items(), key=lambda pair: pair[1]))


def earlier_plans(case: Case, plan: Plan) -> tuple[Plan, ...]:
    """The plans that acted before this one was made, in that order."""
    from shanhou.disposition.plan import load

    own = _number(case, plan)
    return tuple(
        load(plan_file(case, digest))
        for digest, number in plans_that_acted(case).items()
        if number < own
    )


def require_last(case: Case, plan: Plan) -> None:
    """Refuse a plan after which another one has begun to act.

    Raises:
        Refusal: SH-E-406 with the later plan.
    """
    own = _number(case, plan)
    later = [digest for digest, number in plans_that_acted(case).items() if number > own]
    if later:
        raise Refusal("SH-E-406", plan=plan.name, later=f"plan-{later[-1][:12]}")


def _number(case: Case, plan: Plan) -> int:
    return int(str(case.store.stage(f"plan:{plan.digest}")).removeprefix("plan-"))


def earlier_of(case: Case, plan: Plan) -> tuple[Earlier, ...]:
    """The same plans with what their ledgers say was done."""
    return tuple(_earlier(case, one) for one in earlier_plans(case, plan))


def _earlier(case: Case, plan: Plan) -> Earlier:
    generation = str(case.store.stage(f"plan:{plan.digest}"))
    steps = case.store.steps(plan.digest)
    done = [one for one in steps if one.state == "done"]
    ended = phase_done(plan, Stage.DESTROY)
    begun = {one.id.rsplit(":destroy:", 1)[1] for one in steps
             if one.phase == Stage.DESTROY.value and one.id != ended}  # fmt: skip
    return Earlier(
        plan=plan,
        generation=generation,
        recheck=case.store.stage(f"recheck:{plan.digest}") or generation,
        given=tuple(given for one in done for given in given_by(plan, one)),
        taken=tuple(taken for one in steps if one.state in {"done", STOPPED}
                    for taken in _taken(one)),
        sources=frozenset(begun),
    )  # fmt: skip


def given_by(plan: Plan, step: Step) -> Iterator[Given]:
    """What a finished step delivered: a package holds every dataset, other steps one each."""
    if step.id == f"{plan.name}:transfer":
        recheck = str(step.detail.get("recheck", ""))
        yield from (Given(str(one["name"]), Outcome.TRANSFER, recheck=recheck)
                    for one in plan.holdings)  # fmt: skip
    elif "dataset" in step.detail:
        phase = next(one for one in PHASES if one.value == step.phase)
        yield Given(str(step.detail["dataset"]), OUTCOME[phase],
                    str(step.detail.get("until", "")))  # fmt: skip


def _taken(step: Step) -> Iterator[Taken]:
    """What a destruction took out of each dataset, and what it had to leave."""
    detail = step.detail
    met = frozenset(Outcome(one) for one in detail.get("met", ()))
    left: list[Any] = list(detail.get("left", ()))
    for removed in detail.get("removed", ()):
        told = [*removed["exceptions"],
                *(one for one in left if one["dataset"] == removed["dataset"])]  # fmt: skip
        codes = sorted({one["code"] for one in told})
        excepted = {code: tuple(one["rec"] for one in told if one["code"] == code)
                    for code in codes}  # fmt: skip
        yield Taken(removed["dataset"], met, excepted)
