"""The exit check on one page: what is there, how sensitive, and why nothing may be deleted yet.

It holds counts and names of files and columns, never a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from shanhou.evidence.certificate import Words
from shanhou.evidence.entry import utc_text

SCHEMA = "shanhou.look/1"


@dataclass(frozen=True)
class HeldKind:
    """How much of one kind of customers' data there is."""

    group: str
    words: Words
    fields: int
    cells: int
    sensitive_cells: int


@dataclass(frozen=True)
class HeldTable:
    """One table, sheet or file."""

    name: str
    rows: int
    about: str
    customers: bool
    likely_voucher: bool
    sensitive_fields: int
    unsure_fields: int


@dataclass(frozen=True)
class Why:
    """A reason not to delete yet, and the law that says so."""

    words: Words
    basis: str


@dataclass(frozen=True)
class ExitCheck:
    """What a folder or database holds of customers, in counts; nothing of it is stored."""

    place: str
    made_at: datetime
    tables: tuple[HeldTable, ...]
    kinds: tuple[HeldKind, ...]
    counts: Mapping[str, int]
    """People, companies, children, door codes, balances and the rest, by name."""
    channels: Mapping[str, int]
    """How many customers can be reached by phone, by e-mail, by letter, not at all."""
    unread: tuple[tuple[str, str], ...]
    """Files that no reader could take, with the code of why."""
    unsure: tuple[str, ...]
    """Columns that a person must look at."""
    same_files: tuple[tuple[str, ...], ...]
    """Files that are byte for byte the same."""
    warnings: tuple[Why, ...]

    def to_json(self) -> dict[str, Any]:
        """The object of `shanhou look --json`."""
        raw = asdict(self)
        return {"schema": SCHEMA, **raw, "made_at": utc_text(self.made_at)}


def exit_check_html(check: ExitCheck) -> str:
    """The page; the same check gives the same page."""
    import jinja2

    template = resources.files("shanhou.evidence").joinpath("exit_check.html.j2")
    world = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    world.filters["count"] = lambda number: f"{number:,}"
    world.filters["utc"] = lambda at: utc_text(at)[:16].replace("T", " ")
    return world.from_string(template.read_text(encoding="utf8")).render(check=check)
