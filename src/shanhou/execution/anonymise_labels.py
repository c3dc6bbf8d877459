"""Says what each class has in common, in words that hold for every one in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.execution.anonymise_codes import QuasiKind
from shanhou.vault.generation import quoted

if TYPE_CHECKING:
    from shanhou.execution.anonymise_codes import Codes, Quasi

MISSING = "?"
"""Stands for a value that was not there or could not be read."""
SET_SIGN, RANGE_SIGN = "|", "~"


def make_labels(raw: Any, codes: Codes) -> tuple[str, float]:
    """The result as a temporary table with the generalised columns and the sensitive ones, and
    its loss (NCP, 0 to 1). Neither class numbers nor the order of the input are in it.
    """
    name = f"{codes.run}_result"
    labels = [quoted(f"{codes.run}_labels{n}") for n in range(len(codes.quasi))]
    losses = []
    for position, one in enumerate(codes.quasi):
        _label_column(raw, codes, position, one, labels[position])
        losses.append(_mean_loss(raw, codes, labels[position]))
    columns = [f"l{n}.label as {quoted(one.field)}" for n, one in enumerate(codes.quasi)]
    columns += [f"r.s{n} as {quoted(field)}" for n, field in enumerate(codes.sensitive)]
    joins = [f"join {table} l{n} on l{n}.cls = r.cls" for n, table in enumerate(labels)]
    raw.execute(
        f"create temp table {quoted(name)} as select {', '.join(columns)} "  # noqa: S608 - quoted names
        f"from {codes.rows} r {' '.join(joins)} order by all"
    )
    for table in labels:
        raw.execute(f"drop table {table}")
    return name, sum(losses) / len(losses)


def _label_column(raw: Any, codes: Codes, position: int, one: Quasi, labels: str) -> None:
    """Per class its label and what it lost: a range its part of the whole range, a set or an
    ancestor its part of all values.
    """
    domain = codes.domain(position)
    nominal = one.kind is QuasiKind.NOMINAL
    label, lost = _set_of() if nominal else _range_of()
    whole = "count(*) - 1" if nominal else "max(worth) - min(worth)"
    raw.execute(
        f"create temp table {labels} as with met as (select distinct cls, text, worth, code "  # noqa: S608 - names of ours
        f"from {codes.rows} join {domain} on code = q{position}), "
        f"span as (select coalesce(nullif(({whole})::double, 0), 1) as whole from {domain}) "
        f"select cls, {label} as label, {lost} as lost from met cross join span group by cls"
    )
    if nominal and one.hierarchy:
        _raise_to_ancestors(raw, codes, position, one, labels)


def _set_of() -> tuple[str, str]:
    label = f"string_agg(coalesce(text, '{MISSING}'), '{SET_SIGN}' order by code)"
    return label, "(count(*) - 1) / any_value(whole)"


def _range_of() -> tuple[str, str]:
    low, high = (
        f"regexp_replace({end}(text, worth), '\\.0$', '')" for end in ("arg_min", "arg_max")
    )
    known = (
        f"case when min(worth) = max(worth) then {low} else {low} || '{RANGE_SIGN}' || {high} end"
    )
    label = (
        f"case when count(text) = 0 then '{MISSING}' when count(text) < count(*) "
        f"then '{MISSING}{SET_SIGN}' || {known} else {known} end"
    )
    # a class that mixes what is known with what is not has lost the whole cell
    lost = (
        "case when count(text) = 0 then 0.0 when count(text) < count(*) then 1.0 "
        "else (max(worth) - min(worth)) / any_value(whole) end"
    )
    return label, lost


def _mean_loss(raw: Any, codes: Codes, labels: str) -> float:
    found = raw.execute(
        f"select avg(lost) from {codes.rows} join {labels} using (cls)"  # noqa: S608 - names of ours
    ).fetchone()[0]
    return float(found or 0)


def _raise_to_ancestors(raw: Any, codes: Codes, position: int, one: Quasi, labels: str) -> None:
    """Sets of several known values become their lowest common ancestor."""
    domain = codes.domain(position)
    values = dict(raw.execute(f"select code, text from {domain}").fetchall())  # noqa: S608 - a name of ours
    above = {row[0]: row for row in one.hierarchy}
    known = [above[text] for text in values.values() if text in above]
    sets = raw.execute(
        f"select cls, list_sort(list(distinct q{position})) from {codes.rows} group by cls"  # noqa: S608 - a name of ours
    ).fetchall()
    for cls, inside in sets:
        ancestor = _common([above.get(values[code] or "") for code in inside])
        if len(inside) > 1 and ancestor is not None:
            below = sum(ancestor in path for path in known)
            lost = (below - 1) / max(len(values) - 1, 1)
            raw.execute(
                f"update {labels} set label = ?, lost = ? where cls = ?",  # noqa: S608 - a name of ours
                [ancestor, lost, cls],
            )


def _common(paths: list[tuple[str, ...] | None]) -> str | None:
    known = [path for path in paths if path is not None]
    if len(known) != len(paths) or not known:
        return None
    return next((one for one in known[0] if all(one in path for path in known[1:])), None)
