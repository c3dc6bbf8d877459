"""匿名化: groups people until nobody stands out, in the vault's engine, and says when that failed.

Breadth-first Mondrian (LeFevre, DeWitt, Ramakrishnan 2006) with two cuts a column, `<= m` and
`< m`: each depth splits every open class at once, so the number of passes is the depth, not the
number of classes (engine.md 6). Only the named columns come out: direct identifiers, free text
and row keys are left behind by construction.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal
from shanhou.execution.anonymise_codes import Quasi, QuasiKind, make_codes
from shanhou.execution.anonymise_cuts import split
from shanhou.execution.anonymise_labels import make_labels
from shanhou.execution.package_parts import BOM
from shanhou.vault.generation import quoted
from shanhou.vault.keys import sync_folder

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

__all__ = ["Anonymised", "Conditions", "Judged", "Quasi", "QuasiKind", "Release", "Verdict",
           "YesNo", "anonymise", "passes", "write_csv"]  # fmt: skip

_RUNS = count(1)


@dataclass(frozen=True)
class Anonymised:
    """The generalised table; every row of the input is in it, and no way back to one."""

    name: str
    """The temporary table it lies in, until the desk is closed."""
    table: ibis.Table
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    rows: int
    classes: int
    smallest: int
    least_diverse: int
    """The fewest different values of a sensitive column within a class; 0 without such columns."""
    loss: float
    """Normalised certainty penalty: 0 nothing generalised, 1 everything."""


class YesNo(StrEnum):
    """A closed question's answer; what nobody said is unknown, and unknown never passes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Release(StrEnum):
    """Where the result goes; law.md 4.4 asks for more where it leaves the house."""

    OUTSIDE = "outside"
    SEALED = "sealed"


class Verdict(StrEnum):
    ANONYMISED = "anonymised"
    DEIDENTIFIED = "deidentified"
    """Still personal information (PIPL 73): nothing is published, and the item stays."""


@dataclass(frozen=True)
class Conditions:
    """The conditions of law.md 4.4 that a table cannot show by itself."""

    direct_identifiers_gone: YesNo = YesNo.UNKNOWN
    """Gone, not hashed."""
    free_text_and_images_dropped: YesNo = YesNo.UNKNOWN
    no_way_back_kept: YesNo = YesNo.UNKNOWN
    """No row key, mapping, salt or token vault anywhere, backups included."""
    attack_test_passed: YesNo = YesNo.UNKNOWN
    """Singling out, linkage and inference were tried and logged."""
    original_destroyed: YesNo = YesNo.UNKNOWN


@dataclass(frozen=True)
class Judged:
    verdict: Verdict
    reasons: tuple[str, ...]
    """What did not hold, by name; empty for ANONYMISED."""


# law.md 4.4 (PIPL 73): outside release and sealed use
_LEAST_CLASS = {Release.OUTSIDE: 20, Release.SEALED: 10}
_LEAST_DIVERSITY = 2


def anonymise(
    desk: Desk, table: ibis.Table, *, quasi: Sequence[Quasi], sensitive: Sequence[str],
    k: int, l_diversity: int = 1,
) -> Anonymised:  # fmt: skip
    """Generalise the quasi-identifiers until each class has `k` rows and `l_diversity` different
    values of each sensitive column; fewer than `k` rows stay one class, which then never passes.

    Raises:
        Refusal: SH-E-685 the parameters make no sense.
    """
    _check(table, quasi, sensitive, k, l_diversity)
    run = f"anonymise_{next(_RUNS)}"
    source = desk.ibis.compile(table)
    codes = make_codes(desk.raw, run, source, quasi, sensitive)
    split(desk.raw, codes, k=k, l_diversity=l_diversity)
    made, loss = make_labels(desk.raw, codes)
    rows, classes, smallest, least = _measured(desk.raw, made, quasi, sensitive)
    codes.drop(desk.raw)
    return Anonymised(
        made,
        desk.ibis.table(made, database=("temp", "main")), tuple(one.field for one in quasi),
        tuple(sensitive), rows, classes, smallest, least, loss,
    )  # fmt: skip


def passes(desk: Desk, result: Anonymised, *, release: Release, conditions: Conditions) -> Judged:
    """Counts the classes of the table anew and judges; whatever is not shown counts against."""
    rows, _, smallest, least = _measured(
        desk.raw,
        result.name,
        [Quasi(one, QuasiKind.NOMINAL) for one in result.quasi],
        result.sensitive,
    )
    reasons = [field for field, answer in vars(conditions).items() if answer is not YesNo.YES]
    if set(result.table.columns) != {*result.quasi, *result.sensitive}:
        reasons.append("columns")
    if rows != result.rows or rows == 0:
        reasons.append("rows")
    if smallest < _LEAST_CLASS[release]:
        reasons.append("smallest_class")
    if result.sensitive and least < _LEAST_DIVERSITY:
        reasons.append("diversity")
    verdict = Verdict.DEIDENTIFIED if reasons else Verdict.ANONYMISED
    return Judged(verdict, tuple(sorted(reasons)))


def write_csv(desk: Desk, result: Anonymised, judged: Judged, path: Path) -> int:
    """Publish as CSV (UTF-8 with BOM), sorted by its own values; the rows written.

    Raises:
        Refusal: SH-E-686 the verdict is not ANONYMISED: nothing is written.
    """
    import pyarrow.csv as pc

    if judged.verdict is not Verdict.ANONYMISED:
        raise Refusal("SH-E-686", reasons=", ".join(judged.reasons))
    temporary = path.with_name(path.name + ".part")
    rows = 0
    with temporary.open("wb") as file:
        file.write(BOM)
        schema = result.table.schema().to_pyarrow()
        with pc.CSVWriter(file, schema, write_options=pc.WriteOptions()) as writer:
            for batch in desk.batches(result.table.order_by(list(result.table.columns))):
                writer.write(batch)
                rows += batch.num_rows
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
    return rows


def _check(
    table: ibis.Table, quasi: Sequence[Quasi], sensitive: Sequence[str], k: int, l_diversity: int
) -> None:
    named = [*(one.field for one in quasi), *sensitive]
    problems = {
        "k": k < 2,
        "l": l_diversity < 1 or (l_diversity > 1 and not sensitive),
        "fields": not quasi
        or len(set(named)) != len(named)
        or not set(named) <= set(table.columns),
    }
    for problem, holds in problems.items():
        if holds:
            raise Refusal("SH-E-685", problem=problem)


def _measured(
    raw: Any, name: str, quasi: Sequence[Quasi], sensitive: Sequence[str]
) -> tuple[int, int, int, int]:
    """Rows, classes, smallest class, least diversity, counted from the table itself."""
    groups = ", ".join(quoted(one.field) for one in quasi)
    different = [f"count(distinct coalesce('v' || {quoted(one)}, 'n'))" for one in sensitive]
    least = f"least({', '.join(different)})" if different else "0"
    found = raw.execute(
        "select coalesce(sum(n), 0), count(*), coalesce(min(n), 0), coalesce(min(d), 0) from "  # noqa: S608 - quoted names
        f"(select count(*) as n, {least} as d from temp.main.{quoted(name)} group by {groups})"
    ).fetchone()
    rows, classes, smallest, diversity = (int(one) for one in found)
    return rows, classes, smallest, diversity
