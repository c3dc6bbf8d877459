"""What a made-up company holds and what a lawyer says of it, as written down in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

FIELD_GROUPS = (
    "contact", "identity", "id_image", "home_access", "family_health", "payment",
    "transaction", "contract", "preference", "free_text", "org_fact", "trade_secret",
)  # fmt: skip
OUTCOMES = ("TRANSFER", "RETAIN", "DESTROY", "RETURN", "KEEP", "HOLD")
# Each case, the company whose files it opens, and the exit kind.
CASES = {
    "housekeeping": ("housekeeping", "asset-sale"),
    "cotton-assets": ("cotton", "asset-sale"),
    "cotton-equity": ("cotton", "equity-sale"),
    "shipping": ("shipping", "deregistration"),
}


@dataclass(frozen=True)
class FieldTruth:
    """One column: what it holds, about whom, and the group it is decided with."""

    name: str
    category: str
    about: str
    group: str
    sensitive: bool


@dataclass(frozen=True)
class DatasetTruth:
    """One table, sheet or file, its legal role, and how it is laid out."""

    name: str
    role: str
    in_scope: bool
    about: str
    fields: tuple[FieldTruth, ...]
    layout: Mapping[str, Any]

    @property
    def groups(self) -> tuple[str, ...]:
        """The field groups it has, in the order of the closed list."""
        held = {field.group for field in self.fields}
        return tuple(group for group in FIELD_GROUPS if group in held)

    @property
    def is_table(self) -> bool:
        return "/" not in self.name

    @property
    def source(self) -> str:
        return self.name.partition("." if self.is_table else "/")[0]

    def fields_of(self, group: str) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.group == group)


@dataclass(frozen=True)
class Archetype:
    """A kind of customer, and by hand what becomes of each thing held about them."""

    id: str
    share: int
    reason: str
    facts: Mapping[str, str]
    texts: Mapping[str, str]
    answers: tuple[tuple[str, str, str], ...]
    outcomes: Mapping[str, Mapping[str, str]]
    """Role, or dataset, or dataset@variant -> field group (or "all") -> outcome."""

    def fact(self, name: str, absent: str = "") -> str:
        return self.facts.get(name, absent)

    def outcome(self, dataset: DatasetTruth, *, variant: str, group: str) -> str:
        """Look an outcome up, the most particular line first.

        Raises:
            KeyError: the author said nothing of it.
        """
        for place in (f"{dataset.name}@{variant}", dataset.name, dataset.role):
            line = self.outcomes.get(place, {})
            if said := line.get(group) or line.get("all"):
                return said
        raise KeyError(self.id, dataset.name, variant, group)


@dataclass(frozen=True)
class Spec:
    """One case: its company's datasets and its kinds of customers."""

    case: str
    company: str
    kind: str
    datasets: Mapping[str, DatasetTruth]
    archetypes: tuple[Archetype, ...]

    @cached_property
    def cycle(self) -> tuple[Archetype, ...]:
        """Archetypes by share, common ones spread between the rare ones; customers take turns."""
        most = max(kind.share for kind in self.archetypes)
        return tuple(kind for turn in range(most) for kind in self.archetypes if turn < kind.share)

    def archetype(self, name: str) -> Archetype:
        return next(kind for kind in self.archetypes if kind.id == name)


@cache
def load(case: str) -> Spec:
    """Read the three YAML files of a case.

    Raises:
        KeyError: no such case.
    """
    company, kind = CASES[case]
    datasets = {
        name: _dataset(name, said) for name, said in _yaml(f"{company}.datasets.yaml").items()
    }
    said = _yaml(f"{company}.archetypes.yaml")
    kinds = tuple(_archetype(one, case, said["answers"]) for one in said["archetypes"])
    return Spec(case, company, kind, datasets, kinds)


def scenario(case: str) -> dict[str, Any]:
    """Parties, people, sources, bindings and declarations of a case, to be made into its case."""
    return _yaml(f"{case}.scenario.yaml")


def text_of(name: str) -> str:
    """A file of this package: the case files and the words of an example's people."""
    return resources.files("shanhou_examples").joinpath(name).read_text(encoding="utf8")


def _yaml(name: str) -> dict[str, Any]:
    import yaml

    text = resources.files("shanhou_examples").joinpath(name).read_text(encoding="utf8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def _dataset(name: str, said: dict[str, Any]) -> DatasetTruth:
    fields = []
    for field, words in said.pop("fields").items():
        category, about, group, *more = words.split()
        fields.append(FieldTruth(field, category, about, group, more == ["sensitive"]))
    return DatasetTruth(
        name=name,
        role=said.pop("role"),
        in_scope=said.pop("scope") == "in",
        about=said.pop("about"),
        fields=tuple(fields),
        layout=said,
    )


def _archetype(said: dict[str, Any], case: str, answers: dict[str, Any]) -> Archetype:
    lines = said["outcomes"]
    lines = lines.get(case, lines)
    return Archetype(
        id=said["id"],
        share=said.get("share", 1),
        reason=said["reason"],
        facts=said.get("facts", {}),
        texts=said.get("texts", {}),
        answers=tuple((a, b, str(c)) for a, b, c in answers[said.get("answers", "none")]),
        outcomes={place: _line(words) for place, words in lines.items()},
    )


def _line(words: str | dict[str, str]) -> dict[str, str]:
    """`HOLD` alone is for all groups; `{KEEP: contact payment}` names the groups of each."""
    if isinstance(words, str):
        return {"all": words}
    return {group: outcome for outcome, groups in words.items() for group in groups.split()}
