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
from shanhou.law.rule import Outcome

if TYPE_CHECKING:
    from shanhou.cases.settings import Anonymisation
    from shanhou.disposition.holdings import Asset


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
) -> Published:
    """Fails closed: without settings, without the declared conditions, or below k, nothing."""
    rows = owned_rows(bench, asset, Outcome.ANONYMISE)
    count = int(bench.desk.scalar(rows.count()))
    if how is None:
        return Published(asset.holding.name, "DEIDENTIFIED", count, 0, 0, ("settings",))
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
    judged = passes(bench.desk, made, release=Release(how.release), conditions=_conditions(said))
    if judged.verdict is Verdict.ANONYMISED:
        folder.mkdir(exist_ok=True)
        write_csv(bench.desk, made, judged, folder / f"{file_name(last_part(dataset.name))}.csv")
    return Published(
        dataset.name, judged.verdict.name, count, made.classes, made.smallest, judged.reasons
    )


def _conditions(said: Mapping[str, str]) -> Conditions:
    """Gone by construction: identifiers and texts. By a person's word: the attack test, and that
    no copy or key leads back once the originals go.
    """
    tested = YesNo.YES if said.get("attack_test") == "passed" else YesNo.UNKNOWN
    alone = YesNo.YES if said.get("no_way_back") == "ensured" else YesNo.UNKNOWN
    return Conditions(YesNo.YES, YesNo.YES, alone, tested, alone)
