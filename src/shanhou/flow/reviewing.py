"""复核: what the inventory is unsure of is settled by a named person; the case remembers it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shanhou.cases.case_file import add_to_case_file
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, looks_personal
from shanhou.flow.case_rules import rules_of
from shanhou.flow.deciding import question_of
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.noting import COLLECT, note, shown
from shanhou.flow.plans import latest_plan
from shanhou.wiring import CASE_FILE, Case

if TYPE_CHECKING:
    from shanhou.cases.settings import DatasetConfirmation, Settings
    from shanhou.disposition.situation import Decided
    from shanhou.inventory.register import Register
    from shanhou.inventory.review import Card, Waiting
    from shanhou.inventory.verdicts import DatasetVerdict, FieldVerdict

FIELD_GROUP = "field_group"
"""The fact that is unknown while a column is unsure."""


@dataclass(frozen=True)
class Word:
    """What a person decides; empty where it stays as the inventory guessed."""

    category: str = ""
    about: str = ""
    group: str = ""


@dataclass(frozen=True)
class Settled:
    """What a decision changes in the latest plan's items of the dataset, by outcome."""

    name: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    waited: int
    waits: int
    """Items that waited for such a word, and that still do as other columns are unsure."""
    planned: bool


def review_queue(case: Case) -> tuple[Waiting, ...]:
    """All that waits for a person's word, without what was decided since the inventory."""
    from shanhou.inventory.review import queue

    return queue(_as_said(register_of(case), case.settings))


def review_card(case: Case, name: str) -> Card:
    """The card of one column.

    Raises:
        Refusal: SH-E-301 no such column was collected.
    """
    from shanhou.disposition.holdings import field_of
    from shanhou.inventory.review import card, waiting
    from shanhou.sources.intake import SealedTables

    done = collected(case)
    dataset, field = field_of(name, done)
    told = register_of(case).dataset(dataset)
    one = next(one.dataset for one in done if one.dataset.name == dataset)
    with case.vault.read(COLLECT) as desk:
        tables = SealedTables(desk, COLLECT, done)
        return card(tables, one, waiting(told, told.field_named(field)), rules_of(case))


def settle(case: Case, name: str, word: Word, *, reason: str, by: str) -> Settled:
    """Write a person's decision into the case file and the log; tell what it changes.

    Raises:
        Refusal: SH-E-301 no such column or dataset; SH-E-312 no such word; SH-E-313 no reason, or
            one that looks personal; SH-E-902 nobody of that id is named in the case.
    """
    from shanhou.inventory.kinds import About, Category, FieldGroup

    case.settings.person(by)
    for said, words in ((word.category, Category), (word.about, About), (word.group, FieldGroup)):
        if said and said not in list(words):
            raise Refusal("SH-E-312", word=shown(said), allowed=_all(words))
    if not reason.strip() or looks_personal(reason):
        raise Refusal("SH-E-313")
    register = register_of(case)
    asked = _asked(case, register, name)
    with case.store.lease("case"):
        before = _decided(case, register)
        entry = asked.entry(case.settings, word) | {"by": by, "reason": " ".join(reason.split())}
        section = "fields" if asked.field else "datasets"
        case.settings = add_to_case_file(case.folder / CASE_FILE, section, {name: entry})
        with case.store.commit() as unit:
            note(case, unit, Act.REVIEW, by, facts=asked.facts(entry))
    after = _decided(case, register)
    return _settled(asked, before, after)


