"""What the portal does not do: tell who is known, use up a link by looking, run what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from case_world import name, phone
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from portal_world import at_the_portal, came_in, code_of, customer, open_case_folder, opened

from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase
from shanhou.console.portal.limits import ADDRESS, ASKS_CONTACT, CUSTOMER, NUMBERS
from shanhou.console.portal.models import Door, Message, PublicCase, Tally, Visit
from shanhou.console.portal.numbers import new_number
from shanhou.console.worker_key import opened_by_worker

ONE = "S0000009"
# what people and machines type where one does not expect it
NAUGHTY = (
    "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "{% load x %}",
    "javascript:alert(1)", "'; drop table portal_holder; --", "../../etc/passwd", "\x00\x01",
    "%s%s%n", "=cmd|' /c calc'!A1", "\u202eright to left", "👨\u200d👩\u200d👧", "𠮷野家",
    "null", "None", "0", "-1", "1e309", "<!--", "&lt;b&gt;", "\r\nSet-Cookie: a=b", "Ω≈ç√", "　",
    "Z" * 3000,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_case_folder(tmp_path_factory.mktemp("walls") / "trial")


@pytest.fixture
def held(home: Path, folder: Path) -> Iterator[HeldCase]:
    held = opened(folder)
    with at_the_portal():
        yield held


def tried(client, at: str, told: dict[str, str]):
    """An answer, and the statements that made it, values left out."""
    with CaptureQueriesContext(connections["portal"]) as made:
        answer = client.post(at, told)
    shapes = [re.sub(r"'[^']*'|\b\d+\b", "?", one["sql"]) for one in made.captured_queries]
    return answer, shapes


def plain(answer) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return re.sub(r'action="/n/[^"]*"|value="/n/[^"]*"', "", text)


def test_whatever_does_not_open_answers_alike_in_words_length_and_work(held: HeldCase) -> None:
    wrong = {"known": (ONE, "7K2M-Q9XD"), "unknown": ("S0099999", "7K2M-Q9XD"),
             "no number": ("hello", "7K2M-Q9XD"), "no code": (ONE, ""),
             "another's": ("S0000010", code_of(held.folder, ONE))}  # fmt: skip
    found = {}
    for what, (subject, code) in wrong.items():
        answer, shapes = tried(customer(), "/c/trial/in/", {"customer": subject, "code": code})
        found[what] = (answer.status_code, plain(answer), tuple(shapes))
    for _ in range(CUSTOMER.most):
        customer().post("/c/trial/in/", {"customer": ONE, "code": "0000-0000"})
    answer, shapes = tried(customer(), "/c/trial/in/",
                           {"customer": ONE, "code": code_of(held.folder, ONE)})  # fmt: skip
    found["past the limit"] = (answer.status_code, plain(answer), tuple(shapes))
    first = found["known"]
    for what, one in found.items():
        assert one == first, what
    assert not Visit.objects.exists()


def test_links_that_were_used_are_over_or_were_never_made_answer_alike(held: HeldCase) -> None:
    from datetime import timedelta

    from django.utils import timezone

    customer().post("/c/trial/lost/", {"contact": phone(1), "name": name(1)})
    work(once=True)
    door = Door.objects.get()
    found = []
    from shanhou.console.portal.sealing import hashed

    for token, opened_at, ends_in in (("used", timezone.now(), 1), ("over", None, -1)):
        Door.objects.create(case=door.case, ref=door.ref, by_token=bytes(door.by_token),
                            token_sha256=hashed(token), opened_at=opened_at,
                            ends_at=timezone.now() + timedelta(hours=ends_in))  # fmt: skip
    for token in ("used", "over", "never-made"):
        answer, shapes = tried(customer(), f"/n/trial/{token}/", {})
        found.append((answer.status_code, plain(answer), tuple(shapes)))
    assert found[0] == found[1] == found[2]
    assert "没有打开" in found[0][1]


def test_asking_for_a_link_tells_nothing_of_who_is_known(held: HeldCase) -> None:
    found = []
    asked = ((phone(1), name(1)), ("13911112222", "张某某"), (phone(1), "另一人"), ("", ""))
    for contact, called in asked:
        answer, shapes = tried(customer(), "/c/trial/lost/", {"contact": contact, "name": called})
        found.append((answer.status_code, plain(answer), tuple(shapes)))
    for _ in range(ASKS_CONTACT.most + 2):
        answer, shapes = tried(customer(), "/c/trial/lost/",
                               {"contact": phone(2), "name": name(2)})  # fmt: skip
        found.append((answer.status_code, plain(answer), tuple(shapes)))
    assert len({one[:2] for one in found}) == 1
    assert len({one[2] for one in found}) == 1
    # age adds a piece of random length of its own; what lies within is equally long
    assert len({len(opened_by_worker(bytes(one.sealed))) for one in Message.objects.all()}) == 1
    work(once=True)
    files = list((held.folder / "outbox" / "portal").glob("link-*.txt"))
    assert len(files) == 1 + ASKS_CONTACT.most, "a limit holds though nobody sees it"


def test_receipt_numbers_cannot_be_searched_for(held: HeldCase) -> None:
    number = came_in(held.folder, ONE).post("/c/trial/me/ask/dispute/", {}).url
    found = []
    for one in (f"/r/{new_number(1)}/", "/r/SH001-0000-0000-01/", "/r/nonsense/"):
        with CaptureQueriesContext(connections["portal"]) as made:
            answer = customer().get(one)
        found.append((answer.status_code, re.sub(r'value="/r/[^"]*"', "", plain(answer)),
                      len(made)))  # fmt: skip
    assert found[0] == found[1] == found[2]
    assert found[0][0] == 404
    for _ in range(NUMBERS.most):
        customer().get(f"/r/{new_number(1)}/")
    assert customer().get(number).status_code == 404, "not even the right one, from there, today"
    assert customer().get(number, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_an_address_is_stopped_though_it_asks_for_ever_other_customers(held: HeldCase) -> None:
    for n in range(ADDRESS.most):
        customer().post("/c/trial/in/", {"customer": f"S{n:07d}", "code": "0000-0000"})
    right = {"customer": "S0000010", "code": code_of(held.folder, "S0000010")}
    assert customer().post("/c/trial/in/", right).status_code == 200
    assert customer().post("/c/trial/in/", right, REMOTE_ADDR="10.0.0.9").status_code == 302
    assert b"127.0.0.1" not in b"".join(one.key.encode() for one in Tally.objects.all())


def test_a_form_from_elsewhere_is_refused_and_the_own_page_sends_no_referrer(
    held: HeldCase,
) -> None:
    client = customer(strict=True)
    page = client.get("/c/trial/in/")
    assert page["Referrer-Policy"] == "no-referrer"
    policy = page["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "default-src 'none'" in policy
    assert page["Cache-Control"] == "no-store"
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    right = {"customer": ONE, "code": code_of(held.folder, ONE)}
    # a browser says so of a page that tells no referrer
    own = {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"}
    assert client.post("/c/trial/in/", right, **own).status_code == 403, "no token"
    told = {**right, "csrfmiddlewaretoken": token}
    for other in ({"HTTP_ORIGIN": "https://elsewhere.example"},
                  {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "cross-site"}):  # fmt: skip
        assert client.post("/c/trial/in/", told, **other).status_code == 403, other
    assert customer(strict=True).post("/c/trial/in/", told, **own).status_code == 403, "no cookie"
    assert client.post("/c/trial/in/", told, **own).status_code == 302


def test_cookies_hold_a_secret_and_two_choices_and_nothing_else(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    client.post("/language", {"language": "en", "back": "/c/trial/"})
    client.post("/print", {"print": "large", "back": "https://elsewhere.example/"})
    assert {one.key for one in client.cookies.values()} <= {"visit", "form", "language", "print"}
    assert client.cookies["visit"]["httponly"]
    assert client.cookies["visit"]["samesite"] == "Strict"
    assert int(client.cookies["visit"]["max-age"]) <= 2 * 60 * 60
    assert b'class="large"' in client.get("/c/trial/").content
    answer = client.post("/print", {"print": "large", "back": "//elsewhere.example/"})
    assert answer.url == "/"
    client.post("/c/trial/me/leave")
    assert client.get("/c/trial/me/").status_code == 302
    assert not Visit.objects.exists()


@pytest.mark.parametrize("typed", NAUGHTY, ids=range(len(NAUGHTY)))
def test_whatever_is_typed_stays_text(home: Path, typed: str) -> None:
    """Every field of every form: nothing breaks, nothing comes back as markup."""
    from shanhou.console.worker_key import worker_identity

    worker_identity()
    PublicCase.objects.create(number="trial", open=True, told=_told(typed))
    with at_the_portal():
        forms = {
            "/c/trial/in/": {"customer": typed, "code": typed},
            "/c/trial/lost/": {"contact": typed, "name": typed},
            "/c/trial/behalf/": {"name": typed, "contact": typed, "kinship": typed,
                                 "own_name": typed, "own_contact": typed, "words": typed},
            "/r/": {"number": typed},
            "/language": {"language": typed, "back": typed},
            "/print": {"print": typed, "back": typed},
        }  # fmt: skip
        for at, told in forms.items():
            answer = customer().post(at, told)
            assert answer.status_code in {200, 302, 400, 404}, (at, answer.status_code)
            assert answer.get("Location", "/").startswith("/")
            _is_text(answer.content.decode(), typed)
        _is_text(customer().get("/c/trial/").content.decode(), typed)


def _told(typed: str) -> dict[str, object]:
    both = {"zh": typed, "en": typed}
    return {"handler": typed, "contact": typed, "address": typed, "recipient": None,
            "custodian": None, "template": "closure", "event": both, "phone": typed,
            "deadline": "2026-12-20", "stops_on": "", "first": [], "levels": {},
            "authority": both, "rehearsal": False, "today": "", "certified": False}  # fmt: skip


def _is_text(page: str, typed: str) -> None:
    assert "<script" not in page
    assert "onerror" not in page or "&lt;img" in page
    assert "<img src=x" not in page
    if typed == "{{ 7 * 7 }}":
        assert ">49<" not in page


def test_words_of_a_customer_reach_the_case_as_they_were_typed(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    for _, typed in enumerate(NAUGHTY[:6]):
        assert client.post("/c/trial/me/ask/dispute/", {"words": typed}).status_code == 302
    work(once=True)
    written = sorted(path.read_text("utf8") for path in (held.folder / "requests").iterdir())
    assert set(written) == set(NAUGHTY[:6])


def test_what_is_too_long_or_a_file_is_not_taken(held: HeldCase) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = came_in(held.folder, ONE)
    long = client.post("/c/trial/me/ask/dispute/", {"words": "长" * 40_000})
    assert long.status_code == 400
    photo = SimpleUploadedFile("card.jpg", b"\xff\xd8" + b"0" * 5_000)
    client.post("/c/trial/me/ask/dispute/", {"words": "x", "photo": photo})
    assert not list(held.folder.rglob("card.jpg"))


def test_words_that_are_too_long_come_back_whole_and_are_never_cut(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    told = {"name": "赵某", "contact": "13000000000", "kinship": "heir", "own_name": "赵某子",
            "own_contact": "13912345678"}  # fmt: skip
    for at, rest in (("/c/trial/me/ask/dispute/", {}), ("/c/trial/behalf/", told)):
        for most in (2_001, 20_000):
            answer = client.post(at, {**rest, "words": "字" * most})
            page = answer.content.decode()
            assert answer.status_code == 400, page[-900:]
            assert page.count("字" * most) == 1
            assert f"多了 {most - 2_000:,} 个" in page
            assert all(value in page for value in rest.values())
    lines = client.post("/c/trial/me/ask/dispute/", {"words": "字\r\n" * 1_000})
    assert lines.status_code == 302
    work(once=True)
    (path,) = (held.folder / "requests").iterdir()
    assert path.read_text("utf8") == ("字\n" * 1_000).strip()


def test_no_page_is_heavy_holds_a_script_or_lacks_a_phone(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    receipt = client.post("/c/trial/me/ask/dispute/", {}).url
    style = Path(__file__).resolve().parents[2] / "src/shanhou/console/portal/static/portal.css"
    places = ["/", "/c/trial/", "/c/trial/in/", "/c/trial/lost/", "/c/trial/behalf/",
              "/n/trial/x/", "/c/trial/me/", "/c/trial/me/answer/", "/c/trial/me/ask/dispute/",
              "/c/trial/me/prove/", "/c/trial/me/opinion/", "/r/", receipt, "/nowhere/",
              "/n/trial/x/"]  # fmt: skip
    for place in places:
        answer = client.get(place, follow=True)
        page = answer.content.decode()
        assert len(answer.content) + style.stat().st_size < 50_000, place
        assert "010-0000-0000" in page, place
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page), place


def test_the_log_of_the_portal_holds_no_path_and_no_value() -> None:
    import logging
    import sys

    from shanhou.console.portal.log import PlaceOnly

    try:
        int(f"x{phone(1)}")
    except ValueError:
        record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "broke at %s",
                                   ("/n/trial/a-token/",), sys.exc_info())  # fmt: skip
    line = PlaceOnly().format(record)
    assert "ValueError in" in line
    assert phone(1) not in line
    assert "a-token" not in line


def test_a_letter_names_the_page_to_type_and_holds_no_link(held: HeldCase) -> None:
    for path in (held.folder / "outbox").glob(f"{ONE}-*.html"):
        letter = path.read_text("utf8")
        assert "127.0.0.1:8001/c/trial" in letter
        assert "<a " not in letter
        assert "href" not in letter
    zh = next((held.folder / "outbox").glob(f"{ONE}-*.zh.html")).read_text("utf8")
    assert "这封信里没有要您点开的链接" in zh
    assert "打电话、写信、当面说，都一样算数" in zh
    en = next((held.folder / "outbox").glob(f"{ONE}-*.en.html")).read_text("utf8")
    assert code_of(held.folder, ONE) in en, "the same code in each language"


def test_every_address_of_the_portal_says_what_must_be_known_of_who_asks() -> None:
    """A route nobody thought about fails here; none of the console's is among them."""
    from shanhou.console.portal import urls

    free = {"start", "language", "print", "verifier", "find", "receipt"}
    outside = {"notice", "enter", "lost", "behalf", "link"}
    for one in urls.urlpatterns:
        level = getattr(one.callback, "level", None) or getattr(
            getattr(one.callback, "__wrapped__", None), "level", None)  # fmt: skip
        wanted = None if one.name in free else "L0" if one.name in outside else "L1"
        assert level == wanted, one.name
    console = {str(one.pattern) for one in get_resolver("shanhou.console.urls").url_patterns}
    assert not console & {str(one.pattern) for one in urls.urlpatterns} - {"", "language"}


