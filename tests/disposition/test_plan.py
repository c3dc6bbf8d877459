"""A plan closes its sums, and its digest depends on what was decided and on nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from desks import cells, desk, put

from shanhou.cases.settings import Binding
from shanhou.cases.store import Declaration
from shanhou.disposition.decide import Decision
from shanhou.disposition.facts import Bound, Group, Holding
from shanhou.disposition.moved import Move, moves, situation_pairs
from shanhou.disposition.plan import (
    Basis,
    Plan,
    assignment_roots,
    closes,
    items_collected,
    leaving_groups,
    load,
    save,
    totals,
    verdicts,
    write_verdicts,
)
from shanhou.disposition.question import Question
from shanhou.disposition.row_filter import left_out
from shanhou.disposition.situation import decide_all, gather, group_situations
from shanhou.disposition.waiting import held_up
from shanhou.errors import Fault, Refusal
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Outcome
from shanhou.vault.generation import Desk

BOOK = load_rulebook()
CUSTOMER = Holding(
    "crm.customer",
    "t0",
    "operational",
    (Group("contact", (0,), sensitive=False), Group("home_access", (1,), sensitive=True)),
    only={2: ("customer",)},
)
VOUCHER = Holding("crm.voucher", "t1", "voucher", (Group("transaction", (0,), sensitive=False),))
COUNT = 60
CALM = {"dispute": "none", "pledge": "none", "legal_hold": "none", "state_secret": "no",
        "lawful": "yes", "held_as": "handler", "use": "exit", "balance": "none",
        "recipient_abroad": "no", "holder": "handler",
        "timing": "during", "procedure": "ordinary", "handler_form": "company",
        "persons": "under_1m", "route": "transfer", "sale": "none", "eu_law": "no", "ca_law": "no",
        "held_by": "none", "strict_profile": "no", "suppression": "carried",
        "obligation": "none", "in_agreement": "not_entered", "told_kind": "yes"}  # fmt: skip


def question(*words: tuple[str, str, str], **case: str) -> Question:
    said = tuple(
        Declaration(fact, scope, value, "officer", "e", "s") for fact, scope, value in words
    )
    return Question(
        rulebook=BOOK,
        on=date(2026, 12, 20),
        case={"exit_kind": "deregistration", "service": "ended", **CALM, **case},
        holdings=(CUSTOMER, VOUCHER),
        bounds=(),
        declarations=said,
    )


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    order = list(range(table.num_rows))
    if seed:
        Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
    return table.take(order)


def plan(
    asked: Question,
    *,
    seed: int = 0,
    threads: int = 2,
    changed: str = "",
    twins: Sequence[int] = (),
    told_unreached: bool = False,
) -> Plan:
    """Sixty customers, three of them staff; sixty vouchers, two of each customer's."""
    at = desk(threads)
    names = [changed or f"c{n}" if n == 1 else f"c{n}" for n in range(COUNT)]
    kind = ["staff" if n < 3 else "customer" for n in range(COUNT)]
    customer = cells(names, ["4711"] * COUNT, kind)
    if changed:
        digest = ["changed" if n == 5 else f"d{n}" for n in range(COUNT)]
        customer = customer.set_column(3, "digest", pa.array(digest))
    put(at, "collected", "t0", shuffled(customer, seed))
    put(at, "collected", "t1", shuffled(cells(["9"] * COUNT, first=COUNT), seed))
    put(at, "inventory", "text_holds", pa.table(
        {"rec": pa.array([], pa.int64()), "holds": pa.array([], pa.string())}))  # fmt: skip
    member = [(rec, rec % COUNT) for rec in range(2 * COUNT) if rec % 10]
    put(at, "subjects", "member", shuffled(pa.table(
        {"rec": [rec for rec, _ in member], "sid": [sid for _, sid in member]}), seed))  # fmt: skip
    _doubt(at, twins)
    lost = range(0, 2 * COUNT, 10) if told_unreached else ()
    put(at, "subjects", "unreached", pa.table({"rec": pa.array(lost, pa.int64())}))
    for name, columns in (
        ("answer", ("kind", "value", "on_day", "closed_by")),
        ("letter", ("deadline",)),
        ("declared_subject", ("fact", "value")),
    ):
        made = {"sid": pa.array([], pa.int64())} | {c: pa.array([], pa.string()) for c in columns}
        put(at, "w", name, pa.table(made | {"ordinal": pa.array([], pa.int64())}))
    _say(at, asked)
    at.create("gathered", gather(at, asked, collected="collected", inventory="inventory",
                                 subjects="subjects"))  # fmt: skip
    situations = group_situations(at, asked)
    decided = decide_all(asked, situations)
    write_verdicts(at, asked.holdings, decided)
    roots = assignment_roots(at, asked.holdings, plan="w", collected="collected")
    found = at.arrow(
        verdicts(at, asked.holdings, CUSTOMER, plan="w", collected="collected").order_by("rec")
    )
    assert found.num_rows == COUNT - 3
    return Plan(
        basis=Basis(
            "demo", "deregistration", "2026-12-20", BOOK.digest, "s", "d", "a", "g", "p", {"x": "r"}
        ),
        maker="maker",
        made_at="2026-11-22T00:00:00Z",
        rehearsal=True,
        holdings=tuple({"name": one.name, "role": one.role} for one in asked.holdings),
        situations=situations,
        decisions=decided,
        assignment=roots,
        out_of_scope={"crm.customer": 3},
        held_up=held_up(decided, situations, BOOK.facts),
        samples={situations[0].id: ("王** · 138****1234",)},
        unreached=6,
    )


