"""Copies that lie in the case folder: what was made of them tells nothing of their originals.

A source that was uploaded, or copied there, has an original elsewhere that no stage reaches. One
that was taken out of the case file again stays where it lay, read by nobody and decided on by
nobody: it is no source, no working copy and no evidence, and a close names it as left.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.parties import Duty
from shanhou.evidence.certificate import NotReached, Words
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.noting import shown

if TYPE_CHECKING:
    from shanhou.cases.settings import Settings, Source
    from shanhou.wiring import Case

SOURCES = "sources"
"""Where in the case folder uploads and copies of sources lie."""
_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside its file."""


def copied_sources(case: Case) -> tuple[str, ...]:
    """The sources, by id, that are read from the case folder itself."""
    inside = case.folder.resolve()
    return tuple(one.id for one in case.settings.sources
                 if (path := _place(one, case.folder)) and path.is_relative_to(inside))  # fmt: skip


def taken_out(folder: Path, settings: Settings) -> tuple[str, ...]:
    """What lies under `sources/` of the case folder and belongs to no source any more."""
    root = (folder / SOURCES).resolve()
    if not root.is_dir():
        return ()
    named = {path for one in settings.sources if (path := _place(one, folder))}
    named |= {(folder / path).resolve() for one in settings.sources for path in one.covers}
    named |= {path.with_name(f"{path.name}{end}") for path in named for end in _BESIDE}
    if any(root.is_relative_to(path) for path in named):
        return ()
    return tuple(f"{SOURCES}/{path.relative_to(root).as_posix()}"
                 for path in _unnamed(root, named))  # fmt: skip


def _place(source: Source, folder: Path) -> Path | None:
    """Where a source's files lie; None for a server."""
    url = source.url.removeprefix("sqlite:///")
    return None if "://" in url else (folder / url).resolve()


def _unnamed(root: Path, named: set[Path]) -> Iterator[Path]:
    for path in sorted(root.iterdir()):
        if path in named:
            continue
        if any(one.is_relative_to(path) for one in named):
            yield from _unnamed(path, named)
        else:
            yield path


def originals_elsewhere(case: Case) -> Iterator[NotReached]:
    """For each copy in the case folder, that its original was not touched and who has to say so;
    and what lies there of no source any more.
    """
    who = f"{case.settings.parties.handler.name}({_who_tells(case)})"
    for source in copied_sources(case):
        yield NotReached(
            Words(f"{shown(source)} 的原件", f"the original of {shown(source)}"),
            Words("案件目录里的是上传或复制来的一份,本案只处理了这一份;原件在别处,没有处理,"
                  "须通知保管原件的人",
                  "what lay in the case folder was uploaded or copied, and the case acted on that"
                  " copy alone; the original lies elsewhere, untouched, and whoever keeps it has"
                  " to be told"),
            who, None,
        )  # fmt: skip
    for name in taken_out(case.folder, case.settings):
        yield NotReached(
            Words(shown(name), shown(name)),
            Words("已从案件文件里去掉的来源,没有收集也没有处置,仍以明文留在案件目录",
                  "a source that was taken out of the case file: neither collected nor acted on,"
                  " and still in plain in the case folder"),
            who, None,
        )  # fmt: skip


def _who_tells(case: Case) -> str:
    """The person who named the sources last, else the first who plans."""
    named = ""
    for raw in case.store.events():
        if b'"act":"amend"' in raw:
            entry = parse_entry(raw)
            parts = entry.facts.get("parts")
            if entry.act is Act.AMEND and isinstance(parts, tuple) and SOURCES in parts:
                named = entry.actor
    people = {one.id: one for one in case.settings.people}
    if named not in people:
        named = next((one.id for one in case.settings.people if Duty.PLANNER in one.duties), "")
    return people[named].name if named else "—"
