"""What a plan did before another one superseded it is proved like everything else, and once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from case_world import HELD, Place, carried_out, name, received, taken
from test_second_plan import asks, codes, customers, done, next_plan, refused, settled

from shanhou.disposition.plan import Plan
from shanhou.execution import carry_out
from shanhou.execution.work import Acted, acted
from shanhou.flow.acting import bench_at, undone, work_of
from shanhou.flow.certificates import certificates_of
from shanhou.flow.gathering import declare
from shanhou.flow.proving import certify, verify
from shanhou.flow.steps import OUTCOME, PHASES, is_done, phase_done


def counted(place: Place, plan: Plan) -> dict[str, Acted]:
    """What the certificates of a plan say was done, by phase."""
    case = place.open()
    with work_of(case, plan) as work:
        found = {
            phase.value: acted(bench_at(case, work.bench, phase), OUTCOME[phase],
                               undone(case, plan, phase))
            for phase in PHASES if is_done(case, phase_done(plan, phase))
        }  # fmt: skip
    case.close()
    return found


def said(place: Place, fact: str, value: str, scope: str) -> None:
    case = place.open()
    evidence = place.folder / "people" / "words.txt"
    declare(case, fact, value, scope=scope, by="counsel", evidence=evidence)
    case.close()


def summaries(place: Place, plan: Plan) -> list[str]:
    """What the certificates of a plan say in their first line."""
    case = place.open()
    with work_of(case, plan) as work:
        told = [one.summary.en for one in certificates_of(case, work, "operator")]
    case.close()
    return told


def certified(place: Place, plan: Plan) -> tuple[str, ...]:
    case = place.open()
    issued = certify(case, plan, by="operator", private=place.private("operator"))
    case.close()
    assert verify(place.folder / "evidence").holds
    return issued


def test_what_a_superseded_plan_sent_is_certified(sold: Place, tmp_path: Path) -> None:
    place = sold.copy(tmp_path / "case")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    first = place.plan
    asks(place, 1)
    second = next_plan(place)
    taken(place, received(place), first)
    done(place, second)
    assert f"trial-{first.digest[:8]}-transfer" in certified(place, second)
    assert counted(place, first)["transfer"].subjects == 4
    assert counted(place, second)["transfer"].subjects == 0


def test_no_certificate_calls_undone_what_an_earlier_plan_did(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    asks(place, 5)
    first = next_plan(place)
    done(place, first)
    settled(place)
    second = next_plan(place)
    done(place, second)
    for plan in (first, second):
        assert summaries(place, plan)
        assert not any("could not be done" in one for one in summaries(place, plan))


def test_a_plan_killed_between_two_sources_counts_the_one_it_came_to(
    unsigned: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = unsigned.copy(tmp_path / "case")
    asks(place, 5)
    first = next_plan(place)
    whole = carry_out.removal

    def killed(bench: Any, asset: Any, met: Any) -> Any:
        if asset.collected.dataset.source == "shop":
            raise KeyboardInterrupt
        return whole(bench, asset, met)

    with monkeypatch.context() as patch:
        patch.setattr(carry_out, "removal", killed)
        with pytest.raises(KeyboardInterrupt):
            done(place, first)
    settled(place)
    second = next_plan(place)
    done(place, second)
    assert f"trial-{first.digest[:8]}-destroy" in certified(place, second)
    records = [counted(place, plan)["destroy"].records for plan in (first, second)]
    assert records == [14, 18]
    assert any("superseded" in one for one in summaries(place, first))


def test_a_row_emptied_by_one_plan_and_deleted_by_the_next_is_counted_once(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    said(place, "legal_hold", "held", "dataset:shop.orders")
    first = next_plan(place)
    assert "SH-X-04" in codes(done(place, first))
    said(place, "legal_hold", "none", "dataset:shop.orders")
    second = next_plan(place)
    done(place, second)
    assert customers(place) == {name(HELD)}
    contacts = [counted(place, plan)["destroy"].items.get("contact", 0)
                for plan in (first, second)]  # fmt: skip
    assert contacts == [24, 0]


def test_values_that_an_earlier_plan_took_elsewhere_are_searched_for(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    members = "dataset:lists/members.xlsx#会员"
    said(place, "legal_hold", "held", members)
    done(place, next_plan(place))
    said(place, "legal_hold", "none", members)
    second = next_plan(place)
    applied = done(place, second)
    assert applied.done[f"{second.name}:destroy:lists"]["searched"]["values"] == 8


def test_a_row_edited_after_it_was_sent_was_sent_all_the_same(sold: Place, tmp_path: Path) -> None:
    place = sold.copy(tmp_path / "case")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    first = place.plan
    place.sql("update customers set phone = '' where id = 1", of="sources/shop.db")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    asks(place, 1)
    second = next_plan(place)
    taken(place, received(place), first)
    sent = [one.place for one in done(place, second).exceptions if one.code == "SH-X-13"]
    assert "shop.customers" in sent
    assert counted(place, first)["transfer"].records == 16
