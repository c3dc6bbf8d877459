"""Where a case's state lies: in its own file, or in the database of a console.

One small file in the case folder says so: while it is there, the state lies in the database and
not in a `case.db` beside it; while it is not, the state lies in `case.db`. To move is to write that
file or to remove it, which happens at one moment or not at all. A file can be lost, or come from a
backup: where a console finds another state in the home that does not count, it opens neither. Where
`case.db` is gone and the folder tells that the case had begun, no empty one takes its place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shanhou.errors import Fault, Refusal
from shanhou.vault.keys import sync_folder, write_durably

STATE_FILE = "case.db"
AWAY_FILE = "case.home"
_SAYS = ("The state of this case lies in the database of its console, under this number.",
         "本案的状态在工作台的数据库里,编号如下。")  # fmt: skip


@dataclass(frozen=True)
class Away:
    """The state lies in a console's database, under this number, since the move of this mark."""

    number: str
    mark: str
    """Drawn anew at each move: an older copy of the folder does not speak for a later state."""


def away(folder: Path) -> Away | None:
    """Where the state of the case in a folder lies, if it is not in the folder.

    Raises:
        Fault: SH-E-913 the file that says so cannot be read.
    """
    path = folder / AWAY_FILE
    try:
        told: Any = json.loads(path.read_text(encoding="utf8"))
        return Away(str(told["number"]), str(told["mark"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Fault("SH-E-913", path=AWAY_FILE) from None


def require_here(folder: Path) -> None:
    """Refuse to use the folder's own file once the state lies elsewhere.

    Raises:
        Refusal: SH-E-912 it lies in a console's database.
    """
    if (found := away(folder)) is not None:
        raise Refusal("SH-E-912", number=found.number)


def require_kept(folder: Path) -> None:
    """Refuse to make an empty file where the folder tells that the case had begun.

    Raises:
        Refusal: SH-E-889 the file is gone; SH-E-912 the state lies in a console's database.
    """
    if (folder / STATE_FILE).exists() or not (found := _signs(folder)):
        return
    require_here(folder)  # asked after the file: who moves it away says so before it goes
    raise Refusal("SH-E-889", found=", ".join(found))


def require_begun(folder: Path, events: int) -> None:
    """Refuse a state without a single event beside what was written from its log.

    Raises:
        Refusal: SH-E-889 somebody emptied it, or made it anew.
    """
    if events == 0 and (found := _signs(folder, logged=True)):
        raise Refusal("SH-E-889", found=", ".join(found))


def _signs(folder: Path, *, logged: bool = False) -> list[str]:
    """What a case leaves in its folder beside its state; `logged`: only what stands in the log."""
    signs = {"log": "log/checkpoint", "plans": "plans/*.shplan", "evidence": "evidence/checkpoint"}
    if not logged:  # a first collect that was cut off leaves tables and no entry
        signs |= {"vault": "vault/*", "archive": "archive/*", "packages": "packages/*"}
    return [name for name, pattern in signs.items() if any(folder.glob(pattern))]


def say_away(folder: Path, found: Away) -> None:
    """From this moment on the state lies in the database."""
    told = {"says": list(_SAYS), "number": found.number, "mark": found.mark}
    text = json.dumps(told, ensure_ascii=False, indent=1)
    write_durably(folder / AWAY_FILE, text.encode() + b"\n")


def say_here(folder: Path) -> None:
    """From this moment on the state lies in the folder's own file."""
    (folder / AWAY_FILE).unlink()
    sync_folder(folder)
