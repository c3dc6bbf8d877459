"""Rows and cells leave delimited files; every other byte stays as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from file_world import Cells, Ledger, datasets, removal, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shanhou.errors import Fault
from shanhou.execution.delimited_remover import DelimitedRemover
from shanhou.execution.file_replacing import part_of

TEXT = (
    "客户名单,,\r\n"
    "编号,姓名,备注\r\n"
    "1,王甲,门口\r\n"
    '2,"李, 乙","两行\r\n备注"\r\n'
    "3,赵丙\r\n"
    "\r\n"
    "4,钱丁,\r\n"
    "5,孙戊,末行"
)
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")


def of(*numbers: str) -> object:
    return lambda cells: 0 if cells[0] in numbers else None


@pytest.fixture(params=ENCODINGS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    found = tmp_path / "客户.csv"
    found.write_bytes(TEXT.encode(request.param))
    return found


def test_a_row_goes_and_every_other_byte_stays(path: Path) -> None:
    before = path.read_bytes()
    (dataset,) = datasets(path)
    order = removal(path, dataset, [None], of("2", "5"))  # type: ignore[arg-type]
    (done,) = DelimitedRemover(path, dataset, Ledger()).remove([order], step="s")
    assert (done.rows_before, done.rows_after, done.deleted) == (4, 2, 2)
    encoding = next(one for one in ENCODINGS if TEXT.encode(one) == before)
    expected = TEXT.replace('2,"李, 乙","两行\r\n备注"\r\n', "").replace("5,孙戊,末行", "")
    assert path.read_bytes() == expected.encode(encoding)
    assert not part_of(path).exists()


def test_cells_are_emptied_and_the_others_keep_their_quotes(path: Path) -> None:
    encoding = next(one for one in ENCODINGS if TEXT.encode(one) == path.read_bytes())
    (dataset,) = datasets(path)
    order = removal(path, dataset, [(1,)], of("2", "4"))  # type: ignore[arg-type]
    (done,) = DelimitedRemover(path, dataset, Ledger()).remove([order], step="s")
    assert (done.emptied_rows, done.emptied_fields, done.deleted) == (2, 2, 0)
    expected = TEXT.replace('"李, 乙"', "").replace("钱丁", "")
    assert path.read_bytes() == expected.encode(encoding)


def test_a_line_that_changed_or_went_is_an_exception(path: Path) -> None:
    encoding = next(one for one in ENCODINGS if TEXT.encode(one) == path.read_bytes())
    (dataset,) = datasets(path)
    order = removal(path, dataset, [None], of("1", "4", "5"))  # type: ignore[arg-type]
    changed = TEXT.replace("王甲", "王己").replace("\r\n5,孙戊,末行", "")
    path.write_bytes(changed.encode(encoding))
    (done,) = DelimitedRemover(path, dataset, Ledger()).remove([order], step="s")
    assert [one.code for one in done.exceptions] == ["SH-X-01", "SH-X-02"]
    assert done.deleted == 1
    assert "王己" in path.read_bytes().decode(encoding)


def test_a_file_whose_every_row_goes_keeps_its_header_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名\n1,甲\n2,乙\n", encoding="utf8")
    (dataset,) = datasets(path)
    order = removal(path, dataset, [None], lambda _cells: 0)
    (done,) = DelimitedRemover(path, dataset, Ledger()).remove([order], step="s")
    assert path.read_text(encoding="utf8") == "编号,姓名\n"
    path.write_text("编号,姓名\n1,甲\n2,乙\n", encoding="utf8")
    ledger = Ledger()
    hand = DelimitedRemover(path, dataset, ledger, remove_empty=True)
    assert hand.remove([order], step="s") == (done,)
    assert not path.exists()
    assert hand.remove([order], step="s") == (done,)
    assert hand.left([order]) == ()


def test_quarantined_lines_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    dirty = b'2,\xff\xfe,x\r3,b\x00,c\n4,one,two,three\n"5,lone,quote\n'
    path.write_bytes(b"no,name,note\n1,a,b\n" + dirty + b"6,c,d\n")
    (dataset,) = datasets(path)
    order = removal(path, dataset, [None], of("1", "6"))  # type: ignore[arg-type]
    (done,) = DelimitedRemover(path, dataset, Ledger()).remove([order], step="s")
    assert done.deleted == 2
    assert path.read_bytes() == b"no,name,note\n" + dirty


def test_another_name_for_the_old_file_keeps_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名\n1,甲\n2,乙\n", encoding="utf8")
    copy = tmp_path / "copy.txt"
    copy.hardlink_to(path)
    (dataset,) = datasets(path)
    order = removal(path, dataset, [None], of("1"))  # type: ignore[arg-type]
    remover = DelimitedRemover(path, dataset, Ledger())
    remover.remove([order], step="s")
    assert copy.read_text(encoding="utf8") == "编号,姓名\n1,甲\n2,乙\n"
    assert [one.done for one in remover.scrub()] == [False]


def test_an_old_file_that_was_overwritten_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名\n1,甲\n2,乙\n", encoding="utf8")
    (dataset,) = datasets(path)
    remover = DelimitedRemover(path, dataset, Ledger())
    remover.remove([removal(path, dataset, [None], of("1"))], step="s")  # type: ignore[arg-type]
    assert [one.done for one in remover.scrub()] == [True]


@pytest.mark.parametrize("remove_empty", [False, True])
@pytest.mark.parametrize("at", range(12))
def test_a_step_that_died_at_any_point_ends_as_if_it_had_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, *, remove_empty: bool
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名\n1,甲\n2,乙\n3,丙\n", encoding="utf8")
    (dataset,) = datasets(path)
    numbers = ("1", "2", "3") if remove_empty else ("1", "3")
    order = removal(path, dataset, [None], of(*numbers))  # type: ignore[arg-type]
    ledger = Ledger()
    hand = DelimitedRemover(path, dataset, ledger, remove_empty=remove_empty)
    with monkeypatch.context() as patch:
        _die_at(patch, at)
        try:
            hand.remove([order], step="s")
        except InterruptedError:
            assert path.exists() or remove_empty
    (done,) = hand.remove([order], step="s")
    assert (done.rows_before, done.deleted, done.exceptions) == (3, len(numbers), ())
    assert path.exists() is not remove_empty
    assert remove_empty or path.read_text(encoding="utf8") == "编号,姓名\n2,乙\n"
    hand.scrub()
    assert [one.name for one in tmp_path.iterdir()] == ([] if remove_empty else ["a.csv"])


def _die_at(patch: pytest.MonkeyPatch, at: int) -> None:
    """Let the n-th act on the disk or the ledger raise instead of being done."""
    count = iter(range(1000))

    def dying(real: object) -> object:
        def act(*arguments: object, **named: object) -> object:
            if next(count) == at:
                raise InterruptedError
            return real(*arguments, **named)  # type: ignore[operator]

        return act

    patch.setattr("file_world.Ledger.put", dying(Ledger.put))
    patch.setattr("os.fsync", dying(os.fsync))
    patch.setattr(Path, "replace", dying(Path.replace))
    patch.setattr(Path, "unlink", dying(Path.unlink))


def test_a_file_that_changes_while_it_is_rewritten_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,姓名\n1,甲\n2,乙\n", encoding="utf8")
    (dataset,) = datasets(path)
    order = removal(path, dataset, [None], of("1"))  # type: ignore[arg-type]
    hand = DelimitedRemover(path, dataset, Ledger())
    real = hand._rewrite

    def slow(*arguments: object) -> object:
        done = real(*arguments)  # type: ignore[arg-type]
        path.write_text("编号,姓名\n1,甲\n2,乙\n3,丙\n", encoding="utf8")
        return done

    monkeypatch.setattr(hand, "_rewrite", slow)
    with pytest.raises(Fault) as fault:
        hand.remove([order], step="s")
    assert fault.value.code == "SH-E-643"
    assert path.read_text(encoding="utf8").endswith("3,丙\n")
    assert not part_of(path).exists()


_LONG = "备注" * 1_000
"""A title so long that a file of control characters alone still is a text."""
_cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), max_size=8)
_table = st.lists(st.tuples(_cell, _cell, _cell), min_size=1, max_size=8)


@given(table=_table, gone=st.sets(st.integers(0, 7)), emptied=st.sets(st.integers(0, 7)))
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_what_is_kept_reads_as_before_whatever_the_cells_hold(
    tmp_path: Path, table: list[tuple[str, str, str]], gone: set[int], emptied: set[int]
) -> None:
    import csv

    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf8", newline="") as handle:
        csv.writer(handle).writerows([("编号", "姓名", _LONG), *table])
    (dataset,) = datasets(path)
    before = list(rows(path, dataset).values())
    numbers = iter(range(100))

    def shape_of(_cells: Cells) -> int | None:
        n = next(numbers)
        return 0 if n in gone else 1 if n in emptied else None

    order = removal(path, dataset, [None, (1,)], shape_of)
    DelimitedRemover(path, dataset, Ledger()).remove([order], step="s")
    expected = [(a, None if n in emptied else b, c) for n, (a, b, c) in enumerate(before)
                if n not in gone]  # fmt: skip
    assert list(rows(path, dataset).values()) == expected
