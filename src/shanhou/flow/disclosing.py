"""提供 disclosures: the least answer to an authority or a partner, on paper, watched, revocable."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.approvals import may_approve
from shanhou.cases.disclosures import Asker, Disclosed, Disclosure
from shanhou.cases.parties import Deed
from shanhou.cases.stages import Stage
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, looks_personal, parse_entry
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.gathering import collected
from shanhou.flow.noting import COLLECT, SUBJECTS, note, shown
from shanhou.flow.scope import scope_of
from shanhou.vault.canonical import digest_hex, json_digest

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.holdings import Asset
    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case

FOLDER = "disclosures"
_DELICATE = frozenset({"free_text", "home_access", "id_image"})
"""Field groups that are given about one customer only, after somebody read them (design 4.10)."""


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
        Refusal: SH-E-850 who may not open one; SH-E-303 a document is not there; SH-E-313 a name or
            basis that is empty or looks personal; SH-E-301 no such field; SH-E-307 no such scope;
            SH-E-847 a field that is not given in that scope; SH-E-840 a foreign office without the
            authority's approval (PIPL 41); SH-E-841 a partner without a term.
    """
    if not may_approve(case.settings.person(by), maker=""):
        raise Refusal("SH-E-850", person=by)
    if not (asked.name.strip() and asked.basis.strip()) or looks_personal(asked.name + asked.basis):
        raise Refusal("SH-E-313")
    if asked.asker is Asker.FOREIGN and approval is None:
        raise Refusal("SH-E-840", name=asked.name)
    if asked.asker is Asker.PARTNER and asked.until is None:
        raise Refusal("SH-E-841", name=asked.name)
    if asked.until is not None and asked.until < case.on:
        raise Refusal("SH-E-843", disclosure="-", until=asked.until.isoformat())
    datasets = frozenset(one.dataset.name for one in collected(case))
    scope = scope_of(case, asked.scope, level="subject", datasets=datasets)
    _require_given(case, asked, scope)
    papers = {name: path for name, path in (("evidence", evidence), ("approval", approval)) if path}
    for path in papers.values():
        if not path.is_file():
            raise Refusal("SH-E-303", path=path.name)
    digests = {name: digest_hex(path.read_bytes()) for name, path in papers.items()}
    with case.store.lease("case"):
        number = f"D{len(case.store.disclosures.all()) + 1:03d}"
        one = Disclosure(number, asked.asker, asked.name, asked.basis, scope, asked.fields, by,
                         digests["evidence"], case.on.isoformat(),
                         asked.until.isoformat() if asked.until else "")  # fmt: skip
        with case.store.commit() as unit:
            unit.disclosures.put(one)
            named = [Digested(name, sha256) for name, sha256 in digests.items()]
            note(case, unit, Act.DISCLOSE, by, subject=[*named, _terms(one)],
                 facts={"disclosure": number, "asker": one.asker.value, "scope": shown(scope),
                        "fields_count": len(one.fields), "until": one.until_day,
                        "state": "opened"})  # fmt: skip
    return one


def _require_given(case: Case, asked: Asked, scope: str) -> None:
    """Refuse fields that lie outside, and what no list of many customers ever holds."""
    alone = asked.asker is not Asker.PARTNER and scope.startswith("subject:")
    kind, _, name = scope.partition(":")
    assets = {asset.holding.name: asset for asset in assets_of_case(case)}
    for dataset, fields in _columns(case, asked.fields).items():
        asset = assets.get(dataset)
        for field in fields:
            outside = kind == "dataset" and dataset != name
            if asset is None or outside or (not alone and _groups_of(asset, field) & _DELICATE):
                raise Refusal("SH-E-847", field=f"{dataset}.{field}")


def _groups_of(asset: Asset, field: str) -> set[str]:
    position = asset.collected.dataset.position(field)
    return {group.name for group in asset.holding.groups if position in group.positions}