def test_nobody_outside_sees_or_does_anything_of_a_customer(held: HeldCase) -> None:
    for at in ("", "answer/", "ask/copy/", "prove/", "opinion/"):
        for client in (customer(),):
            assert client.get(f"/c/trial/me/{at}").url == "/c/trial/in/"
            assert client.post(f"/c/trial/me/{at}").status_code in {302, 405}
    assert customer().post("/c/trial/me/parcel/1").url == "/c/trial/in/"
    stolen = came_in(held.folder, ONE)
    PublicCase.objects.create(number="other", open=True, told=_told("x"))
    assert stolen.get("/c/other/me/").url == "/c/other/in/", "a visit is of one case"
    assert not Message.objects.exists()


def test_the_words_are_whole_plain_and_short() -> None:
    from shanhou.console.portal.words import words

    for called, told in words().items():
        assert set(told) == {"zh", "en"}, called
        assert not re.search(r"[一-鿿]", told["en"]), called
        assert set(re.findall(r"\{(\w+)", told["zh"])) == set(re.findall(r"\{(\w+)", told["en"]))
        assert not re.search(r"[一-鿿][,;:!?]", told["zh"]), called
        assert "你" not in told["zh"].replace("你们", ""), called
        for sentence in re.split(r"[。！？：]", re.sub(r"\{\w+\}", "", told["zh"])):
            assert len(sentence) <= 40, (called, sentence)


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    from shanhou.console.portal.words import words

    folder = Path(__file__).resolve().parents[2] / "src" / "shanhou" / "console" / "portal"
    pages = " ".join(path.read_text("utf8") for path in folder.rglob("*.html"))
    asked = set(re.findall(r"""\btell ['"](\w+)['"]""", pages))
    lists = set(re.findall(r"""tell_of ['"](\w+)['"]""", pages)) | {"text"}
    assert asked <= set(words()), asked - set(words())
    left = {one for one in words() if one not in asked
            and not any(one.startswith(f"{name}_") for name in lists)}  # fmt: skip
    assert left == set()
