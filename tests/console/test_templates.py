"""Templates of one's own: what is kept of a case, what never is, what a new case begins with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_world import collected_case
from console_world import account, browser, held_case, seated
from django.conf import settings
from django.test import Client

from shanhou.cases.settings import Settings, load_settings
from shanhou.cases.template import keepable, kept_of, settings_from
from shanhou.console.models import CaseTemplate, HeldCase, Membership
from shanhou.errors import Refusal

SECRETS = ("hunter2", "key-id-7", "token-of-url", "file:keys", "sender@shop.example", "店家签名",
           "TPL-88", "4001234567", "MIIB", "age1", "Buyer Ltd", "shop.db", "2027-01-31", "owner@",
           "R20", "path-secret")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that holds something of all that must not be kept."""
    place = collected_case(tmp_path_factory.mktemp("kept") / "trial", "asset-sale")
    raw = place.settings()
    raw["parties"]["recipient"] = {"name": "Buyer Ltd", "contact": "owner@buyer.example"}
    raw["people"] += [
        {
            "id": "lawyer",
            "name": "lawyer",
            "duties": ["privacy"],
            "party": "outside",
            "role": "律师",
        },
        {"id": "buyer", "name": "buyer", "duties": ["operator"], "party": "recipient"},
    ]
    raw["case"]["laws"] = ["cn", "eu"]
    raw["days"] = {"service_stops": "2027-01-31"}
    raw["notices"] = {
        "deadline_days": 30, "languages": ["zh", "en"], "reply_to": "sender@shop.example",
        "known_number": "4001234567", "ladder": ["mail", "sms"],
        "channels": {
            "mail": {"kind": "smtp", "url": "smtps://me:hunter2@mail.example:465",
                     "sender": "sender@shop.example", "account": "key-id-7",
                     "secret": "file:keys/mail", "fen_each": 1},
            "sms": {"kind": "sms-gateway", "signature": "店家签名", "template": "TPL-88",
                    "url": "https://sms.example/path-secret?key=token-of-url", "fen_each": 5},
        },
    }  # fmt: skip
    raw["approvals"] = {"quorum": {"TRANSFER": 3, "DESTROY": 2, "RETAIN": 2, "ANONYMISE": 2,
                                   "RETURN": 2}}  # fmt: skip
    place.write_settings(raw)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def keep(client: Client, held: HeldCase, name: str = "小公司", **more: Any) -> CaseTemplate:
    people = more.pop("person", ["planner", "counsel", "director", "operator", "lawyer"])
    answer = client.post(f"/cases/{held.number}/template/", {"name": name, "person": people})
    assert answer.status_code == 302, answer.content.decode()
    return CaseTemplate.objects.get(name=name)


