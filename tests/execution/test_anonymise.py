"""Nobody stands out in what is published, no row is lost, and doubt means it stays personal."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pytest
from deliveries import SHARED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shanhou.errors import Refusal
from shanhou.execution.anonymise import (
    Anonymised,
    Conditions,
    Quasi,
    QuasiKind,
    Release,
    Verdict,
    YesNo,
    anonymise,
    passes,
    write_csv,
)
from shanhou.vault.generation import Desk, Vault
from shanhou.vault.keys import new_key_ring

# ibis 12 calls names that duckdb 1.5.5 is giving up
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:fetch_record_batch:DeprecationWarning"),
]
ALL_HOLD = Conditions(*[YesNo.YES] * len(fields(Conditions)))
NOMINAL, NUMBER, DATE = QuasiKind.NOMINAL, QuasiKind.NUMBER, QuasiKind.DATE


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("anonymise")
    with Vault(folder / "vault", new_key_ring(folder / "keys", b"x")).write("g") as opened:
        yield opened


def _rows(desk: Desk, result: Anonymised) -> list[tuple[str | None, ...]]:
    return [tuple(row.values()) for row in desk.arrow(result.table).to_pylist()]


def _smallest(rows: list[tuple[str | None, ...]], width: int) -> int:
    """The independent checker: plain counting."""
    return min(Counter(row[:width] for row in rows).values())


def _diversity(rows: list[tuple[str | None, ...]], width: int, column: int) -> int:
    seen: dict[tuple[str | None, ...], set[str | None]] = {}
    for row in rows:
        seen.setdefault(row[:width], set()).add(row[column])
    return min(len(one) for one in seen.values())


def _anonymised(
    desk: Desk,
    rows: list[tuple[str | None, ...]],
    kinds: list[QuasiKind],
    *,
    k: int,
    l_diversity: int = 1,
) -> Anonymised:
    width = len(kinds)
    names = [*(f"q{n}" for n in range(width)), "ill"]
    columns = list(zip(*rows, strict=True))
    desk.put(
        "people",
        pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)}),
    )
    quasi = [Quasi(f"q{n}", kind) for n, kind in enumerate(kinds)]
    people = desk.table("w", "people")
    return anonymise(desk, people, quasi=quasi, sensitive=["ill"], k=k, l_diversity=l_diversity)


_people = st.lists(
    st.tuples(
        st.none()
        | st.integers(-5, 90).map(str)
        | st.sampled_from(["1e3", "nan", "old", " 7", "7.0"]),
        st.none() | st.sampled_from(["上海", "北京", "", "a|b", "?"]),
        st.none()
        | st.sampled_from(["1980-02-29", "1981", "1999-12-31 23:59:59", "soon", "2001/3"]),
        st.none() | st.sampled_from(["x", "y", "z"]),
    ),
    min_size=1,
    max_size=60,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_people, st.integers(2, 6), st.integers(1, 2))
def test_each_class_is_large_enough_or_all_are_one(
    desk: Desk, people: list[tuple[str | None, ...]], k: int, l_diversity: int
) -> None:
    result = _anonymised(desk, people, [NUMBER, NOMINAL, DATE], k=k, l_diversity=l_diversity)
    rows = _rows(desk, result)
    assert len(rows) == len(people) == result.rows
    assert Counter(row[3] for row in rows) == Counter(row[3] for row in people)
    smallest, diversity = _smallest(rows, 3), _diversity(rows, 3, 3)
    assert (smallest, diversity) == (result.smallest, result.least_diverse)
    assert (smallest >= k and diversity >= l_diversity) or result.classes == 1
    assert 0 <= result.loss <= 1


def test_what_a_class_says_holds_for_everyone_in_it(desk: Desk) -> None:
    people: list[tuple[str | None, ...]] = [
        (str(age), town, ill)
        for age, town, ill in [(20, "A", "x"), (21, "A", "y"), (22, "B", "x"), (40, "C", "z"),
                               (41, "C", "x"), (43, None, "y")]
    ]  # fmt: skip
    rows = _rows(desk, _anonymised(desk, people, [NUMBER, NOMINAL], k=3))
    assert set(rows) == {
        ("20~22", "A|B", "x"), ("20~22", "A|B", "y"),
        ("40~43", "?|C", "z"), ("40~43", "?|C", "x"), ("40~43", "?|C", "y"),
    }  # fmt: skip


def test_dates_become_years(desk: Desk) -> None:
    people = [("1980-02-01", "x"), ("1980-11-30", "y"), ("1999-01-01", "x"), ("1999", "y")]
    rows = _rows(desk, _anonymised(desk, list(people), [DATE], k=2))
    assert sorted(rows) == [("1980", "x"), ("1980", "y"), ("1999", "x"), ("1999", "y")]


def test_a_hierarchy_names_what_several_values_have_in_common(desk: Desk) -> None:
    tree = (
        ("徐汇", "上海", "*"),
        ("静安", "上海", "*"),
        ("海淀", "北京", "*"),
        ("朝阳", "北京", "*"),
    )
    desk.put("towns", pa.table({"town": ["徐汇", "静安", "海淀", "朝阳"] * 2, "ill": ["x"] * 8}))
    result = anonymise(
        desk, desk.table("w", "towns"), quasi=[Quasi("town", NOMINAL, tree)], sensitive=["ill"], k=4
    )
    assert Counter(_rows(desk, result)) == {("上海", "x"): 4, ("北京", "x"): 4}
    assert result.loss == pytest.approx(1 / 3)


def test_heavy_ties_do_not_stop_the_cutting(desk: Desk) -> None:
    people = [("most", "x")] * 90 + [("a", "x")] * 5 + [("z", "y")] * 5
    result = _anonymised(desk, list(people), [NOMINAL], k=5)
    assert (result.classes, result.loss) == (3, 0)


def test_no_row_key_and_no_class_number_comes_out(desk: Desk) -> None:
    rec = [str(n) for n in range(40)]
    table = pa.table(
        {"rec": rec, "name": rec, "age": [str(n % 7) for n in range(40)], "ill": ["x"] * 40}
    )
    desk.put("keyed", table)
    before = desk.names("temp")
    result = anonymise(
        desk, desk.table("w", "keyed"), quasi=[Quasi("age", NUMBER)], sensitive=["ill"], k=5
    )
    assert result.table.columns == ("age", "ill")
    assert desk.names("temp") - before == {result.name}


def test_names_of_columns_are_never_taken_for_queries(desk: Desk) -> None:
    odd = 'a"; drop table people; --{c}'
    desk.put("odd", pa.table({odd: ["1", "2", "3", "4"], "s'\"": ["x", "y", "x", "y"]}))
    result = anonymise(
        desk,
        desk.table("w", "odd"),
        quasi=[Quasi(odd, NUMBER)],
        sensitive=["s'\""],
        k=2,
        l_diversity=2,
    )
    assert (result.classes, result.smallest) == (2, 2)


def _good(desk: Desk, copies: int = 20) -> Anonymised:
    people = [(town, ill) for town in ("A", "B") for ill in ("x", "y") for _ in range(copies // 2)]
    return _anonymised(desk, list(people), [NOMINAL], k=copies)


def test_what_holds_all_conditions_is_anonymised(desk: Desk) -> None:
    result = _good(desk)
    for release in Release:
        judged = passes(desk, result, release=release, conditions=ALL_HOLD)
        assert judged.verdict is Verdict.ANONYMISED
        assert judged.reasons == ()


@pytest.mark.parametrize("condition", [one.name for one in fields(Conditions)])
@pytest.mark.parametrize("answer", [YesNo.NO, YesNo.UNKNOWN])
def test_one_condition_not_shown_is_enough_to_fail(
    desk: Desk, condition: str, answer: YesNo
) -> None:
    conditions = replace(ALL_HOLD, **{condition: answer})
    judged = passes(desk, _good(desk), release=Release.SEALED, conditions=conditions)
    assert (judged.verdict, judged.reasons) == (Verdict.DEIDENTIFIED, (condition,))


def test_classes_large_enough_for_a_sealed_archive_are_not_for_release(desk: Desk) -> None:
    result = _good(desk, 10)
    sealed = passes(desk, result, release=Release.SEALED, conditions=ALL_HOLD)
    outside = passes(desk, result, release=Release.OUTSIDE, conditions=ALL_HOLD)
    assert (sealed.verdict, outside.reasons) == (Verdict.ANONYMISED, ("smallest_class",))


def test_a_handful_of_people_never_pass(desk: Desk) -> None:
    result = _anonymised(desk, [("A", "x"), ("B", "y"), ("C", "x")], [NOMINAL], k=10)
    judged = passes(desk, result, release=Release.SEALED, conditions=ALL_HOLD)
    assert (result.classes, judged.reasons) == (1, ("smallest_class",))


def test_one_illness_in_a_class_tells_it_of_everyone(desk: Desk) -> None:
    people = [("A", "x")] * 20 + [("B", "y")] * 20
    result = _anonymised(desk, list(people), [NOMINAL], k=20)
    judged = passes(desk, result, release=Release.OUTSIDE, conditions=ALL_HOLD)
    assert judged.reasons == ("diversity",)


def test_a_result_that_was_tampered_with_is_counted_anew(desk: Desk) -> None:
    result = _good(desk)
    desk.raw.execute(f"insert into temp.main.{result.name} values ('only', 'x')")  # noqa: S608
    judged = passes(desk, result, release=Release.SEALED, conditions=ALL_HOLD)
    assert judged.reasons == ("diversity", "rows", "smallest_class")


def test_nothing_is_written_of_what_did_not_pass(desk: Desk, tmp_path: Path) -> None:
    result = _good(desk)
    refused = passes(desk, result, release=Release.SEALED, conditions=Conditions())
    with pytest.raises(Refusal) as told:
        write_csv(desk, result, refused, tmp_path / "out.csv")
    assert told.value.code == "SH-E-686"
    assert list(tmp_path.iterdir()) == []


def test_what_passed_is_written_whole(desk: Desk, tmp_path: Path) -> None:
    result = _good(desk)
    judged = passes(desk, result, release=Release.OUTSIDE, conditions=ALL_HOLD)
    assert write_csv(desk, result, judged, tmp_path / "out.csv") == 40
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        read = [tuple(row) for row in csv.reader(file)]
    assert read[0] == ("q0", "ill")
    assert sorted(read[1:]) == sorted(_rows(desk, result))


@pytest.mark.parametrize(("k", "l_diversity", "names"), [(1, 1, ["q0"]), (5, 0, ["q0"]),
                                                         (5, 1, []), (5, 1, ["gone"]),
                                                         (5, 1, ["q0", "q0"])])  # fmt: skip
def test_senseless_parameters_are_refused(
    desk: Desk, k: int, l_diversity: int, names: list[str]
) -> None:
    _good(desk)
    with pytest.raises(Refusal) as told:
        anonymise(
            desk, desk.table("w", "people"), quasi=[Quasi(one, NOMINAL) for one in names],
            sensitive=["ill"], k=k, l_diversity=l_diversity,
        )  # fmt: skip
    assert told.value.code == "SH-E-685"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("k", "l_diversity", "bound"), [(5, 1, 0.029), (10, 1, 0.051), (10, 2, 0.1)]
)
def test_adult_keeps_every_row_and_loses_no_more_than_the_trial_did(
    desk: Desk, k: int, l_diversity: int, bound: float
) -> None:
    path = SHARED / "anonymise" / "adult.csv"
    if not path.exists():
        pytest.skip("the public data does not stand beside the checkout")
    names = ["age", "education", "marital-status", "occupation", "sex", "native-country"]
    text = pc.ConvertOptions(column_types=dict.fromkeys([*names, "salary-class"], pa.string()))
    desk.put(
        "adult",
        pc.read_csv(path, parse_options=pc.ParseOptions(delimiter=";"), convert_options=text),
    )
    quasi = [Quasi(name, NUMBER if name == "age" else NOMINAL) for name in names]
    result = anonymise(
        desk,
        desk.table("w", "adult"),
        quasi=quasi,
        sensitive=["salary-class"],
        k=k,
        l_diversity=l_diversity,
    )
    rows = _rows(desk, result)
    assert len(rows) == 30_162
    assert _smallest(rows, 6) >= k
    assert _diversity(rows, 6, 6) >= l_diversity
    # the trial's figures (engine.md, 6) on a variant of Adult with 32,561 rows
    assert bound / 2 < result.loss < bound
