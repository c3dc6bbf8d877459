"""Keys are born random, wrapped before use, never replaced, and gone once shredded."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shanhou.errors import Coded, Fault, Refusal
from shanhou.vault import keys
from shanhou.vault.keys import KeyRing, new_key_ring, open_key_ring, shred_file, write_durably
from shanhou.vault.person_keys import new_person_key, open_person_key

UNLOCK = b"correct horse"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return new_key_ring(tmp_path / "keys", UNLOCK)


def code_of(raised: pytest.ExceptionInfo[Coded]) -> str:
    return raised.value.code


def test_a_key_that_was_made_opens_again(ring: KeyRing) -> None:
    key = ring.make("log")
    assert len(key) == 32
    assert open_key_ring(ring.folder, UNLOCK).open("log") == key
    assert ring.names() == ("case", "log")


def test_a_secret_of_ones_own_is_wrapped_as_it_is(ring: KeyRing) -> None:
    assert ring.make("log", b"s" * 32) == b"s" * 32
    assert ring.open("log") == b"s" * 32


def test_no_two_keys_are_alike(ring: KeyRing) -> None:
    assert len({ring.make(f"k{n}") for n in range(20)} | {ring.case_key}) == 21


def test_a_wrong_secret_opens_nothing(ring: KeyRing) -> None:
    with pytest.raises(Fault) as raised:
        open_key_ring(ring.folder, b"wrong horse")
    assert code_of(raised) == "SH-E-203"


def test_the_key_of_another_case_opens_nothing(ring: KeyRing, tmp_path: Path) -> None:
    other = new_key_ring(tmp_path / "other", UNLOCK)
    other.make("log")
    (ring.folder / "log.key").write_bytes((other.folder / "log.key").read_bytes())
    with pytest.raises(Fault) as raised:
        ring.open("log")
    assert code_of(raised) == "SH-E-203"


def test_a_wrap_under_another_name_opens_nothing(ring: KeyRing) -> None:
    """The name is part of what is sealed: nobody can pass the log's key off as a generation's."""
    ring.make("log")
    (ring.folder / "gen-x.key").write_bytes((ring.folder / "log.key").read_bytes())
    with pytest.raises(Fault) as raised:
        ring.open("gen-x")
    assert code_of(raised) == "SH-E-203"


def test_a_key_is_never_replaced(ring: KeyRing) -> None:
    key = ring.make("log")
    with pytest.raises(Refusal) as raised:
        ring.make("log")
    assert code_of(raised) == "SH-E-201"
    with pytest.raises(Refusal) as raised:
        new_key_ring(ring.folder, UNLOCK)
    assert code_of(raised) == "SH-E-201"
    assert ring.open("log") == key


def test_a_key_that_was_never_made_is_refused(ring: KeyRing, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as raised:
        ring.open("log")
    assert code_of(raised) == "SH-E-202"
    with pytest.raises(Refusal) as raised:
        open_key_ring(tmp_path / "nowhere", UNLOCK)
    assert code_of(raised) == "SH-E-202"


def test_a_shredded_key_leaves_nothing_of_its_wrap(ring: KeyRing) -> None:
    ring.make("log")
    kept = ring.make("kept")
    wrap = json.loads((ring.folder / "log.key").read_bytes())["sealed"].encode()
    ring.shred("log")
    ring.shred("log")
    assert not ring.has("log")
    assert all(wrap not in path.read_bytes() for path in ring.folder.iterdir())
    with pytest.raises(Refusal) as raised:
        ring.open("log")
    assert code_of(raised) == "SH-E-202"
    assert ring.open("kept") == kept


def test_shredding_overwrites_the_blocks_that_held_the_file(tmp_path: Path) -> None:
    path, second = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"the wrap of a key")
    os.link(path, second)
    shred_file(path)
    assert not path.exists()
    assert b"wrap" not in second.read_bytes()
    assert len(second.read_bytes()) == len(b"the wrap of a key")


damaging = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@damaging
@given(st.data())
def test_a_damaged_key_file_is_a_fault_or_the_same_key(ring: KeyRing, data: st.DataObject) -> None:
    path = ring.folder / "log.key"
    if not path.exists():
        ring.make("log")
    whole, key = path.read_bytes(), ring.open("log")
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    damaged = {
        "flipped": whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :],
        "cut": whole[:at],
        "dropped": whole[:at] + whole[at + 1 :],
    }[data.draw(st.sampled_from(["flipped", "cut", "dropped"]))]
    path.write_bytes(damaged)
    try:
        opened: bytes | str = ring.open("log")
    except Fault as fault:
        opened = fault.code
    path.write_bytes(whole)
    assert opened in {key, "SH-E-203"}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"7", b"null", b"{}", b'{"nonce": "zz", "sealed": "00"}', b"\xff\xfe"]
)
def test_a_file_that_is_no_key_is_a_fault(ring: KeyRing, content: bytes) -> None:
    (ring.folder / "log.key").write_bytes(content)
    with pytest.raises(Fault) as raised:
        ring.open("log")
    assert code_of(raised) == "SH-E-203"
    (ring.folder / "case.key").write_bytes(content)
    with pytest.raises(Fault) as raised:
        open_key_ring(ring.folder, UNLOCK)
    assert code_of(raised) == "SH-E-203"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_may_read_a_key_file(ring: KeyRing) -> None:
    ring.make("log")
    for path in ring.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_case_key_stands_in_no_file(ring: KeyRing) -> None:
    key = ring.make("log")
    for path in ring.folder.iterdir():
        content = path.read_bytes().lower()
        for secret in (key, ring.case_key):
            assert secret not in content
            assert secret.hex().encode() not in content


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_durably(path, b"one")
    write_durably(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


def test_a_persons_key_opens_with_the_passphrase_alone(tmp_path: Path) -> None:
    path = tmp_path / "p" / "officer.pem"
    public = new_person_key(path, b"pass")
    assert path.with_suffix(".pub").read_bytes() == public
    assert len(open_person_key(path, b"pass")) == 32
    for wrong in (b"word", b""):
        with pytest.raises(Fault) as raised:
            open_person_key(path, wrong)
        assert code_of(raised) == "SH-E-203"
    with pytest.raises(Refusal) as refused:
        new_person_key(path, b"pass")
    assert refused.value.code == "SH-E-201"
    with pytest.raises(Refusal) as refused:
        open_person_key(tmp_path / "nobody.pem", b"pass")
    assert refused.value.code == "SH-E-501"


def test_a_key_of_another_kind_is_no_persons_key(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    path = tmp_path / "curve.pem"
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"pass"),
        )
    )
    with pytest.raises(Fault) as raised:
        open_person_key(path, b"pass")
    assert code_of(raised) == "SH-E-203"


def test_a_large_file_is_overwritten_a_block_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = tmp_path / "package.age", list[int]()
    path.write_bytes(b"x" * (2 * (1 << 20) + 7))
    sound = keys.secrets.token_bytes

    def counted(size: int) -> bytes:
        asked.append(size)
        return sound(size)

    monkeypatch.setattr(keys.secrets, "token_bytes", counted)
    shred_file(path)
    assert asked == [1 << 20, 1 << 20, 7]
    assert not path.exists()
