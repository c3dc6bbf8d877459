"""The lists of letters and answers for the pages, and each of them as a file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.console.published.listed import LONG, every_line
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.wiring import Case


def letters_told(case: Case) -> dict[str, Any]:
    """The file of the letters and of every try to bring them, and how many there are of each."""
    from shanhou.flow.letter_list import write_letters_list

    if case.store.stage("closed") or not case.store.sendings.letter_counts():
        return {}
    return _told(write_letters_list(case))


def answers_told(case: Case) -> dict[str, Any]:
    """The file of what customers answered, and how many answers there are of each kind."""
    from shanhou.flow.answer_list import write_answers

    if case.store.stage("closed") or not case.store.heard.counts():
        return {}
    return _told(write_answers(case))


def _told(path: Path) -> dict[str, Any]:
    from shanhou.flow.list_files import list_counts, opened_list

    with closing(opened_list(path)) as base:
        return {"file": path.name, "counts": list_counts(base)}


def export_long(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """Letters or answers as somebody filtered them, as a file; logged with its digest.

    Raises:
        Refusal: SH-E-204 there is no such list yet; SH-E-614 no such form.
    """
    from shanhou.flow.answer_list import write_answers
    from shanhou.flow.letter_list import write_letters_list
    from shanhou.flow.taking_out import take_out

    filters = LONG[str(told["list"])].asked(told["filters"])
    name = filters.of.name
    if case.store.stage("closed"):
        raise Refusal("SH-E-204", generation=name)
    path = {"letters": write_letters_list, "answers": write_answers}[name](case)
    lines = ({column: value for column, value in one.items() if column != "at"}
             for one in every_line(path, filters))  # fmt: skip
    made = take_out(case, name, lines, form=str(told["form"]), by=str(told["by"]),
                    filters=filters.text)  # fmt: skip
    return {"file": made.name, "records": made.rows}