def form_of(page: str) -> dict[str, Any]:
    """What a browser would send of the form as it was filled in."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        name = told.get("name", "")
        if "checkbox" in tag:
            if " checked" in tag:
                found.setdefault(name, []).append(told["value"])
        elif name and name != "csrfmiddlewaretoken":
            found[name] = told.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page,
                                    re.DOTALL):  # fmt: skip
        if chosen := re.search(r'value="([^"]+)" selected', options):
            found[name] = chosen[1]
    return found


def begun(client: Client, one: CaseTemplate, **typed: str) -> Settings:
    """A case made in the wizard with a template, as it was filled in."""
    form = form_of(client.get(f"/cases/new/?template={one.pk}").content.decode())
    form |= {"number": "next", "title": "Next", "handler_name": "Next Ltd"} | typed
    answer = client.post("/cases/new/", form)
    assert answer.status_code == 302, answer.content.decode()
    return load_settings(settings.HOME.case_folder("next") / "shanhou.yaml")


def test_a_case_begins_with_what_a_template_kept(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    made = begun(client, keep(client, held))
    before = load_settings(held.folder / "shanhou.yaml")
    assert made.case.kind == before.case.kind
    assert made.case.laws == ("cn", "eu")
    assert made.approvals == before.approvals
    assert made.notices.languages == ("zh", "en")
    assert made.notices.ladder == ("mail", "sms")
    assert made.notices.channels["mail"].url == "smtps://mail.example:465"
    assert made.notices.channels["sms"].url == "https://sms.example"
    assert made.notices.channels["sms"].fen_each == 5
    assert [one.id for one in made.people] == ["planner", "counsel", "director", "operator",
                                               "lawyer"]  # fmt: skip
    lawyer = made.person("lawyer")
    assert (lawyer.party, lawyer.role, lawyer.key, lawyer.passkey) == ("outside", "律师", "", "")
    assert made.parties.handler.name == "Next Ltd"
    assert not made.sources
    assert not made.days
    assert Membership.objects.get(case__number="next").person == "planner"


def test_nothing_of_the_company_its_customers_or_its_secrets_is_kept(held: HeldCase) -> None:
    text = (held.folder / "shanhou.yaml").read_text("utf8")
    told = [one for one in SECRETS if one in text]
    assert len(told) >= 12, told
    client = browser(seated(held, "planner"))
    one = keep(client, held)
    kept = json.dumps(one.kept, ensure_ascii=False)
    page = client.get(f"/cases/{held.number}/template/").content.decode()
    before = load_settings(held.folder / "shanhou.yaml")
    for word in (*SECRETS, before.parties.handler.name, *(each.id for each in before.sources)):
        assert f'"{word}' not in kept, word
        assert not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", kept), word
    for word in SECRETS:
        assert word not in page, word
    assert set(one.kept) == {"case", "people", "notices", "approvals", "inventory"}


def test_the_other_side_is_nobody_to_keep_and_who_is_unticked_is_left_out(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    page = client.get(f"/cases/{held.number}/template/").content.decode()
    assert 'value="buyer"' not in page
    one = keep(client, held, person=["counsel", "buyer", "nobody"])
    assert [each["id"] for each in one.kept["people"]] == ["counsel"]
    assert "buyer" not in keepable(load_settings(held.folder / "shanhou.yaml"))


def test_who_keeps_a_template_comes_first_in_it(held: HeldCase) -> None:
    client = browser(seated(held, "lawyer"))
    one = keep(client, held)
    assert one.kept["people"][0]["id"] == "lawyer"


def test_a_template_belongs_to_one_account(held: HeldCase) -> None:
    mine, other = browser(seated(held, "planner")), browser(account("somebody"))
    one = keep(mine, held)
    assert "小公司" in mine.get("/templates/").content.decode()
    assert "小公司" not in other.get("/templates/").content.decode()
    assert "小公司" not in other.get("/cases/new/").content.decode()
    assert other.get(f"/cases/new/?template={one.pk}").status_code == 404
    assert other.post("/templates/drop", {"template": str(one.pk)}).status_code == 404
    form = {"number": "taken", "title": "x", "kind": "asset-sale", "handler_name": "x",
            "person0_id": "me", "person0_name": "me", "person0_duties": ["planner"],
            "template": str(one.pk)}  # fmt: skip
    assert other.post("/cases/new/", form).status_code == 404
    assert not HeldCase.objects.filter(number="taken").exists()
    assert mine.post("/templates/drop", {"template": str(one.pk)}).status_code == 302
    assert not CaseTemplate.objects.exists()


def test_a_template_needs_a_name_of_its_own_and_there_are_not_too_many(held: HeldCase) -> None:
    user = seated(held, "planner")
    client, at = browser(user), f"/cases/{held.number}/template/"
    keep(client, held)
    for name in ("", "x" * 81, "a\x00b", "小公司"):
        answer = client.post(at, {"name": name})
        assert answer.status_code == 409, name
        assert "SH-E-877" in answer.content.decode()
    for n in range(29):
        keep(client, held, name=f"t{n}")
    assert "SH-E-877" in client.post(at, {"name": "one more"}).content.decode()


@pytest.mark.parametrize("change", [
    {"approvals": {"quorum": 3}}, {"case": {"kind": "asset-sale", "laws": ["eu"]}},
    {"notices": {"ladder": ["gone"]}}, {"people": [{"id": "x"}]}, {"case": 3}, {"people": 3},
    {"sources": [{"id": "x", "url": "sqlite:///x"}]}, {"unlock": "env:OTHER"},
])  # fmt: skip
def test_what_no_longer_fits_is_told_and_begins_no_case(
    held: HeldCase, change: dict[str, Any]
) -> None:
    client = browser(seated(held, "planner"))
    one = keep(client, held)
    one.kept |= change
    one.save()
    assert "不再适用" in client.get("/templates/").content.decode()
    answer = client.get(f"/cases/new/?template={one.pk}")
    assert answer.status_code == 409
    assert "SH-E-879" in answer.content.decode()
    form = {"number": "next", "title": "x", "kind": "asset-sale", "handler_name": "x",
            "person0_id": "me", "person0_name": "me", "person0_duties": ["planner"],
            "template": str(one.pk)}  # fmt: skip
    assert "SH-E-879" in client.post("/cases/new/", form).content.decode()
    assert not settings.HOME.case_folder("next").exists()


def test_every_setting_of_a_case_file_is_kept_or_named_as_left_out() -> None:
    """A part that a later version adds is not kept by accident."""
    left = {"shanhou", "parties", "sources", "unlock", "engine", "datasets", "fields", "relations",
            "bindings", "obligations", "agreement", "exports", "cleaning", "subjects", "texts",
            "anonymise", "targets", "days"}  # fmt: skip
    kept = {"case", "people", "notices", "approvals", "inventory"}
    assert set(Settings.model_fields) == left | kept


def test_what_is_kept_fits_again(folder: Path) -> None:
    held = load_settings(folder / "shanhou.yaml")
    kept = json.loads(json.dumps(kept_of(held, keepable(held), first="planner")))
    again = settings_from(kept)
    assert again.approvals == held.approvals
    assert json.loads(json.dumps(kept_of(again, keepable(again), first="planner"))) == kept
    with pytest.raises(Refusal, match="template"):
        settings_from({})
    assert yaml.safe_load(yaml.safe_dump(kept)) == kept
