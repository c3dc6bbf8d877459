"""The exit check 体检: a first look at a folder or a database, before there is any case.

Everything is read into a generation that is gone when the look is over; only counts leave it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.errors import Fault, Refusal
from shanhou.evidence.certificate import Words
from shanhou.evidence.exit_check import ExitCheck, HeldKind, HeldTable, Why
from shanhou.inventory.content import Holding, tells_of
from shanhou.inventory.kinds import Category, FieldGroup, Role, Scope, Verdict
from shanhou.law.exit_check import warnings_for
from shanhou.notices.letter import words as letter_words
from shanhou.sources.reader import VIEW
from shanhou.vault.generation import WRITTEN, scratch_desk

if TYPE_CHECKING:
    from shanhou.inventory.register import Register
    from shanhou.inventory.verdicts import FieldVerdict
    from shanhou.sources.intake import Collected
    from shanhou.sources.reader import Reader
    from shanhou.subjects.mention import Holder
    from shanhou.subjects.merge import Resolved
    from shanhou.vault.generation import Desk

DATABASES = (".db", ".sqlite", ".sqlite3")
_BY_CATEGORY = {
    Category.CREDENTIAL: "codes",
    Category.ID_DOCUMENT_SCAN: "id_images",
    Category.HEALTH: "health",
}
_IN_TEXT = {
    Holding.CREDENTIAL: "codes",
    Holding.CHILD: "children",
    Holding.HEALTH: "health",
}
_BATCH = 50_000


def look(place: str, *, password: str = "") -> ExitCheck:
    """Read a folder, a file or a database whole, and count what it holds of customers.

    Raises:
        Refusal: SH-E-140 there is nothing at this place that can be read.
    """
    from shanhou.inventory.register import take_inventory
    from shanhou.sources.intake import SealedTables
    from shanhou.subjects.merge import resolve

    with scratch_desk() as desk:
        done: list[Collected] = []
        missing: list[tuple[str, str]] = []
        for opening, name in _readers(place, password):
            try:
                with closing(opening()) as reader:
                    missing += _read(desk, reader, done)
            except Fault as fault:
                if not name:
                    raise
                missing.append((name, fault.code))
        if not done and not missing:
            raise Refusal("SH-E-140", place=_shown(place))
        register = take_inventory(SealedTables(desk, WRITTEN, tuple(done)))
        resolved = resolve(desk, register, done, collected=WRITTEN)
        return _checked(place, desk, register, resolved, done, missing)


def _read(desk: Desk, reader: Reader, done: list[Collected]) -> list[tuple[str, str]]:
    """Take in all of a source; what could not be read is returned with the code of why."""
    from shanhou.sources.intake import take_in

    missing = []
    for dataset in reader.datasets():
        first = sum(one.rows for one in done)
        table = f"d{len(done):04d}"
        try:
            done.append(take_in(desk, reader, dataset, table=table, first_rec=first))
        except Fault as fault:
            missing.append((_named(dataset.name), fault.code))
    missing += [(_named(one.place), one.code) for one in reader.unread()
                if one.code != VIEW and not one.place.lower().endswith(DATABASES)]  # fmt: skip
    return missing


def _readers(place: str, password: str) -> Iterator[tuple[Callable[[], Reader], str]]:
    """A folder's files and every database in it, by name; or the one database of an address."""
    from shanhou.wiring import look_reader

    whole = partial(look_reader, place, Path(), password)
    if "://" in place:
        yield whole, ""
        return
    folder = Path(place)
    if not folder.exists():
        raise Refusal("SH-E-140", place=_shown(place))
    inside = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    bases = [path for path in inside if path.suffix.lower() in DATABASES and path.is_file()]
    if folder.is_dir() or not bases:
        yield whole, ""
    for path in bases:
        name = path.relative_to(folder).as_posix() if path != folder else path.name
        url = f"sqlite:///{path.resolve().as_posix()}"
        yield partial(look_reader, url, Path(), password, source=name), name


def _shown(place: str) -> str:
    """A place without its password."""
    return place.rsplit("@", 1)[-1] if "://" in place else Path(place).name or place


def _named(place: str) -> str:
    """A file by its path in the folder, a table by its database and name."""
    return place.removeprefix("source/").removeprefix("source.")


def _checked(
    place: str, desk: Desk, register: Register, resolved: Resolved,
    done: Sequence[Collected], missing: Sequence[tuple[str, str]],
) -> ExitCheck:  # fmt: skip
    from shanhou.subjects.mention import holders

    held = holders(register, done, {})
    filled = {one.name: _filled(desk, one) for one in held}
    unsure = tuple(
        f"{_named(one.name)}.{field.field}"
        for one in register.datasets
        for field in one.fields
        if field.verdict is Verdict.UNSURE
    )
    counts = {
        **_people(resolved),
        **_things(desk, register, held, filled),
        "unread": len(missing),
        "unsure": len(unsure),
        "records": sum(one.rows for one in done),
    }
    return ExitCheck(
        place=_shown(place),
        made_at=datetime.now(UTC),
        tables=tuple(_tables(register)),
        kinds=tuple(_kinds(held, filled)),
        counts=counts,
        channels=dict(resolved.channels),
        unread=tuple(sorted(set(missing))),
        unsure=unsure,
        same_files=tuple(_same_files(done)),
        warnings=tuple(Why(Words(one.zh, one.en), one.basis.cited() if one.basis else "")
                       for one in warnings_for(counts)),
    )  # fmt: skip