def _doubt(at: Desk, twins: Sequence[int]) -> None:
    pairs = {"sid": pa.array(list(twins), pa.int64()),
             "twins": pa.array([min(twins, default=0)] * len(twins), pa.int64())}  # fmt: skip
    put(at, "subjects", "twin", pa.table(pairs))
    nobody = pa.array([], pa.int64())
    put(at, "subjects", "parted", pa.table({"sid": nobody, "other": nobody}))


def _say(at: object, asked: Question) -> None:
    own = [(int(one.scope.removeprefix("subject:S")), one.fact, one.value)
           for one in asked.declarations if one.scope.startswith("subject:S")]  # fmt: skip
    table = pa.table({"sid": pa.array([row[0] for row in own], pa.int64()),
                      "fact": pa.array([row[1] for row in own], pa.string()),
                      "value": pa.array([row[2] for row in own], pa.string())})  # fmt: skip
    put(at, "w", "declared_subject", table)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(question())


def sums(one: Plan) -> dict[str, tuple[int, int]]:
    return {line.outcome: (line.items, line.records) for line in totals(one)}


def test_the_digest_is_the_same_in_any_order_and_on_any_number_of_threads(made: Plan) -> None:
    for seed, threads in ((1, 1), (2, 4), (3, 2)):
        again = plan(question(), seed=seed, threads=threads)
        assert again.digest == made.digest
        assert again.assignment == made.assignment


def test_every_record_is_in_one_situation_or_out_of_scope(made: Plan) -> None:
    assert closes(made, {"crm.customer": COUNT, "crm.voucher": COUNT})
    assert not closes(made, {"crm.customer": COUNT + 1, "crm.voucher": COUNT})
    assert not closes(replace(made, out_of_scope={}), {"crm.customer": COUNT})


def test_a_sum_that_closes_only_by_a_negative_count_does_not_close(made: Plan) -> None:
    counted = {"crm.customer": COUNT, "crm.voucher": COUNT}
    doubled = tuple(replace(one, records=2 * one.records) for one in made.situations)
    aside = {"crm.customer": COUNT - 2 * (COUNT - 3), "crm.voucher": -COUNT}
    assert not closes(replace(made, situations=doubled), counted)
    assert not closes(replace(made, situations=doubled, out_of_scope=aside), counted)
    assert not closes(replace(made, out_of_scope={"crm.customer": 3, "gone": 1}), counted)


def test_the_rows_a_filter_leaves_out_are_counted_for_themselves() -> None:
    at = desk()
    kinds = ["staff", "customer", None, "customer", "Customer"]
    put(at, "collected", "t0", cells(["a"] * 5, ["b"] * 5, kinds))
    put(at, "collected", "t1", cells(["9"] * 5))
    assert left_out(at, question(), "collected") == {"crm.customer": 3}


