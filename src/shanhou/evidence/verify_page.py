"""The verifier as one page: an outsider opens it in a browser, offline, and installs nothing.

Its own HTML, CSS, JavaScript and words are joined into one file that a browser may run nothing
else in (Content Security Policy Level 3, sections 2.3.1 and 6.1): no network, no other script.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from hashlib import sha256
from importlib import resources

import yaml

VERIFY_PAGE = "verify.html"
# In the order in which one builds on another.
SCRIPTS = (
    "bytes.js",
    "merkle.js",
    "note.js",
    "entry.js",
    "passkey.js",
    "pack.js",
    "single.js",
    "check.js",
    "zip.js",
    "show.js",
)


@cache
def verify_page() -> bytes:
    """The page that checks a folder, a certificate or a receipt; the same bytes each time."""
    script = "\n".join(('"use strict";', _words(), *map(_part, SCRIPTS)))
    style = _part("page.css")
    # `<` cannot end the element early, nor begin a comment, if it never stands before these.
    assert not any(sign in script + style for sign in ("</", "<!--"))
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    page = _part("page.html")
    for hole, content in (("policy", policy), ("style", style), ("script", script)):
        page = page.replace(f"{{{{{hole}}}}}", content)
    return page.encode()


def _words() -> str:
    words = json.dumps(yaml.safe_load(_part("words.yaml")), ensure_ascii=False, sort_keys=True)
    return f"const WORDS = {words};"


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(sha256(content.encode()).digest()).decode('ascii')}"


def _part(name: str) -> str:
    return resources.files("shanhou.evidence").joinpath("page", name).read_text("utf8")
