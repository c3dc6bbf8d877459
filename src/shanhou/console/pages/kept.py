"""Pieces of a page that are a function of what they are given, made once for the same.

A list of fifty lines costs more than all else of a page, and the next officer asks for the same
fifty. The piece is known by a digest of everything that it may look at: there is nothing else that
it could show.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from django.core.cache import caches
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shanhou.vault.canonical import digest_hex

STORE = "pages"
MOST = 64 * 1024
"""Characters of a piece that is kept; longer ones are made anew."""


def kept(template: str, given: Mapping[str, Any]) -> SafeString:
    """A template filled with these things alone: it sees neither who asks nor what they may."""
    asked = pickle.dumps((template, get_language(), sorted(given.items())), protocol=5)
    key = digest_hex(asked)
    store = caches[STORE]
    made = store.get(key)
    if made is None:
        made = get_template(template).template.render(Context(dict(given)))  # type: ignore[attr-defined]
        if len(made) <= MOST:
            store.set(key, str(made))
    return SafeString(made)
