"""Weighs pairs of portraits by Splink, in the desk's own session, with weights that are written.

Nothing is learnt from the case: a case of three hundred rows could not teach it, and the same two
records would be one person in one case and two in another (ADR 13). Only how frequent a value is
comes from the case.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from shanhou.subjects.prepared import write_prepared
from shanhou.subjects.written import document
from shanhou.vault.generation import quoted

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

PLACES_AFTER_POINT = 6
_FREQUENT: Mapping[str, Mapping[str, str]] = {
    "name": {"same": "name", "same_sound": "sound"},
    "phone": {"same": "phone"},
    "email": {"same": "email"},
    "number": {"same": "number"},
    "born": {"same": "born"},
    "place": {"same": "place"},
    "area": {"same": "postcode", "same_town": "town"},
}
"""The levels of each comparison that weigh by how frequent the value of a column is."""
_LATIN = "latin_l and latin_r and "
_YEAR = 372
"""Days, counted as months of 31."""
_LONG = "length(place_l) >= 8 and length(place_r) >= 8 and "


def _alike(one: str, other: str, least: float) -> str:
    """Whether a word of the left name is nearly one of the right."""
    return f"jaro_winkler_similarity({one}_word_l, {other}_word_r) >= {least}"


def _days(side: str) -> str:
    """A birth date as a number."""
    year, month, day = (f"substr(born_{side}, {at}, {n})" for at, n in ((1, 4), (5, 2), (7, 2)))
    return f"(cast({year} as int) * {_YEAR} + cast({month} as int) * 31 + cast({day} as int))"


_CONDITIONS: Mapping[str, Mapping[str, str]] = {
    "name": {
        "same": "name_l = name_r",
        "same_sound": "sound_l = sound_r",
        "near": f"{_LATIN} (jaro_winkler_similarity(sound_l, sound_r) >= 0.92 or"
        f" ({_alike('first', 'first', 0.85)} and {_alike('last', 'last', 0.85)}) or"
        f" ({_alike('first', 'last', 0.85)} and {_alike('last', 'first', 0.85)}))",
        "part": f"{_LATIN} (list_has_all(string_split(sound_l, ' '), string_split(sound_r, ' '))"
        " or list_has_all(string_split(sound_r, ' '), string_split(sound_l, ' ')))",
        "half": f"{_LATIN} ({_alike('first', 'first', 0.92)} or {_alike('last', 'last', 0.92)}"
        f" or {_alike('first', 'last', 0.92)} or {_alike('last', 'first', 0.92)}"
        " or list_has_any(string_split(sound_l, ' '), string_split(sound_r, ' ')))",
        "surname": "(name_l is null and starts_with(called_r, called_l))"
        " or (name_r is null and starts_with(called_l, called_r))",
    },
    "phone": {
        "same": "phone_l = phone_r",
        "one_digit": "damerau_levenshtein(phone_l, phone_r) <= 1",
    },
    "email": {
        "same": "email_l = email_r",
        # kh01@ and kh02@ are two
        "near": "regexp_replace(email_l, '[^0-9]+', '-', 'g') ="
        " regexp_replace(email_r, '[^0-9]+', '-', 'g') and"
        " (split_part(email_l, '@', 1) = split_part(email_r, '@', 1)"
        " or damerau_levenshtein(email_l, email_r) <= 2)",
    },
    "number": {
        "same": "number_l = number_r",
        "one_digit": "damerau_levenshtein(number_l, number_r) <= 1",
    },
    "born": {
        "same": "born_l = born_r",
        "one_digit": "damerau_levenshtein(born_l, born_r) <= 1",
        # year, month or day another, or day and month in each other's place
        "one_part": "right(born_l, 4) = right(born_r, 4) or left(born_l, 6) = left(born_r, 6)"
        " or (left(born_l, 4) = left(born_r, 4) and (right(born_l, 2) = right(born_r, 2)"
        " or right(born_l, 4) = right(born_r, 2) || substr(born_r, 5, 2)))",
        "near": f"abs({_days('l')} - {_days('r')}) <= {_YEAR}",
    },
    "place": {
        "same": "place_l = place_r",
        "shortened": f"{_LONG} (ends_with(place_l, place_r) or ends_with(place_r, place_l))",
        "near": f"{_LONG} ((digits_l = digits_r and"
        " jaro_winkler_similarity(place_l, place_r) >= 0.9)"
        " or starts_with(place_l, place_r) or starts_with(place_r, place_l))",
    },
    "area": {
        "same": "postcode_l = postcode_r",
        "same_town": "town_l = town_r",
        "near": "damerau_levenshtein(postcode_l, postcode_r) <= 1"
        " or (regexp_full_match(town_l || town_r, '[ -~]+') and length(town_l) > 6"
        " and damerau_levenshtein(town_l, town_r) <= 2)",
    },
}
"""What each level of `weights.yaml` means; `different` is all the rest."""
_EMPTY = {name: f"{name}_l is null or {name}_r is null" for name in _CONDITIONS} | {
    "name": "called_l is null or called_r is null",
    # who has the same address has the same town
    "area": "(coalesce(postcode_l, '') = '' or coalesce(postcode_r, '') = '')"
    " and (town_l is null or town_r is null) or place_l = place_r",
}
"""When nothing is compared."""


def weights() -> Mapping[str, Any]:
    """The written weights."""
    return document("weights.yaml")


def level(comparison: str, name: str) -> int:
    """Splink's number of a level: 0 is different, the first level the highest."""
    names = list(weights()["comparisons"][comparison])
    return len(names) - 1 - names.index(name)


