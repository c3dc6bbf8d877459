"""Reads rule packs, retention periods, duties and facts; a pack that breaks the rules is refused.

A pack is a folder: `pack.yaml` names its statutes and lists, every other file holds rules, periods,
duties or superseded statutes. What is refused and why stands in `pack_checks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from shanhou.errors import Refusal
from shanhou.law.pack_checks import require_sound
from shanhou.law.rule import (
    Basis,
    Clock,
    ClockUnit,
    Duty,
    Extension,
    FactSpec,
    Outcome,
    Pack,
    Period,
    Rule,
    Statute,
    Superseded,
    Tier,
    Verified,
    Words,
)
from shanhou.law.rulebook import Rulebook

HEADER = "pack.yaml"
FACTS = "facts.yaml"


@cache
def load_rulebook() -> Rulebook:
    """The rulebook that ships with this version."""
    return read_rulebook(shipped_texts())


def known_rule(book: Rulebook, rule_id: str) -> Rule:
    """A rule that a plan names.

    Raises:
        Refusal: SH-E-408 the packs of this version have no such rule: the plan is of another one.
    """
    for rule in book.rules:
        if rule.id == rule_id:
            return rule
    raise Refusal("SH-E-408", rule=rule_id)


def shipped_texts() -> dict[str, str]:
    """The files of facts and packs that ship with this version, by name."""
    law = resources.files("shanhou.law")
    texts = {FACTS: law.joinpath(FACTS).read_text("utf8")}
    for folder in law.iterdir():
        if folder.is_dir() and folder.joinpath(HEADER).is_file():
            for file in folder.iterdir():
                if file.name.endswith(".yaml"):
                    texts[f"{folder.name}/{file.name}"] = file.read_text("utf8")
    return texts


def read_rulebook(texts: Mapping[str, str]) -> Rulebook:
    """Build the rulebook from the texts of its files, by name.

    Raises:
        Refusal: SH-E-401 a pack breaks the house rules; the file and the rule are named.
    """
    import yaml

    # the loader written in C, where it was built: ten times as fast, with the same answers
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded = {name: yaml.load(text, loader) for name, text in texts.items()}  # noqa: S506 - safe
    facts = {name: _fact(name, raw) for name, raw in loaded.pop(FACTS)["facts"].items()}
    packs = [_Reader(name.removesuffix(f"/{HEADER}"), loaded[name], facts)
             for name in sorted(loaded) if name.endswith(f"/{HEADER}")]  # fmt: skip
    rules: list[Rule] = []
    periods: list[Period] = []
    duties: list[Duty] = []
    superseded: list[Superseded] = []
    clocks: list[Clock] = []
    for pack in packs:
        for name in sorted(loaded):
            if name.startswith(f"{pack.folder}/") and not name.endswith(f"/{HEADER}"):
                raw = loaded[name] or {}
                rules += [pack.rule(one, name) for one in raw.get("rules", ())]
                periods += [pack.period(one, name) for one in raw.get("periods", ())]
                duties += [pack.duty(one, name) for one in raw.get("duties", ())]
                clocks += [pack.clock(one, name) for one in raw.get("clocks", ())]
                superseded += [_superseded(one) for one in raw.get("superseded", ())]
    require_sound(rules, periods, duties, clocks)
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\0{hashlib.sha256(texts[name].encode()).hexdigest()}\n".encode())
    named = tuple(pack.pack for pack in packs)
    return Rulebook(tuple(rules), tuple(periods), facts, digest.hexdigest(), named,
                    tuple(duties), tuple(superseded), tuple(clocks))  # fmt: skip


def _fact(name: str, raw: Mapping[str, Any]) -> FactSpec:
    values = tuple(raw.get("strictest", raw.get("values", ())))
    return FactSpec(name, values, raw["level"], frozenset(raw["from"]), raw["zh"], raw["en"],
                    raw.get("in_text", {}))  # fmt: skip


def _superseded(raw: Mapping[str, Any]) -> Superseded:
    return Superseded(raw["name"], raw["zh"], raw["en"], tuple(raw["instead"]))


@dataclass(frozen=True)
class _Statute:
    law: str
    en: str
    text_version: date
    in_force: date
    verified: Verified


class _Reader:
    """Reads what stands in one pack's files, in the words of its header."""

    def __init__(
        self, folder: str, header: Mapping[str, Any], facts: Mapping[str, FactSpec]
    ) -> None:
        self.folder = folder
        self.facts = facts
        named = tuple(Statute(name, one["zh"], one["en"], one["text"],
                              Verified(one["verified"]))
                      for name, one in header["statutes"].items())  # fmt: skip
        self.pack = Pack(header["pack"], header["version"], header["zh"], header["en"], named)
        self.lists: Mapping[str, list[str]] = header.get("lists", {})
        self.applies = header.get("applies", {})
        self.statutes = {
            name: _Statute(one["zh"], one["en"], one["text"], one["from"],
                           Verified(one["verified"]))
            for name, one in header["statutes"].items()
        }  # fmt: skip

    def rule(self, raw: Mapping[str, Any], file: str) -> Rule:
        where = f"{file}: {raw['id']}"
        cited = self._cited(raw, where)
        effective = raw.get("effective", {})
        release = raw.get("release")
        return Rule(
            id=raw["id"],
            row=raw["row"],
            tier=Tier[raw["tier"].upper()],
            outcome=Outcome(raw["outcome"]),
            when=self._conditions({**self.applies, **raw["when"]}, where),
            bases=self._bases(raw["basis"], where),
            effective_from=effective.get("from", max(one.in_force for one in cited)),
            effective_to=effective.get("to"),
            verified=self._verified(raw, cited, where),
            zh=raw["zh"],
            en=raw["en"],
            narrows=raw.get("narrows", False),
            release=Words(release["zh"], release["en"]) if release else None,
            evidence=tuple(raw.get("evidence", ())),
            pack=self.pack.id,
        )

    def period(self, raw: Mapping[str, Any], file: str) -> Period:
        where = f"{file}: {raw['id']}"
        if raw["start"] not in self.facts or self.facts[raw["start"]].values:
            raise Refusal("SH-E-401", where=where, problem=f"{raw['start']}: no date")
        return Period(
            id=raw["id"],
            roles=frozenset(raw.get("roles", ())),
            years=raw.get("years"),
            months=raw.get("months"),
            start=raw["start"],
            fiscal_year_end=raw.get("fiscal_year_end", False),
            kinds=frozenset(raw.get("kinds", ())),
            once_ended=frozenset(raw.get("once_ended", ())),
            needs=self._conditions(raw.get("needs", {}), where),
            bases=self._bases(raw["basis"], where),
            verified=self._verified(raw, self._cited(raw, where), where),
            zh=raw["zh"],
            en=raw["en"],
            pack=self.pack.id,
        )

    def duty(self, raw: Mapping[str, Any], file: str) -> Duty:
        where = f"{file}: {raw['id']}"
        why = raw.get("why_not")
        return Duty(
            id=raw["id"],
            bases=self._bases(raw["basis"], where),
            verified=self._verified(raw, self._cited(raw, where), where),
            zh=raw["zh"],
            en=raw["en"],
            done_by=tuple(raw.get("done_by", ())),
            why_not=Words(why["zh"], why["en"]) if why else None,
            pack=self.pack.id,
        )

    def clock(self, raw: Mapping[str, Any], file: str) -> Clock:
        where = f"{file}: {raw['id']}"
        return Clock(
            id=raw["id"],
            start=raw["start"],
            length=raw["length"],
            unit=ClockUnit(raw["unit"]),
            before=raw.get("before", False),
            not_before=raw.get("not_before", ""),
            ends=raw.get("ends", ""),
            kinds=frozenset(raw.get("kinds", ())),
            procedure=frozenset(raw.get("procedure", ())),
            who=tuple(raw["who"]),
            bases=self._bases(raw["basis"], where),
            verified=self._verified(raw, self._cited(raw, where), where),
            zh=raw["zh"],
            en=raw["en"],
            pack=self.pack.id,
            extension=self._extension(raw.get("extension"), where),
        )

    def _extension(self, raw: Mapping[str, Any] | None, where: str) -> Extension | None:
        if raw is None:
            return None
        return Extension(raw["length"], self._bases(raw["basis"], where),
                         self._verified(raw, self._cited(raw, where), where))  # fmt: skip

    def _cited(self, raw: Mapping[str, Any], where: str) -> list[_Statute]:
        unknown = [name for name in raw["basis"] if name not in self.statutes]
        if unknown or not raw["basis"]:
            raise Refusal("SH-E-401", where=where, problem=f"statute: {unknown or '-'}")
        return [self.statutes[name] for name in raw["basis"]]

    def _bases(self, raw: Mapping[str, Any], where: str) -> tuple[Basis, ...]:
        for name, article in raw.items():
            if not str(article or "").strip():
                raise Refusal("SH-E-401", where=where, problem=f"{name}: no article")
        return tuple(
            Basis(self.statutes[name].law, str(article), self.statutes[name].text_version,
                  self.statutes[name].en)
            for name, article in raw.items()
        )  # fmt: skip

    def _verified(self, raw: Mapping[str, Any], cited: Iterable[_Statute], where: str) -> Verified:
        """As sure as the least sure text it cites; a rule may say less of itself, never more."""
        weakest = max((one.verified for one in cited), key=lambda mark: mark.doubt)
        own = Verified(raw.get("verified", weakest))
        if own.doubt < weakest.doubt:
            raise Refusal("SH-E-401", where=where, problem=f"verified: {own} > {weakest}")
        return own

    def _conditions(self, raw: Mapping[str, Any], where: str) -> dict[str, frozenset[str]]:
        when: dict[str, frozenset[str]] = {}
        for name, value in raw.items():
            allowed = self._values(value, where)
            if name not in self.facts or not allowed <= frozenset(self.facts[name].values):
                raise Refusal("SH-E-401", where=where, problem=f"{name}: {sorted(allowed)}")
            when[name] = allowed
        return when

    def _values(self, value: str | list[str], where: str) -> frozenset[str]:
        if isinstance(value, list):
            return frozenset(value)
        if not value.startswith("$"):
            return frozenset([value])
        if value[1:] not in self.lists:
            raise Refusal("SH-E-401", where=where, problem=value)
        return frozenset(self.lists[value[1:]])


def read_basis(raw: Mapping[str, Any]) -> Basis:
    """A cited article from its YAML."""
    version: date = raw["text_version"]
    return Basis(raw["law"], str(raw["article"]), version)
