"""A hold stops what it covers until the last of them is lifted, and the log says who set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from case_world import Place

from shanhou.cases.holds import HoldKind
from shanhou.disposition.plan import Plan, totals
from shanhou.disposition.situation import facts_of_item
from shanhou.errors import Refusal
from shanhou.flow.acting import apply
from shanhou.flow.deciding import make_plan, require_founded, require_fresh
from shanhou.flow.holding import lift_hold, set_hold
from shanhou.flow.plans import latest_plan
from shanhou.law.rule import Outcome
from shanhou.wiring import Case


@pytest.fixture
def case(unsigned: Place, tmp_path: Path) -> Iterator[Case]:
    with closing(unsigned.copy(tmp_path / "case").open()) as at:
        yield at


@pytest.fixture
def order(tmp_path: Path) -> Path:
    path = tmp_path / "order.txt"
    path.write_text("协助保全通知书", encoding="utf8")
    return path


def items(plan: Plan) -> dict[str, int]:
    return {one.outcome: one.items for one in totals(plan)}


def held(plan: Plan) -> set[str]:
    of = {one.id: one.dataset for one in plan.situations}
    return {
        of[one.situation] for one in plan.decisions if "CN-HOLD-AUTHORITY" in one.decision.rules
    }


def test_a_hold_on_the_case_holds_everything_and_lifting_it_lets_go(
    case: Case, order: Path
) -> None:
    before = items(make_plan(case, by="planner"))
    one = set_hold(case, HoldKind.TAX, scope="case", by="counsel", reason="稽查", evidence=order)
    during = items(make_plan(case, by="planner"))
    assert set(during) <= {"HOLD", "OUT_OF_SCOPE"}
    lift_hold(case, one.id, by="counsel", evidence=order)
    assert items(make_plan(case, by="planner")) == before


def test_of_two_holds_the_last_one_lifted_lets_go(case: Case, order: Path) -> None:
    first = set_hold(case, HoldKind.COURT, scope="case", by="counsel", reason="a", evidence=order)
    second = set_hold(case, HoldKind.POLICE, scope="case", by="counsel", reason="b", evidence=order)
    assert (first.id, second.id) == ("H001", "H002")
    lift_hold(case, first.id, by="counsel", evidence=order)
    assert set(items(make_plan(case, by="planner"))) <= {"HOLD", "OUT_OF_SCOPE"}
    with pytest.raises(Refusal) as refused:
        lift_hold(case, first.id, by="counsel", evidence=order)
    assert refused.value.code == "SH-E-321"


def test_a_hold_on_one_dataset_holds_that_one(case: Case, order: Path) -> None:
    set_hold(case, HoldKind.AUDIT, scope="dataset:shop.orders", by="counsel", reason="审计",
             evidence=order)  # fmt: skip
    assert held(make_plan(case, by="planner")) == {"shop.orders"}


def test_a_hold_on_one_field_group_holds_just_that_and_permits_nothing(
    case: Case, order: Path
) -> None:
    before = make_plan(case, by="planner")
    scope = "group:lists/mailing.csv/preference"
    one = set_hold(case, HoldKind.AUDIT, scope=scope, by="counsel", reason="复核未完",
                   evidence=order)  # fmt: skip
    assert one.scope == scope
    after = make_plan(case, by="planner")
    of = {one.id: one.dataset for one in after.situations}
    was = {(one.situation, one.group): one.decision for one in before.decisions}
    moved = {(of[one.situation], one.group) for one in after.decisions
             if one.decision != was[one.situation, one.group]}  # fmt: skip
    assert moved == {("lists/mailing.csv", "preference")}
    assert all(one.decision.outcome is Outcome.HOLD for one in after.decisions
               if (of[one.situation], one.group) in moved)  # fmt: skip
    assert after.digest != before.digest
    with pytest.raises(Refusal) as stale:
        require_fresh(case, before)
    assert stale.value.code == "SH-E-405"
    lift_hold(case, one.id, by="counsel", evidence=order)
    again = make_plan(case, by="planner")
    assert {one.decision for one in again.decisions} == {one.decision for one in before.decisions}


def test_a_stricter_hold_on_everything_is_not_hidden_by_one_on_a_field_group(
    case: Case, order: Path
) -> None:
    from shanhou.flow.deciding import question_of

    set_hold(case, HoldKind.FOREIGN, scope="case", by="counsel", reason="a", evidence=order)
    set_hold(case, HoldKind.AUDIT, scope="group:shop.orders/transaction", by="counsel", reason="b",
             evidence=order)  # fmt: skip
    plan = make_plan(case, by="planner")
    one = next(one for one in plan.situations if one.dataset == "shop.orders")
    assert facts_of_item(question_of(case), one, "transaction")["held_by"] == "foreign"


@pytest.mark.parametrize("scope", ["group:shop.orders/contact", "group:shop.albums/contact",
                                   "group:shop.orders", "group:"])  # fmt: skip
def test_a_hold_on_a_field_group_that_is_not_held_is_refused(
    case: Case, order: Path, scope: str
) -> None:
    with pytest.raises(Refusal) as caught:
        set_hold(case, HoldKind.AUDIT, scope=scope, by="counsel", reason="a", evidence=order)
    assert caught.value.code == "SH-E-307"


def test_a_hold_outdates_the_plan_that_was_made_before(case: Case, order: Path) -> None:
    plan = make_plan(case, by="planner")
    set_hold(case, HoldKind.COURT, scope="case", by="counsel", reason="诉讼", evidence=order)
    with pytest.raises(Refusal) as stale:
        require_fresh(case, plan)
    assert stale.value.code == "SH-E-405"


def test_a_hold_taken_out_of_the_file_by_hand_frees_nothing(
    unsigned: Place, tmp_path: Path, order: Path
) -> None:
    place = unsigned.copy(tmp_path / "edited")
    with closing(place.open()) as case:
        plan = make_plan(case, by="planner")
        set_hold(case, HoldKind.COURT, scope="case", by="counsel", reason="-", evidence=order)
    moved = (
        "replace into hold select id, kind, 'dataset:shop.albums', person, reason,"
        " evidence_sha256, set_on, lifted_by, lifted_on, lifted_sha256 from hold"
    )
    for statement in ("delete from hold", "update hold set lifted_by = 'x'", moved):
        edited = place.copy(tmp_path / statement.split()[0])
        edited.sql(statement)
        with closing(edited.open()) as case:
            for act in (lambda at=case: make_plan(at, by="planner"),
                        lambda at=case: require_fresh(at, plan)):  # fmt: skip
                with pytest.raises(Refusal) as refused:
                    act()
                assert refused.value.code == "SH-E-322"


@pytest.mark.parametrize(
    ("scope", "code"), [("dataset:nowhere", "SH-E-307"), ("subject:S9999999", "SH-E-307")]
)
def test_a_hold_on_nothing_is_refused(case: Case, order: Path, scope: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        set_hold(case, HoldKind.COURT, scope=scope, by="counsel", reason="-", evidence=order)
    assert refused.value.code == code


def test_a_hold_without_its_document_is_refused(case: Case) -> None:
    with pytest.raises(Refusal) as refused:
        set_hold(case, HoldKind.COURT, scope="case", by="counsel", reason="-",
                 evidence=Path("nowhere.pdf"))  # fmt: skip
    assert refused.value.code == "SH-E-303"


def test_the_log_tells_the_hold_and_no_reason(case: Case, order: Path) -> None:
    set_hold(case, HoldKind.COURT, scope="case", by="counsel", reason="王某诉公司", evidence=order)
    last = list(case.store.events())[-1]
    assert b'"hold"' in last
    assert b"court" in last
    assert "王某".encode() not in last


def test_nobody_approves_a_plan_by_which_one_record_leaves_without_basis(
    sold: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sold.copy(tmp_path / "sold").open()) as case:
        plan = latest_plan(case)
        require_founded(case, plan)
        monkeypatch.setattr("shanhou.disposition.guard.lacking", lambda _: ("consent",))
        with pytest.raises(Refusal) as refused:
            require_founded(case, plan)
        assert refused.value.code == "SH-E-604"
        with pytest.raises(Refusal) as stopped:
            apply(case, plan)
        assert stopped.value.code == "SH-E-604"


def test_a_hold_is_set_and_lifted_by_whoever_has_the_duty(
    unsigned: Place, tmp_path: Path, order: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    raw["people"].append({"id": "maker", "name": "maker", "duties": ["planner"]})
    place.write_settings(raw)
    with closing(place.open()) as case:
        set_by_duty(case, order)


def set_by_duty(case: Case, order: Path) -> None:
    def setting(person: str) -> str:
        return set_hold(case, HoldKind.TAX, scope="case", by=person, reason="稽查",
                        evidence=order).id  # fmt: skip

    with pytest.raises(Refusal) as refused:
        setting("witness")
    assert refused.value.code == "SH-E-851"
    # whoever carries a plan out is the first to be handed an order, and a hold only keeps
    last = setting("operator")
    lift_hold(case, last, by="counsel", evidence=order)
    number = setting("maker")
    for person in ("maker", "operator", "witness"):
        with pytest.raises(Refusal) as refused:
            lift_hold(case, number, by=person, evidence=order)
        assert refused.value.code == "SH-E-851"
    assert [one.stands for one in case.store.holds()] == [False, True]
    lift_hold(case, number, by="counsel", evidence=order)
    assert [one.stands for one in case.store.holds()] == [False, False]
