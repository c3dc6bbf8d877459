"""The audit room: the log by its filters, one thing traced with proofs, a sample, findings."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from case_world import CUSTOMERS, approved_case, carried_out
from console_world import browser, held_case, seated

from shanhou.console.models import HeldCase
from shanhou.console.published.parts import shown
from shanhou.evidence.proof import included
from shanhou.evidence.sampling import draw

REDRAW = """
while read -r id; do
  printf '%s %s\\n' "$(printf '%s' "$1|$id" | sha256sum | cut -c1-64)" "$id"
done | sort | head -n 3 | cut -d' ' -f2
"""
"""How an auditor draws a sample again, as the guide shows it."""


def settled(place) -> None:
    place.sql("update disputes set state = 'closed'", of="sources/shop.db")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = approved_case(tmp_path_factory.mktemp("audit") / "trial", "deregistration",
                          before=settled)  # fmt: skip
    carried_out(place)
    raw = place.settings()
    raw["people"] += [{"id": "auditor", "name": "auditor", "duties": ["auditor"]},
                      {"id": "privacy", "name": "privacy", "duties": ["privacy"]}]  # fmt: skip
    place.write_settings(raw)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def number(customer: int) -> str:
    return f"S{customer - 1 + CUSTOMERS:07d}"


def at(held: HeldCase, *parts: str) -> str:
    return f"/cases/{held.number}/audit/" + "".join(parts)


def test_the_log_is_found_by_act_person_day_and_words(held: HeldCase) -> None:
    client = browser(seated(held, "auditor"))
    page = f"/cases/{held.number}/evidence/log/"

    def rows(**asked: str) -> int:
        return client.get(page, asked).content.decode().count("<tr><td>")

    log = shown(held, "evidence")["log"]
    assert rows(act="approve") == sum(one["act"] == "approve" for one in log) == 2
    assert rows(person="counsel", act="approve") == 1
    assert rows(q="claims_window") == 1
    assert rows(until="2000-01-01") == 0
    assert rows() == min(len(log), 50)
    assert rows(before="3") == 3


def test_the_log_is_taken_out_as_filtered_and_tells_of_it(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "auditor"))
    answer = client.post(f"/cases/{held.number}/evidence/log/export",
                         {"form": "csv", "act": "approve"})  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    last = shown(held, "evidence")["log"][-1]
    assert (last["act"], last["facts"]["filters"]) == ("export", "act=approve")
    (file,) = (held.folder / "views" / "exports").glob("log-*.csv")
    assert len(file.read_text("utf-8-sig").splitlines()) == 3


def test_a_customer_is_traced_to_their_receipt_and_every_proof_holds(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "auditor"))
    assert client.post(at(held, "trace"), {"what": number(1)}).status_code == 302
    told = shown(held, "trace")
    assert "subject" in told["receipt"] or "entries" in told["receipt"]
    assert number(1) in client.get(at(held)).content.decode()
    digest = shown(held, "plan")["digest"]
    client.post(at(held, "trace"), {"what": digest[:20]})
    told = shown(held, "trace")
    assert len(told["entries"]) >= 3
    assert all(included(bytes.fromhex(one["leaf"]), one["seq"], size=told["size"],
                        root=bytes.fromhex(told["root"]),
                        path=[bytes.fromhex(step) for step in one["path"]])
               for one in told["entries"])  # fmt: skip
    assert told["steps"]
    assert client.post(at(held, "trace"), {"what": "abc"}).status_code == 409


def test_a_sample_is_drawn_again_with_sha256sum_and_sort(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "auditor"))
    told = {"population": "customers", "size": "3", "seed": "2026-12-20"}
    assert client.post(at(held, "sample"), told).status_code == 302
    drawn = [one["id"] for one in shown(held, "sample")["drawn"]]
    ids = "".join(f"{number(n)}\n" for n in range(1, CUSTOMERS + 1))
    again = subprocess.run(["sh", "-c", REDRAW, "sh", told["seed"]], input=ids,
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert again.stdout.split() == drawn
    assert shown(held, "evidence")["log"][-1]["act"] == "export"
    client.post(at(held, "sample"), told | {"population": "log", "size": "2"})
    assert len(shown(held, "sample")["drawn"]) == 2
    for wrong in ({"seed": ""}, {"size": "0"}, {"size": "x"}, {"population": "all"}):
        assert client.post(at(held, "sample"), told | wrong).status_code == 409


def test_another_seed_draws_another_sample_and_the_same_one_the_same() -> None:
    ids = [f"S{n:07d}" for n in range(500)]
    first = draw(ids, seed="a", size=10)
    assert first == draw(reversed(ids), seed="a", size=10)
    assert first != draw(ids, seed="b", size=10)
    assert len(draw(ids[:4], seed="a", size=10)) == 4


def test_a_finding_enters_the_log_and_somebody_else_answers_it(
    held: HeldCase, worker: None
) -> None:
    auditor, privacy = (browser(seated(held, one)) for one in ("auditor", "privacy"))
    told = {"severity": "high", "text": "两份审批在同一天", "about": "3"}
    assert auditor.post(at(held, "finding"), told).status_code == 302
    (one,) = shown(held, "findings")["findings"]
    assert (one["number"], one["about"], one["by"]) == ("F001", 3, "auditor")
    assert auditor.post(at(held, "answer"), {"finding": "F001", "text": "x"}).status_code == 403
    done = privacy.post(at(held, "answer"), {"finding": "F001", "text": "各用各的设备"})
    assert done.status_code == 302
    (one,) = shown(held, "findings")["findings"]
    assert (one["answer"], one["answered_by"]) == ("各用各的设备", "privacy")
    again = privacy.post(at(held, "answer"), {"finding": "F001", "text": "又一次"})
    assert "SH-E-616" in again.content.decode()
    privacy.post(at(held, "finding"), told | {"about": ""})
    mine = privacy.post(at(held, "answer"), {"finding": "F002", "text": "我自己"})
    assert "SH-E-616" in mine.content.decode()


@pytest.mark.parametrize("change", [
    {"text": " "}, {"text": "x" * 501}, {"text": "打 13900000001 核对"}, {"about": "99999"},
    {"severity": "grave"},
])  # fmt: skip
def test_a_finding_without_words_or_with_a_number_is_not_written(
    held: HeldCase, worker: None, change: dict[str, str]
) -> None:
    client = browser(seated(held, "auditor"))
    told = {"severity": "low", "text": "说明", "about": ""}
    answer = client.post(at(held, "finding"), told | change)
    assert answer.status_code == 409
    assert "SH-E-615" in answer.content.decode()
    assert shown(held, "findings")["findings"] == []


def test_who_only_plans_finds_nothing(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    assert client.post(at(held, "finding"), {"text": "x"}).status_code == 403
