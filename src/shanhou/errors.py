"""Two ways to say no, each with a stable code that `shanhou explain CODE` tells in full.

`Refusal`: law, an approval or a person forbids it; shown, never retried.
`Fault`: the world failed (a file, a server, a network); may be retried, then reported.
Anything else that is raised is a bug. Facts of an error are ids, counts and digests, never
personal data. The words stand in `errors.yaml`, Chinese and English side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True)
class Told:
    """One error in one language: what happened, why, what to do."""

    what: str
    why: str
    do: str


class Coded(Exception):
    """An error with a code; the facts fill the words of its entry in `errors.yaml`.

    Where an entry has `words` of a fact, a key of that list stands for its phrase in each language.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = {name: str(value) for name, value in facts.items()}
        super().__init__(self.told("en").what)

    @property
    def exit_code(self) -> int:
        exit_code: int = entry(self.code)["exit"]
        return exit_code

    def told(self, language: Language) -> Told:
        held = entry(self.code)
        said = {name: known[value][language] for name, known in held.get("words", {}).items()
                if (value := self.facts.get(name, "")) in known}  # fmt: skip
        facts = _Facts(self.facts | said)
        return Told(*(held[language][part].format_map(facts) for part in ("what", "why", "do")))


class Refusal(Coded):
    """Law, an approval or a person forbids it."""


class Fault(Coded):
    """The world failed."""


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"<{name}>"


def entry(code: str) -> Any:
    """The catalogue's entry of a code: `exit`, `zh`, `en`."""
    return catalogue()[code]


@cache
def catalogue() -> dict[str, Any]:
    import yaml

    text = resources.files("shanhou").joinpath("errors.yaml").read_text(encoding="utf8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
