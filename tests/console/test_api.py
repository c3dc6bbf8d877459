"""Programs read a case and ask for work by a token of one person, never for what needs a person."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_world import Program, token_of
from case_world import collected_case, planned
from console_world import browser, held_case, seated
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job, Membership, Published, Token
from shanhou.console.published.publishing import PARTS
from shanhou.errors import entry

PARTED = ("dates", "sources", "inventory", "subjects", "owed", "plan", "acts", "evidence", "told")
AT_SCREENS = {
    "cards",
    "pairs",
    "customers",
    "diff",
    "explore",
    "findings",
    "campaign",
    "returns",
    "letters",
    "answers",
}
"""Parts that only people look at, and lists that programs read line by line."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("api") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    from django.core.cache import cache

    cache.clear()
    return held_case(folder)


def test_every_part_that_the_worker_tells_is_read_whole(held: HeldCase) -> None:
    planner = Program(token_of(held, "planner"))
    for part in ("", *(f"/{one}" for one in PARTED)):
        answer = planner.get(f"cases/trial{part}")
        assert answer.status_code == 200, (part, answer.content)
        told = answer.json()
        assert told["schema_version"] == 1
        assert told["part"] is not None, part
        kept = Published.objects.get(case=held, part=part.removeprefix("/") or "home").told
        held_back = {"ics", "would_lose", "flows", "export", "situations", "log", "schema",
                     "merges", "refused", "two_roles", "tables"}  # fmt: skip
        assert set(kept) - set(told["part"]) <= held_back, part
    assert set(PARTS) == {*PARTED, *AT_SCREENS, "home"}


def test_pages_of_situations_join_to_the_whole_and_filters_hold(held: HeldCase) -> None:
    planner = Program(token_of(held, "planner"))
    whole = Published.objects.get(case=held, part="plan").told["situations"]
    seen, after = [], ""
    for _ in range(len(whole)):
        page = planner.get("cases/trial/plan/situations", limit=3, after=after).json()
        seen += page["rows"]
        after = page["after"]
        if after is None:
            break
    assert len(seen) == len(whole)
    keyed = [(one["id"], one["outcome"], tuple(one["rules"])) for one in seen]
    assert set(keyed) == {(one["id"], one["outcome"], tuple(one["rules"])) for one in whole}
    assert len(set(keyed)) == len(keyed)
    held_rows = planner.get("cases/trial/plan/situations", outcome="HOLD").json()["rows"]
    assert {one["outcome"] for one in held_rows} == {"HOLD"}
    one = planner.get(f"cases/trial/plan/situations/{whole[0]['id']}").json()["rows"]
    assert {row["id"] for row in one} == {whole[0]["id"]}
    assert planner.get("cases/trial/plan/situations", after="%%").status_code == 422
    used = planner.get("cases/trial/plan").json()["part"]["rules"][0]
    assert planner.get(f"cases/trial/plan/rules/{used}").json()["basis"]["zh"]


def test_the_log_is_read_backwards_page_by_page(held: HeldCase) -> None:
    auditor = Program(token_of(held, "planner"))
    first = auditor.get("cases/trial/log", limit=5).json()
    assert [one["seq"] for one in first["rows"]] == sorted(
        (one["seq"] for one in first["rows"]), reverse=True)  # fmt: skip
    second = auditor.get("cases/trial/log", limit=5, before=first["before"]).json()
    assert second["rows"][0]["seq"] == first["rows"][-1]["seq"] - 1


def test_a_program_asks_the_worker_and_reads_what_came_of_it(held: HeldCase) -> None:
    planner = Program(token_of(held, "planner"))
    asked = planner.post("cases/trial/do/plan")
    assert asked.status_code == 202, asked.content
    twice = planner.post("cases/trial/do/plan")
    assert (twice.status_code, twice.json()["code"]) == (409, "SH-E-863")
    assert work(once=True) == 1
    told = planner.get(f"cases/trial/jobs/{asked.json()['id']}").json()
    assert (told["state"], told["person"]) == ("done", "planner")
    assert planner.get("cases/trial/jobs").json()["rows"][0]["id"] == told["id"]


