"""Holds the relations of an inventory against those drawn by hand before the first run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shanhou.inventory.register import Register
from shanhou.inventory.verdicts import Relation

KEYS = Path(__file__).parent / "relations"


@dataclass(frozen=True)
class Drawn:
    """What was found of one database's relations, by name."""

    asked: int
    missed: tuple[str, ...]
    soft_asked: int
    soft_missed: tuple[str, ...]
    wrong: tuple[str, ...]
    found: int

    def told(self) -> str:
        right, soft = self.asked - len(self.missed), self.soft_asked - len(self.soft_missed)
        lines = [f"  relations: {right} of {self.asked} found, soft {soft} of {self.soft_asked}"]
        lines.append(f"    {len(self.wrong)} wrong of {self.found}")
        for name in ("missed", "soft_missed", "wrong"):
            found = getattr(self, name)
            lines.append(f"    {name}: {' '.join(found) or '-'}")
        return "\n".join(lines)


def has_key(database: str) -> bool:
    return (KEYS / f"{database}.yaml").exists()


def draw(database: str, register: Register) -> Drawn:
    key = yaml.safe_load((KEYS / f"{database}.yaml").read_text(encoding="utf8"))
    must, soft = key["must"], key.get("soft", {})
    found = [(_place(r.dataset, r.fields), _place(r.to_dataset, r.to_fields), r)
             for r in register.relations]  # fmt: skip
    pairs = {(child, parent) for child, parent, _ in found}
    return Drawn(
        asked=len(must),
        missed=tuple(f"{c}->{p}" for c, p in must.items() if (c, p) not in pairs),
        soft_asked=len(soft),
        soft_missed=tuple(f"{c}->{p}" for c, p in soft.items() if (c, p) not in pairs),
        wrong=tuple(_named(child, parent, r) for child, parent, r in found
                    if not _right(key, child, parent)),
        found=len(found),
    )  # fmt: skip


def _place(dataset: str, fields: tuple[str, ...]) -> str:
    return f"{dataset.split('.', 1)[1]}.{'+'.join(fields)}"


def _named(child: str, parent: str, relation: Relation) -> str:
    return f"{child}->{parent}({relation.kind.value} {relation.confidence})"


def _right(key: Mapping[str, Any], child: str, parent: str) -> bool:
    asked = {**key.get("soft", {}), **key["must"]}
    fair = key.get("fair", {})
    column = child.split(".", 1)[1]
    allowed = [*fair.get(child, ()), *fair.get(f"*.{column}", ())]
    return (parent in {key["must"].get(child), key.get("soft", {}).get(child), *allowed}
            or asked.get(parent) == child)  # fmt: skip
