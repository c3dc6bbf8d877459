"""The transfer agreement says what the case file agrees, what the plan sends, what is owed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from case_world import CUSTOMERS, Place, name, planned

from shanhou.cases.obligations import ObligationKind
from shanhou.documents.blocks import blanks
from shanhou.documents.catalogue import catalogue
from shanhou.documents.facts import Facts
from shanhou.documents.filling import filled
from shanhou.errors import LANGUAGES, Language
from shanhou.flow.paper_facts import facts_of
from shanhou.flow.paper_terms import OWED

TERMS = {"hands_over": {"*": ["contact"]}, "purpose": "继续服务", "by": "planner"}
LEDGER = {"kind": "deposit", "field": "shop.invoices.amount", "by": "planner",
          "above": {"left": "500", "none": "rest"}, "amount": "shop.invoices.amount"}  # fmt: skip


def agreement(facts: Facts, language: Language) -> Any:
    (entry,) = (one for one in catalogue() if one.id == "transfer-agreement")
    return filled(entry, facts, language)


def facts_with(place: Place, folder: Path, **more: Any) -> Facts:
    trial = place.copy(folder)
    trial.write_settings(trial.settings() | more)
    planned(trial)
    case = trial.open()
    found = facts_of(case)
    case.close()
    return found


def test_the_agreement_names_only_the_kinds_that_the_plan_sends_and_its_last_day(
    places: dict[str, Place], tmp_path: Path
) -> None:
    facts = facts_with(places["asset-sale"], tmp_path / "case",
                       agreement=TERMS | {"until": "2027-03-01"})  # fmt: skip
    sent = facts.plan.groups_of("TRANSFER")
    assert len(sent) == 1 < len(facts.recipient.kinds)
    text = str(agreement(facts, "en"))
    assert f"of these kinds: {sent[0].en}" in text
    assert "The last day of the transfer is 1 March 2027" in text
    assert f"all other datasets: {sent[0].en}" in text
    assert "2027年3月1日" in str(agreement(facts, "zh"))


@pytest.mark.parametrize("onward", [False, True])
def test_whether_the_buyer_may_hand_it_on_follows_the_case_file(
    onward: bool, places: dict[str, Place], tmp_path: Path
) -> None:
    facts = facts_with(places["asset-sale"], tmp_path / "case",
                       agreement=TERMS | {"onward": onward})  # fmt: skip
    assert ("may provide the data to third parties" in str(agreement(facts, "en"))) == onward
    assert ("未经甲方书面同意" in str(agreement(facts, "zh"))) != onward


@pytest.mark.parametrize("owner", ["", "recipient", "counsel"])
def test_a_schedule_lists_what_is_still_owed_and_who_owns_it(
    owner: str, places: dict[str, Place], tmp_path: Path
) -> None:
    facts = facts_with(places["asset-sale"], tmp_path / "case",
                       obligations=[LEDGER | {"owner": owner}])  # fmt: skip
    (due,) = facts.dues
    assert (due.records, due.customers, due.amount) == (4, 4, "3000.00")
    for language in LANGUAGES:
        made = agreement(facts, language)
        assert "3000.00" in str(made)
        assert getattr(OWED[ObligationKind.DEPOSIT], language) in str(made)
        assert not [n for n in range(1, CUSTOMERS + 1) if name(n) in str(made)]
    unnamed = "who owns it from the cut-over" in blanks(agreement(facts, "en").blocks)
    assert unnamed == (not owner)
    named = {"": "", "recipient": "示例接手公司", "counsel": "counsel"}
    assert due.owner == named[owner]


def test_every_kind_of_obligation_has_words() -> None:
    assert set(OWED) == set(ObligationKind)
