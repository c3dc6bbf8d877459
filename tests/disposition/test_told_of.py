"""Whom a trade secret tells of: the record's customer as matched, a person's word, or unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pytest
from desks import cells, desk, put

from shanhou.cases.store import Declaration
from shanhou.disposition.decide import decide
from shanhou.disposition.facts import Group, Holding
from shanhou.disposition.question import Question
from shanhou.disposition.situation import facts_of_item, gather, group_situations
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Outcome

BOOK = load_rulebook()
SECRET = Group("trade_secret", (0,), sensitive=False)
PRICES = Holding("shop.prices", "t0", "operational", (SECRET,))
ORDERS = Holding("shop.orders", "t1", "operational", (Group("transaction", (0,), sensitive=False),))
KINDS = ("person", "company", "person", "company")
"""Of the customers 0 to 3; record n is of customer n, the last record of nobody."""


def told(
    *words: tuple[str, str],
    twins: Sequence[int] = (),
    holdings: Sequence[Holding] = (PRICES,),
    kinds: Sequence[str] = KINDS,
    merged_now: bool = True,
) -> dict[int, str]:
    """Of each record the kind of customer it is of, as the situations know it."""
    at = desk()
    for number, holding in enumerate(holdings):
        column = [f"v{n}" for n in range(5)]
        put(at, "collected", holding.table, cells(column, first=5 * number))
    number, text = pa.int64(), pa.string()
    put(at, "inventory", "text_holds", pa.table(
        {"rec": pa.array([], number), "holds": pa.array([], text)}))  # fmt: skip
    put(at, "subjects", "member", pa.table(
        {"rec": pa.array([0, 1, 2, 3, 5, 6, 7, 8], number),
         "sid": pa.array([0, 1, 2, 3, 0, 1, 2, 3], number)}))  # fmt: skip
    put(at, "subjects", "subject", pa.table({
        "sid": pa.array([0, 1, 2, 3]),
        "kind": [{"company": "org"}.get(one, "person") for one in kinds],
        **({"customer_kind": list(kinds)} if merged_now else {})}))  # fmt: skip
    put(at, "subjects", "unreached", pa.table({"rec": pa.array([4, 9], number)}))
    together = pa.array([1] * len(twins), number)
    put(at, "subjects", "twin", pa.table({"sid": pa.array(twins, number), "twins": together}))
    put(at, "subjects", "parted", pa.table({"sid": pa.array([], number),
                                            "other": pa.array([], number)}))  # fmt: skip
    for name, columns in (("answer", ("kind", "value", "on_day", "closed_by")),
                          ("letter", ("deadline",))):  # fmt: skip
        made = {"sid": pa.array([], number)} | {one: pa.array([], text) for one in columns}
        put(at, "w", name, pa.table(made | {"ordinal": pa.array([], number)}))
    own = [(int(scope[9:]), value) for scope, value in words if scope.startswith("subject:S")]
    put(at, "w", "declared_subject", pa.table(
        {"sid": pa.array([sid for sid, _ in own], number),
         "fact": pa.array(["customer_kind"] * len(own), text),
         "value": pa.array([value for _, value in own], text)}))  # fmt: skip
    said = tuple(Declaration("customer_kind", scope, value, "counsel", "e", "s")
                 for scope, value in words)  # fmt: skip
    case = {"exit_kind": "asset-sale"}
    asked = Question(BOOK, date(2026, 12, 20), case, tuple(holdings), (), said)
    at.create("gathered", gather(at, asked, collected="collected", inventory="inventory",
                                 subjects="subjects"))  # fmt: skip
    known = {one.id: one.facts["customer_kind"] for one in group_situations(at, asked)}
    rows = at.arrow(at.table("w", "record").select("rec", "sit")).to_pylist()
    return {row["rec"]: known[row["sit"]] for row in rows}


def test_the_matching_tells_whether_the_customer_is_a_person() -> None:
    assert told() == {0: "person", 1: "company", 2: "person", 3: "company", 4: "unknown"}


def test_a_persons_word_goes_before_the_matching_and_a_datasets_word_fills_what_is_not_known() -> (
    None
):
    assert told(("subject:S0000000", "company"))[0] == "company"
    words = told(("dataset:shop.prices", "company"))
    assert (words[0], words[4]) == ("person", "company")


def test_a_company_that_may_be_the_same_customer_as_a_person_is_not_known_to_be_one() -> None:
    found = told(twins=(0, 1))
    assert (found[0], found[1], found[3]) == ("person", "unknown", "company")


def test_of_customers_merged_before_it_was_told_no_company_is_known_to_be_one() -> None:
    found = told(merged_now=False)
    assert found == {0: "person", 1: "unknown", 2: "person", 3: "unknown", 4: "unknown"}
    assert told(kinds=("person", "unknown", "person", "company"))[1] == "unknown"


def test_where_there_is_no_secret_nobody_is_asked() -> None:
    """It would only part situations that no rule tells apart."""
    found = told(holdings=(PRICES, ORDERS))
    assert {found[rec] for rec in range(5, 10)} == {"unknown"}
    assert found[0] == "person"


@pytest.mark.parametrize(("of_person", "outcome"),
                         [(False, Outcome.TRANSFER), (True, Outcome.KEEP)])  # fmt: skip
def test_a_contact_persons_habits_are_hers_though_the_customer_is_a_company(
    of_person: bool, outcome: Outcome
) -> None:
    from law_facts import CALM, RULES

    from shanhou.disposition.situation import Situation

    group = Group("trade_secret", (0,), sensitive=False, of_person=of_person)
    holding = Holding("shop.prices", "t0", "operational", (group,))
    case = {**CALM, "exit_kind": "asset-sale", "secret_owner": "own", "secret_terms": "agreed"}
    asked = Question(BOOK, date(2026, 12, 20), case, (holding,), (), ())
    answers = {"customer_kind": "company", "service": "running", "notice": "sent",
               "consent_provision": "refused", "consent_contract": "granted"}  # fmt: skip
    known = facts_of_item(asked, Situation("s", "shop.prices", answers, 1), "trade_secret")
    assert decide(known, RULES).outcome is outcome
