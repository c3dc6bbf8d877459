"""A package is whole, sealed, counted, and gives back what went in."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pyrage
import pytest
from deliveries import AWKWARD, FIELDS, age_keys, batches, facts, made_up, parcel
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.errors import Fault, Refusal
from shanhou.execution.order import Parcel
from shanhou.execution.package import write_package
from shanhou.execution.package_manifest import Package, manifest_bytes, read_manifest
from shanhou.execution.package_names import identifiers, last_part
from shanhou.execution.package_parts import Tally, parts
from shanhou.execution.package_reading import read_package
from shanhou.vault.canonical import digest_hex, row_digest

_cell = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_rows = st.lists(st.tuples(_cell, _cell), max_size=7)


def _sent(folder: Path, *parcels: Parcel) -> tuple[Package, Path, str]:
    keys = age_keys()
    path = folder / "p1.tar.age"
    package = write_package(path, parcels, recipient_age=keys.recipient, facts=facts())
    return package, path, keys.identity


def _opened(path: Path, identity: str) -> dict[str, bytes]:
    plain = pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(identity)])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def test_a_package_holds_every_table_as_parquet_and_as_csv_to_the_letter(tmp_path: Path) -> None:
    package, path, identity = _sent(tmp_path, parcel("crm.客户", AWKWARD))
    inside = _opened(path, identity)
    assert package.sha256 == digest_hex(path.read_bytes())
    assert package.size_bytes == path.stat().st_size
    table = pq.read_table(io.BytesIO(inside["data/1-客户/part-0000.parquet"]))
    assert [tuple(row.values()) for row in table.to_pylist()] == AWKWARD
    raw = inside["data/1-客户/part-0000.csv"]
    assert raw.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert tuple(read[0]) == FIELDS
    assert [tuple(row) for row in read[1:]] == [tuple(c or "" for c in row) for row in AWKWARD]


def test_what_is_a_trade_secret_is_marked_so_before_any_row_and_to_the_eye(tmp_path: Path) -> None:
    """law.md T30: a secret that goes by contract is marked as one; T29 has the same."""
    rates = Parcel("crm.rates", FIELDS, len(AWKWARD), list(batches(AWKWARD, FIELDS, 4)),
                   secret=(FIELDS[1],))  # fmt: skip
    _, path, identity = _sent(tmp_path, rates, parcel("crm.a", made_up(3)))
    inside = _opened(path, identity)
    for member in ("contents.json", "manifest.json"):
        tables = json.loads(inside[member])["tables"]
        assert [one.get("secret") for one in tables] == [[FIELDS[1]], None]
    for member, word in (("README.zh.md", "商业秘密"), ("README.en.md", "Trade secrets")):
        text = inside[member].decode()
        assert text.startswith(f"# {word}")
        assert f"- `data/1-rates`: `{FIELDS[1]}`" in text
        assert "data/2-a`" not in text
    with read_package(path, identity) as stream:
        assert next(table.secret for table, _ in stream.rows()) == (FIELDS[1],)


def test_a_package_without_secrets_says_nothing_of_them_as_before(tmp_path: Path) -> None:
    _, path, identity = _sent(tmp_path, parcel("crm.a", made_up(3)))
    inside = _opened(path, identity)
    assert b"secret" not in inside["contents.json"] + inside["manifest.json"]
    assert not inside["README.en.md"].startswith(b"# Trade secrets")


def test_the_manifest_comes_last_and_names_every_other_member(tmp_path: Path) -> None:
    package, path, identity = _sent(tmp_path, parcel("crm.a", made_up(9)), parcel("crm.b", []))
    inside = _opened(path, identity)
    assert list(inside)[-1] == "manifest.json"
    manifest = read_manifest(inside["manifest.json"])
    assert manifest_bytes(manifest) == inside["manifest.json"]
    assert {one.name: one.sha256 for one in manifest.members} == {
        name: digest_hex(content) for name, content in inside.items() if name != "manifest.json"
    }
    assert json.loads(inside["manifest.json"])["facts"]["plan_digest"] == "ab" * 32
    assert [one.rows for one in package.counted] == [9, 0]


def test_the_total_is_the_sum_of_the_canonical_row_digests(tmp_path: Path) -> None:
    package, _, _ = _sent(tmp_path, parcel("crm.a", AWKWARD))
    expected = sum(int(row_digest(row)[:15], 16) for row in AWKWARD)
    assert package.counted[0].total == str(expected)


def test_the_same_parcels_give_the_same_content(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    one, two = (_sent(tmp_path / name, parcel("crm.a", AWKWARD)) for name in ("1", "2"))
    assert _opened(one[1], one[2]) == _opened(two[1], two[2])


@settings(max_examples=40, deadline=None)
@given(_rows)
def test_whatever_the_cells_hold_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str | None]]
) -> None:
    folder = tmp_path_factory.mktemp("package")
    sent = parcel("crm.a", rows, ("a", 'b"%,\n'), batch_rows=3)
    package, path, identity = _sent(folder, sent)
    with read_package(path, identity) as stream:
        back = [tuple(row.values()) for _, batch in stream.rows() for row in batch.to_pylist()]
        assert stream.manifest.counted == package.counted
    assert back == rows


def test_a_wide_table_is_cut_so_that_memory_holds_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shanhou.execution.package_parts.PART_ROWS", 10)
    monkeypatch.setattr("shanhou.execution.package_parts.PART_BYTES", 4_000)
    rows = [(str(n), "长" * (n * 20)) for n in range(43)]
    tally = Tally()
    made = list(parts(parcel("crm.a", rows, ("a", "b"), batch_rows=43), tally))
    assert sum(one.rows for one in made) == tally.rows == 43
    assert max(one.rows for one in made) <= 10
    assert all(len(one.csv) < 9_000 for one in made)


def test_batches_are_asked_for_only_as_parts_are_written() -> None:
    asked = []

    def slowly() -> object:
        for batch in batches(made_up(300_000), FIELDS, 50_000):
            asked.append(len(asked))
            yield batch

    flow = parts(Parcel("crm.a", FIELDS, 300_000, slowly()), Tally())  # type: ignore[arg-type]
    next(flow)
    assert len(asked) <= 3


def test_rows_that_are_not_as_many_as_told_leave_no_file(tmp_path: Path) -> None:
    keys = age_keys()
    short = Parcel("crm.a", FIELDS, 7, list(batches(AWKWARD, FIELDS, 4)))
    with pytest.raises(Fault) as told:
        write_package(tmp_path / "p", [short], recipient_age=keys.recipient, facts=facts())
    assert told.value.code == "SH-E-650"
    assert list(tmp_path.iterdir()) == []


def test_other_fields_than_told_are_refused(tmp_path: Path) -> None:
    keys = age_keys()
    other = Parcel("crm.a", ("x",), 6, list(batches(AWKWARD, FIELDS, 4)))
    with pytest.raises(Fault) as told:
        write_package(tmp_path / "p", [other], recipient_age=keys.recipient, facts=facts())
    assert told.value.code == "SH-E-662"


def test_a_recipient_without_an_age_key_gets_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as told:
        write_package(tmp_path / "p", [], recipient_age="ssh-ed25519 AAAA", facts=facts())
    assert told.value.code == "SH-E-651"


def test_nothing_readable_lies_in_the_file(tmp_path: Path) -> None:
    _, path, _ = _sent(tmp_path, parcel("crm.a", [("SECRET-VALUE-7",)] * 50, ("f",)))
    assert b"SECRET-VALUE" not in path.read_bytes()


def test_tables_are_named_by_their_last_part_and_told_apart() -> None:
    assert last_part("crm.orders") == "orders"
    assert last_part("files/2024/客户.xlsx#名单") == "名单"
    assert last_part("files/客户.csv") == "客户"
    assert identifiers(["A", "a", "a#2", "客" * 40, "客" * 41]) == (
        "A", "a#2", "a#2#2", *identifiers(["客" * 40]), *identifiers(["客" * 41]),
    )  # fmt: skip


@given(st.lists(st.text(max_size=80), max_size=8))
def test_identifiers_fit_every_engine_and_never_collide(names: list[str]) -> None:
    made = identifiers(names)
    assert len({one.casefold() for one in made}) == len(names)
    assert all(0 < len(one.encode("utf8", "replace")) <= 63 for one in made)