@dataclass(frozen=True)
class _Asked:
    """A column or a whole dataset that a person decides on."""

    name: str
    dataset: DatasetVerdict
    field: FieldVerdict | None

    def entry(self, settings: Settings, word: Word) -> dict[str, Any]:
        """What the case file will say, over what it says of it already."""
        if self.field is None:
            return self._of_dataset(settings.datasets.get(self.name), word)
        held = settings.fields.get(self.name)
        said = held.model_dump(mode="json", exclude_unset=True) if held else {}
        if word.category:
            said.pop("group", None)
        said |= {"category": word.category or self.field.category.value}
        about = word.about or self.field.about.value
        said |= {"about": about} if word.about or about != "none" else {}
        return said | ({"group": word.group} if word.group else {})

    def _of_dataset(self, held: DatasetConfirmation | None, word: Word) -> dict[str, Any]:
        """Whom a dataset is about; persons that are no customers take it out of scope."""
        from shanhou.inventory.kinds import CUSTOMERS, About

        if word.category or word.group or not word.about:
            raise Refusal("SH-E-312", word="--category --group", allowed=f"--about {_all(About)}")
        said = held.model_dump(mode="json", exclude_unset=True) if held else {}
        scope = "in" if About(word.about) in CUSTOMERS else "out"
        role = {"role": self.dataset.role.value}
        return role | said | {"about": word.about, "scope": scope}

    def facts(self, entry: Mapping[str, Any]) -> dict[str, str]:
        """What the log keeps."""
        kept = {"reason": shown(entry["reason"]), "about": str(entry.get("about", ""))}
        if self.field is None:
            return kept | {"dataset": shown(self.name), "was_about": self.dataset.about.value,
                           "scope": entry["scope"]}  # fmt: skip
        return kept | {"field": shown(self.name), "category": entry["category"],
                       "was": self.field.category.value, "verdict": self.field.verdict.value,
                       "was_about": self.field.about.value}  # fmt: skip


def _asked(case: Case, register: Register, name: str) -> _Asked:
    from shanhou.disposition.holdings import field_of

    whole = next((one for one in register.datasets if one.name == name), None)
    if whole is not None:
        return _Asked(name, whole, None)
    dataset, field = field_of(name, collected(case))
    told = register.dataset(dataset)
    return _Asked(name, told, told.field_named(field))


def _all(words: Iterable[str]) -> str:
    return " ".join(words)


# ---- what it changes --------------------------------------------------------------------------


def _decided(case: Case, register: Register) -> list[tuple[str, int, Decided]]:
    """Dataset, records and decision of the latest plan's situations, as the case file now says."""
    from shanhou.disposition.holdings import assets_of
    from shanhou.disposition.situation import decide_all

    if case.store.stage("plan:latest") is None:
        return []
    plan = latest_plan(case)
    said = _as_said(register, case.settings)
    holdings = tuple(one.holding for one in assets_of(said, case.settings, collected(case)))
    inside = {one.name for one in holdings}
    situations = {one.id: one for one in plan.situations if one.dataset in inside}
    question = replace(question_of(case), holdings=holdings)
    return [(situations[one.situation].dataset, situations[one.situation].records, one)
            for one in decide_all(question, list(situations.values()))]  # fmt: skip


def _as_said(register: Register, settings: Settings) -> Register:
    """The register as it will be once the inventory is taken with what the case file says."""
    return replace(register, datasets=tuple(_said_of(one, settings) for one in register.datasets))


def _said_of(told: DatasetVerdict, settings: Settings) -> DatasetVerdict:
    from shanhou.inventory.kinds import About, Category, Scope, Verdict
    from shanhou.inventory.verdicts import Reason

    whole = settings.datasets.get(told.name)
    if whole is not None:
        told = replace(told, about=About(whole.about), scope=Scope(whole.scope),
                       reasons=(Reason("confirmed"),))  # fmt: skip
    fields = []
    for known in told.fields:
        said = settings.fields.get(f"{told.name}.{known.field}")
        if said is not None:
            category = Category(said.category)
            verdict = Verdict.CLEAN if category is Category.NONE else Verdict.CERTAIN
            known = replace(known, category=category, verdict=verdict)  # noqa: PLW2901
        fields.append(known)
    return replace(told, fields=tuple(fields))


def _settled(
    asked: _Asked,
    before: list[tuple[str, int, Decided]],
    after: list[tuple[str, int, Decided]],
) -> Settled:
    counts = [Counter[str](), Counter[str]()]
    waiting = [0, 0]
    for side, decided in enumerate((before, after)):
        for place, records, one in decided:
            if place != asked.dataset.name:
                continue
            counts[side][one.decision.outcome.value] += records
            waiting[side] += records * (FIELD_GROUP in one.decision.missing_facts)
    return Settled(asked.name, counts[0], counts[1], waiting[0], waiting[1],
                   planned=bool(before))  # fmt: skip
