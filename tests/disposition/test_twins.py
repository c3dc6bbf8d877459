"""What is known of one of two subjects that may be one customer is not known of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import pyarrow as pa
from desks import desk, put
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shanhou.disposition.twins import doubt_twins
from shanhou.law.load import load_rulebook

SPECS = {name: load_rulebook().facts[name] for name in ("dispute", "consent_contract")}
CASE = {"dispute": "none"}
Known = Mapping[int, tuple[str | None, str | None]]


def doubted(
    known: Known,
    twin: Mapping[int, int],
    parted: Sequence[tuple[int, int]] = (),
    own: Sequence[tuple[int, str]] = (),
) -> dict[int, tuple[str | None, str | None]]:
    """Dispute and consent of each subject after doubt: subject to the number of its group."""
    at = desk()

    def table(
        name: str, columns: Mapping[str, Sequence[object]], kinds: Sequence[pa.DataType]
    ) -> ibis.Table:
        arrays = {one: pa.array(list(columns[one]), kind)
                  for one, kind in zip(columns, kinds, strict=True)}  # fmt: skip
        return put(at, "w", name, pa.table(arrays))

    number, text = pa.int64(), pa.string()
    both = [*parted, *((other, one) for one, other in parted)]
    made = doubt_twins(
        table("facts", {"sid": list(known), "dispute": [one[0] for one in known.values()],
                        "consent_contract": [one[1] for one in known.values()]},
              (number, text, text)),
        SPECS, case=CASE,
        twin=table("twin", {"sid": list(twin), "twins": list(twin.values())}, (number, number)),
        parted=table("parted", {"sid": [one for one, _ in both],
                                "other": [other for _, other in both]}, (number, number)),
        own_word=table("own", {"sid": [sid for sid, _ in own], "fact": [f for _, f in own]},
                       (number, text)),
    )  # fmt: skip
    rows = at.arrow(made.select("sid", *SPECS).order_by("sid")).to_pylist()
    return {row["sid"]: (row["dispute"], row["consent_contract"]) for row in rows}


def test_a_dispute_of_one_twin_is_unknown_of_the_others() -> None:
    known: Known = {1: ("open", None), 2: (None, None), 3: ("none", None), 4: (None, None)}
    assert doubted(known, {1: 1, 2: 1, 3: 1}) == {
        1: ("open", None), 2: ("unknown", None), 3: ("unknown", None), 4: (None, None),
    }  # fmt: skip


def test_silence_says_nothing_of_a_twin_and_a_refusal_does() -> None:
    assert doubted({1: (None, "silent"), 2: (None, "granted")}, {1: 1, 2: 1}) == {
        1: (None, "silent"), 2: (None, "granted"),
    }  # fmt: skip
    assert doubted({1: (None, "refused"), 2: (None, "granted")}, {1: 1, 2: 1}) == {
        1: (None, "refused"), 2: (None, "unknown"),
    }  # fmt: skip


def test_who_was_told_apart_takes_nothing_and_the_third_still_does() -> None:
    known: Known = {1: ("open", None), 2: (None, None), 3: (None, None)}
    assert doubted(known, {1: 1, 2: 1, 3: 1}, parted=[(1, 2)]) == {
        1: ("open", None), 2: (None, None), 3: ("unknown", None),
    }  # fmt: skip


def test_a_persons_word_on_one_subject_stands_against_its_twin() -> None:
    known: Known = {1: ("open", None), 2: ("none", None)}
    assert doubted(known, {1: 1, 2: 1}, own=[(2, "dispute")])[2] == ("none", None)


subjects = st.lists(
    st.tuples(
        st.sampled_from(["open", "none", "unknown", None]),
        st.sampled_from(["refused", "pending", "granted"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(subjects)
def test_doubt_only_ever_makes_unknown_and_only_where_a_twin_is_stricter(
    known: list[tuple[str | None, str, int]],
) -> None:
    facts: Known = {n: (one[0], one[1]) for n, one in enumerate(known)}
    twin = {n: one[2] for n, one in enumerate(known) if one[2]}
    after = doubted(facts, twin)
    for n, (dispute, consent, group) in enumerate(known):
        others = [one for m, one in enumerate(known) if group and one[2] == group and m != n]
        disputes, consents = {one[0] for one in others}, {one[1] for one in others}
        worse = "unknown" in disputes or ("open" in disputes and dispute != "unknown")
        changed = (worse and dispute in {"none", None}) or (
            "unknown" in disputes and dispute == "open"
        )
        assert after[n][0] == ("unknown" if changed else dispute)
        refused = "refused" in consents and consent != "refused"
        assert after[n][1] == ("unknown" if refused else consent)
