"""Anonymises what the plan says of one dataset, and publishes it only when it passes the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.execution.anonymise import (
    Conditions,
    Release,
    Verdict,
    YesNo,
    anonymise,
    passes,
    write_csv,
)
from shanhou.execution.anonymise_codes import Quasi, QuasiKind
from shanhou.execution.package_names import file_name, last_part
from shanhou.execution.work import Bench, owned_rows
from shanhou.inventory.kinds import IDENTIFYING, Category
from shanhou.law.rule import Outcome

if TYPE_CHECKING:
    from shanhou.cases.settings import Anonymisation
    from shanhou.disposition.holdings import Asset

_TEXTS = frozenset({Category.FREE_TEXT, Category.IMAGE, Category.ID_DOCUMENT_SCAN,
                    Category.BIOMETRIC})  # fmt: skip
_SHARED = frozenset({Category.GENDER, Category.ETHNICITY, Category.HEALTH, Category.RELIGION})
"""True of many people: they may come out as they are, where classes are diverse enough."""
_GENERALISED = _SHARED | {Category.BIRTH_DATE, Category.AGE, Category.POSTCODE}
"""May come out as ranges or sets over a class; they single people out only together."""
_NAMES = (IDENTIFYING - _TEXTS) | {Category.VEHICLE_ID, Category.SUBJECT_KEY, Category.SUBJECT_REF}


@dataclass(frozen=True)
class Published:
    """What became of a dataset's statistics."""

    dataset: str
    verdict: str
    """`ANONYMISED`, or `DEIDENTIFIED`: nothing was published and the items stay."""
    records_count: int
    classes_count: int
    smallest_count: int
    reasons: tuple[str, ...]


def publish_anonymised(
    bench: Bench,
    asset: Asset,
    how: Anonymisation | None,
    said: Mapping[str, str],
    folder: Path,
    *,
    published_before: bool = False,
) -> Published:
    """Fails closed: without settings, without the declared conditions, or below k, nothing.

    Nor a second release beside an earlier one: the difference of two may single a person out.
    """
    rows = owned_rows(bench, asset, Outcome.ANONYMISE)
    count = int(bench.desk.scalar(rows.count()))
    if how is None or published_before:
        why = "published_before" if published_before else "settings"
        return Published(asset.holding.name, "DEIDENTIFIED", count, 0, 0, (why,))
    dataset = asset.collected.dataset
    named = {name: rows[f"c{dataset.position(name)}"] for name in (*how.quasi, *how.sensitive)}
    made = anonymise(
        bench.desk,
        rows.select(**named),
        quasi=[Quasi(name, QuasiKind(kind)) for name, kind in how.quasi.items()],
        sensitive=how.sensitive,
        k=how.k,
        l_diversity=how.diverse if how.sensitive else 1,
    )
    judged = passes(bench.desk, made, release=Release(how.release),
                    conditions=_conditions(asset, how, said))  # fmt: skip
    if judged.verdict is Verdict.ANONYMISED:
        folder.mkdir(exist_ok=True)
        name = f"{asset.holding.table}-{file_name(last_part(dataset.name))}.csv"
        write_csv(bench.desk, made, judged, folder / name)
    return Published(
        dataset.name, judged.verdict.name, count, made.classes, made.smallest, judged.reasons
    )


def _conditions(asset: Asset, how: Anonymisation, said: Mapping[str, str]) -> Conditions:
    """By the register: identifiers and texts. By a person's word: the attack test, and that no
    copy or key leads back once the originals go.
    """
    dataset = asset.collected.dataset
    keys = {*dataset.key, *(name for one in dataset.references for name in one.fields)}
    named = {name: asset.verdict.field_named(name).category
             for name in (*how.quasi, *how.sensitive)}  # fmt: skip
    harmless = {name: _SHARED if name in how.sensitive else _GENERALISED for name in named}
    direct = [name for name, category in named.items()
              if name in keys or category in _NAMES - harmless[name]]  # fmt: skip
    texts = [name for name, category in named.items() if category in _TEXTS]
    tested = YesNo.YES if said.get("attack_test") == "passed" else YesNo.UNKNOWN
    alone = YesNo.YES if said.get("no_way_back") == "ensured" else YesNo.UNKNOWN
    return Conditions(YesNo.NO if direct else YesNo.YES, YesNo.NO if texts else YesNo.YES,
                      alone, tested, alone)  # fmt: skip
