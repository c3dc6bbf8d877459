"""更正 corrections at a person's request: kept sealed, and said by whatever leaves from then on."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.parties import Deed
from shanhou.cases.requests import Level, Outcome
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.gathering import collected
from shanhou.flow.noting import COLLECT, CORRECTIONS, SUBJECTS, note
from shanhou.flow.requests import answer_request, request_of, require_known

if TYPE_CHECKING:
    from shanhou.cases.requests import Request
    from shanhou.disposition.holdings import Asset
    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case

_SENT = ("transfer", "archive")
_ORIGINALS = "voucher"
"""Accounting originals are never altered (会计法 13)."""


@dataclass(frozen=True)
class Corrected:
    """What a correction changed."""

    records: int
    fields: int
    went_before: bool
    """Something was handed over or sealed already: whoever has it is told by a person."""


def correct(
    case: Case, name: str, values: Path | Mapping[str, str], *, by: str, level: Level
) -> Corrected:
    """Take a person's correction and answer the request: column by column, in all their records.

    `values`: the right value of each field (dataset.column), or a CSV of two columns, `field` and
    `value`. The package, the archive and copies say the corrected value; the source and accounting
    originals stay as they are.

    Raises:
        Refusal: SH-E-830 no such open request, SH-E-831 it is not known well enough who asks;
            SH-E-851 it is not theirs to correct;
            SH-E-845 the request asks for no correction, or the file names what cannot be
            corrected: others' records, a key or status that other rows rely on, a note, which
            leaves only as it was searched (design 4.10); SH-E-846 an accounting original, which is
            never altered (会计法 13).
    """
    case.settings.entitled(by, Deed.ANSWER)
    asked = request_of(case, name)
    require_known(case, asked, level)
    wanted = _read(asked, values)
    before = case.store.stage(CORRECTIONS)
    generation = f"corrections-{_number(before) + 1}"
    with case.store.lease("case"):
        case.vault.discard(generation)
        reading = [COLLECT, SUBJECTS, *([before] if before else [])]
        with case.vault.write(generation, reading=reading) as desk:
            records = _write(case, desk, asked, wanted, before)
            kept = desk.scalar(desk.table("w", "correction").count())
        case.vault.seal(generation, {"correction": int(kept)}, {})
        with case.store.commit() as unit:
            unit.set_stage(CORRECTIONS, generation)
            note(case, unit, Act.ANSWER, by, facts={"request": asked.name, "kind": asked.kind,
                 "corrected_count": records, "fields_count": len(wanted)})  # fmt: skip
        if before:
            case.vault.discard(before)
    answer_request(case, name, Outcome.FULFILLED, by=by, level=level)
    went = any(one.phase in _SENT and one.state == "done" for one in case.store.steps())
    return Corrected(records, len(wanted), went)


def correctable(case: Case) -> tuple[tuple[str, str], ...]:
    """Every column whose value a customer may have corrected: its dataset, and its name there."""
    return tuple(
        (asset.holding.name, field.name)
        for asset in assets_of_case(case)
        if asset.holding.role != _ORIGINALS
        for position, field in enumerate(asset.collected.dataset.fields)
        if _may_change(asset, position)
    )


def _may_change(asset: Asset, position: int) -> bool:
    groups = {one.name for one in asset.holding.groups if position in one.positions}
    return bool(groups) and "free_text" not in groups


def _number(generation: str | None) -> int:
    return int((generation or "corrections-0").rpartition("-")[2])


def _read(asked: Request, values: Path | Mapping[str, str]) -> Mapping[str, str]:
    if asked.kind != "correction":
        raise Refusal("SH-E-845", request=asked.name, problem=asked.kind)
    if isinstance(values, Mapping):
        if not values:
            raise Refusal("SH-E-845", request=asked.name, problem="field,value")
        return values
    if not values.is_file():
        raise Refusal("SH-E-303", path=values.name)
    try:
        with values.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    told = {row.get("field") or "": row.get("value") for row in rows}
    if not told or "" in told or None in told.values() or len(told) != len(rows):
        raise Refusal("SH-E-845", request=asked.name, problem="field,value")
    return {field: value or "" for field, value in told.items()}


def _write(
    case: Case, desk: Desk, asked: Request, wanted: Mapping[str, str], before: str | None
) -> int:
    """Write the corrections of before and these over them; how many records they change."""
    import ibis

    from shanhou.disposition.holdings import field_of
    from shanhou.subjects.answers import sid_of

    assets = {asset.holding.name: asset for asset in assets_of_case(case)}
    member = desk.table(SUBJECTS, "member")
    mine = member.filter(member.sid == sid_of(asked.subject)).select("rec")
    parts = []
    for name, value in wanted.items():
        dataset, field = field_of(name, collected(case))
        asset = assets.get(dataset)
        if asset is None:
            raise Refusal("SH-E-845", request=asked.name, problem=dataset)
        if asset.holding.role == _ORIGINALS:
            raise Refusal("SH-E-846", request=asked.name, dataset=dataset)
        position = asset.collected.dataset.position(field)
        if not _may_change(asset, position):
            raise Refusal("SH-E-845", request=asked.name, problem=name)
        at = f"c{position}"
        rows = desk.table(COLLECT, asset.holding.table).semi_join(mine, "rec")
        if not desk.scalar(rows.count()):
            raise Refusal("SH-E-845", request=asked.name, problem=dataset)
        parts.append(rows.select("rec", at=ibis.literal(at), value=ibis.literal(value)))
    fresh = ibis.union(*parts) if len(parts) > 1 else parts[0]
    desk.create("fresh", fresh)
    made = desk.table("w", "fresh")
    if before:
        old = desk.table(before, "correction").anti_join(made, ["rec", "at"])
        desk.create("correction", ibis.union(old, made))
    else:
        desk.create("correction", made)
    return int(desk.scalar(made.rec.nunique()))
