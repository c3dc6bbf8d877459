"""Moving the state of a case between its folder and the console's database.

The copy is written in one transaction and compared before it counts. Then one small file appears
in the folder, or goes from it: before that moment the old home is the only one, after it the new.
What lies in the other home afterwards counts for nothing and is removed; a kill leaves at most
such a rest, which goes when the case is opened next (`opening`).
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
from shanhou.console.states.opening import LEASES, shred_leftovers
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.evidence.proof import Tree, leaf_hash
from shanhou.flow.noting import note
from shanhou.vault.keys import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shanhou.cases.base import Base
    from shanhou.wiring import Case

_COMING = "coming." + STATE_FILE
"""The file that a state is written to before it takes its place."""


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
        Fault: SH-E-911 somebody writes to it.
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
            shred_leftovers(case.folder)


def _to_database(case: Case, by: str) -> Store:
    source, found = case.store.base, Away(case.folder.name, secrets.token_hex(16))
    source.begin(1)  # until the end nobody writes what would be left behind
    try:
        target = InDatabase.arriving(case.folder, found)
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
    source, coming = case.store.base, case.folder / _COMING
    assert isinstance(source, InDatabase)
    shred_leftovers(case.folder, _COMING)
    source.begin(1)
    try:
        target = InFolder(coming, moving=True)
        try:
            target.begin(1)
            _copied(case, source, target, by, Home.FOLDER)
            target.commit()
        finally:
            target.close()  # which folds its journal into it
        shred_leftovers(case.folder)
        coming.replace(case.folder / STATE_FILE)
        sync_folder(case.folder)
        say_here(case.folder)
        source.lies(Home.FOLDER)
        empty(source)
    except BaseException:
        source.rollback()
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
    size, root = _log_of(source)
    if (size, root) != _log_of(target):
        raise Refusal("SH-E-914", number=case.folder.name, problem="log")
    if case.store.stage("closed") is None:  # a finished log stays as its pack shows it
        note(case, Unit(target), Act.MOVE, by,
             subject=[Digested("state", state_digest(after)), Digested("log", root)],
             facts={"to": to.value, "row_count": sum(one.rows for one in after.values()),
                    "entry_count": size})  # fmt: skip


def _log_of(base: Base) -> tuple[int, str]:
    """The size of the log that the events make, and its root."""
    tree = Tree.of(leaf_hash(bytes(row[0]))
                   for row in base.stream("select body from @event e order by seq"))  # fmt: skip
    return tree.size, tree.root.hex()
