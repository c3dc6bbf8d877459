"""Splink alone, and the bare rules in SQL.

The public sets with the models of Splink's own examples, the made-up Chinese set with the settings
that were found to work there. That one's input is made plain with the same forms as ours; what
differs is what is done with it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from linkage_sets import People

JOIN = 0.95


def splink_alone(known: People, name: str) -> dict[str, list[Any]]:
    """Groups of rows: Splink's clusters at two thresholds, and those of the bare rules."""
    import duckdb
    from splink import DuckDBAPI, Linker

    con = duckdb.connect(config={"memory_limit": "3GB"})
    rows = known.rows
    table = {column: pa.array([row[n] for row in rows], pa.string())
             for n, column in enumerate(known.columns)}  # fmt: skip
    table = _plain(table) if name == "chinese" else table
    files = pa.array([n for n, file in enumerate(known.files) for _ in file], pa.int64())
    numbers = pa.array(range(len(rows)), pa.int64())
    con.register("given", pa.table({"rec": numbers, "file": files, **table}))
    con.execute("create table rows as from given")
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(con)
    given: Any = api.register("rows")
    if name == "febrl4":
        for n in (0, 1):
            con.execute(f"create table rows_{n} as from rows where file = {n}")
        given = [api.register("rows_0"), api.register("rows_1")]
    model = _MODELS[name[:5]](name)
    linker = Linker(given, model.settings, log_level=None)
    _train(linker, model)
    found = linker.inference.predict(threshold_match_probability=0.2, warning_mode="never")
    clusters = {f"splink alone, at {bound}": _clustered(con, linker, found, bound)
                for bound in (JOIN, 0.5)}  # fmt: skip
    if name == "chinese":
        clusters["rules in SQL alone"] = _by_rules(con)
    return clusters


def _clustered(con: Any, linker: Any, found: Any, bound: float) -> list[Any]:
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(
        found, threshold_match_probability=bound
    )
    told = con.execute(f'select cluster_id from "{clustered.physical_name}" order by rec')
    return [row[0] for row in told.fetchall()]


