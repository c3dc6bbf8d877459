"""What a person sees: language, tables, errors, one JSON object on request."""

from __future__ import annotations

import json
import locale
import os
import string
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from shanhou.errors import LANGUAGES, Coded, Language, Refusal

if TYPE_CHECKING:
    from rich.console import Console

    from shanhou.sources.intake import Collected

_chosen: list[Language] = []
_PIPED_COLUMNS = 160
"""How wide a table is where nobody says: wide enough that no name of a rule is broken."""
_LINES = "    \n  | \n -+ \n  | \n -+ \n -+ \n  | \n    \n"
"""A table's lines in plain signs: those that are drawn are of two widths in an East Asian terminal
(Unicode UAX 11, ambiguous)."""


def choose_language(name: str | None) -> None:
    """--lang, else SHANHOU_LANG, else the locale, else Chinese."""
    if name and not any(name.lower().startswith(known) for known in LANGUAGES):
        raise Refusal("SH-E-003", problem=f"--lang {name}: {' | '.join(LANGUAGES)}")
    _chosen.clear()
    for candidate in (name, os.environ.get("SHANHOU_LANG"), _locale()):
        for known in LANGUAGES:
            if candidate and candidate.lower().startswith(known):
                _chosen.append(known)
                return
    _chosen.append("zh")


def language() -> Language:
    if not _chosen:
        choose_language(None)
    return _chosen[0]


def _locale() -> str | None:
    """What the environment says of messages (POSIX 8.2); Windows says it by its own call."""
    said = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next((one for one in said if one), None) or locale.getlocale()[0]
    plain = (name or "").split(".")[0]
    return None if plain in {"", "C", "POSIX"} else name


def say(name: str, **facts: object) -> str:
    """A phrase of `words.yaml` in the chosen language."""
    return _Phrase().format(str(_words()[name][language()]), **facts)


class _Phrase(string.Formatter):
    """`{count:record|records}` is `1 record` or `2 records`."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, many, more = format_spec.partition("|")
        if not many:
            return str(super().format_field(value, format_spec))
        return f"{value} {one if str(value) == '1' else more}"


@cache
def _words() -> dict[str, dict[str, str]]:
    import yaml

    text = resources.files("shanhou.cli").joinpath("words.yaml").read_text(encoding="utf8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


@cache
def console(*, error: bool = False) -> Console:
    from rich.console import Console

    found = Console(stderr=error, highlight=False, soft_wrap=error)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = _PIPED_COLUMNS
    return found


def tell(name: str, **facts: object) -> None:
    """Print a phrase; facts are never read as markup."""
    from rich.markup import escape

    words = say(name, **{key: escape(str(value)) for key, value in facts.items()})
    console().print(words, soft_wrap=True)


def tell_error(error: Coded) -> None:
    from rich.text import Text

    told = error.told(language())
    out = console(error=True)
    out.print(Text.assemble((f"{error.code} ", "bold red"), told.what))
    out.print(Text.assemble((say("why"), "dim"), told.why))
    out.print(Text.assemble((say("do"), "dim"), told.do))


def tell_json(value: Any) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False) + "\n")


def tell_apart(done: Sequence[Collected]) -> None:
    """Which lines of which file could not be read as rows, and why; never what they say."""
    rows = [(one.dataset.name, part.code, part.rows, part.told()) for one in done
            for part in one.apart]  # fmt: skip
    if rows:
        heads = ("dataset", "code", "rows", "lines")
        tell_table(say("apart_head"), [say(head) for head in heads], rows)


def apart_json(done: Sequence[Collected]) -> list[dict[str, Any]]:
    """The same as `tell_apart` for programs."""
    return [{"dataset": one.dataset.name, "code": part.code, "rows": part.rows,
             "lines": list(part.lines)} for one in done for part in one.apart]  # fmt: skip


def tell_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; numbers are set right, with separators for thousands."""
    from rich.box import Box
    from rich.table import Table
    from rich.text import Text

    body = [list(row) for row in rows]
    table = Table(box=Box(_LINES, ascii=True), header_style="bold", show_edge=False, pad_edge=False)
    for number, head in enumerate(heads):
        counted = bool(body) and all(isinstance(row[number], int) for row in body)
        table.add_column(Text(head), justify="right" if counted else "left", overflow="fold")
    for row in body:
        cells = [f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row]
        table.add_row(*(Text(cell) for cell in cells))
    if title:
        console().print(Text(title, style="italic"), soft_wrap=True)
    console().print(table)


def outcome_word(outcome: str) -> str:
    """An outcome with its fixed sign, in the chosen language."""
    from shanhou.evidence.report import LOOKS

    look = LOOKS[outcome]
    return f"{look.symbol} {getattr(look.words, language())}"
