"""What was destroyed is found wherever it still lies, and what is not there is not found."""

from __future__ import annotations

import base64
import gzip
import random
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.execution.residue import search, unsearchable
from shanhou.execution.residue_forms import forms_of

NEEDLE = "王小明-X7Q9ZK2M"


@pytest.mark.parametrize("content", ids=lambda _content: "", argvalues=[
    NEEDLE.encode(),
    NEEDLE.encode("utf-16-le"),
    NEEDLE.encode("utf-16-be"),
    NEEDLE.encode("gb18030"),
    NEEDLE.encode().hex().encode(),
    NEEDLE.encode().hex().upper().encode(),
    base64.b64encode(NEEDLE.encode()),
    base64.b64encode(b"a" + NEEDLE.encode() + b"zz"),
    base64.b64encode(b"ab" + NEEDLE.encode() + b"z"),
    gzip.compress(b"head " + NEEDLE.encode()),
    zlib.compress(b"head " * 90 + NEEDLE.encode() * 2),
])  # fmt: skip
def test_every_form_is_found(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "raw"
    path.write_bytes(random.Random(1).randbytes(1001) + content + b"\0" * 77)  # noqa: S311 - a fixed seed
    hits = search(["nobody here", NEEDLE], [path])
    assert {hit.needle_number for hit in hits} == {1}
    assert "小明" not in repr(hits)


def test_members_of_archives_are_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{NEEDLE}</t>" * 3)
    hits = search([NEEDLE], [path])
    assert [hit.part for hit in hits] == ["xl/sharedStrings.xml"] * 3


def test_a_tail_of_eight_characters_is_found_when_windows_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "raw"
    path.write_bytes(b"0123456789" + NEEDLE.encode()[-8:] + b"0123456789")
    assert search([NEEDLE], [path]) == ()
    (hit,) = search([NEEDLE], [path], window=8)
    assert (hit.offset, hit.form) == (10, "utf-8")


def test_a_needle_across_two_blocks_is_found_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "raw"
    path.write_bytes(b"x" * 95 + NEEDLE.encode() + b"x" * 300)
    for size in (16, 64, 97, 100, 4096):
        monkeypatch.setattr("shanhou.execution.residue._BLOCK_BYTES", size)
        assert [hit.offset for hit in search([NEEDLE], [path])] == [95]
        assert [hit.offset for hit in search([NEEDLE], [path], window=8)] == [95]


def test_needles_too_short_to_mean_anything_are_named() -> None:
    assert unsearchable(["王", NEEDLE, "abc"]) == (0, 2)


@given(st.text(min_size=4, max_size=12), st.binary(max_size=60), st.integers(0, 2))
def test_base64_letters_are_those_of_any_text_around(text: str, before: bytes, shift: int) -> None:
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        return
    around = before[: len(before) // 3 * 3] + b"?" * shift
    written = base64.b64encode(around + plain + b"after")
    inside = next(content for form, content, _ in forms_of(text) if form == f"base64+{shift}")
    assert inside in written


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=6), st.integers(0, 5))
def test_the_search_agrees_with_a_plain_one(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], number: int
) -> None:
    needles = ["abcabcabc", "bcabcabca", "needle-000"]
    path = tmp_path_factory.mktemp("r") / "raw"
    path.write_bytes(needles[number % 3].encode().join(parts))
    found = {hit.needle_number for hit in search(needles, [path])}
    content = path.read_bytes()
    assert {n for n, one in enumerate(needles) if one.encode() in content} <= found


def test_a_thousand_needles_cost_little_more_than_reading(tmp_path: Path) -> None:
    noise = random.Random(7)  # noqa: S311 - a fixed seed
    needles = [f"{noise.getrandbits(96):024x}" for _ in range(1000)]
    path = tmp_path / "raw"
    with path.open("wb") as handle:
        for _ in range(4):
            handle.write(noise.randbytes(8 << 20))
            handle.write(needles[500].encode())
    start = time.perf_counter()
    hits = search(needles, [path], window=8)
    seconds = time.perf_counter() - start
    assert [hit.needle_number for hit in hits] == [500] * 4
    assert seconds < 60  # 32 MiB; a loop over needles would take an hour
