"""A source that was replaced is no dead end: the screen offers collecting again."""

from __future__ import annotations

from pathlib import Path

from case_world import Place, collected_case
from console_world import browser, held_case, seated

from shanhou.console.published.publishing import publish


def test_where_a_source_was_replaced_the_screen_offers_collecting_again(
    home: Path, tmp_path: Path, worker: None
) -> None:
    from shanhou.wiring import open_case

    held = held_case(collected_case(tmp_path / "trial", "asset-sale").folder)
    place = Place(held.folder)
    raw = place.settings()
    raw["sources"][1]["id"] = "other"
    place.write_settings(raw)
    case = open_case(held.folder, held.plays_on)
    publish(held, case)
    case.close()
    client = browser(seated(held, "planner"))
    page = client.get("/cases/trial/sources/").content.decode()
    assert "重新收集：" in page
    assert 'name="again" value="1"' in page
    assert "sources/" in client.get("/cases/trial/").content.decode()
    answer = client.post("/cases/trial/do/collect", {"again": "1"})
    assert answer.status_code == 302, answer.content.decode()
    page = client.get("/cases/trial/sources/").content.decode()
    assert "重新收集：" not in page
