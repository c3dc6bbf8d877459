"""Opening a case where its state lies, and clearing what a cut off move left behind.

To open removes nothing. Who works on a case opens it `open_tidied`, which removes what is provably
a rest (`rests`); where it is none, neither way opens.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from django.conf import settings

from shanhou.cases.state_home import STATE_FILE, away
from shanhou.cases.store import Store
from shanhou.console.states.in_database import InDatabase, lies_here
from shanhou.console.states.rests import clear_database, clear_folder, leftovers, require_rest
from shanhou.errors import Coded, Fault, Refusal
from shanhou.wiring import Case, open_case

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

LEASES = ("case", "log")
"""Who moves a state holds both."""


def open_store(folder: Path) -> Store:
    """The state of the case in a folder, wherever it lies.

    Raises:
        Fault: SH-E-913 it should lie in this database and does not; SH-E-916 it lies there, and
            the folder lost the file that says so.
    """
    return Store(_base_of(folder) or folder / STATE_FILE)


def open_held(folder: Path, on: date | None = None) -> Case:
    """Open a case of the console; what may be raised is that of `open_case` and `open_store`.

    Raises:
        Fault: SH-E-916 the other home holds what this one does not know.
    """
    said = away(folder)
    try:
        return _opened(folder, on)
    except Coded:
        if away(folder) == said:
            raise
    return _opened(folder, on)  # it was moved in this very moment


def open_tidied(folder: Path, on: date | None = None) -> Case:
    """Open a case of the console, and remove the rest that a cut off move left in the other home.

    Raises:
        Fault: SH-E-911 somebody writes where the rest lies; all that `open_held` raises.
    """
    case = open_held(folder, on)
    try:
        _tidy(case)
    except BaseException:
        case.close()
        raise
    return case


def _opened(folder: Path, on: date | None) -> Case:
    base = _base_of(folder)
    try:
        require_rest(folder, base)
        case = open_case(folder, on, base)
    except BaseException:
        if base is not None:
            base.close()
        raise
    case.confined = True
    case.reserved = tuple(str(one["NAME"]) for one in settings.DATABASES.values()
                          if not str(one["ENGINE"]).endswith("sqlite3"))  # fmt: skip
    return case


def _base_of(folder: Path) -> InDatabase | None:
    """The state in the database, where it lies there."""
    found = away(folder)
    if found is not None:
        return InDatabase(folder, found)
    lost = not (folder / STATE_FILE).exists() and lies_here(folder.name)
    if lost and away(folder) is None:  # else it was moved in this very moment
        raise Fault("SH-E-916", number=folder.name, problem="missing")
    return None


def _tidy(case: Case) -> None:
    home = case.store.base
    if isinstance(home, InDatabase):
        left = bool(leftovers(case.folder))
    else:
        left = lies_here(case.folder.name)
    if not left:
        return
    with ExitStack() as leases:
        try:
            for one in LEASES:
                leases.enter_context(case.store.lease(one))
        except Refusal:
            return  # who moves it now needs it still
        if isinstance(home, InDatabase):
            clear_folder(case.folder, home)
        else:
            clear_database(case.folder)
