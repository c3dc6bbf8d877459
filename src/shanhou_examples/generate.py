"""Write one made-up company: its files, its customers' answers, and the truth about both.

`python -m shanhou_examples.generate --case housekeeping --out DIR [--customers N]`
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from shanhou_examples import cotton, housekeeping, people, shipping
from shanhou_examples.rows import Customer, Firm, Row
from shanhou_examples.spec import CASES, Spec, load
from shanhou_examples.truth import TruthWriter
from shanhou_examples.writers import Sources

SEED = 20261122
# Sheets hold the first customers only: the mass of a large firm is in its database and exports.
SHEET_CUSTOMERS = 2_000
_CLERKS: dict[str, ModuleType] = {
    "housekeeping": housekeeping,
    "cotton": cotton,
    "shipping": shipping,
}
_ANSWER_COLUMNS = ("contact", "name", "kind", "value", "on", "channel")
_CHANNELS = ("短信", "电话", "微信", "门店书面")


def generate(case: str, out: Path, *, customers: int = 300, seed: int = SEED) -> None:
    """Write `sources/`, `answers.csv` and the truth of a case into a folder.

    Raises:
        KeyError: no such case.
    """
    spec = load(case)
    clerk = _CLERKS[spec.company]
    firm = Firm(salt=seed % 10**9 + len(spec.company) * 1_009, customers=customers)
    out.mkdir(parents=True, exist_ok=True)
    truth = TruthWriter(out, spec, customers=customers)
    with (
        Sources(out / "sources", spec.datasets.values()) as sources,
        (out / "answers.csv").open("w", encoding="utf8", newline="") as file,
    ):
        answers = csv.writer(file)
        answers.writerow(_ANSWER_COLUMNS)
        _write_fixtures(spec, clerk, firm, sources, truth)
        for index in range(customers):
            customer = _customer(spec, firm, index)
            _write_customer(customer, spec, clerk, sources, truth)
            for line in _answers(customer, clerk):
                answers.writerow(line)
            if index in (customers // 3, customers // 2):
                how = "fields" if index == customers // 3 else "bytes"
                _spoil(firm, sources, truth, how)
        _spoil(firm, sources, truth, "quote")
    truth.close()


def _customer(spec: Spec, firm: Firm, index: int) -> Customer:
    turn, place = divmod(index, len(spec.cycle))
    return Customer(index, spec.cycle[place], firm.salt, turn + place)


def _write_fixtures(
    spec: Spec, clerk: ModuleType, firm: Firm, sources: Sources, truth: TruthWriter
) -> None:
    for row in clerk.fixtures(firm):
        key = sources.write(row)
        if row.person:
            archetype = spec.archetype(row.variant)
            truth.rows(
                [(Row(row.dataset, row.cells, row.person), key)],
                person=row.person,
                archetype=archetype,
                kind="person",
            )
        else:
            truth.bystander(row)


def _write_customer(
    customer: Customer, spec: Spec, clerk: ModuleType, sources: Sources, truth: TruthWriter
) -> None:
    held = [
        (row, sources.write(row))
        for row in clerk.rows(customer)
        if customer.index < SHEET_CUSTOMERS or "#" not in row.dataset
    ]
    kind = "org" if customer.fact("kind") == "org" else "person"
    outside = [row for row, _ in held if not spec.datasets[row.dataset].in_scope]
    for row in outside:
        truth.bystander(row)
    inside = [(row, key) for row, key in held if spec.datasets[row.dataset].in_scope]
    truth.rows(inside, person=customer.id, archetype=customer.archetype, kind=kind)


def _answers(customer: Customer, clerk: ModuleType) -> Iterator[tuple[str, ...]]:
    for kind, value, on in customer.archetype.answers:
        name = people.messy_name(customer.person.name, customer.chance)
        channel = customer.chance.choice(_CHANNELS)
        yield clerk.contact(customer), name, kind, value, on, channel


def _spoil(firm: Firm, sources: Sources, truth: TruthWriter, how: str) -> None:
    """Break a line of each delimited file; the person in it is nobody's customer."""
    for number, (dataset, writer) in enumerate(sources.delimited.items()):
        who = firm.stranger(5_000 + number * 3 + len(how))
        cells = [who.name, who.phone, *["破损行"] * writer.column_count][: writer.column_count]
        truth.quarantine(dataset, writer.spoil(cells, how), how)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write one made-up company and its truth.")
    parser.add_argument("--case", choices=sorted(CASES), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    generate(asked.case, asked.out, customers=asked.customers, seed=asked.seed)


if __name__ == "__main__":
    main()
