"""A case's own rules and profile: in the log, and a change of them outdates what rests on them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from case_world import Place, planned

from shanhou.cases.stages import Stage
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.approving import approve
from shanhou.flow.case_rules import rules_digest
from shanhou.flow.checking import look_over
from shanhou.flow.gathering import register_of, resolve_subjects, take_stock
from shanhou.flow.standing import Standing, standing
from shanhou.subjects import written
from shanhou.subjects.written import matching_digest, text_of

OWN = """\
- category: licence_id
  header: {zh: [会员证]}
  recognisers:
    - {id: guild, shape: 'GH\\d{6}', lengths: [8, 8], positive: [GH123456], negative: [GH12345]}
"""


def with_rules(place: Place, text: str, **how: str) -> None:
    (place.folder / "own.yaml").write_text(text, encoding="utf8")
    raw = place.settings()
    raw["inventory"] = {"rules": ["own.yaml"], **how}
    place.write_settings(raw)


def stocked(place: Place) -> None:
    case = place.open()
    try:
        take_stock(case)
        resolve_subjects(case)
    finally:
        case.close()


def refused(place: Place) -> str:
    with pytest.raises(Refusal) as found:
        planned(place)
    return found.value.code


def test_the_log_names_the_rules_and_the_plan_follows_the_profile(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "c")
    with_rules(place, OWN, sensitive_profile="gb35273_strict")
    stocked(place)
    case = place.open()
    taken = [one for one in map(parse_entry, case.store.events()) if one.act is Act.INVENTORY]
    digests = [{one.name: one.sha256 for one in entry.subject} for entry in taken]
    assert digests[-1]["rules"] == rules_digest(case)
    assert digests[0]["rules"] != digests[-1]["rules"]
    assert digests[-1]["own.yaml"] == hashlib.sha256(OWN.encode()).hexdigest()
    assert taken[-1].facts["own_rules_count"] == 1
    assert taken[-1].facts["sensitive_profile"] == "gb35273_strict"
    assert str(taken[-1].facts["rules_version"]) > "2026"
    case.close()
    mild, strict = (
        {group["name"] for one in plan.holdings for group in one["groups"] if group["sensitive"]}
        for plan in (unsigned.plan, planned(place))
    )
    assert mild == set()
    assert strict == {"preference"}


def test_a_changed_rule_file_outdates_the_inventory_and_the_plan(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "c")
    with_rules(place, OWN)
    assert refused(place) == "SH-E-209"
    stocked(place)
    plan = planned(place)
    (place.folder / "own.yaml").write_text(OWN.replace("会员证", "会员卡"), encoding="utf8")
    case = place.open()
    assert standing(case)[Stage.INVENTORY] is Standing.OUTDATED
    with pytest.raises(Refusal) as stale:
        approve(case, plan, by="counsel", private=place.private("counsel"), played_device="pc")
    case.close()
    assert stale.value.code == "SH-E-405"
    assert stale.value.facts["changed"] == "inventory_rules"
    (place.folder / "own.yaml").unlink()
    case = place.open()
    assert standing(case)[Stage.INVENTORY] is Standing.OUTDATED
    with pytest.raises(Refusal) as gone:
        take_stock(case)
    case.close()
    assert gone.value.code == "SH-E-310"


def test_a_broken_rule_file_is_refused_before_anything_is_thrown_away(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "c")
    with_rules(place, OWN.replace("GH12345]", "GH123456]"))
    case = place.open()
    with pytest.raises(Refusal) as found:
        take_stock(case)
    assert (found.value.code, found.value.facts["line"]) == ("SH-E-311", "4")
    (looked,) = (one for one in look_over(case) if one.name == "inventory.rules")
    assert [error.code for error in looked.wrong] == ["SH-E-311"]
    assert register_of(case).datasets
    case.close()


def test_changed_weights_of_matching_outdate_the_subjects_and_the_plan(
    unsigned: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = unsigned.copy(tmp_path / "c")
    plan, shipped = planned(place), text_of("weights.yaml")
    case = place.open()
    taken = [one for one in map(parse_entry, case.store.events()) if one.act is Act.RESOLVE]
    assert {one.name: one.sha256 for one in taken[-1].subject} == {"matching": matching_digest()}
    monkeypatch.setattr(written, "text_of", lambda name: f"# heavier\n{shipped}{name}")
    assert standing(case)[Stage.SUBJECTS] is Standing.OUTDATED
    assert standing(case)[Stage.INVENTORY] is Standing.DONE
    with pytest.raises(Refusal) as stale:
        approve(case, plan, by="counsel", private=place.private("counsel"), played_device="pc")
    case.close()
    assert (stale.value.code, stale.value.facts["changed"]) == ("SH-E-405", "subjects")
    assert refused(place) == "SH-E-209"
    stocked(place)
    assert planned(place).digest != plan.digest
