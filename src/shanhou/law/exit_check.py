"""Why nothing may be deleted yet, with the article: the warnings of an exit check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from shanhou.law.load import load_rulebook, read_basis
from shanhou.law.rule import Basis


@dataclass(frozen=True)
class Warned:
    """One reason not to delete yet; `basis` is None where it is no law but that nobody can know."""

    found: str
    count: int
    zh: str
    en: str
    basis: Basis | None


def warnings_for(counts: Mapping[str, int]) -> tuple[Warned, ...]:
    """The warnings whose count is above zero, in the order of the file."""
    return tuple(
        Warned(one["found"], counts[one["found"]], one["zh"].format(n=f"{counts[one['found']]:,}"),
               one["en"].format(n=f"{counts[one['found']]:,}"), _basis_of(one))
        for one in _warnings()
        if counts[one["found"]]
    )  # fmt: skip


def counted() -> frozenset[str]:
    """What has to be counted for the warnings."""
    return frozenset(one["found"] for one in _warnings())


def _basis_of(one: Mapping[str, Any]) -> Basis | None:
    book = load_rulebook()
    if "rule" in one:
        return next(rule.bases[0] for rule in book.rules if rule.id == one["rule"])
    if "period" in one:
        return next(period.bases[0] for period in book.periods if period.id == one["period"])
    return read_basis(one["basis"]) if "basis" in one else None


@cache
def _warnings() -> tuple[dict[str, Any], ...]:
    import yaml

    text = resources.files("shanhou.law").joinpath("exit_check.yaml").read_text(encoding="utf8")
    return tuple(yaml.safe_load(text)["warnings"])
