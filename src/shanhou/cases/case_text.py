"""The text of the case file as values; a day that is in no calendar is told with its line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from shanhou.errors import Refusal


def loaded(text: str, name: str, tree: Any) -> Any:
    """What the text says.

    Raises:
        Refusal: SH-E-002 it names a day that does not exist.
    """
    import yaml

    try:
        return yaml.safe_load(text)
    except ValueError as error:
        if isinstance(error, yaml.YAMLError):
            raise
        line, column = next(_days(tree), (1, 1))
        raise Refusal("SH-E-002", path=name, line=line, column=column, where="-",
                      problem=str(error), more=0) from None  # fmt: skip


def _days(node: Any) -> Iterator[tuple[int, int]]:
    """Where the text names days that do not exist."""
    if isinstance(node.value, list):
        for part in node.value:
            for one in part if isinstance(part, tuple) else (part,):
                yield from _days(one)
    elif node.tag.endswith(":timestamp"):
        try:
            date.fromisoformat(node.value[:10])
        except ValueError:
            yield node.start_mark.line + 1, node.start_mark.column + 1