def test_files_go_up_as_one_source_and_nothing_of_a_refused_one_stays(held: HeldCase) -> None:
    from django.conf import settings

    planner = Program(token_of(held, "planner"))
    sent = {"source": "more",
            "files": SimpleUploadedFile("more.csv", "编号,城市\n1,上海\n".encode())}  # fmt: skip
    assert planner.post("cases/trial/sources", data=sent).status_code == 202
    again = sent | {"files": SimpleUploadedFile("other.csv", b"a\n1\n")}
    assert planner.post("cases/trial/sources", data=again).status_code == 409
    assert len(list(settings.HOME.uploads.iterdir())) == 1, "of the refused one nothing lies about"
    assert work(once=True) == 1
    assert Job.objects.get().state == Job.State.DONE
    assert (held.folder / "sources" / "more" / "more.csv").is_file()


def test_a_dataset_is_confirmed_and_a_column_bound_by_a_program(
    held: HeldCase, worker: None
) -> None:
    planner = Program(token_of(held, "planner"))
    said = {"name": "shop.orders", "role": "contract", "about": "customer", "scope": "in"}
    assert planner.post("cases/trial/dataset", said).status_code == 202
    done = _ended(planner)
    assert done["state"] == "done", done
    bound = {"fact": "contract_end", "field": "shop.orders.placed_on", "is_date": True}
    assert planner.post("cases/trial/bind", bound).status_code == 202
    assert _ended(planner)["state"] == "done"


def _ended(program: Program) -> dict[str, Any]:
    """The latest job, once it ended."""
    import time

    for _ in range(200):
        (job, *_) = program.get("cases/trial/jobs").json()["rows"]
        if job["state"] not in {"queued", "running"}:
            return job
        time.sleep(0.1)
    raise AssertionError(job)


@pytest.mark.parametrize("kind", ["apply", "certify", "close", "approve", "own_key", "case_file",
                                  "database"])  # fmt: skip
