"""Pieces of pages that are made once: what they may look at, and what tells them apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.cache import caches
from django.utils.safestring import SafeString
from django.utils.translation import override

from shanhou.console.pages.kept import STORE, kept

ROOT = Path(__file__).parents[2] / "src" / "shanhou" / "console" / "templates"
PIECES = sorted((ROOT / "console" / "kept").glob("*.html"))
CALLS = [(path.name, *call) for path in sorted(ROOT.rglob("*.html")) for call in re.findall(
    r'\{% kept "console/kept/([a-z_]+\.html)"([^%]*)%\}', path.read_text("utf8"))]  # fmt: skip
ONE = "console/kept/date_rows.html"


def due(what: object) -> dict[str, object]:
    row = {"on": "2026-11-22", "state": "due", "left": 3, "zh": what, "en": what, "about": what,
           "id": "none", "basis": {"zh": "", "en": ""}, "provisional": False}  # fmt: skip
    return {"case_number": "trial", "due": [row]}


@pytest.fixture(autouse=True)
def nothing_is_kept(home: Path) -> None:
    caches[STORE].clear()


@pytest.mark.parametrize("piece", PIECES, ids=lambda path: path.name)
def test_a_piece_looks_at_nothing_of_who_asks(piece: Path) -> None:
    text = piece.read_text("utf8")
    for word in ("seat", "request", "user", "csrf_token", "{% now", "perms", "messages"):
        assert not re.search(rf"(?<![\w\"']){re.escape(word)}\b", text), (piece.name, word)


def test_every_piece_is_used_and_every_name_it_starts_from_is_given() -> None:
    assert {one[1] for one in CALLS} == {path.name for path in PIECES}
    for page, piece, given in CALLS:
        text = (ROOT / "console" / "kept" / piece).read_text("utf8")
        named = set(re.findall(r"(\w+)=", given))
        own = set(re.findall(r"\{% for ([\w, ]+) in", text)) | set(re.findall(r"(\w+)=", text))
        own = {word.strip() for group in own for word in group.split(",")} | {"forloop"}
        asked = set(re.findall(r"\{\{ ?(\w+)|\{% for [\w, ]+ in (\w+)|\{% if (?:not )?(\w+)", text))
        roots = {word for found in asked for word in found if word}
        assert roots <= named | own, (page, piece, roots - named - own)


def test_the_same_is_made_once_and_anything_else_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from shanhou.console.pages import kept as module

    made: list[str] = []
    told = module.get_template
    monkeypatch.setattr(module, "get_template", lambda name: (made.append(name), told(name))[1])
    with override("en"):
        first = kept(ONE, due("a hearing"))
        assert kept(ONE, due("a hearing")) == first
        assert len(made) == 1
        assert "another day" in kept(ONE, due("another day"))
    with override("zh-hans"):
        assert "2026年11月22日" in kept(ONE, due("a hearing"))
    assert len(made) == 3


def test_a_text_that_looks_like_a_piece_of_page_is_not_taken_for_one() -> None:
    tame = "<b>bold</b>"
    with override("en"):
        assert tame in kept(ONE, due(SafeString(tame)))
        hostile = kept(ONE, due(tame))
    assert tame not in hostile
    assert "&lt;b&gt;bold&lt;/b&gt;" in hostile
