"""The case file `shanhou.yaml`: what kind of exit, who takes part, where the data lies.

Errors name the line and column. `json_schema()` is what editors complete from.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from shanhou.cases.binding import Binding, Reference
from shanhou.cases.calendar import OurTime, is_of_our_time
from shanhou.cases.case_text import loaded
from shanhou.cases.cleaning import MOST_STEPS, Cleaning
from shanhou.cases.exports import Exports
from shanhou.cases.free_text import OWN_RECOGNIZER, Texts
from shanhou.cases.looking import Engine, Inventory
from shanhou.cases.merging import Confirmed, Merging
from shanhou.cases.notices import Notices
from shanhou.cases.obligations import Agreement, Obligation, owners
from shanhou.cases.parties import (
    MAY,
    Case,
    Deed,
    Duty,
    ExitKind,
    Name,
    Parties,
    Person,
    Strict,
    may,
)
from shanhou.errors import Refusal

EU_WINDOW_DAYS = 28
"""Four weeks to object, which the German authorities call a generous window (law.md T40)."""
__all__ = ["Binding", "Duty", "ExitKind", "Person", "Reference"]
"""Named here too, because the case file is where readers look for them."""


class Source(Strict):
    id: Name
    url: str = Field(description="sqlite:///FILE, postgresql://..., mysql://..., or a path")
    password: str = Field(default="", description="env:NAME or file:PATH; never itself")
    include: tuple[str, ...] = Field(
        default=(), description="patterns (* ? [abc]) of the files or tables to read; none for all"
    )
    exclude: tuple[str, ...] = Field(
        default=(), description="patterns of files or tables that are neither read nor listed; "
        "for tables elsewhere on the server `schema.table`"
    )  # fmt: skip
    headers: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default={}, description="per file, or file#sheet: the line of its header; 0 for none"
    )
    covers: tuple[str, ...] = Field(
        default=(), description="residue: folders with this source's own logs, WAL, backups"
    )


class DatasetConfirmation(Confirmed):
    role: Literal["operational", "voucher", "contract", "evidence", "backup", "customer_original"]
    about: str = "customer"
    scope: Literal["in", "out"] = "in"
    retention: tuple[str, ...] = Field(default=(), description="extra periods, e.g. R02, R20")
    key: tuple[str, ...] = Field(default=(), description="fields that identify a row for good")
    only: dict[str, tuple[str, ...]] = Field(
        default={}, description="the customers' rows: field and its values; other rows out of scope"
    )


class FieldConfirmation(Confirmed):
    category: str
    group: str = ""
    sensitive: bool | None = None
    about: str = ""
    placeholder: str | None = Field(
        default=None, description="what a NOT NULL field holds after its item is gone"
    )


class RelationConfirmation(Reference, Confirmed):
    """A reference the database does not declare, confirmed by a person."""


class Approvals(Strict):
    quorum: dict[str, int] = Field(
        default={"TRANSFER": 2, "DESTROY": 2, "RETAIN": 2, "ANONYMISE": 2, "RETURN": 2},
        description="how many eyes an outcome needs, NOTICE for sending the letters; never below "
        "two for what cannot be undone",
    )


class Anonymisation(Strict):
    """How a dataset's statistics are made: what is generalised, what must stay diverse."""

    k: int = Field(default=20, ge=2)
    quasi: dict[str, Literal["number", "date", "nominal"]] = Field(
        description="field and its kind; nothing but these and `sensitive` comes out"
    )
    sensitive: tuple[str, ...] = ()
    diverse: int = Field(default=2, ge=1, description="different sensitive values in a class")
    release: Literal["outside", "sealed"] = "outside"


class Targets(Strict):
    transfer: str = Field(
        default="", description="where `receive` loads: sqlite:///, postgresql:// ..."
    )
    password: str = ""
    refusals: bool = Field(
        default=True,
        description="the list of refusals goes with the package, as keyed hashes; to a recipient "
        "abroad only where `true` stands here",
    )