def _people(resolved: Resolved) -> dict[str, int]:
    return {
        "persons": resolved.persons,
        "companies": resolved.companies,
        "customers": resolved.persons + resolved.companies,
        "merged": sum(resolved.merges.values()),
        "unreached": sum(resolved.unreached.values()),
    }


def _filled(desk: Desk, one: Holder) -> dict[str, int]:
    """How many cells of each field hold something, over customers' rows."""
    cells = one.cells(desk, WRITTEN)
    named = {f"n{n}": (cells[f"c{n}"].strip() != "").sum() for n in range(len(one.dataset.fields))}
    if not named:
        return {}
    row = cells.aggregate(**named).to_pyarrow().to_pylist()[0]
    return {field.name: int(row[f"n{n}"] or 0) for n, field in enumerate(one.dataset.fields)}


def _things(
    desk: Desk, register: Register, held: Sequence[Holder], filled: Mapping[str, Mapping[str, int]]
) -> dict[str, int]:
    """Children, codes, papers, health, balances, originals: what speaks against deleting."""
    found: Counter[str] = Counter({"codes": 0, "id_images": 0, "health": 0, "children": 0})
    for one in held:
        for field in one.verdict.fields:
            if field.verdict is Verdict.CLEAN:
                continue
            cells = filled[one.name][field.field]
            if field.category in _BY_CATEGORY:
                found[_BY_CATEGORY[field.category]] += cells
            if field.category is Category.FAMILY and _of_children(one, field):
                found["children"] += cells
            if field.category is Category.FREE_TEXT:
                found.update(_text(desk, one, field))
    # what must be kept must be kept whoever it is about
    there = [one for one in register.datasets if one.rows]
    return {
        **found,
        "balances": sum(_balances(desk, register, held)),
        "vouchers": sum(one.role is Role.VOUCHER for one in there),
        "contracts": sum(one.role is Role.CONTRACT for one in there),
        "disputes": sum(p.fact == "dispute" for p in register.proposals),
    }


def _of_children(one: Holder, field: FieldVerdict) -> bool:
    from shanhou.inventory.rules import rules
    from shanhou.inventory.words import find, read_comment, read_header

    column = one.dataset.fields[one.dataset.position(field.field)]
    headers = (read_header(column.name), read_comment(column.comment))
    return any(find(header, rules().words("child")) for header in headers)


def _text(desk: Desk, one: Holder, field: FieldVerdict) -> Counter[str]:
    """What a column of notes holds: each different note is read once."""
    import pyarrow.compute as pc

    cells = one.cells(desk, WRITTEN)
    column = cells[f"c{one.dataset.position(field.field)}"].name("said")
    said = cells.select(column).filter(lambda t: t.said.notnull())
    counted = said.group_by("said").aggregate(n=said.count())
    found: Counter[str] = Counter()
    for batch in counted.to_pyarrow_batches(chunk_size=_BATCH):
        for holding, name in _IN_TEXT.items():
            telling = tells_of(batch.column("said"), holding)
            weights = pc.filter(batch.column("n"), telling)
            found[name] += int(pc.sum(weights).as_py() or 0)
    return found


def _balances(desk: Desk, register: Register, held: Sequence[Holder]) -> Iterator[int]:
    """How many records show an amount above zero where a balance stands."""
    by_name = {one.name: one for one in held}
    for proposal in register.proposals:
        if proposal.fact == "balance" and proposal.dataset in by_name:
            one = by_name[proposal.dataset]
            cells = one.cells(desk, WRITTEN)
            text: Any = cells[f"c{one.dataset.position(proposal.field)}"]
            amount = text.re_replace(r"[^0-9.\-]", "").try_cast("float64")
            yield int(desk.scalar(cells.filter(amount > 0).count()))


def _tables(register: Register) -> Iterator[HeldTable]:
    for one in register.datasets:
        yield HeldTable(
            name=_named(one.name),
            rows=one.rows,
            about=one.about.value,
            customers=one.scope is Scope.IN,
            likely_voucher=one.role is Role.VOUCHER,
            sensitive_fields=sum(field.sensitive for field in one.fields),
            unsure_fields=sum(field.verdict is Verdict.UNSURE for field in one.fields),
        )


def _kinds(held: Sequence[Holder], filled: Mapping[str, Mapping[str, int]]) -> Iterator[HeldKind]:
    found: dict[FieldGroup, list[tuple[int, bool]]] = defaultdict(list)
    for one in held:
        for field in one.verdict.fields:
            if field.verdict is not Verdict.CLEAN and field.field_group is not FieldGroup.NONE:
                cells = filled[one.name][field.field]
                found[field.field_group].append((cells, field.sensitive))
    told = letter_words()["groups"]
    for group in FieldGroup:
        if group in found:
            cells = sum(count for count, _ in found[group])
            sensitive = sum(count for count, delicate in found[group] if delicate)
            words = Words(told[group.value]["zh"], told[group.value]["en"])
            yield HeldKind(group.value, words, len(found[group]), cells, sensitive)


def _same_files(done: Sequence[Collected]) -> Iterator[tuple[str, ...]]:
    """Files that hold the same bytes; the sheets of one workbook are one file."""
    files: dict[str, set[str]] = defaultdict(set)
    for one in done:
        if one.content:
            files[one.content].add(_named(one.dataset.name).split("#")[0])
    yield from (tuple(sorted(names)) for names in files.values() if len(names) > 1)
