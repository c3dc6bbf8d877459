"""Moving the state of a case between its folder and the console's database.

The copy is written in one transaction and compared before it counts. Then one small file appears
in the folder, or goes from it: before that moment the old home is the only one, after it the new.
What lies in the other home afterwards is removed; a kill leaves at most such a rest, which is told
by its log and goes when the case is worked on next (`rests`). Where the other home holds what this
one does not know, nothing moves.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import DataError

from shanhou.cases.in_folder import InFolder
from shanhou.cases.moving import copy, empty, standing, state_digest
from shanhou.cases.state_home import STATE_FILE, Away, away, say_away, say_here
from shanhou.cases.store import Store, Unit
from shanhou.console.states.in_database import InDatabase
from shanhou.console.states.opening import LEASES
from shanhou.console.states.rests import (
    COMING,
    clear_folder,
    log_of,
    require_rest,
    shred_copies,
)
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.noting import note
from shanhou.vault.keys import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shanhou.cases.base import Base
    from shanhou.wiring import Case


class Home(StrEnum):
    """Where a state may lie."""

    FOLDER = "folder"
    DATABASE = "database"


def home_of(folder: Path) -> Home:
    return Home.DATABASE if away(folder) else Home.FOLDER


def move_state(case: Case, to: Home, *, by: str, free: Callable[[], None] = lambda: None) -> None:
    """Move the state of an open case; afterwards the case is open where its state lies now.

    `free` refuses while other work of the case is under way; it is asked under the leases.

    Raises:
        Refusal: SH-E-914 it lies there already, or both sides are not the same: nothing moved;
            SH-E-905 somebody works on the case.
        Fault: SH-E-911 somebody writes to it; SH-E-916 where it is to go lies another state.
    """
    if home_of(case.folder) is to:
        raise Refusal("SH-E-914", number=case.folder.name, problem="here")
    old = case.store
    with ExitStack() as leases:
        leases.callback(old.close)  # the last of all: a lease may hang on it
        for one in LEASES:
            leases.enter_context(old.lease(one))
        free()
        if to is Home.FOLDER:
            case.store = _to_folder(case, by)
        else:
            case.store = _to_database(case, by)
            old.close()
            clear_folder(case.folder, _in_database(case.store))


def _to_database(case: Case, by: str) -> Store:
    source, found = case.store.base, Away(case.folder.name, secrets.token_hex(16))
    source.begin(1)  # until the end nobody writes what would be left behind
    try:
        require_rest(case.folder, None)
        target = InDatabase(case.folder, found, arriving=True)
        try:
            empty(target)
            _copied(case, source, target, by, Home.DATABASE)
            target.lies(Home.DATABASE)
            target.commit()
            say_away(case.folder, found)
        except BaseException:
            target.rollback()
            target.close()
            raise
    finally:
        source.rollback()
    return Store(target)


def _to_folder(case: Case, by: str) -> Store:
    source, coming = _in_database(case.store), case.folder / COMING
    clear_folder(case.folder, source)
    source.begin(1)
    try:
        target = InFolder(coming, moving=True)
        try:
            target.begin(1)
            _copied(case, source, target, by, Home.FOLDER)
            target.commit()
        finally:
            target.close()  # which folds its journal into it
        coming.replace(case.folder / STATE_FILE)
        sync_folder(case.folder)
        say_here(case.folder)
        source.lies(Home.FOLDER)
        empty(source)
    except BaseException:
        source.rollback()
        shred_copies(case.folder)
        raise
    source.commit()
    return Store(case.folder / STATE_FILE)


def _copied(case: Case, source: Base, target: Base, by: str, to: Home) -> None:
    """Copy, compare, and write the entry that tells of it into the copy."""
    try:
        copy(source, target)
    except (DataError, ValueError):  # PostgreSQL keeps no text with a null character
        raise Refusal("SH-E-914", number=case.folder.name, problem="text") from None
    before, after = standing(source), standing(target)
    if before != after:
        raise Refusal("SH-E-914", number=case.folder.name, problem="tables")
    log, copied = log_of(source), log_of(target)
    if (log.size, log.root) != (copied.size, copied.root):
        raise Refusal("SH-E-914", number=case.folder.name, problem="log")
    if case.store.stage("closed") is None:  # a finished log stays as its pack shows it
        note(case, Unit(target), Act.MOVE, by,
             subject=[Digested("state", state_digest(after)), Digested("log", log.root)],
             facts={"to": to.value, "row_count": sum(one.rows for one in after.values()),
                    "entry_count": log.size})  # fmt: skip


def _in_database(store: Store) -> InDatabase:
    assert isinstance(store.base, InDatabase)
    return store.base
