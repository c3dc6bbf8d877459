"""What came of sendings, as a provider's status file or a filled-in call list says it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from shanhou.cases.sendings import Fate

_KEYS = ("key", "outid", "out_id")
_RESULTS = ("result", "结果 result", "status", "sendstatus", "err_code", "state")


@dataclass(frozen=True)
class Reported:
    """One line of a report; `fate` is None where the word is none we know, or there is none."""

    row: int
    key: str
    fate: Fate | None
    filled: bool
    """Whether anything was written: an empty result of a call list is not made yet."""


def read_reports(content: bytes) -> Iterator[Reported]:
    """The lines of a CSV or JSON-lines file.

    Raises:
        ValueError: it is neither, or has no such columns.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    rows = list(_rows(text))
    if not rows:
        raise ValueError
    key, result = (_named(rows[0], names) for names in (_KEYS, _RESULTS))
    for number, row in enumerate(rows, start=1):
        said = str(row.get(result) or "").strip().lower()
        yield Reported(number, str(row.get(key) or "").strip(), _fates().get(said), bool(said))


def _rows(text: str) -> Iterator[Mapping[str, object]]:
    if text.lstrip()[:1] == "{":
        for line in text.splitlines():
            if line.strip():
                told = json.loads(line)
                if not isinstance(told, dict):
                    raise ValueError
                yield told
        return
    yield from csv.DictReader(io.StringIO(text, newline=""), strict=True)


def _named(row: Mapping[str, object], names: tuple[str, ...]) -> str:
    found = [name for name in row if str(name).strip().lower() in names]
    if not found:
        raise ValueError
    return found[0]


@cache
def _fates() -> Mapping[str, Fate]:
    import yaml

    text = resources.files("shanhou.notices").joinpath("reports.yaml").read_text(encoding="utf8")
    loaded: Mapping[str, list[str]] = yaml.safe_load(text)
    return {str(word): Fate(fate) for fate, words in loaded.items() for word in words}
