"""The shorter lists of a case, filtered as an address tells it: on the page and in a file alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.console.access.case_files import settings_of
from shanhou.console.published.parts import held_case_of, shown
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.console.models import HeldCase
    from shanhou.wiring import Case

Row = Mapping[str, Any]
PAGE = 50


@dataclass(frozen=True)
class Listed:
    """One list: where its rows come from, what tells them apart, what a file of it holds."""

    rows: Callable[[HeldCase], list[dict[str, Any]]]
    state: Callable[[Row], str]
    """What the filter of its name is held against."""
    line: Callable[[Row], dict[str, Any]]


def _people(held: HeldCase) -> list[dict[str, Any]]:
    return [{"id": one.id, "name": one.name, "duties": [duty.value for duty in one.duties],
             "party": one.party} for one in settings_of(held.folder).people]  # fmt: skip


def _told(part: str, name: str) -> Callable[[HeldCase], list[dict[str, Any]]]:
    return lambda held: list(shown(held, part).get(name, ()))


def _some(*names: str) -> Callable[[Row], dict[str, Any]]:
    return lambda one: {name: _flat(one.get(name, "")) for name in names}


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


LISTS: Mapping[str, Listed] = {
    "situations": Listed(_told("plan", "situations"), lambda one: str(one["outcome"]),
                         _some("id", "dataset", "groups", "outcome", "records", "rules",
                               "missing")),
    "requests": Listed(_told("told", "requests"),
                       lambda one: "open" if one["open"] else "answered",
                       _some("name", "subject", "kind", "on", "open")),
    "holds": Listed(_told("told", "holds"), lambda one: "stands" if one["stands"] else "lifted",
                    _some("id", "kind", "scope", "person", "set_on", "stands")),
    "declarations": Listed(_told("told", "declarations"), lambda one: str(one["person"]),
                           _some("fact", "scope", "value", "person", "sha256")),
    "people": Listed(_people, lambda one: " ".join(one["duties"]),
                     _some("id", "name", "duties", "party")),
}  # fmt: skip
FILTERS = ("state", "q")


def found(name: str, held: HeldCase, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of a list that somebody looks for, in their order."""
    return found_of(name, LISTS[name].rows(held), chosen)


def found_of(
    name: str, rows: list[dict[str, Any]], chosen: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The same of rows that were read already."""
    listed, q = LISTS[name], chosen.get("q", "").strip().casefold()
    state = chosen.get("state", "")
    return [
        one for one in rows
        if (not state or state in listed.state(one).split())
        and (not q or q in " ".join(map(str, listed.line(one).values())).casefold())
    ]  # fmt: skip


def export_list(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """A list as somebody filtered it, as a file; who took it is an entry of the log.

    Raises:
        Refusal: SH-E-867 there is no such list; SH-E-614 no such form.
    """
    from urllib.parse import urlencode

    from shanhou.console.published.letters import export_long
    from shanhou.console.published.listed import LONG
    from shanhou.errors import Refusal
    from shanhou.flow.taking_out import take_out

    name = str(told["list"])
    if name in LONG:
        return export_long(case, told)
    if name not in LISTS:
        raise Refusal("SH-E-867", problem="list")
    chosen = {one: str(told["filters"].get(one, "")) for one in FILTERS}
    lines = [LISTS[name].line(one) for one in found(name, held_case_of(case), chosen)]
    # what was searched for may be somebody's name: the log keeps its digest
    asked = {one: digest_hex(value.encode()) if one == "q" else value
             for one, value in chosen.items() if value}  # fmt: skip
    made = take_out(case, name, lines, form=str(told["form"]), by=str(told["by"]),
                    filters=urlencode(asked))  # fmt: skip
    return {"file": made.name, "records": made.rows}