def test_the_items_that_were_collected_are_counted_without_the_outcomes(made: Plan) -> None:
    groups = {"crm.customer": [{}, {}], "crm.voucher": [{}]}
    known = replace(made, holdings=tuple({"name": n, "groups": g} for n, g in groups.items()))
    items = items_collected(known, {"crm.customer": COUNT, "crm.voucher": COUNT})
    assert items == (COUNT - 3) * 2 + 3 + COUNT == sum(line.items for line in totals(made))


def test_the_sums_close_over_all_items(made: Plan) -> None:
    items = (COUNT - 3) * 2 + COUNT
    told = sums(made)
    assert sum(items for outcome, (items, _) in told.items() if outcome != "OUT_OF_SCOPE") == items
    assert told["OUT_OF_SCOPE"] == (3, 3)
    # the voucher's date is bound to no column: nobody knows whether it may go
    assert told["HOLD"][0] >= COUNT
    assert any(line.fact == "retention" for line in made.held_up)


def both(old: Plan, new: Plan) -> tuple[Move, ...]:
    return moves(old, new, situation_pairs(old, new), asks={})


def test_one_word_about_one_customer_moves_only_that_customers_items(made: Plan) -> None:
    after = plan(question(("legal_hold", "subject:S7", "held")))
    held = [one for one in both(made, after) if one.after == "HOLD"]
    assert {(one.dataset, one.group, one.before) for one in held} == {
        ("crm.customer", "contact", "-"),
        ("crm.customer", "home_access", "-"),
        ("crm.voucher", "transaction", "-"),
    }
    assert {one.records for one in held} == {1}
    assert sums(after)["DESTROY"][0] == sums(made)["DESTROY"][0] - 2
    assert after.digest != made.digest


def disputed(*, opened: str) -> Question:
    """The register of customers says who is in dispute; the case at large says nobody is."""
    others = [f"c{n}" for n in range(COUNT) if f"c{n}" != opened]
    binding = Binding.model_validate({"field": "crm.customer.name", "by": "officer",
                                      "values": {"open": [opened], "none": others}})  # fmt: skip
    asked = question(("dispute", "subject:S7", "none"))
    return replace(asked, bounds=(Bound("dispute", CUSTOMER, 0, binding),))


def disputes(one: Plan) -> dict[str, int]:
    """How many records stand under each answer to the question of dispute."""
    found: Counter[str] = Counter()
    for situation in one.situations:
        found[situation.facts["dispute"]] += situation.records
    return dict(found)


def test_a_dispute_of_a_record_that_reaches_nobody_may_be_anybodys() -> None:
    found = plan(disputed(opened="c10"))
    assert disputes(found) == {"unknown": 2 * COUNT - 3 - 2, "none": 2}, "but for who was asked"


def test_a_dispute_of_a_row_left_out_or_a_closed_one_of_nobody_holds_nobody_else() -> None:
    assert disputes(plan(disputed(opened="c1"))) == {"none": 2 * COUNT - 3}, "c1 is staff"
    assert disputes(plan(disputed(opened="c11"))) == {"open": 2, "none": 2 * COUNT - 5}


def test_a_hold_on_one_of_two_doubtful_twins_holds_the_other_and_names_the_fact(
    made: Plan,
) -> None:
    after = plan(question(("legal_hold", "subject:S7", "held")), twins=(7, 8))
    unsure = {one.id for one in after.situations if one.facts.get("legal_hold") == "unknown"}
    decided = [one.decision for one in after.decisions if one.situation in unsure]
    assert len(decided) == 3
    for one in decided:
        assert one.outcome is Outcome.HOLD
        assert "legal_hold" in one.missing_facts
    assert sums(after)["DESTROY"][0] == sums(made)["DESTROY"][0] - 4


def test_a_hold_on_one_customer_holds_what_reaches_nobody() -> None:
    """A record that may be theirs is not decided by what is said of the whole case."""
    words = ("legal_hold", "subject:S7", "held")
    found = plan(question(words), told_unreached=True)
    held = Counter({one.facts["legal_hold"]: 0 for one in found.situations})
    for one in found.situations:
        held[one.facts["legal_hold"]] += one.records
    assert held == {"held": 2, "unknown": 5 + 6, "none": 2 * COUNT - 3 - 2 - 11}
    released = plan(question(words, ("legal_hold", f"dataset:{VOUCHER.name}", "none")),
                    told_unreached=True)  # fmt: skip
    unsure = [one for one in released.situations if one.facts["legal_hold"] == "unknown"]
    assert {one.dataset for one in unsure} == {CUSTOMER.name}


