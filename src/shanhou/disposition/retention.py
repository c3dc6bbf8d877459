"""How long a record must be kept: the latest end of every period that applies, in one place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from shanhou.law.rule import UNKNOWN, Period, Verified
from shanhou.law.rulebook import Standing, standing

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.facts import Holding

PERMANENT = date(9999, 12, 31)
RETENTION = (
    "retention",
    "retain_until",
    "term_is_own",
    *("retention_on", "until_on", "term_is_own_on"),
)
"""How long a record is kept: where its customer's service ended, and where it runs on."""
YIELDS = "yields"
"""The word where only a term that the company set itself runs, against a granted deletion."""


def kept_of(
    holding: Holding,
    cells: ibis.Table,
    periods: Sequence[Period],
    dates: Mapping[str, str],
    *,
    case: Mapping[str, str],
    on: date,
) -> ibis.Table:
    """`rec` and `RETENTION` of one dataset, before it is known whose service runs on."""
    kept = retention_of(holding, cells, periods, dates, case=case, on=on)
    if not any(waits_for_the_end(one, case) and _applies(one, holding, case) for one in periods):
        return kept.mutate(retention_on=kept.retention, until_on=kept.retain_until,
                           term_is_own_on=kept.term_is_own)  # fmt: skip
    runs = retention_of(holding, cells, periods, dates, case=case, on=on, running=True)
    runs = runs.rename(
        retention_on="retention", until_on="retain_until", term_is_own_on="term_is_own"
    )
    return kept.left_join(runs, "rec").drop("rec_right")


def retention_where_it_runs(kept: ibis.Table, service: Any) -> tuple[Any, Any, Any]:
    """The word, the last day and whose term it is, once the customer's `service` is known.

    Where nobody knows whether the service runs, and it matters, the retention is unknown too.
    """
    import ibis

    runs = service == "running"
    settled = (service == "ended") | (kept.retention == kept.retention_on)
    word = ibis.cases((runs, kept.retention_on), (settled, kept.retention), else_=UNKNOWN)
    own = ibis.cases((runs, kept.term_is_own_on), (settled, kept.term_is_own), else_=False)
    return word, runs.ifelse(kept.until_on, kept.retain_until), own


def yielding(word: Any, own: Any, deletion: Any) -> Any:
    """The word once it is known whether the person's deletion was granted.

    A term that no statute sets (limitation, burden of proof) is none of PIPL 47(2): whether it
    outweighs the person's wish is for a named person to say.
    """
    return (own & (word == "running") & (deletion == "granted")).ifelse(YIELDS, word)


def retention_of(
    holding: Holding,
    cells: ibis.Table,
    periods: Sequence[Period],
    dates: Mapping[str, str],
    *,
    case: Mapping[str, str],
    on: date,
    running: bool = False,
) -> ibis.Table:
    """`rec`, `retention`, `retain_until` and `term_is_own` of one dataset: the latest end of all
    that apply, and whether no period of a statute is among those that run or may run.

    `dates` gives the column of `cells` that holds each date fact, as `dated` read it. Computed in
    this one place (design 2). `running`: of customers whose service runs on, where a period that
    begins once the contract has ended counts for ended contracts only.
    """
    import ibis

    every = [period for period in periods if _applies(period, holding, case)]
    unsure = any(standing(period.needs, case) is Standing.POSSIBLE for period in every)
    applying = [p for p in every if standing(p.needs, case) is Standing.HOLDING]
    nothing = ibis.null("date")
    if not applying:
        word = UNKNOWN if unsure else "none"
        return cells.select("rec", retention=ibis.literal(word), retain_until=nothing,
                            term_is_own=ibis.literal(value=False))  # fmt: skip
    ends = []
    may_be = any(standing(p.needs, case) is Standing.POSSIBLE and p.verified is not Verified.DESIGN
                 for p in every)  # fmt: skip
    by_statute = ibis.literal(value=may_be)
    some_unknown = ibis.literal(unsure)
    for period in applying:
        end = _end(period, cells, dates)
        if running and waits_for_the_end(period, case):
            if period.start in dates:  # elsewhere the end is null as it is
                begun = cells[dates[period.start]] <= ibis.literal(on)
                end = ibis.cases((begun, end), else_=ibis.null("date"))
        else:
            some_unknown = some_unknown | end.isnull()
        ends.append(end)
        if period.verified is not Verified.DESIGN:
            by_statute = by_statute | (end >= ibis.literal(on)) | end.isnull()
    latest = ends[0] if len(ends) == 1 else ibis.greatest(*ends)
    word = ibis.cases(
        (latest >= ibis.literal(on), "running"), (some_unknown, UNKNOWN),
        (latest.isnull(), "none"), else_="over",
    )  # fmt: skip
    own = (word == "running") & ~by_statute.fill_null(True)  # noqa: FBT003
    return cells.select("rec", retention=word, retain_until=latest, term_is_own=own)


def waits_for_the_end(period: Period, case: Mapping[str, str]) -> bool:
    """Whether in this exit the period runs only for a contract that has ended."""
    return case.get("exit_kind", UNKNOWN) in period.once_ended


def _applies(period: Period, holding: Holding, case: Mapping[str, str]) -> bool:
    return applies_to(period, holding.role, holding.retention, case.get("exit_kind", UNKNOWN))


def applies_to(period: Period, role: str, named: Collection[str], exit_kind: str) -> bool:
    """Whether a period is one of a dataset's: named for it, or of its role in such an exit."""
    if period.id in named:
        return True
    if period.kinds and exit_kind not in period.kinds:
        return False
    return role in period.roles


def _end(period: Period, cells: ibis.Table, dates: Mapping[str, str]) -> Any:
    import ibis

    if period.permanent:
        return ibis.literal(PERMANENT)
    if period.start not in dates:
        return ibis.null("date")
    start = cells[dates[period.start]]
    years, months = period.years or 0, period.months or 0
    if period.fiscal_year_end:
        # 会计法 11: the fiscal year is the calendar year; the period starts the day after it
        return ibis.date(start.year() + years, 12, 31)
    end = start + ibis.interval(months=12 * years + months)
    # the engine gives a timestamp, whatever ibis believes; a cast from date to date is left out
    return end.cast("timestamp").cast("date")
