"""Splits all open classes at once, depth by depth, until no cut leaves both sides large enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.vault.generation import quoted

if TYPE_CHECKING:
    from shanhou.execution.anonymise_codes import Codes


def split(raw: Any, codes: Codes, *, k: int, l_diversity: int) -> None:
    """Give every row of `codes.rows` its final class.

    Classes that cannot be cut get a negative number and are never looked at again.
    """
    spans = _spans(raw, codes)
    stats, cuts = quoted(f"{codes.run}_stats"), quoted(f"{codes.run}_cuts")
    opened = 1
    while opened:
        raw.execute(f"create or replace temp table {stats} as {_stats(codes)}")
        raw.execute(
            f"create or replace temp table {cuts} as {_cuts(codes, stats, spans, k, l_diversity)}"
        )
        _assign(raw, codes, cuts)
        opened = raw.execute(f"select count(*) from {codes.rows} where cls > 0").fetchone()[0]  # noqa: S608 - a name of ours
    raw.execute(f"drop table if exists {stats}")
    raw.execute(f"drop table if exists {cuts}")


def _spans(raw: Any, codes: Codes) -> list[float]:
    """How far each column reaches, to compare widths between columns; at least 1."""
    spans = []
    for position in range(len(codes.quasi)):
        found = raw.execute(
            f"select max(worth) - min(worth) from {codes.domain(position)}"  # noqa: S608 - a name of ours
        ).fetchone()[0]
        spans.append(float(found or 0) or 1.0)
    return spans


def _stats(codes: Codes) -> str:
    """Per open class and column: the lowest, the highest and the middle code."""
    columns = [
        f"min(q{n}) as low{n}, max(q{n}) as high{n}, quantile_disc(q{n}, 0.5) as middle{n}"
        for n in range(len(codes.quasi))
    ]
    return f"select cls, {', '.join(columns)} from {codes.rows} where cls > 0 group by cls"  # noqa: S608 - names of ours


def _cuts(codes: Codes, stats: str, spans: list[float], k: int, l_diversity: int) -> str:
    """The widest legal cut of each open class: `position`, `bound` (rows up to it go left)."""
    counted, offered = [], []
    for n, span in enumerate(spans):
        for side, bound in (("le", f"middle{n}"), ("lt", f"middle{n} - 1")):
            within = f"q{n} <= {bound}"
            counted += [
                f"count(*) filter ({within}) as n{side}{n}",
                f"any_value({bound}) as b{side}{n}",
                *(_diverse(within, f"{side}{n}", s) for s in range(len(codes.sensitive))),
                *(_diverse(f"not ({within})", f"{side}{n}r", s)
                  for s in range(len(codes.sensitive))),
            ]  # fmt: skip
            legal = [f"n{side}{n} >= {k:d}", f"total - n{side}{n} >= {k:d}"]
            legal += [
                f"v{tail}s{s} >= {l_diversity:d}"
                for s in range(len(codes.sensitive))
                for tail in (f"{side}{n}", f"{side}{n}r")
            ]
            width = (
                f"(top{n}.worth - coalesce(bottom{n}.worth, top{n}.worth - {span!r})) / {span!r}"
            )
            offered.append(
                f"case when {' and '.join(legal)} then {{'width': coalesce({width}, 0.0), "
                f"'balance': least(n{side}{n}, total - n{side}{n}), 'order': {-n:d}, "
                f"'position': {n:d}, 'bound': b{side}{n}}} end"
            )
    ends = [f"any_value(low{n}) as low{n}, any_value(high{n}) as high{n}"
            for n in range(len(spans))]  # fmt: skip
    joins = [
        f"join {codes.domain(n)} bottom{n} on bottom{n}.code = low{n} "
        f"join {codes.domain(n)} top{n} on top{n}.code = high{n}"
        for n in range(len(spans))
    ]
    return (
        f"with sides as (select cls, count(*) as total, {', '.join(ends + counted)} "  # noqa: S608 - names and numbers of ours
        f"from {codes.rows} join {stats} using (cls) group by cls) "
        f"select cls, list_max([{', '.join(offered)}]) as cut from sides {' '.join(joins)}"
    )


def _diverse(where: str, name: str, position: int) -> str:
    return (
        f"count(distinct coalesce('v' || s{position}, 'n')) filter ({where}) as v{name}s{position}"
    )


def _assign(raw: Any, codes: Codes, cuts: str) -> None:
    """Left and right get new numbers; what has no cut is closed."""
    value = "case cut.position " + "".join(
        f"when {n:d} then q{n} " for n in range(len(codes.quasi))
    )
    columns = [f"q{n}" for n in range(len(codes.quasi))]
    columns += [f"s{n}" for n in range(len(codes.sensitive))]
    lowest = raw.execute(f"select least(min(cls), 0) from {codes.rows}").fetchone()[0] or 0  # noqa: S608 - a name of ours
    raw.execute(
        f"create or replace temp table {quoted(codes.run + '_rows')} as "  # noqa: S608 - names of ours
        "with numbered as (select cls, cut, row_number() over (order by cls) as place "
        f"from {cuts}) select case when r.cls <= 0 then r.cls "
        f"when cut is null then {lowest:d} - place "
        f"when {value} end <= cut.bound then 2 * place else 2 * place + 1 end as cls, "
        f"{', '.join(columns)} from {codes.rows} r left join numbered using (cls)"
    )
