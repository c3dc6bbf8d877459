"""出境: who leaves the country under a plan, what went before in the year, and what that needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from shanhou.cases.case_facts import refusals_travel
from shanhou.disposition.told_of import SECRET
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, parse_entry
from shanhou.flow.deciding import assets_of_case, question_of, said_of_case
from shanhou.flow.noting import SUBJECTS
from shanhou.flow.steps import is_done, transfer_step
from shanhou.flow.taking_over import earlier_plans
from shanhou.law.export_lines import Exported, Mechanism, mechanism, suffices
from shanhou.law.rule import UNKNOWN, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import ibis

    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

_TELLS_OF_NOBODY = "org_fact"
_MECHANISM = "export_mechanism"
_BEIJING = timezone(timedelta(hours=8))
"""The calendar year of the Provisions is China's, which has one time and no summer time."""


@dataclass(frozen=True)
class YearsExport:
    """The counts of one calendar year with a plan in it, and the mechanism that they need."""

    year: int
    this: Exported
    """Under this plan, besides what earlier plans sent."""
    in_case: Exported
    """Under earlier plans of this case, in the same year."""
    together: Exported
    """Under this and those, each person once."""
    before: Exported | None
    """Outside this case, as a person of it answers for; None where nobody does."""
    important_data: bool
    critical: bool
    declared: str

    @property
    def whole(self) -> Exported:
        return self.together + (self.before or Exported())

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
    """The year's counts with this plan; None where neither a person's information nor important
    data goes abroad by it.
    """
    recipient = case.settings.parties.recipient
    if recipient is None or not recipient.abroad:
        return None
    important = _important(case, plan)
    sent = _sealed_before(case, plan)
    this = persons_leaving(case, plan, but=[one for one, _ in sent if _same_customers(one, plan)])
    if this == Exported() and not important:
        return None
    # what a package was sealed with counts for the year of its sealing, whenever work goes on
    year = sealed_in(case, plan) or year_of(case)
    same = [one for one, then in sent if then == year and _same_customers(one, plan)]
    past = [one for one, then in sent if then < year and _same_customers(one, plan)]
    # customers read or merged anew: nobody can tell whether two are one, and they count twice
    others = sum((persons_leaving(case, one) for one, then in sent
                  if then == year and not _same_customers(one, plan)), Exported())  # fmt: skip
    told = case.settings.exports
    return YearsExport(
        year=year,
        this=this,
        in_case=persons_leaving(case, *same, but=past) + others,
        together=persons_leaving(case, plan, *same, but=past) + others,
        before=told.of_year(year) if told else None,
        important_data=important,
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


def persons_leaving(case: Case, *plans: Plan, but: Sequence[Plan] = ()) -> Exported:
    """The persons of whom any of these plans sends anything, each once: with sensitive information,
    and the others. All rest on the same customers. `but`: plans whose items went already.

    Of a company's record its contact persons, signatories and drivers go, at least one of them.
    A record that could not be laid to anybody counts as one person more: too many, never too few.
    """
    import ibis

    from shanhou.execution.refusals import who_refused

    if not plans:
        return Exported()
    generations = [str(case.store.stage(f"plan:{one.digest}")) for one in (*plans, *but)]
    personal = {asset.holding.name for asset in assets_of_case(case)
                for group in asset.holding.groups
                if group.name == SECRET and group.of_person}  # fmt: skip
    with case.vault.read(*dict.fromkeys((*generations, SUBJECTS))) as desk:
        subject = desk.table(SUBJECTS, "subject")
        orgs = subject.filter(subject.kind == "org").select(company="sid")
        people = desk.table(SUBJECTS, "contact_person").select("rec", person="sid").distinct()
        items = [desk.table(name, "record").join(_leaving(one, personal), "sit")
                 for one, name in zip((*plans, *but), generations, strict=True)]  # fmt: skip
        leaving = ibis.union(*items[: len(plans)]) if len(plans) > 1 else items[0]
        for gone in items[len(plans) :]:
            leaving = leaving.anti_join(gone, ["rec", "group"])
        told = leaving.left_join(orgs, [("sid", "company")])
        told = told.filter(told.company.isnull() | told.of_person)
        named = told.left_join(people, "rec")
        # who is known by a number of a customer, what is not by that of the record
        known = (named.sid >= 0).ifelse(named.sid, -1 - named.rec)
        who = named.company.isnull().ifelse(known, named.person.coalesce(named.sid))
        persons = named.select(who=who, sensitive=named.sensitive)
        if refusals_travel(case.settings) and int(desk.scalar(persons.count())):
            # with a package goes the list of who said no: of them too something leaves
            for name in generations[: len(plans)]:
                no = who_refused(desk, plan=name, subjects=SUBJECTS)
                persons = persons.union(no.select(who="sid", sensitive=ibis.literal(False)))  # noqa: FBT003
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
    return {"export_year": year_of(case), "exported_count": counted.persons,
            "exported_sensitive_count": counted.sensitive_persons}  # fmt: skip


def year_of(case: Case) -> int:
    """The calendar year in China on the day the case acts on."""
    return case.on.year if case.played else case.at.astimezone(_BEIJING).year


def sealed_in(case: Case, plan: Plan) -> int | None:
    """The year in which a plan's package was sealed; None while it is not.

    A version that noted no year left the entry of the log.
    """
    if not is_done(case, transfer_step(plan)):
        return None
    step = case.store.step(transfer_step(plan))
    if step is not None and "export_year" in step.detail:
        return int(step.detail["export_year"])
    for raw in case.store.events():
        one = parse_entry(raw)
        if one.act is Act.TRANSFER and Digested("plan", plan.digest) in one.subject:
            return (one.on or one.at.astimezone(_BEIJING)).year
    return year_of(case)


def _sealed_before(case: Case, plan: Plan) -> list[tuple[Plan, int]]:
    """Earlier plans of the case whose packages are sealed, with the year of each."""
    found = ((one, sealed_in(case, one)) for one in earlier_plans(case, plan))
    return [(one, year) for one, year in found if year is not None]


def _same_customers(one: Plan, other: Plan) -> bool:
    return (one.basis.subjects, one.basis.collected) == (
        other.basis.subjects, other.basis.collected)  # fmt: skip


def _leaving(plan: Plan, personal: Collection[str]) -> ibis.Table:
    """`sit`, `group`, `sensitive`, `of_person`: what leaves that tells of a person where the
    customer is one, and whether it does where the customer is a company.

    `personal`: the datasets whose secrets stand in a column on persons.
    """
    import ibis
    import pyarrow as pa

    of = {one.id: one.dataset for one in plan.situations}
    delicate = {(str(held["name"]), str(group["name"])) for held in plan.holdings
                for group in held["groups"] if group["sensitive"]}  # fmt: skip
    found = [(one.situation, one.group, (of[one.situation], one.group) in delicate,
              one.group != SECRET or of[one.situation] in personal)
             for one in plan.decisions
             if one.decision.outcome is Outcome.TRANSFER
             and one.group != _TELLS_OF_NOBODY]  # fmt: skip
    columns = {"sit": pa.string(), "group": pa.string(), "sensitive": pa.bool_(),
               "of_person": pa.bool_()}  # fmt: skip
    return ibis.memtable(pa.table({
        name: pa.array([row[at] for row in found], kind)
        for at, (name, kind) in enumerate(columns.items())
    }))  # fmt: skip


def _important(case: Case, plan: Plan) -> bool:
    from shanhou.disposition.situation import facts_of_item

    question = question_of(case)
    known = {one.id: one for one in plan.situations}
    return any(
        facts_of_item(question, known[one.situation], one.group).get("state_secret") != "no"
        for one in plan.decisions
        if one.decision.outcome is Outcome.TRANSFER
    )