class Settings(Strict):
    shanhou: Literal[1]
    case: Case
    parties: Parties
    people: tuple[Person, ...]
    sources: tuple[Source, ...]
    unlock: str = Field(default="file:keys/unlock", description="secret that opens the case's keys")
    inventory: Inventory = Inventory()
    engine: Engine = Engine()
    datasets: dict[str, DatasetConfirmation] = Field(default={})
    fields: dict[str, FieldConfirmation] = Field(default={})
    relations: tuple[RelationConfirmation, ...] = ()
    bindings: dict[str, tuple[Binding, ...]] = Field(default={})
    obligations: tuple[Obligation, ...] = Field(
        default=(), description="what is still owed to customers, and who owns it after the exit"
    )
    agreement: Agreement | None = Field(
        default=None, description="what the transfer agreement lets go, and until when"
    )
    exports: Exports | None = Field(
        default=None, description="what went abroad before, per calendar year"
    )
    cleaning: tuple[Cleaning, ...] = Field(
        default=(), max_length=MOST_STEPS, description="the cleaning recipe, step by step"
    )
    subjects: Merging = Merging()
    texts: Texts = Texts()
    notices: Notices = Notices()
    approvals: Approvals = Approvals()
    anonymise: dict[str, Anonymisation] = Field(default={})
    targets: Targets = Targets()
    days: dict[str, OurTime] = Field(
        default={},
        description="named days that statutory dates count from, e.g. dissolution; "
        "shanhou law list --clocks names them",
    )

    @model_validator(mode="after")
    def names_agree(self) -> Settings:
        twice = {
            called: sorted({name for name in ids if ids.count(name) > 1})
            for called, ids in (("people", [person.id for person in self.people]),
                                ("sources", [source.id for source in self.sources]),
                                ("cleaning", [step.id for step in self.cleaning]))
        }  # fmt: skip
        message = "; ".join(f"{called} named twice: {ids}" for called, ids in twice.items() if ids)
        if message:
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def window_long_enough(self) -> Settings:
        if "eu" in self.case.laws and self.notices.deadline_days < EU_WINDOW_DAYS:
            message = f"notices.deadline_days: with laws eu at least {EU_WINDOW_DAYS} (law.md T40)"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def bound_laws_named(self) -> Settings:
        for fact, law in (("eu_law", "eu"), ("ca_law", "us-ca")):
            if fact in self.bindings and law not in self.case.laws:
                message = f"bindings: {fact} needs {law} among case.laws"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def days_known(self) -> Settings:
        if self.days:
            from shanhou.law.load import load_rulebook

            clocks = load_rulebook().clocks
            known = {one.start for one in clocks} | {one.ends for one in clocks if one.ends}
            unknown = sorted(set(self.days) - known)
            if unknown:
                message = f"days: {', '.join(unknown)}; known: {', '.join(sorted(known))}"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def owners_named(self) -> Settings:
        known = owners(self.parties, self.people)
        ids = {person.id for person in self.people}
        words = [one.by for one in (*self.obligations, self.agreement, self.exports) if one]
        for by in words:
            if by not in ids:
                message = f"obligations, agreement, exports: by {by} is nobody of people"
                raise ValueError(message)
        if self.exports and not may(self.person(self.exports.by), Deed.TELL):
            message = f"exports: {self.exports.by} may not answer for what went abroad before"
            raise ValueError(message)
        fields = [one.field for one in self.obligations]
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if twice:
            message = f"obligations: {', '.join(twice)} stands there twice; a debt has one owner"
            raise ValueError(message)
        strange = sorted({one.owner for one in self.obligations if one.owner} - known)
        if strange:
            message = f"obligations: owner {', '.join(strange)}; known: {', '.join(sorted(known))}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def told_as_agreed(self) -> Settings:
        recipient = self.parties.recipient
        if self.agreement and recipient and self.agreement.purpose != recipient.purpose:
            message = "agreement.purpose is not what the letters tell: parties.recipient.purpose"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def recognizer_permitted(self) -> Settings:
        if self.texts.recognizer != OWN_RECOGNIZER and self.texts.by not in {
            person.id for person in self.people
        }:
            message = "texts: any recogniser but lac needs `by`, one of people, who permits it"
            raise ValueError(message)
        return self

    def person(self, person_id: str) -> Person:
        """The person of that id.

        Raises:
            Refusal: SH-E-902 nobody of that id is named in the case.
        """
        for person in self.people:
            if person.id == person_id:
                return person
        raise Refusal("SH-E-902", person=person_id)

    def entitled(self, person_id: str, deed: Deed) -> Person:
        """The person of that id, whose duties let them do it.

        Raises:
            Refusal: SH-E-902 nobody of that id is named in the case; SH-E-851 it is not theirs.
        """
        person = self.person(person_id)
        if not may(person, deed):
            needed = ", ".join(duty.value for duty in Duty if duty in MAY[deed])
            raise Refusal("SH-E-851", person=person_id, needed=needed)
        return person


