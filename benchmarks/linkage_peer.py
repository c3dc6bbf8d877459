"""Splink alone, with the settings that `engine.md` 5 found to work, and the bare rules in SQL.

Its input is made plain with the same forms as ours; what differs is what is done with it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

JOIN = 0.95


def splink_alone(
    columns: Sequence[str], rows: Sequence[tuple[str | None, ...]], *, chinese: bool
) -> dict[str, list[Any]]:
    """Groups of rows: Splink's clusters, and these with the rules' links added."""
    import duckdb
    from splink import DuckDBAPI, Linker

    con = duckdb.connect(config={"memory_limit": "3GB"})
    table = {name: pa.array([row[n] for row in rows], pa.string())
             for n, name in enumerate(columns)}  # fmt: skip
    table = _plain(table) if chinese else table
    con.register("given", pa.table({"rec": pa.array(range(len(rows)), pa.int64()), **table}))
    con.execute("create table rows as from given")
    logging.getLogger("splink").setLevel(logging.ERROR)
    linker = Linker(DuckDBAPI(con).register("rows"), _settings(columns, chinese=chinese),
                    log_level=None)  # fmt: skip
    _train(linker, chinese=chinese)
    found = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never")
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(
        found, threshold_match_probability=JOIN
    )
    told = con.execute(
        f'select rec, cluster_id from "{clustered.physical_name}" order by rec'
    ).fetchall()
    clusters = {"splink alone, clustered": [row[1] for row in told]}
    if chinese:
        clusters["rules in SQL alone"] = _by_rules(con)
    return clusters


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


def _settings(columns: Sequence[str], *, chinese: bool) -> Any:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    if chinese:
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
    else:
        compared = [cl.NameComparison("first_name"), cl.NameComparison("surname"),
                    cl.LevenshteinAtThresholds("born", [1, 2])]  # fmt: skip
        if "email" in columns:
            town = cl.ExactMatch("address").configure(term_frequency_adjustments=True)
            compared += [cl.EmailComparison("email"), town]
        else:
            compared += [cl.LevenshteinAtThresholds("number", [1, 2]),
                         cl.JaroWinklerAtThresholds("address", [0.97, 0.9, 0.8])]  # fmt: skip
        blocks = [block_on(one) for one in columns if one != "address"]
    return SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="rec", comparisons=compared,
        blocking_rules_to_generate_predictions=blocks, retain_matching_columns=False,
    )  # fmt: skip


def _train(linker: Any, *, chinese: bool) -> None:
    from splink import block_on

    # so that no other way of guessing the prior flatters or harms it
    sure = [block_on("phone"), block_on("national_id")] if chinese else [
        block_on("first_name", "surname", "born")]  # fmt: skip
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=7)
    ways = [block_on("phone"), block_on("address")] if chinese else [
        block_on("born"), block_on("first_name", "surname")]  # fmt: skip
    for way in ways:
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
