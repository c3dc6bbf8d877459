"""提供 disclosures: the least answer to an authority or a partner, on paper, watched, revocable."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.disclosures import Asker, Disclosed, Disclosure
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, looks_personal
from shanhou.flow.gathering import collected
from shanhou.flow.noting import COLLECT, SUBJECTS, note, shown
from shanhou.flow.scope import scope_of
from shanhou.vault.canonical import digest_hex, json_digest

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case

FOLDER = "disclosures"


@dataclass(frozen=True)
class Asked:
    """What somebody outside asks to be shown, as the paper says it."""

    asker: Asker
    name: str
    basis: str
    scope: str
    fields: tuple[str, ...]
    until: date | None = None


def open_disclosure(
    case: Case, asked: Asked, *, by: str, evidence: Path, approval: Path | None = None
) -> Disclosure:
    """Register what an authority or a partner may be shown, with the paper it rests on.

    Raises:
        Refusal: SH-E-303 a document is not there; SH-E-313 a name or basis that is empty or looks
            personal; SH-E-301 no such field; SH-E-307 no such scope; SH-E-840 a foreign office
            without the authority's approval (PIPL 41); SH-E-841 a partner without a term.
    """
    case.settings.person(by)
    if asked.asker is Asker.FOREIGN and approval is None:
        raise Refusal("SH-E-840", name=asked.name)
    if asked.asker is Asker.PARTNER and asked.until is None:
        raise Refusal("SH-E-841", name=asked.name)
    if not (asked.name.strip() and asked.basis.strip()) or looks_personal(asked.name + asked.basis):
        raise Refusal("SH-E-313")
    _columns(case, asked.fields)
    datasets = frozenset(one.dataset.name for one in collected(case))
    scope = scope_of(case, asked.scope, level="subject", datasets=datasets)
    papers = [path for path in (evidence, approval) if path is not None]
    for path in papers:
        if not path.is_file():
            raise Refusal("SH-E-303", path=path.name)
    digests = [digest_hex(path.read_bytes()) for path in papers]
    with case.store.lease("case"):
        number = f"D{len(case.store.disclosures.all()) + 1:03d}"
        one = Disclosure(number, asked.asker, asked.name, asked.basis, scope, asked.fields, by,
                         digests[0], case.on.isoformat(),
                         asked.until.isoformat() if asked.until else "")  # fmt: skip
        with case.store.commit() as unit:
            unit.disclosures.put(one)
            named = zip(("evidence", "approval"), digests, strict=False)
            note(case, unit, Act.DISCLOSE, by, subject=[Digested(*each) for each in named],
                 facts={"disclosure": number, "asker": one.asker.value, "scope": shown(scope),
                        "fields_count": len(one.fields), "until": one.until_day,
                        "state": "opened"})  # fmt: skip
    return one


def disclosure_of(case: Case, number: str) -> Disclosure:
    """The disclosure of that number.

    Raises:
        Refusal: SH-E-842 there is none.
    """
    for one in case.store.disclosures.all():
        if one.id == number:
            return one
    raise Refusal("SH-E-842", disclosure=number)


def give(case: Case, number: str, *, by: str, age: str = "") -> tuple[Disclosed, Path]:
    """Write the named fields of the scope, and nothing else, sealed to the asker's key if named.

    Raises:
        Refusal: SH-E-842 no such disclosure; SH-E-843 it was taken back or its term is over;
            SH-E-844 a partner's is only given sealed.
    """
    from shanhou.execution.package_names import file_name

    case.settings.person(by)
    one = disclosure_of(case, number)
    if not one.open_on(case.on.isoformat()):
        raise Refusal("SH-E-843", disclosure=number, until=one.revoked_on or one.until_day)
    if one.asker is Asker.PARTNER and not age:
        raise Refusal("SH-E-844", disclosure=number)
    with case.store.lease("case"):
        before = [each for each in case.store.disclosures.given() if each.disclosure == number]
        folder = case.folder / FOLDER / f"{number}-{len(before) + 1}"
        folder.mkdir(parents=True, exist_ok=True)
        with case.vault.read(COLLECT, SUBJECTS) as desk:
            files = [_write(desk, folder / f"{n:02d}-{file_name(sheet.dataset)}.csv", sheet, age)
                     for n, sheet in enumerate(_sheets(case, desk, one), start=1)]  # fmt: skip
        records = sum(count for count, _ in files)
        digests = [sha256 for _, sha256 in files]
        given = Disclosed(number, len(before) + 1, by, case.on.isoformat(), records,
                          json_digest(digests))  # fmt: skip
        with case.store.commit() as unit:
            unit.disclosures.gave(given)
            note(case, unit, Act.DISCLOSE, by, subject=[Digested("files", given.sha256)],
                 facts={"disclosure": number, "asker": one.asker.value, "state": "given",
                        "records_count": records})  # fmt: skip
    return given, folder


def revoke(case: Case, number: str, *, by: str) -> Disclosure:
    """Take a disclosure back: nothing is given under it any more.

    Raises:
        Refusal: SH-E-842 no such disclosure; SH-E-843 it was taken back before.
    """
    case.settings.person(by)
    with case.store.lease("case"):
        found = disclosure_of(case, number)
        if found.revoked_by:
            raise Refusal("SH-E-843", disclosure=number, until=found.revoked_on)
        one = replace(found, revoked_by=by, revoked_on=case.on.isoformat())
        with case.store.commit() as unit:
            unit.disclosures.put(one)
            note(case, unit, Act.DISCLOSE, by,
                 facts={"disclosure": number, "asker": one.asker.value,
                        "state": "revoked"})  # fmt: skip
    return one


def _columns(case: Case, fields: Sequence[str]) -> dict[str, list[str]]:
    """The named fields by dataset."""
    from shanhou.disposition.holdings import field_of

    found: dict[str, list[str]] = {}
    for name in fields:
        dataset, field = field_of(name, collected(case))
        found.setdefault(dataset, []).append(field)
    if not found:
        raise Refusal("SH-E-301", name="-")
    return found


@dataclass(frozen=True)
class _Sheet:
    """What is given of one dataset."""

    dataset: str
    fields: tuple[str, ...]
    rows: ibis.Table


def _sheets(case: Case, desk: Desk, one: Disclosure) -> Iterator[_Sheet]:
    """Per dataset the named columns of the rows in scope."""
    from shanhou.subjects.answers import sid_of

    kind, _, name = one.scope.partition(":")
    for dataset, fields in _columns(case, one.fields).items():
        if kind == "dataset" and dataset != name:
            continue
        (known,) = [each for each in collected(case) if each.dataset.name == dataset]
        cells = desk.table(COLLECT, known.table)
        if kind == "subject":
            member = desk.table(SUBJECTS, "member")
            cells = cells.semi_join(member.filter(member.sid == sid_of(name)), "rec")
        columns = {field: cells[f"c{known.dataset.position(field)}"] for field in fields}
        yield _Sheet(dataset, tuple(fields), cells.order_by("rec").select(**columns))


def _write(desk: Desk, path: Path, sheet: _Sheet, age: str) -> tuple[int, str]:
    """One file a dataset: how many rows, and the digest of what lies on the disk."""
    from shanhou.execution.agefile import file_sha256, write_age_file

    counted: list[int] = []
    pieces = _pieces(desk, sheet, counted)
    if age:
        sealed = write_age_file(path.with_suffix(".csv.age"), pieces, [age])
        return sum(counted), sealed.sha256
    with path.open("wb") as file:
        path.chmod(0o600)
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    return sum(counted), file_sha256(path)


def _pieces(desk: Desk, sheet: _Sheet, counted: list[int]) -> Iterator[bytes]:
    """The CSV, batch by batch; `counted` learns the rows of each."""
    import pyarrow as pa

    from shanhou.execution.package_parts import csv_bytes, header_bytes

    head = header_bytes(sheet.fields)
    yield head
    for batch in desk.batches(sheet.rows):
        counted.append(batch.num_rows)
        yield csv_bytes(pa.Table.from_batches([batch]))[len(head) :]
