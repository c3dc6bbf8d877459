"""Reads rule packs, retention periods and facts; refuses a pack that breaks the house rules.

A pack is refused when a condition names an unknown fact or value, when an id stands twice, or
when a rule that is not checked against the statute's text would permit an outcome that cannot be
undone (law.md, conflict order 11).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from shanhou.errors import Refusal
from shanhou.law.rule import (
    NEEDS_STATUTE,
    Basis,
    FactSpec,
    Outcome,
    Period,
    Rule,
    Tier,
    Verified,
)
from shanhou.law.rulebook import Rulebook


@cache
def load_rulebook() -> Rulebook:
    """The rulebook that ships with this version."""
    law = resources.files("shanhou.law")
    texts = {"facts.yaml": law.joinpath("facts.yaml").read_text("utf8")}
    texts["retention.yaml"] = law.joinpath("retention.yaml").read_text("utf8")
    for pack in sorted(law.joinpath("rules").iterdir(), key=lambda entry: entry.name):
        if pack.name.endswith(".yaml"):
            texts[f"rules/{pack.name}"] = pack.read_text("utf8")
    return read_rulebook(texts)


def read_rulebook(texts: Mapping[str, str]) -> Rulebook:
    """Build the rulebook from the texts of its files, by name.

    Raises:
        Refusal: SH-E-401 a pack breaks the house rules; the file and the rule are named.
    """
    import yaml

    # the loader written in C, where it was built: ten times as fast, with the same answers
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded = {name: yaml.load(text, loader) for name, text in texts.items()}  # noqa: S506 - safe
    facts = {name: _fact(name, raw) for name, raw in loaded["facts.yaml"]["facts"].items()}
    rules: list[Rule] = []
    for name in sorted(loaded):
        if name.startswith("rules/"):
            rules += [_rule(raw, facts, name) for raw in loaded[name]["rules"]]
    periods = [_period(raw, facts) for raw in loaded["retention.yaml"]["periods"]]
    _no_id_twice([rule.id for rule in rules] + [period.id for period in periods])
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\0{hashlib.sha256(texts[name].encode()).hexdigest()}\n".encode())
    return Rulebook(tuple(rules), tuple(periods), facts, digest.hexdigest())


def _fact(name: str, raw: Mapping[str, Any]) -> FactSpec:
    values = tuple(raw.get("strictest", raw.get("values", ())))
    return FactSpec(name, values, raw["level"], frozenset(raw["from"]), raw["zh"], raw["en"],
                    raw.get("in_text", {}))  # fmt: skip


def _rule(raw: Mapping[str, Any], facts: Mapping[str, FactSpec], pack: str) -> Rule:
    when = _conditions(raw["when"], facts, f"{pack}: {raw['id']}")
    effective = raw["effective"]
    rule = Rule(
        id=raw["id"],
        row=raw["row"],
        tier=Tier[raw["tier"].upper()],
        outcome=Outcome(raw["outcome"]),
        when=when,
        basis=read_basis(raw["basis"]),
        effective_from=effective["from"],
        effective_to=effective.get("to"),
        verified=Verified(raw["verified"]),
        zh=raw["zh"],
        en=raw["en"],
    )
    if rule.outcome in NEEDS_STATUTE and rule.verified is not Verified.STATUTE:
        raise Refusal(
            "SH-E-401", where=f"{pack}: {rule.id}", problem=f"{rule.outcome.value} needs statute"
        )
    return rule


def _period(raw: Mapping[str, Any], facts: Mapping[str, FactSpec]) -> Period:
    return Period(
        id=raw["id"],
        roles=frozenset(raw["roles"]),
        years=raw["years"],
        start=raw["start"],
        fiscal_year_end=raw["fiscal_year_end"],
        kinds=frozenset(raw.get("kinds", ())),
        needs=_conditions(raw.get("needs", {}), facts, f"retention.yaml: {raw['id']}"),
        basis=read_basis(raw["basis"]),
        verified=Verified(raw["verified"]),
        zh=raw["zh"],
        en=raw["en"],
    )


def _conditions(
    raw: Mapping[str, str | list[str]], facts: Mapping[str, FactSpec], where: str
) -> dict[str, frozenset[str]]:
    when: dict[str, frozenset[str]] = {}
    for name, value in raw.items():
        allowed = frozenset([value] if isinstance(value, str) else value)
        if name not in facts or not allowed <= frozenset(facts[name].values):
            raise Refusal("SH-E-401", where=where, problem=f"{name}: {sorted(allowed)}")
        when[name] = allowed
    return when


def read_basis(raw: Mapping[str, Any]) -> Basis:
    """A cited article from its YAML."""
    version: date = raw["text_version"]
    return Basis(raw["law"], str(raw["article"]), version)


def _no_id_twice(ids: list[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise Refusal("SH-E-401", where=", ".join(twice), problem="id stands twice")
