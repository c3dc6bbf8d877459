"""Count how many columns an inventory names rightly: what, how sensitive, about whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from shanhou_examples.truth import Truth


@dataclass(frozen=True)
class Findings:
    """Columns counted; `missed` are sensitive columns not called so, `mistaken` other slips."""

    fields: int
    absent: int
    category_right: int
    sensitive_right: int
    about_asked: int
    about_right: int
    missed: tuple[str, ...]
    mistaken: tuple[str, ...]

    def told(self) -> list[str]:
        head = (
            f"inventory: {self.fields} fields, {self.absent} absent; category"
            f" {self.category_right}, sensitive {self.sensitive_right},"
            f" about {self.about_right} of {self.about_asked} right"
        )
        lines = [head, *(f"sensitive column missed: {name}" for name in self.missed)]
        return lines + [f"category: {name}" for name in self.mistaken]


def score_inventory(truth: Truth, inventory: Path) -> Findings:
    """Hold `inventory --json` against the truth, column by column.

    Whom a column is about is asked only where it holds something about someone.
    """
    said = json.loads(inventory.read_text(encoding="utf8"))
    found = {
        (one["dataset"], field["field"]): field
        for one in said["datasets"]
        for field in one["fields"]
    }
    counts = dict.fromkeys(("fields", "absent", "category", "sensitive", "asked", "about"), 0)
    missed, mistaken = [], []
    for dataset, known in truth.datasets.items():
        for name, true in known["fields"].items():
            counts["fields"] += 1
            got = found.get((dataset, name))
            if got is None:
                counts["absent"] += 1
                missed += [f"{dataset} {name}"] if true["sensitive"] else []
                continue
            category = got.get("category") or "none"
            sensitive = bool(got.get("sensitive"))
            counts["category"] += category == true["category"]
            counts["sensitive"] += sensitive == true["sensitive"]
            if true["category"] != "none" and true["about"] != "none":
                counts["asked"] += 1
                counts["about"] += got.get("about") == true["about"]
            if true["sensitive"] and not sensitive:
                missed.append(f"{dataset} {name}")
            if category != true["category"]:
                mistaken.append(f"{dataset} {name}: {true['category']} called {category}")
    return Findings(
        fields=counts["fields"],
        absent=counts["absent"],
        category_right=counts["category"],
        sensitive_right=counts["sensitive"],
        about_asked=counts["asked"],
        about_right=counts["about"],
        missed=tuple(missed),
        mistaken=tuple(mistaken),
    )
