"""The truth file of a generated case: written beside the sources, read by the scorer.

Small cases hold everything in `truth.json`. Large ones stream one line per row into
`truth.jsonl` and leave out what only the check of the world needs (tokens, digests).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from shanhou_examples import marks
from shanhou_examples.rows import Row
from shanhou_examples.spec import OUTCOMES, Archetype, DatasetTruth, Spec

INLINE_CUSTOMERS = 5_000


@dataclass(frozen=True)
class Record:
    """One row in scope and what is to become of it, group by group."""

    dataset: str
    key: str
    archetype: str
    person: str
    outcomes: Mapping[str, str]
    tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """What is true of a generated case."""

    case: str
    kind: str
    customers: int
    datasets: Mapping[str, Mapping[str, Any]]
    persons: Mapping[str, Mapping[str, str]]
    quarantined: tuple[Mapping[str, Any], ...]
    folder: Path
    planted: Mapping[str, tuple[str, ...]]
    inline: tuple[Record, ...] | None

    def records(self) -> Iterator[Record]:
        """Every row in scope; read from the stream where the case is large."""
        if self.inline is not None:
            yield from self.inline
            return
        lines: dict[tuple[str, str], Mapping[str, str]] = {}
        with (self.folder / "truth.jsonl").open(encoding="utf8") as stream:
            for line in stream:
                said = json.loads(line)
                if "outcomes" in said:
                    lines[said["line"], said["archetype"]] = said["outcomes"]
                    continue
                person, archetype, held = said["person"], said["archetype"], said["records"]
                for place, key in held:
                    dataset = place.partition("@")[0]
                    yield Record(dataset, key, archetype, person, lines[place, archetype])


class TruthWriter:
    """Takes each row as it is written and says what should become of it."""

    def __init__(self, out: Path, spec: Spec, *, customers: int) -> None:
        self._out = out
        self._spec = spec
        self._customers = customers
        self._inline: list[dict[str, Any]] | None = [] if customers <= INLINE_CUSTOMERS else None
        self._persons: dict[str, dict[str, str]] = {}
        self._counts = dict.fromkeys(spec.datasets, 0)
        self._lines: dict[tuple[str, str, str], dict[str, str]] = {}
        self._quarantined: list[dict[str, Any]] = []
        self._untouched: dict[str, int] = {}
        self._stream: TextIO | None = None
        (out / "truth.jsonl").unlink(missing_ok=True)
        if self._inline is None:
            self._stream = (out / "truth.jsonl").open("w", encoding="utf8", newline="\n")

    def quarantine(self, dataset: str, line: int, why: str) -> None:
        self._quarantined.append({"dataset": dataset, "line": line, "why": why})

    def bystander(self, row: Row) -> None:
        """A row out of scope: it must still be there, unchanged, at the end."""
        self._counts[row.dataset] += 1
        self._untouched[row.dataset] = marks.summed(
            self._untouched.get(row.dataset, 0), row.cells.values()
        )

    def rows(
        self, held: list[tuple[Row, str]], *, person: str, archetype: Archetype, kind: str
    ) -> None:
        """The rows about one person, each with its key."""
        fresh: list[dict[str, Any]] = []
        places = []
        for row, key in held:
            self._counts[row.dataset] += 1
            dataset = self._spec.datasets[row.dataset]
            place = f"{row.dataset}@{row.variant}" if row.variant else row.dataset
            outcomes = self._line(dataset, row, archetype, fresh)
            if self._inline is not None:
                self._inline.append(
                    _record(dataset, row, key, archetype=archetype.id, outcomes=outcomes)
                )
            places.append([place, key])
        if self._stream is None:
            self._persons[person] = {"kind": kind, "archetype": archetype.id}
            return
        fresh.append({"person": person, "archetype": archetype.id, "kind": kind, "records": places})
        for line in fresh:
            self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _line(
        self, dataset: DatasetTruth, row: Row, archetype: Archetype, fresh: list[dict[str, Any]]
    ) -> dict[str, str]:
        known = self._lines.get((dataset.name, row.variant, archetype.id))
        if known is None:
            known = {
                group: archetype.outcome(dataset, variant=row.variant, group=group)
                for group in dataset.groups
            }
            self._lines[dataset.name, row.variant, archetype.id] = known
            place = f"{dataset.name}@{row.variant}" if row.variant else dataset.name
            fresh.append({"line": place, "archetype": archetype.id, "outcomes": known})
        return known

    def close(self) -> None:
        """Write `truth.json`."""
        said: dict[str, Any] = {
            "case": self._spec.case,
            "kind": self._spec.kind,
            "customers": self._customers,
            "datasets": {name: self._dataset(one) for name, one in self._spec.datasets.items()},
            "archetypes": {kind.id: kind.reason for kind in self._spec.archetypes},
            "quarantined": self._quarantined,
        }
        if self._stream is not None:
            self._stream.close()
        else:
            said |= {
                "records": self._inline,
                "persons": self._persons,
                "planted": planted(self._inline or []),
            }
        text = json.dumps(said, ensure_ascii=False, indent=1)
        (self._out / "truth.json").write_text(text + "\n", encoding="utf8", newline="\n")

    def _dataset(self, dataset: DatasetTruth) -> dict[str, Any]:
        said: dict[str, Any] = {
            "role": dataset.role,
            "scope": "in" if dataset.in_scope else "out",
            "about": dataset.about,
            "rows": self._counts[dataset.name],
            "fields": {
                one.name: {
                    "category": one.category,
                    "sensitive": one.sensitive,
                    "about": one.about,
                    "field_group": one.group,
                }
                for one in dataset.fields
            },
        }
        for detail in ("encoding", "hidden", "title", "key"):
            if detail in dataset.layout:
                said[detail] = dataset.layout[detail]
        said["header_line"] = 1 + ("title" in dataset.layout) + ("bands" in dataset.layout)
        if not dataset.in_scope:
            said["digest_sum"] = f"{self._untouched.get(dataset.name, 0):016x}"
        return said


def _record(
    dataset: DatasetTruth, row: Row, key: str, *, archetype: str, outcomes: dict[str, str]
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "dataset": dataset.name,
        "key": key,
        "archetype": archetype,
        "person": row.person,
        "outcomes": outcomes,
        "tokens": {},
        "digests": {},
    }
    for group in outcomes:
        cells = [row.cells[name] for name in dataset.fields_of(group)]
        found = frozenset[str]().union(*(marks.tokens(marks.cell_text(cell)) for cell in cells))
        if found:
            said["tokens"][group] = sorted(found)
        if value := marks.digest(cells):
            said["digests"][group] = value
    return said


def planted(records: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Values that stand for one outcome only: each item that holds them ends the same way."""
    ends: dict[str, set[str]] = {}
    for record in records:
        for group, found in record["tokens"].items():
            for token in found:
                ends.setdefault(token, set()).add(record["outcomes"][group])
    return {
        outcome: sorted(token for token, outcomes in ends.items() if outcomes == {outcome})
        for outcome in OUTCOMES
    }


def read(folder: Path) -> Truth:
    """Read a truth folder, small or large.

    Raises:
        FileNotFoundError: there is no `truth.json`.
    """
    said = json.loads((folder / "truth.json").read_text(encoding="utf8"))
    inline = said.get("records")
    return Truth(
        case=said["case"],
        kind=said["kind"],
        customers=said["customers"],
        datasets=said["datasets"],
        persons=said.get("persons", {}),
        quarantined=tuple(said["quarantined"]),
        folder=folder,
        planted={name: tuple(found) for name, found in said.get("planted", {}).items()},
        inline=None if inline is None else tuple(_read_record(one) for one in inline),
    )


def _read_record(said: dict[str, Any]) -> Record:
    tokens = {group: tuple(found) for group, found in said.pop("tokens").items()}
    return Record(tokens=tokens, **said)