def load_settings(path: Path) -> Settings:
    """Read and check the case file.

    Raises:
        Refusal: SH-E-001 there is no case file here; SH-E-002 it breaks the schema, with line
            and column of the first mistake and how many more there are.
    """
    if not path.exists():
        raise Refusal("SH-E-001", path=path.name)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf8")
    except UnicodeDecodeError as error:
        line, column = _after(raw[: error.start].decode("utf8"))
        raise Refusal("SH-E-002", path=path.name, line=line, column=column, where="-",
                      problem="不是 UTF-8,请另存为 UTF-8 / not UTF-8; save it as UTF-8",
                      more=0) from None  # fmt: skip
    return read_settings(text, path.name)


def read_settings(text: str, name: str = "shanhou.yaml") -> Settings:
    """Check a case file's text; see `load_settings`."""
    import yaml

    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = loaded(text, name, tree)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Refusal("SH-E-002", path=name, line=line, column=column, where="-",
                      problem=error.problem or "YAML", more=0) from None  # fmt: skip
    except yaml.reader.ReaderError as error:
        line, column = _after(text[: error.position])
        raise Refusal("SH-E-002", path=name, line=line, column=column, where="-",
                      problem=error.reason, more=0) from None  # fmt: skip
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = tuple(part for part in first["loc"])
        line, column = _place(tree, where)
        raise Refusal("SH-E-002", path=name, line=line, column=column,
                      where=".".join(str(part) for part in where) or "-",
                      problem=first["msg"], more=error.error_count() - 1) from None  # fmt: skip


def json_schema() -> dict[str, Any]:
    """JSON Schema of the case file, for editors."""
    return Settings.model_json_schema(by_alias=True)


def _place(node: Any, where: tuple[int | str, ...]) -> tuple[int, int]:
    """Line and column of the deepest part of a path that the text holds, from 1."""
    import yaml

    for part in where:
        child = None
        if isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            child = node.value[part] if part < len(node.value) else None
        if child is None:
            break
        node = child
    mark = node.start_mark if node is not None else None
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _after(text: str) -> tuple[int, int]:
    """Line and column of what follows a text, from 1."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def cutoff(settings: Settings, on: date | None, today: date) -> date:
    """The day the case acts on: today, or in a rehearsal the day that was asked for (design 4.8).

    Raises:
        Refusal: SH-E-903 another day than today was asked for outside a rehearsal; SH-E-003 it is
            none that a case can play.
    """
    if on is None:
        return today
    if not settings.case.rehearsal:
        raise Refusal("SH-E-903", on=on)
    if not is_of_our_time(on):
        raise Refusal("SH-E-003", problem=f"--on {on}")
    return on
