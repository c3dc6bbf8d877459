"""The nodes of a rule file: each asked for what it must be, or told wrong with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal

if TYPE_CHECKING:
    import yaml

_STR, _INT, _BOOL = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "bool"))
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MOST_NODES, _DEEPEST = 50_000, 8
"""No entry goes deeper than a recogniser's examples."""


def read_nodes(text: str, name: str) -> Node:
    """The root of a file's nodes.

    Raises:
        Refusal: SH-E-311 it is no YAML, or YAML that nobody writes by hand.
    """
    import yaml

    file = _File(name)
    depth = 0
    try:
        for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or number > _MOST_NODES or depth > _DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise file.wrong(line, "-", "alias")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise file.wrong(line, "-", "yaml", told="-") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise file.wrong(line, "-", "yaml", told=error.reason) from None
    except (RecursionError, ValueError):
        raise file.wrong(1, "-", "yaml", told="-") from None
    if root is None:
        raise file.wrong(1, "-", "list")
    return Node(file, root, "")


@dataclass(frozen=True)
class _File:
    name: str

    def wrong(self, line: int, where: str, code: str, **facts: object) -> Refusal:
        told = " / ".join(words.format(**facts) for words in _problems()[code].values())
        told += f" ({facts['allowed']})" if "allowed" in facts else ""
        return Refusal("SH-E-311", path=self.name, line=line, where=where or "-", problem=told)


@dataclass(frozen=True)
class Node:
    """One node of a file; `where` is made of known keys and numbers only."""

    file: _File
    yaml: yaml.Node
    where: str

    def wrong(self, code: str, **facts: object) -> Refusal:
        return self.file.wrong(self.yaml.start_mark.line + 1, self.where, code, **facts)

    def mapping(self, allowed: Sequence[str], needed: Collection[str] = ()) -> dict[str, Node]:
        """The values by their keys, all of them known and each once."""
        import yaml

        told = ", ".join(allowed)
        if not isinstance(self.yaml, yaml.MappingNode):
            raise self.wrong("key", allowed=told)
        found: dict[str, Node] = {}
        for key, value in self.yaml.value:
            at = Node(self.file, key, self.where)
            if not isinstance(key, yaml.ScalarNode) or key.value not in allowed:
                raise at.wrong("key", allowed=told)
            if key.value in found:
                raise at.wrong("twice")
            found[key.value] = Node(self.file, value, f"{self.where}.{key.value}".lstrip("."))
        for name in needed:
            if name not in found:
                raise self.wrong("missing", key=name)
        return found

    def sequence(self) -> list[Node]:
        import yaml

        if not isinstance(self.yaml, yaml.SequenceNode):
            return []
        return [Node(self.file, one, f"{self.where}[{number}]")
                for number, one in enumerate(self.yaml.value, 1)]  # fmt: skip

    def items(
        self, code: str, most: int, *, least: int = 0, most_told: int | None = None
    ) -> list[Node]:
        """The parts of a list, at least and at most so many."""
        import yaml

        found = self.sequence()
        if not isinstance(self.yaml, yaml.SequenceNode) or len(found) < least:
            raise self.wrong(code, most=most_told or most)
        if len(found) > most:
            raise self.wrong("too_many", most=most)
        return found

    def text(self, most: int) -> str:
        """A text that can be written as UTF-8."""
        value = self._scalar(_STR)
        if value is None or not 0 < len(value) <= most or not _encodable(value):
            raise self.wrong("text", most=most)
        return value

    def one_of(self, allowed: Sequence[str], code: str) -> str:
        value = self._scalar(_STR)
        if value not in allowed:
            raise self.wrong(code, allowed=", ".join(allowed))
        return str(value)

    def new_id(self, taken: set[str]) -> str:
        """An id that no rule has; from now on it is taken."""
        value = self._scalar(_STR)
        if value is None or not _ID.fullmatch(value) or value in taken:
            raise self.wrong("id")
        taken.add(value)
        return value

    def number(self, low: int, high: int) -> int:
        value = self._scalar(_INT)
        if value is None or not re.fullmatch(r"[0-9]{1,4}", value, re.ASCII):
            raise self.wrong("number", low=low, high=high)
        if not low <= int(value) <= high:
            raise self.wrong("number", low=low, high=high)
        return int(value)

    def truth(self) -> bool:
        value = self._scalar(_BOOL)
        if value is None or value.lower() not in {"true", "false"}:
            raise self.wrong("bool")
        return value.lower() == "true"

    def _scalar(self, tag: str) -> str | None:
        import yaml

        if isinstance(self.yaml, yaml.ScalarNode) and self.yaml.tag == tag:
            return str(self.yaml.value)
        return None


def _encodable(value: str) -> bool:
    try:
        value.encode("utf8")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _problems() -> dict[str, dict[str, str]]:
    import yaml

    text = resources.files("shanhou.inventory").joinpath("problems.yaml").read_text(encoding="utf8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