def _terms(one: Disclosure) -> Digested:
    """Everything that was permitted, as the log keeps it; the register is held against it."""
    told = {name: list(value) if isinstance(value, tuple) else str(value)
            for name, value in vars(one).items() if not name.startswith("revoked")}  # fmt: skip
    return Digested("terms", json_digest(told))


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

    Without a term it is given once. Whoever opened it does not give it.

    Raises:
        Refusal: SH-E-842 no such disclosure; SH-E-843 it was given, taken back, or its term is
            over; SH-E-844 a partner's is only given sealed; SH-E-848 the destruction has begun;
            SH-E-849 the register is not what the log tells; SH-E-850 the same person opened it;
            SH-E-851 it is not theirs to give.
    """
    from shanhou.execution.package_names import file_name

    case.settings.entitled(by, Deed.GIVE)
    with case.store.lease("case"):
        one = disclosure_of(case, number)
        before = [each for each in case.store.disclosures.given() if each.disclosure == number]
        _require_open(case, one, by=by, given=bool(before), age=age)
        folder = case.folder / FOLDER / f"{number}-{len(before) + 1}"
        if (case.folder / FOLDER).exists() and not (case.folder / FOLDER).is_dir():
            raise Refusal("SH-E-010", path=FOLDER, suffix="/")
        # what a broken run left lies there in plain
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with case.vault.read(COLLECT, SUBJECTS) as desk:
            files = [_write(desk, folder / f"{n:02d}-{file_name(sheet.dataset)}.csv", sheet, age)
                     for n, sheet in enumerate(_sheets(case, desk, one), start=1)]  # fmt: skip
        records = sum(count for count, _ in files)
        given = Disclosed(number, len(before) + 1, by, case.on.isoformat(), records,
                          json_digest([each.sha256 for _, each in files]))  # fmt: skip
        sealed_to = [Digested("recipient_key", digest_hex(age.encode()))] if age else []
        with case.store.commit() as unit:
            unit.disclosures.gave(given)
            note(case, unit, Act.DISCLOSE, by, subject=[*(each for _, each in files), *sealed_to],
                 facts={"disclosure": number, "asker": one.asker.value, "state": "given",
                        "records_count": records})  # fmt: skip
    return given, folder


def _require_open(case: Case, one: Disclosure, *, by: str, given: bool, age: str) -> None:
    opened, revoked = None, False
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.DISCLOSE and entry.facts.get("disclosure") == one.id:
            opened = entry if entry.facts["state"] == "opened" else opened
            revoked = revoked or entry.facts["state"] == "revoked"
    if opened is None or _terms(one) not in opened.subject or revoked != bool(one.revoked_by):
        raise Refusal("SH-E-849", disclosure=one.id)
    spent = given and not one.until_day
    if spent or not one.open_on(case.on.isoformat()):
        raise Refusal("SH-E-843", disclosure=one.id, until=one.revoked_on or one.until_day or "1")
    if one.person == by:
        raise Refusal("SH-E-850", person=by)
    if one.asker is Asker.PARTNER and not age:
        raise Refusal("SH-E-844", disclosure=one.id)
    if any(step.phase == Stage.DESTROY.value for step in case.store.steps()):
        raise Refusal("SH-E-848", disclosure=one.id)


def revoke(case: Case, number: str, *, by: str) -> Disclosure:
    """Take a disclosure back: nothing is given under it any more.

    Raises:
        Refusal: SH-E-842 no such disclosure; SH-E-843 it was taken back before; SH-E-851 it is
            not theirs to take back.
    """
    case.settings.entitled(by, Deed.GIVE)
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
    from shanhou.disposition.row_filter import in_scope
    from shanhou.subjects.answers import sid_of

    kind, _, name = one.scope.partition(":")
    for dataset, fields in _columns(case, one.fields).items():
        (asset,) = [each for each in assets_of_case(case) if each.holding.name == dataset]
        known = asset.collected
        cells = in_scope(desk.table(COLLECT, known.table), asset.holding)
        if kind == "subject":
            member = desk.table(SUBJECTS, "member")
            cells = cells.semi_join(member.filter(member.sid == sid_of(name)), "rec")
        columns = {field: cells[f"c{known.dataset.position(field)}"] for field in fields}
        yield _Sheet(dataset, tuple(fields), cells.order_by("rec").select(**columns))


def _write(desk: Desk, path: Path, sheet: _Sheet, age: str) -> tuple[int, Digested]:
    """One file a dataset: how many rows, and the digest of what lies on the disk."""
    from shanhou.execution.agefile import file_sha256, write_age_file

    counted: list[int] = []
    pieces = _pieces(desk, sheet, counted)
    if age:
        path = path.with_suffix(".csv.age")
        sealed = write_age_file(path, pieces, [age])
        return sum(counted), Digested(path.name, sealed.sha256)
    with path.open("wb") as file:
        path.chmod(0o600)
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    return sum(counted), Digested(path.name, file_sha256(path))


def _pieces(desk: Desk, sheet: _Sheet, counted: list[int]) -> Iterator[bytes]:
    """The CSV, batch by batch; `counted` learns the rows of each."""
    import pyarrow as pa

    from shanhou.execution.package_parts import csv_bytes, header_bytes

    head = header_bytes(sheet.fields)
    yield head
    for batch in desk.batches(sheet.rows):
        counted.append(batch.num_rows)
        yield csv_bytes(pa.Table.from_batches([batch]))[len(head) :]
