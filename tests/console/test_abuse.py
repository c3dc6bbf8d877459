"""What people with bad intent try on the console, and what comes of it: nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from case_world import collected_case, planned
from console_world import browser, held_case, seated
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from naughty_words import LIVE, SCRIPT, STRINGS

from shanhou.cases.case_file import amend
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job, Published
from shanhou.wiring import reader_for

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
SCREENS = ("", "people/", "file/", "dates/", "sources/", "inventory/", "facts/", "customers/",
           "plan/", "approvals/", "notices/", "notices/letters/", "answers/", "requests/",
           "holds/", "execution/", "evidence/", "evidence/log/", "tokens/", "hooks/")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("abuse") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> Iterator[HeldCase]:
    cache.clear()
    yield held_case(folder)
    cache.clear()


# ---- text that wants to be a program -------------------------------------------------------------

_FREE = {"name", "place", "samples", "zh", "en", "reason", "subject", "values", "actor"}
"""What comes from files, databases and people, and is looked up nowhere."""


def poisoned(value: Any, key: str, turn: list[int]) -> Any:
    if isinstance(value, dict):
        return {name: poisoned(one, name, turn) for name, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, key, turn) for one in value]
    if isinstance(value, str) and key in _FREE:
        turn[0] += 1
        return STRINGS[turn[0] % len(STRINGS)]
    return value


def test_nothing_that_is_called_like_a_program_runs_in_a_page(held: HeldCase) -> None:
    turn = [0]
    for one in Published.objects.filter(case=held):
        one.told = poisoned(one.told, "", turn)
        one.save()
    assert turn[0] > 2 * len(STRINGS)
    held.title = SCRIPT
    held.save()
    client = browser(seated(held, "planner"))
    for at in SCREENS:
        page = client.get(f"/cases/trial/{at}")
        assert page.status_code == 200, at
        text = page.content.decode()
        assert not [one for one in LIVE if one in text], at
        assert "49" not in re.findall(r"\$\{?(\d+)", text)
    for at in ("/", "/cases/"):
        assert SCRIPT not in client.get(at).content.decode()


@pytest.mark.parametrize("text", STRINGS, ids=range(len(STRINGS)))
def test_every_field_that_takes_text_takes_it_as_text(held: HeldCase, text: str) -> None:
    """A new case, a token, a question, a filter, a declaration: kept as it is or refused, shown
    as letters; the program never breaks.
    """
    client = browser(seated(held, "planner"))
    at = "/cases/trial/"
    form = {"number": "naughty", "title": text, "kind": "asset-sale", "timing": "during",
            "handler_name": text, "handler_contact": text, "recipient_name": text,
            "person0_id": "me", "person0_name": text, "person0_duties": ["planner"]}  # fmt: skip
    answers = [
        client.post("/cases/new/", form),
        client.post(f"{at}tokens/make", {"name": text, "rights": ["see"], "days": "1"}),
        client.post(f"{at}hooks/make", {"url": text, "kinds": ["job_done"]}),
        client.post(f"{at}people/invite", {"person": text}),
        client.post(f"{at}sources/database", {"source": text, "url": text}),
        client.post(f"{at}inventory/review", {"name": text, "reason": text, "category": text}),
        client.post("/language", {"language": text, "next": text}),
        client.post(f"{at}do/{'x'}", {}),
    ]
    Job.objects.all().delete()
    upload = {"source": "more", "files": SimpleUploadedFile(text, b"a\n1\n")}
    answers.append(client.post(f"{at}sources/upload", upload))
    for where in ("plan/", "inventory/", "evidence/log/"):
        asked = {"q": text, "after": text, "act": text, "before": text, "outcome": text}
        answers += [client.get(f"{at}{where}", asked)]
    answers += [client.get("/"), client.get("/cases/"), client.get("/cases/naughty/")]
    for one in answers:
        assert one.status_code < 500, one.request["PATH_INFO"]
        told = b"".join(one.streaming_content) if one.streaming else one.content
        assert not [live for live in LIVE if live in told.decode()], one.request["PATH_INFO"]


def test_a_case_file_with_such_names_is_shown_as_letters(held: HeldCase) -> None:
    def rename(tree: Any) -> None:
        tree["case"]["title"] = '</title><script>alert(1)</script>"'
        for n, one in enumerate(tree["people"]):
            one["name"] = STRINGS[n % 4]

    amend(held.folder / "shanhou.yaml", rename)
    client = browser(seated(held, "planner"))
    for at in ("people/", "approvals/", "file/", "plan/", "tokens/"):
        text = client.get(f"/cases/trial/{at}").content.decode()
        assert not [one for one in LIVE if one in text], at


def test_a_null_character_is_refused_and_breaks_nothing(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    answer = client.post("/cases/trial/inventory/review", {"name": "a\x00b", "reason": "x"})
    assert answer.status_code == 409
    assert "SH-E-897" in answer.content.decode()
    for where in ("/?q=%00", "/cases/trial/plan/?q=%00", "/invited/%00/",
                  "/cases/trial/evidence/certificate/%00.pdf",
                  "/cases/trial/plan/situation/%00/"):  # fmt: skip
        assert client.get(where).status_code in {200, 404}


# ---- uploads -------------------------------------------------------------------------------------


def sent(client: Client, *files: tuple[str, bytes], source: str = "more") -> Any:
    made = [SimpleUploadedFile(name, held) for name, held in files]
    for one, (name, _) in zip(made, files, strict=True):
        one._name = name  # as a browser without manners names it
    return client.post("/cases/trial/sources/upload", {"source": source, "files": made})


@pytest.mark.parametrize("name", ["../../evil.csv", "..\\..\\evil.csv", "/etc/cron.d/evil.csv",
                                  "C:\\evil.csv", "a/b/c.csv"])  # fmt: skip
def test_a_name_with_folders_in_it_leads_out_of_none(held: HeldCase, name: str) -> None:
    sent(browser(seated(held, "planner")), (name, b"a\n1\n"))
    work(once=True)
    inside = [path for path in (held.folder / "sources" / "more").rglob("*") if path.is_file()]
    assert all(path.parent == held.folder / "sources" / "more" for path in inside)
    assert not (held.folder.parent / "evil.csv").exists()
    assert not Path("/etc/cron.d/evil.csv").exists()


@pytest.mark.parametrize(("files", "code"), [
    ([("a.csv", b"1"), ("a.csv", b"2")], "SH-E-865"), ([(".htaccess", b"1")], "SH-E-867"),
    ([("字" * 100 + ".csv", b"1")], "SH-E-867"),
])  # fmt: skip
def test_names_that_no_folder_should_hold_are_refused_and_nothing_lies_about(
    held: HeldCase, files: list[tuple[str, bytes]], code: str
) -> None:
    from django.conf import settings

    answer = sent(browser(seated(held, "planner")), *files)
    assert answer.status_code == 409
    assert code in answer.content.decode()
    assert not Job.objects.exists()
    assert not settings.HOME.uploads.exists() or not list(settings.HOME.uploads.iterdir())


def test_a_bomb_and_a_link_in_an_archive_fill_and_reach_nothing(held: HeldCase) -> None:
    import io
    import stat
    import zipfile

    bomb, linked = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("xl/workbook.xml", "<workbook/>")
        out.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with zipfile.ZipFile(linked, "w") as out:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, "/etc/passwd")
    client = browser(seated(held, "planner"))
    answer = sent(client, ("bomb.xlsx", bomb.getvalue()), ("linked.zip", linked.getvalue()))
    assert answer.status_code == 302, answer.content.decode()
    work(once=True)
    reader = reader_for("more", "sources/more", held.folder)
    told = [one.name for one in reader.datasets()]
    unread = {one.place.rsplit("/", 1)[-1] for one in reader.unread()}
    reader.close()
    assert unread == {"bomb.xlsx", "linked.zip"}
    assert told == []


def test_too_many_files_or_fields_are_refused_before_any_is_kept(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    many = [(f"{n}.csv", b"1") for n in range(60)]
    assert sent(client, *many).status_code == 400
    fields = {f"f{n}": "1" for n in range(900)}
    assert client.post("/cases/trial/tokens/make", fields).status_code == 400
    assert client.post("/cases/trial/file/", {"text": "x" * 2_500_000}).status_code == 400
    assert not Job.objects.exists()