def test_twins_who_differ_in_nothing_are_decided_as_before(made: Plan) -> None:
    assert sums(plan(question(), twins=(7, 8, 9))) == sums(made)


def test_a_plan_differs_from_itself_in_nothing(made: Plan) -> None:
    assert both(made, made) == ()


def test_a_word_about_a_whole_dataset_reaches_that_dataset_alone(made: Plan) -> None:
    secret = ("state_secret", "dataset:crm.voucher", "yes")
    after = plan(question(secret, ("authority_clearance", "dataset:crm.voucher", "none")))
    outcome = {(o.situation, o.group): o.decision for o in after.decisions}
    of = {one.id: one.dataset for one in after.situations}
    secret = {key for key, one in outcome.items() if "CN-SECRET" in one.rules}
    assert {of[sit] for sit, _ in secret} == {"crm.voucher"}
    assert sums(after)["DESTROY"] == sums(made)["DESTROY"]


def test_a_changed_row_changes_the_digest(made: Plan) -> None:
    other = plan(question(), changed="X")
    assert other.assignment["crm.customer"] != made.assignment["crm.customer"]
    assert other.assignment["crm.voucher"] == made.assignment["crm.voucher"]
    assert other.digest != made.digest


SAMPLE_FREE: tuple[Callable[[Plan], Plan], ...] = (
    lambda one: replace(one, samples={}),
    lambda one: replace(one, made_at="2030-01-01T00:00:00Z"),
)
SIGNED: tuple[Callable[[Plan], Plan], ...] = (
    lambda one: replace(one, maker="another"),
    lambda one: replace(one, rehearsal=False),
    lambda one: replace(one, basis=replace(one.basis, answers="b")),
    lambda one: replace(one, basis=replace(one.basis, rules="b")),
    lambda one: replace(one, out_of_scope={"crm.customer": 4}),
    lambda one: replace(one, assignment={**one.assignment, "crm.customer": "0"}),
    lambda one: replace(one, situations=one.situations[1:]),
    lambda one: replace(one, decisions=(
        replace(one.decisions[0], decision=Decision(Outcome.TRANSFER, ("CN-T01",))),
        *one.decisions[1:])),
)  # fmt: skip


def test_the_digest_covers_all_that_is_signed_and_nothing_that_only_helps_the_eye(
    made: Plan,
) -> None:
    assert {change(made).digest for change in SAMPLE_FREE} == {made.digest}
    digests = {change(made).digest for change in SIGNED}
    assert len(digests) == len(SIGNED)
    assert made.digest not in digests


def test_a_saved_plan_is_read_back_whole(made: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plans" / f"{made.name}.shplan"
    save(made, path)
    read = load(path)
    assert read == made
    assert read.digest == made.digest
    first = path.read_bytes()
    save(read, path)
    assert path.read_bytes() == first


def test_a_plan_that_was_changed_after_it_was_made_is_refused(made: Plan, tmp_path: Path) -> None:
    path = tmp_path / "p.shplan"
    save(made, path)
    body = json.loads(path.read_bytes())
    for change in (
        {"maker": "another"},
        {"digest": "0" * 64},
        {"decisions": [{**body["decisions"][0], "outcome": "TRANSFER"}, *body["decisions"][1:]]},
        {"out_of_scope": {}},
        {"rehearsal": False},
    ):
        path.write_text(json.dumps(body | change), encoding="utf8")
        with pytest.raises(Refusal) as raised:
            load(path)
        assert raised.value.code == "SH-E-403"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"basis": 7}'])
def test_what_is_no_plan_is_a_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.shplan"
    path.write_bytes(content)
    with pytest.raises(Fault) as raised:
        load(path)
    assert raised.value.code == "SH-E-402"
    with pytest.raises(Fault):
        load(tmp_path / "nowhere.shplan")


def test_what_leaves_the_source_is_told_per_situation(made: Plan) -> None:
    leaving = leaving_groups(made)
    outcomes = {outcome for groups in leaving.values() for outcome in groups.values()}
    assert outcomes == {Outcome.DESTROY}
    assert made.outcomes() == {Outcome.DESTROY, Outcome.HOLD}
    rules = {rule for one in made.decisions for rule in one.decision.rules}
    assert {"CN-T17", "CN-T07"} <= rules