@pytest.mark.parametrize("person", ["planner", "operator", "counsel"])
def test_what_needs_a_person_is_refused_to_every_token(
    held: HeldCase, kind: str, person: str
) -> None:
    answer = Program(token_of(held, person)).post(f"cases/trial/do/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (403, "SH-E-890")
    assert not Job.objects.exists()


def test_who_lacks_the_duty_queues_nothing_by_token_either(held: HeldCase) -> None:
    answer = Program(token_of(held, "operator")).post("cases/trial/do/plan")
    assert (answer.status_code, answer.json()["code"]) == (403, "SH-E-862")


def test_a_token_is_worth_no_more_than_was_ticked(held: HeldCase) -> None:
    narrow = Program(token_of(held, "planner", rights=["see"]))
    assert narrow.get("me").json()["rights"] == ["see"]
    assert narrow.get("cases/trial/plan").status_code == 200
    refused = narrow.get("cases/trial/log")
    assert (refused.status_code, refused.json()["code"]) == (403, "SH-E-895")
    assert narrow.post("cases/trial/do/plan").json()["code"] == "SH-E-862"


def test_a_cookie_alone_opens_nothing(held: HeldCase) -> None:
    signed_in = browser(seated(held, "planner"))
    for at in ("/api/v1/me", "/api/v1/cases/trial", "/api/v1/cases/trial/plan"):
        answer = signed_in.get(at)
        assert (answer.status_code, answer.json()["code"]) == (401, "SH-E-891"), at
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert signed_in.post("/api/v1/cases/trial/do/plan").status_code == 401
    assert not Job.objects.exists()


def test_a_revoked_ended_or_orphaned_token_counts_no_more(held: HeldCase) -> None:
    secret = token_of(held, "planner")
    program = Program(secret)
    assert program.get("me").status_code == 200
    Token.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert program.get("me").status_code == 401
    Token.objects.update(ends_at=timezone.now() + timedelta(days=1), revoked_at=timezone.now())
    assert program.get("me").status_code == 401
    Token.objects.update(revoked_at=None)
    assert program.get("me").status_code == 200
    Membership.objects.all().delete()
    assert program.get("me").status_code == 401
    assert Program(secret + "x").get("me").status_code == 401


def test_only_the_digest_of_a_token_is_kept(held: HeldCase) -> None:
    from django.conf import settings
    from django.db import connection

    secret = token_of(held, "planner")
    connection.close()
    for path in settings.HOME.folder.glob("console.db*"):
        assert secret.encode() not in path.read_bytes()


def test_another_case_is_answered_like_one_that_nobody_made(held: HeldCase, folder: Path) -> None:
    other = held_case(folder, "other")
    seated(other, "counsel")
    program = Program(token_of(held, "planner"))
    stranger = program.get("cases/other/plan")
    nobody = program.get("cases/nothing-here/plan")
    assert stranger.status_code == nobody.status_code == 404
    assert stranger.content == nobody.content


@pytest.mark.parametrize(("language", "name"), [("zh-CN", "zh"), ("en-GB", "en")])
def test_a_refusal_speaks_the_language_that_was_asked_for(
    held: HeldCase, language: str, name: str
) -> None:
    answer = Program("shanhou_none", language).get("me")
    assert answer.json() == {"code": "SH-E-891", **entry("SH-E-891")[name]}
    assert answer.headers["Content-Language"].startswith(name)


def test_a_token_asks_so_often_a_minute_and_then_waits(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shanhou.console.api import door

    monkeypatch.setattr(door, "MOST_A_MINUTE", 3)
    monkeypatch.setattr(door.time, "time", lambda: 1_800_000_000.0)
    program, other = Program(token_of(held, "planner")), Program(token_of(held, "operator"))
    answers = [program.get("me").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    last = program.get("me")
    assert last.json()["code"] == "SH-E-893"
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert other.get("me").status_code == 200


def test_a_mistake_names_its_field_and_repeats_nothing_of_what_was_sent(held: HeldCase) -> None:
    planner = Program(token_of(held, "planner"))
    answer = planner.post("cases/trial/review", {"name": "x", "secret-word-of-a-customer": "y"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "SH-E-894"
    assert "body" in answer.json()["what"]
    nul = planner.post("cases/trial/review", {"name": "a\x00b", "reason": "none"})
    assert (nul.status_code, nul.json()["code"]) == (409, "SH-E-897")
    unreadable = planner.post("cases/trial/review", "{", content_type="application/json")
    assert unreadable.status_code == 422


def test_what_is_nowhere_is_told_to_a_program_and_not_as_a_page(held: HeldCase) -> None:
    answer = Program(token_of(held, "planner")).get("nothing/at/all")
    assert answer.status_code == 404
    assert answer.json()["code"] == "SH-E-892"


def test_the_description_is_for_people_who_are_signed_in(held: HeldCase) -> None:
    assert Client().get("/api/v1/openapi.json").status_code == 302
    told = browser(seated(held, "planner")).get("/api/v1/openapi.json").json()
    assert told["openapi"].startswith("3.")
    assert "/api/v1/cases/{number}/plan" in told["paths"]


def test_a_token_is_made_and_revoked_on_a_page_after_a_fresh_proof(held: HeldCase) -> None:
    user = seated(held, "planner")
    form = {"name": "nightly import", "rights": ["see", "answer", "approve", "manage"],
            "days": "7"}  # fmt: skip
    stale = browser(user, proved=False)
    assert stale.post("/cases/trial/tokens/make", form).status_code == 302
    assert not Token.objects.exists()
    officer = browser(user)
    page = officer.post("/cases/trial/tokens/make", form).content.decode()
    made = Token.objects.get()
    assert made.rights == ["see", "answer"], "what needs a screen cannot be granted"
    (secret,) = re.findall(r"shanhou_[\w-]{40,}", page)
    assert Program(secret).get("me").json()["case"] == "trial"
    assert secret not in officer.get("/cases/trial/tokens/").content.decode(), "shown once"
    assert officer.post("/cases/trial/tokens/revoke", {"token": made.pk}).status_code == 302
    assert Program(secret).get("me").status_code == 401


def test_nobody_ends_the_token_of_another_unless_they_look_after_the_case(held: HeldCase) -> None:
    token_of(held, "planner")
    made = Token.objects.get()
    at = "/cases/trial/tokens/revoke"
    assert browser(seated(held, "operator")).post(at, {"token": made.pk}).status_code == 404
    assert browser(seated(held, "counsel")).post(at, {"token": made.pk}).status_code == 404
    made.refresh_from_db()
    assert made.revoked_at is None


@pytest.mark.parametrize(("form", "problem"), [
    ({"name": "", "rights": ["see"], "days": "7"}, "name"),
    ({"name": "x", "days": "7"}, "rights"),
    ({"name": "x", "rights": ["see"], "days": "0"}, "days"),
    ({"name": "x", "rights": ["see"], "days": "9" * 5000}, "days"),
    ({"name": "x", "rights": ["see"], "days": "٣"}, "days"),
])  # fmt: skip
def test_a_token_without_name_right_or_end_is_refused(
    held: HeldCase, form: dict[str, object], problem: str
) -> None:
    answer = browser(seated(held, "planner")).post("/cases/trial/tokens/make", form)
    assert answer.status_code == 409
    assert f"({problem})" in answer.content.decode() or f"（{problem}）" in answer.content.decode()
    assert not Token.objects.exists()
