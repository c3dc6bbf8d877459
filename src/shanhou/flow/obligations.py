"""未了义务 open obligations: how many, to how many customers, and who owns each after the exit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.cases.obligations import OBLIGATION
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.gathering import collected
from shanhou.flow.noting import COLLECT, SUBJECTS

if TYPE_CHECKING:
    from shanhou.cases.obligations import Obligation
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case


@dataclass(frozen=True)
class Owed:
    """One line of the ledger: what is open in one column of the company's data."""

    kind: str
    field: str
    owner: str
    """Empty while nobody is named."""
    records: int
    customers: int
    reach_nobody: int
    """Open rows that belong to no known customer."""
    unread: int
    """Rows whose answer or amount nobody can read: neither open nor done, or not summed."""
    amount: str
    """The sum of the amounts, to two places; empty where none is named."""

    @property
    def unowned(self) -> bool:
        return bool(self.records) and not self.owner


def ledger_of(case: Case) -> tuple[Owed, ...]:
    """Everything that the case's ledger of obligations finds open today.

    Raises:
        Refusal: SH-E-301 a column of the ledger is not there; SH-E-306 it lies in a dataset whose
            rows reach no customer.
    """
    with case.vault.read(COLLECT, SUBJECTS) as desk:
        return tuple(_owed(case, desk, one) for one in case.settings.obligations)


def _owed(case: Case, desk: Desk, one: Obligation) -> Owed:
    from shanhou.disposition.facts import bound_values
    from shanhou.disposition.holdings import binding_of
    from shanhou.disposition.row_filter import in_scope
    from shanhou.law.load import load_rulebook

    tables = collected(case)
    bound = binding_of(OBLIGATION, one, assets_of_case(case), tables, every_row=True)
    spec = load_rulebook().facts[OBLIGATION]
    cells = in_scope(desk.table(COLLECT, bound.holding.table), bound.holding)
    told = bound_values(bound, cells, spec, case.on)
    left = told.filter(told["rank"] == spec.values.index("left") + 1).select("rec")
    members = desk.table(SUBJECTS, "member").select("rec", "sid")
    whose = left.left_join(members, "rec").drop("rec_right")
    counted = whose.aggregate(records=whose.rec.nunique(), customers=whose.sid.nunique(),
                              lost=whose.sid.isnull().sum())  # fmt: skip
    (row,) = desk.arrow(counted).to_pylist()
    unread = int(desk.scalar(told.filter(told["rank"] == 0).count()))
    amount, unsummed = _amount(desk, one, tables, left)
    return Owed(one.kind.value, one.field, one.owner, row["records"], row["customers"],
                int(row["lost"] or 0), unread + unsummed, amount)  # fmt: skip


def _amount(
    desk: Desk, one: Obligation, tables: tuple[Collected, ...], left: Any
) -> tuple[str, int]:
    """The sum of the open rows, and how many amounts could not be read."""
    from shanhou.disposition.holdings import field_of

    if not one.amount:
        return "", 0
    dataset, field = field_of(one.amount, tables)
    (table,) = [each for each in tables if each.dataset.name == dataset]
    cells = desk.table(COLLECT, table.table)
    column = cells[f"c{table.dataset.position(field)}"]
    plain = cells.select("rec", amount=column.strip().replace(",", "").try_cast("decimal(38, 2)"))
    open_ones = plain.semi_join(left, "rec")
    summed = open_ones.aggregate(total=open_ones.amount.sum(), lost=open_ones.amount.isnull().sum())
    (row,) = desk.arrow(summed).to_pylist()
    return f"{row['total'] or 0:.2f}", int(row["lost"] or 0)