def weigh(desk: Desk, *, joined: int) -> None:
    """`weighed`: every pair of `pair` with weight and probability, and per comparison its level.

    `joined`: how many links the rules found; it tells how many more to expect.
    """
    write_prepared(desk, "everybody", lambda: _everybody(desk))
    persons = int(desk.scalar(desk.aside("everybody").persons.max()))
    for comparison, column in _frequent():
        write_prepared(desk, f"tf_{column}", partial(_frequencies, desk, comparison, column),
                       by=column)  # fmt: skip
    with desk.all_aside():
        _predict(desk, prior(persons, joined))
    desk.drop_aside("everybody", *(f"tf_{column}" for _, column in _frequent()))


def _predict(desk: Desk, expected: float) -> None:
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=desk.raw)
    linker = Linker(api.register("compared"), _settings(expected), log_level=None)
    for _, column in _frequent():
        table = api.register(f"tf_{column}")
        linker.table_management.register_term_frequency_lookup(table, column)
    linker.table_management.register_blocked_pairs_for_predict(api.register("pair"))
    told = linker.inference.predict(warning_mode="never")
    desk.raw.execute(f"create or replace view told as from {quoted(told.physical_name)}")
    write_prepared(desk, "weighed", lambda: _kept(desk.aside("told")))
    desk.raw.execute("drop view told")
    tables: Any = linker.table_management
    tables.delete_tables_created_by_splink_from_db()


def _everybody(desk: Desk) -> ibis.Table:
    """`persons`: how many there are, as far as the rules joined them."""
    portrait = desk.aside("portrait")
    return portrait.aggregate(persons=portrait.root.nunique())


def prior(persons: int, joined: int) -> float:
    """How probable it is that two portraits taken by chance are one person's."""
    known = weights()
    expected = known["left_apart"] * persons + known["joined_twice"] * joined
    return float(min(0.1, expected / max(1.0, persons * (persons - 1) / 2)))


def _frequent() -> Iterator[tuple[str, str]]:
    for comparison, columns in _FREQUENT.items():
        for column in columns.values():
            yield comparison, column


def _frequencies(desk: Desk, comparison: str, column: str) -> ibis.Table:
    """How frequent a value is among others than the two who are compared.

    Only of values that two of the compared have: nobody asks for another's.
    """
    levels = weights()["comparisons"][comparison]
    mine = next(name for name, of in _FREQUENT[comparison].items() if of == column)
    usual = levels[mine]["usual"]
    compared, portrait = desk.aside("compared"), desk.aside("portrait")
    held = compared.filter(compared[column].notnull()).group_by(column)
    twice = held.having(lambda t: t.count() > 1).aggregate(portraits=lambda t: t.count())
    told = portrait.select("root", column).semi_join(twice, column)
    counted = told.group_by(column).aggregate(persons=told.root.nunique())
    others = (counted.persons - 2).clip(lower=0)
    everybody = desk.aside("everybody").persons.as_scalar()
    share = (others + 0.5) / (everybody + 0.5 / usual)
    return counted.select(column, **{f"tf_{column}": share})


def _kept(told: ibis.Table) -> ibis.Table:
    """Splink's columns under our names; rounded, so that the order of adding does not matter."""
    parts = {}
    for comparison in weights()["comparisons"]:
        adjusted = f"mw_tf_adj_{comparison}"
        weight = told[f"mw_{comparison}"]
        if adjusted in told.columns:
            weight = weight + told[adjusted]
        parts[f"mw_{comparison}"] = weight.round(PLACES_AFTER_POINT)
        parts[f"is_{comparison}"] = told[f"gamma_{comparison}"].cast("int64")
    return told.select(
        rec_a="rec_l",
        rec_b="rec_r",
        weight=told.match_weight.round(PLACES_AFTER_POINT),
        probability=told.match_probability.round(PLACES_AFTER_POINT),
        **parts,
    )


def _settings(expected: float) -> Any:
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rec",
        probability_two_random_records_match=expected,
        comparisons=[_comparison(name) for name in weights()["comparisons"]],
        blocking_rules_to_generate_predictions=[],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(name: str) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": _EMPTY[name], "is_null_level": True}]
    for called, weight in weights()["comparisons"][name].items():
        chance = weight.get("usual", weight.get("chance"))
        found: dict[str, Any] = {
            "sql_condition": _CONDITIONS[name].get(called, "ELSE"),
            "label_for_charts": called,
            "m_probability": weight["share"],
            "u_probability": chance,
        }
        if "usual" in weight:
            found["tf_adjustment_column"] = _FREQUENT[name][called]
            found["disable_tf_exact_match_detection"] = True
        levels.append(found)
    return {"output_column_name": name, "comparison_levels": levels}
