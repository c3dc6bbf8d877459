"""The files of `rules/`, their version, and one digest over all that an inventory rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


def document(name: str) -> Any:
    """One file of `rules/`, by its safe loader; the compiled one where the wheel has it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_texts()[name], Loader=loader)  # noqa: S506 - the safe loader, in C


@cache
def version() -> str:
    """The version of the rules this program ships."""
    return str(document("version.yaml")["version"])


def digest_of(own: Mapping[str, str]) -> str:
    """SHA-256 over the rules this version ships and a case's own files, by name and content."""
    digest = hashlib.sha256()
    for place, texts in (("rules", _texts()), ("own", own)):
        for name in sorted(texts):
            held = hashlib.sha256(texts[name].encode("utf8", "surrogatepass")).hexdigest()
            digest.update(f"{place}/{name}\0{held}\n".encode())
    return digest.hexdigest()


@cache
def _texts() -> Mapping[str, str]:
    folder = resources.files("shanhou.inventory").joinpath("rules")
    return {
        entry.name: entry.read_text(encoding="utf8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }
