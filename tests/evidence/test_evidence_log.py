"""The log's files: readable by anyone, extended or rebuilt with the same bytes, never rewritten."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from evidence_world import LOG, ORIGIN, seed
from hypothesis import given
from hypothesis import strategies as st

from shanhou.errors import Fault
from shanhou.evidence.entry import Act, Digested, Entry, FactValue, looks_personal, parse_entry
from shanhou.evidence.log import Tile, read_log, tiles, write_log
from shanhou.evidence.note import (
    Checkpoint,
    SignatureKind,
    Signer,
    Vkey,
    parse_note,
    sign_note,
    strict_base64,
)

AT = datetime(2026, 11, 22, 3, 29, 21, tzinfo=UTC)


def _entries(count: int) -> list[bytes]:
    return [f'{{"seq":{number}}}'.encode() for number in range(count)]


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_tile_paths_are_those_of_c2sp() -> None:
    assert Tile(0, 1_234_067, 256).path == "tile/0/x001/x234/067"
    assert Tile(None, 273, 112).path == "tile/entries/273.p/112"
    of_70_000 = [tile for tile in tiles(70_000) if tile.level is not None]
    widths = [(tile.level, tile.width) for tile in of_70_000 if tile.width < 256]
    assert widths == [(0, 112), (1, 17), (2, 1)]
    assert sum(tile.level == 0 for tile in of_70_000) == 274
    assert [tile.path for tile in tiles(256)] == [
        "tile/entries/000",
        "tile/0/000",
        "tile/1/000.p/1",
    ]


@pytest.mark.parametrize("sizes", [(1, 2), (3, 255, 256), (256, 257, 600), (10, 513)])
def test_extending_and_rebuilding_give_the_same_bytes(
    tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    grown, rebuilt = tmp_path / "grown", tmp_path / "rebuilt"
    for size in sizes:
        write_log(_entries(size), grown, origin=ORIGIN, signer=LOG)
    write_log(_entries(sizes[-1]), rebuilt, origin=ORIGIN, signer=LOG)
    assert _bytes_of(grown) == _bytes_of(rebuilt)
    assert list(read_log(grown, LOG.vkey).entries) == _entries(sizes[-1])


def test_a_log_that_signed_other_entries_is_not_overwritten(tmp_path: Path) -> None:
    write_log(_entries(300), tmp_path, origin=ORIGIN, signer=LOG)
    before = _bytes_of(tmp_path)
    for other in (_entries(299), [b"{}", *_entries(400)[1:]]):
        with pytest.raises(Fault) as raised:
            write_log(other, tmp_path, origin=ORIGIN, signer=LOG)
        assert raised.value.code == "SH-E-702"
    assert _bytes_of(tmp_path) == before


@pytest.mark.parametrize("path", ["tile/0/000", "tile/entries/000", "tile/1/000.p/1"])
def test_a_changed_tile_is_not_read(tmp_path: Path, path: str) -> None:
    write_log(_entries(300), tmp_path, origin=ORIGIN, signer=LOG)
    raw = bytearray((tmp_path / path).read_bytes())
    raw[17] ^= 1
    (tmp_path / path).write_bytes(raw)
    with pytest.raises(Fault) as raised:
        read_log(tmp_path, LOG.vkey)
    assert raised.value.code == "SH-E-708"


def test_the_checkpoint_of_another_key_is_not_read(tmp_path: Path) -> None:
    write_log(_entries(3), tmp_path, origin=ORIGIN, signer=LOG)
    with pytest.raises(Fault) as raised:
        read_log(tmp_path, Signer(ORIGIN, seed("other")).vkey)
    assert raised.value.code == "SH-E-707"


def test_a_note_reads_as_it_was_written_with_a_witness_under_it() -> None:
    witness = Signer("witness.example/1", seed("witness"), SignatureKind.COSIGNATURE)
    text = Checkpoint(ORIGIN, 7, bytes(32), ("more",)).text
    note = parse_note(
        sign_note(text, LOG, more_lines=[witness.line(text, posix_time=1_679_315_147)])
    )
    assert Checkpoint.parse(note.text).extensions == ("more",)
    assert note.signed_by(LOG.vkey)
    assert note.signed_by(witness.vkey)
    assert not note.signed_by(Vkey(LOG.name, witness.vkey.public))
    assert Vkey.parse(witness.vkey.text) == witness.vkey


# The example of C2SP signed-note and Go's sumdb/note: a key that others made.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_go_signed_is_read() -> None:
    assert parse_note(GO_NOTE.encode()).signed_by(Vkey.parse(GO_VKEY))


def test_no_changed_bit_of_a_signed_checkpoint_passes() -> None:
    raw = sign_note(Checkpoint(ORIGIN, 7, bytes(32)).text, LOG)
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            accepted = parse_note(bytes(changed)).signed_by(LOG.vkey)
        except Fault:
            accepted = False
        assert not accepted, bit


@pytest.mark.parametrize("text", ["AB==", "AA", "AA==\n", " AA==", "A-==", "AA==AA==", "é"])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(Fault):
        strict_base64(text)


def _entry(**changes: object) -> Entry:
    told: dict[str, object] = {
        "seq": 0,
        "at": AT,
        "case": "demo-1",
        "act": Act.PLAN,
        "actor": "officer",
        "rehearsal": False,
    }
    return Entry(**{**told, **changes})  # type: ignore[arg-type]


values = st.one_of(
    st.booleans(), st.none(), st.integers(-999, 999), st.sampled_from(["明细", "a", "z"])
)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), values))
def test_an_entry_reads_as_it_was_written(facts: dict[str, FactValue]) -> None:
    entry = _entry(facts=facts, subject=(Digested("台账.csv", "0f" * 32),))
    assert parse_entry(entry.to_bytes()) == entry


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+86 138-0013-8000",
        "电话:138 0013 8000。",
        "１３８００１３８０００",
        "11010519491231002X",
        "110105491231002",
        "6222021234567890123",
        "0755-26001234",
        "a.b@example.com",
    ],
)
def test_what_looks_personal_never_enters_the_log(text: str) -> None:
    assert looks_personal(text)
    for entry in (_entry(facts={"note": text}), _entry(subject=(Digested(text, "0f" * 32),))):
        with pytest.raises(Fault) as raised:
            entry.to_bytes()
        assert raised.value.code == "SH-E-704"
        assert text not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T03:29:21Z", "0f" * 32, "P-2026-0001", "R16", "1,000,000", "91350100M000100Y43"],
)
def test_digests_dates_and_ids_may_enter_the_log(text: str) -> None:
    assert not looks_personal(text)


def test_a_count_is_no_telephone_number() -> None:
    assert _entry(facts={"read_bytes": 13_800_138_000}).to_bytes()
    with pytest.raises(Fault):
        _entry(facts={"number": 13_800_138_000}).to_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": -1},
        {"seq": True},
        {"case": "two words"},
        {"on": date(2030, 1, 1)},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001 - the very thing refused
        {"subject": (Digested("x", "0F" * 32),)},
        {"subject": (Digested("a\nb", "0f" * 32),)},
        {"facts": {"Name": 1}},
        {"facts": {"nested": {"a": 1}}},
        {"facts": {"ratio": 0.5}},
        {"facts": {"long": "长" * 30_000}},
    ],
)
def test_an_entry_out_of_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Fault) as raised:
        _entry(**changes).to_bytes()
    assert raised.value.code == "SH-E-703"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"plan"', b'"forget"'),
        (b'"schema":1', b'"schema":2'),
        (b'"seq":0', b'"seq":00'),
        (b'"seq":0', b'"seq": 0'),
        (b'"rehearsal":false', b'"rehearsal":0'),
        (b'"facts":{}', b'"extra":1,"facts":{}'),
        (b'"facts":{}', b'"facts":[]'),
        (b"{", b"["),
    ],
)
def test_an_entry_is_checked_when_it_is_read(old: bytes, new: bytes) -> None:
    raw = _entry().to_bytes()
    assert old in raw
    with pytest.raises(Fault) as raised:
        parse_entry(raw.replace(old, new, 1))
    assert raised.value.code == "SH-E-703"
