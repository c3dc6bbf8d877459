"""What is written for cleaning and matching records: words and weights, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from shanhou.vault.canonical import json_digest

_MATCHING = ("weights.yaml", "words.yaml")


def matching_digest() -> str:
    """SHA-256 over the files that say when two records are one customer's, by name and content."""
    return json_digest({name: _sha256(name) for name in _MATCHING})


@cache
def document(name: str) -> Mapping[str, Any]:
    """One of these files."""
    import yaml

    loaded: Mapping[str, Any] = yaml.safe_load(text_of(name))
    return loaded


@cache
def text_of(name: str) -> str:
    return resources.files("shanhou.subjects").joinpath(name).read_text(encoding="utf8")


def _sha256(name: str) -> str:
    return hashlib.sha256(text_of(name).encode()).hexdigest()
