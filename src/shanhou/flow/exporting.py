"""出境: who leaves the country under a plan, what went before in the year, and what that needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.errors import Refusal
from shanhou.flow.deciding import question_of, said_of_case
from shanhou.flow.noting import SUBJECTS
from shanhou.flow.taking_over import earlier_plans
from shanhou.law.export_lines import Exported, Mechanism, mechanism, suffices
from shanhou.law.rule import UNKNOWN, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

_TELLS_OF_NOBODY = "org_fact"
_MECHANISM = "export_mechanism"


@dataclass(frozen=True)
class YearsExport:
    """The counts of one calendar year with a plan in it, and the mechanism that they need."""

    year: int
    this: Exported
    """Under this plan."""
    in_case: Exported
    """Under earlier plans of this case, in the same year."""
    before: Exported | None
    """Outside this case, as a person of it answers for; None where nobody does."""
    important_data: bool
    critical: bool
    declared: str

    @property
    def whole(self) -> Exported:
        return self.this + self.in_case + (self.before or Exported())

    @property
    def needed(self) -> Mechanism:
        """By what is known; with earlier exports untold it may be more."""
        return mechanism(persons=self.whole.persons, important_data=self.important_data,
                         sensitive_persons=self.whole.sensitive_persons,
                         critical=self.critical)  # fmt: skip

    @property
    def enough(self) -> bool:
        return suffices(self.declared, self.needed, important_data=self.important_data)


def export_of(case: Case, plan: Plan) -> YearsExport | None:
    """The year's counts with this plan; None where nobody's information goes abroad by it."""
    recipient = case.settings.parties.recipient
    if recipient is None or not recipient.abroad:
        return None
    this = persons_leaving(case, plan)
    if this == Exported():
        return None
    told = case.settings.exports
    return YearsExport(
        year=case.on.year,
        this=this,
        in_case=_of_earlier_plans(case, plan, this),
        before=told.of_year(case.on.year) if told else None,
        important_data=_important(case, plan),
        critical=bool(told and told.critical),
        declared=said_of_case(case).get(_MECHANISM, UNKNOWN),
    )


def require_export_line(case: Case, plan: Plan) -> None:
    """Refuse a plan whose export the declared mechanism is not enough for (law.md B01, T25).

    Raises:
        Refusal: SH-E-610 the year's counts need more; SH-E-611 nobody says what was exported
            earlier in the year, though the answer depends on it.
    """
    found = export_of(case, plan)
    if found is None:
        return
    if found.before is None and found.declared not in {"assessment", "exempt"}:
        raise Refusal("SH-E-611", year=found.year)
    if not found.enough:
        whole = found.whole
        raise Refusal("SH-E-610", year=found.year, persons=whole.persons,
                      sensitive=whole.sensitive_persons, needs=found.needed.value,
                      has=found.declared)  # fmt: skip


def persons_leaving(case: Case, *plans: Plan) -> Exported:
    """The persons of whom any of these plans sends anything, each once: with sensitive information,
    and the others. The plans rest on the same customers.

    A record that could not be laid to anybody counts as one person more: too many, never too few.
    """
    import ibis

    generations = {one.digest: str(case.store.stage(f"plan:{one.digest}")) for one in plans}
    with case.vault.read(*generations.values(), SUBJECTS) as desk:
        orgs = desk.table(SUBJECTS, "subject").filter(lambda t: t.kind == "org").select("sid")
        leaving = []
        for plan in plans:
            moving = _moving(plan)
            record = desk.table(generations[plan.digest], "record")
            mine = record.filter(record.sit.isin(sorted(moving))).anti_join(orgs, "sid")
            leaving.append(mine.select(
                # who is known by a number of a customer, what is not by that of the record
                who=(mine.sid >= 0).ifelse(mine.sid, -1 - mine.rec),
                sensitive=mine.sit.isin(sorted(one for one, held in moving.items() if held)),
            ))  # fmt: skip
        persons = ibis.union(*leaving) if len(leaving) > 1 else leaving[0]
        once = persons.group_by("who").aggregate(sensitive=persons.sensitive.any())
        counted = desk.arrow(once.aggregate(n=once.count(), delicate=once.sensitive.sum()))
        (row,) = counted.to_pylist()
    sensitive = int(row["delicate"] or 0)
    return Exported(int(row["n"]) - sensitive, sensitive)


def exported_told(case: Case, plan: Plan) -> Mapping[str, int]:
    """What the step of a sealed package says of the export, for the counters of its year."""
    recipient = case.settings.parties.recipient
    if recipient is None or not recipient.abroad:
        return {}
    counted = persons_leaving(case, plan)
    return {"export_year": case.on.year, "exported_count": counted.persons,
            "exported_sensitive_count": counted.sensitive_persons}  # fmt: skip


def _of_earlier_plans(case: Case, plan: Plan, this: Exported) -> Exported:
    """Whom earlier plans of the case sent abroad in its year, besides those of this plan.

    Where the customers were read or merged anew in between nobody can tell whether two are one
    person: then they count twice, which can only ask for more.
    """
    same, whole = [], Exported()
    for one in earlier_plans(case, plan):
        for step in case.store.steps(one.digest):
            if step.state != "done" or step.detail.get("export_year") != case.on.year:
                continue
            if _same_customers(one, plan):
                same.append(one)
            else:
                whole += Exported(int(step.detail["exported_count"]),
                                  int(step.detail["exported_sensitive_count"]))  # fmt: skip
    if same:
        together = persons_leaving(case, plan, *same)
        persons = together.persons - this.persons
        whole += Exported(persons, together.sensitive_persons - this.sensitive_persons)
    return whole


def _same_customers(one: Plan, other: Plan) -> bool:
    return (one.basis.subjects, one.basis.collected) == (
        other.basis.subjects, other.basis.collected)  # fmt: skip


def _moving(plan: Plan) -> dict[str, bool]:
    """Situations that leave, and whether anything sensitive of them does."""
    of = {one.id: one.dataset for one in plan.situations}
    delicate = {(str(held["name"]), str(group["name"])) for held in plan.holdings
                for group in held["groups"] if group["sensitive"]}  # fmt: skip
    found: dict[str, bool] = {}
    for one in plan.decisions:
        if one.decision.outcome is Outcome.TRANSFER and one.group != _TELLS_OF_NOBODY:
            sensitive = (of[one.situation], one.group) in delicate
            found[one.situation] = found.get(one.situation, False) or sensitive
    return found


def _important(case: Case, plan: Plan) -> bool:
    from shanhou.disposition.situation import facts_of_item

    question = question_of(case)
    known = {one.id: one for one in plan.situations}
    return any(
        facts_of_item(question, known[one.situation], one.group).get("state_secret") != "no"
        for one in plan.decisions
        if one.decision.outcome is Outcome.TRANSFER
    )