def _plain(table: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Names simplified, without titles, with their sound; addresses with their last letters."""
    import pyarrow.compute as pc

    from shanhou.subjects.clean import Kind, clean
    from shanhou.subjects.forms import sounds

    coded = table["name"].dictionary_encode()
    full = clean(Kind.NAME, coded.dictionary)
    names = pc.coalesce(full, clean(Kind.SURNAME, coded.dictionary))
    address = clean(Kind.PLACE, table["address"])
    return {
        "name": pc.take(names, coded.indices),
        "sound": pc.take(sounds(names), coded.indices),
        "surname": pc.utf8_slice_codeunits(pc.take(names, coded.indices), 0, 1),
        "phone": clean(Kind.PHONE, table["phone"]),
        "national_id": clean(Kind.NATIONAL_ID, table["national_id"]),
        "address": address,
        "tail": pc.utf8_slice_codeunits(address, -8, None),
    }


@dataclass(frozen=True)
class _Model:
    """What is compared, and how it is taught."""

    settings: Any
    sure: Sequence[Any]
    recall: float
    ways: Sequence[Any]


def _chinese(_: str) -> _Model:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import block_on

    name = cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name").configure(tf_adjustment_column="name"),
            cll.CustomLevel("sound_l = sound_r", "same sound"),
            cll.JaroWinklerLevel("sound", 0.9),
            cll.ExactMatchLevel("surname"),
            cll.ElseLevel(),
        ],
    )
    compared = [
        name,
        cl.LevenshteinAtThresholds("phone", [1, 2]),
        cl.LevenshteinAtThresholds("national_id", [1, 2]),
        cl.JaroWinklerAtThresholds("address", [0.97, 0.9, 0.8]),
    ]
    blocks = [
        block_on("phone"), block_on("national_id"), block_on("sound", "tail"),
        block_on("substr(phone, 4)", "surname"), block_on("address"),
        block_on("substr(phone, 1, 7)", "sound"),
    ]  # fmt: skip
    # so that no other way of guessing the prior flatters or harms it
    sure = [block_on("phone"), block_on("national_id")]
    ways = [block_on("phone"), block_on("address")]
    return _Model(_settings(compared, blocks), sure, 0.7, ways)


def _fake(_: str) -> _Model:
    """As in Splink's tutorial."""
    import splink.comparison_library as cl
    from splink import block_on

    town = cl.ExactMatch("city").configure(term_frequency_adjustments=True)
    compared = [cl.NameComparison("first_name"), cl.NameComparison("surname"),
                cl.LevenshteinAtThresholds("dob", [1, 2]), town,
                cl.EmailComparison("email")]  # fmt: skip
    blocks = [block_on(one) for one in ("first_name", "surname", "dob", "email")]
    ways = [block_on("dob"), block_on("first_name", "surname")]
    return _Model(
        _settings(compared, blocks), [block_on("first_name", "surname", "dob")], 0.7, ways
    )


def _febrl(name: str) -> _Model:
    """As in Splink's examples of FEBRL 3 (one list) and FEBRL 4 (two lists)."""
    import splink.comparison_library as cl
    from splink import block_on

    two = name == "febrl4"
    often = {"term_frequency_adjustments": True}
    born = cl.DateOfBirthComparison("date_of_birth", input_is_string=True,
                                    datetime_format="%Y%m%d",
                                    invalid_dates_as_null=two)  # fmt: skip
    names = [cl.NameComparison("given_name"), cl.NameComparison("surname")]
    postcode = cl.ExactMatch("postcode").configure(**often)
    if two:
        names = [one.configure(**often) for one in names]
        postcode = cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(**often)
    number = cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2] if two else [2])
    compared = [*names, born, number, cl.ExactMatch("street_number").configure(**often), postcode]
    swapped = "l.given_name = r.surname and l.surname = r.given_name"
    blocks = [block_on(one) for one in
              ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]  # fmt: skip
    if two:
        blocks = [block_on("given_name", "surname"), swapped, block_on("date_of_birth"),
                  block_on("soc_sec_id"), block_on("state", "address_1"),
                  block_on("street_number", "address_1"), block_on("postcode")]  # fmt: skip
    sure = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    sure += [] if two else [f"{swapped} and l.date_of_birth = r.date_of_birth"]
    settings = _settings(compared, blocks, "link_only" if two else "dedupe_only")
    ways = [block_on("date_of_birth"), block_on("postcode")]
    return _Model(settings, sure, 0.8 if two else 0.9, ways)


_MODELS = {"chine": _chinese, "fake_": _fake, "febrl": _febrl}


def _settings(compared: Sequence[Any], blocks: Sequence[Any], link: Any = "dedupe_only") -> Any:
    from splink import SettingsCreator

    return SettingsCreator(
        link_type=link, unique_id_column_name="rec", comparisons=list(compared),
        blocking_rules_to_generate_predictions=list(blocks), retain_matching_columns=False,
    )  # fmt: skip


def _train(linker: Any, model: _Model) -> None:
    linker.training.estimate_probability_two_random_records_match(model.sure, recall=model.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=7)
    for way in model.ways:
        linker.training.estimate_parameters_using_expectation_maximisation(way)


def _by_rules(con: Any) -> list[Any]:
    """Same ID, same phone and name, same name and address tail; joined by label spreading."""
    con.execute("create table label as select rec, rec as root from rows")
    keys = (
        "select 'i' || national_id as k, rec from rows where national_id is not null",
        "select 'p' || phone || name, rec from rows where phone is not null and name is not null",
        "select 'a' || tail || name, rec from rows where tail is not null and name is not null",
    )
    con.execute(f"create table key as {' union all '.join(keys)}")
    changed = True
    while changed:
        con.execute(
            "create or replace table low as select k, min(root) as root"
            " from key join label using (rec) group by k"
        )
        con.execute(
            "create or replace table next as select rec, min(least(label.root, low.root)) as root,"
            " any_value(label.root) as was"
            " from label left join key using (rec) left join low using (k) group by rec"
        )
        changed = con.execute("select bool_or(root <> was) from next").fetchone()[0]
        con.execute("create or replace table label as select rec, root from next")
    return [row[0] for row in con.execute("select root from label order by rec").fetchall()]
