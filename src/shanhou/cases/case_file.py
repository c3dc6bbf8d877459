"""Writing into the case file what a person confirmed; its comments and order stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from shanhou.cases.cleaning import Cleaning
from shanhou.cases.settings import Settings, read_settings
from shanhou.vault.keys import write_durably

_TEXT = "tag:yaml.org,2002:str"
_PAIRINGS = ("apart", "together")


def amend(path: Path, change: Callable[[Any], None]) -> Settings:
    """Change the tree of the case file.

    Raises:
        Refusal: SH-E-002 the change would break the schema: the file is left as it was.
    """
    text, settings = amended(path, change)
    write_durably(path, text.encode())
    return settings


def amended(path: Path, change: Callable[[Any], None]) -> tuple[str, Settings]:
    """The text that a change would make of the case file, and what it says; nothing is written.

    Raises:
        Refusal: SH-E-002 the change would break the schema.
    """
    yaml = _writer()
    tree = yaml.load(path.read_text(encoding="utf8"))
    change(tree)
    text = StringIO()
    yaml.dump(tree, text)
    return text.getvalue(), read_settings(text.getvalue(), path.name)


def _writer() -> Any:
    """Writes a case file with its comments; a text that its reader would take for a number, a time
    or a yes (`21:00`, `no`) is quoted.
    """
    import yaml
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import RoundTripRepresenter

    # the reader knows YAML 1.1, where these are no texts; the writer 1.2
    known: Any = yaml.SafeLoader("")

    class Quoting(RoundTripRepresenter):
        def quoting(self, text: str) -> Any:
            plain = known.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT
            return self.represent_scalar(_TEXT, text, style=None if plain else '"')

    Quoting.add_representer(str, Quoting.quoting)
    made = YAML()
    made.Representer = Quoting
    made.preserve_quotes = True
    made.width = 100
    return made


def add_to_case_file(path: Path, section: str, entry: Mapping[str, Any]) -> Settings:
    """Add a confirmed binding, dataset or field; see `amend`."""

    def change(tree: Any) -> None:
        if tree.get(section) is None:
            tree[section] = {}
        held = tree[section]
        for name, value in entry.items():
            if isinstance(value, list):
                held[name] = [*(held.get(name) or ()), *value]
            else:
                held[name] = value

    return amend(path, change)


def put_pairing(path: Path, pairing: Mapping[str, Any], word: str) -> Settings:
    """Say of two records that they are `apart` or `together`, or take back what was said.

    What was said of the same two before is replaced; see `amend`.
    """
    about = _named(pairing)

    def change(tree: Any) -> None:
        held = tree.get("subjects") or {}
        for name in _PAIRINGS:
            said = [one for one in held.get(name) or () if _named(one) != about]
            if name == word:
                said.append(dict(pairing))
            if said:
                held[name] = said
            else:
                held.pop(name, None)
        tree["subjects"] = held

    return amend(path, change)


def put_steps(path: Path, steps: Sequence[Cleaning]) -> Settings:
    """Add steps at the end of the recipe; see `amend`."""

    def change(tree: Any) -> None:
        told = [one.model_dump(mode="json", exclude_defaults=True) for one in steps]
        tree["cleaning"] = [*(tree.get("cleaning") or ()), *told]

    return amend(path, change)


def drop_step(path: Path, step: str) -> Settings:
    """Take one step out of the recipe, the others stay; see `amend`."""

    def change(tree: Any) -> None:
        tree["cleaning"] = [one for one in tree["cleaning"] if str(one["id"]) != step]
        if not tree["cleaning"]:
            del tree["cleaning"]

    return amend(path, change)


def _named(pairing: Mapping[str, Any]) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((str(one["dataset"]), tuple(map(str, one["key"])))
                     for one in pairing["records"])  # fmt: skip


def case_id(folder: Path) -> str:
    """An id made of the folder's name: lower-case letters, digits and dashes."""
    plain = "".join(
        c if c.isascii() and c.isalnum() else "-" for c in folder.resolve().name.lower()
    )
    return plain.strip("-")[:48] or "case"
