"""Nobody is written to twice, and a killed run goes on where it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from notice_world import RECIPIENT, SOLD, addressee, letters

from shanhou.cases.store import Store
from shanhou.law.rule import Outcome
from shanhou.notices.addressees import Addressee
from shanhou.notices.channels import FileChannel
from shanhou.notices.letter import Item, Template
from shanhou.notices.outbox import Prepared, prepare, reply_codes

KEY = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "case.db")
    yield store
    store.close()


def run(
    store: Store, tmp_path: Path, people: list[Addressee], *, plan: str = "p1", **said: object
) -> Prepared:
    both = [letters(language=language, **said) for language in ("zh", "en")]  # type: ignore[arg-type]
    return prepare(
        people, both, store=store, key=KEY, channel=FileChannel(tmp_path / "outbox"), plan=plan
    )


def files(tmp_path: Path) -> dict[str, str]:
    found = sorted((tmp_path / "outbox").glob("S*.html"))
    return {path.name: path.read_text(encoding="utf8") for path in found}


def test_each_customer_gets_one_letter_in_each_language(store: Store, tmp_path: Path) -> None:
    people = [addressee(n, f"客户{n}") for n in range(3)]
    assert run(store, tmp_path, people).written == 6
    names = list(files(tmp_path))
    assert len(names) == 6
    assert names[0].startswith("S0000000-art23-")
    assert {one.state for one in store.letters()} == {"written"}
    assert {one.deadline for one in store.letters()} == {"2026-12-07"}


def test_the_same_letter_is_never_rendered_twice(store: Store, tmp_path: Path) -> None:
    people = [addressee(n) for n in range(3)]
    run(store, tmp_path, people)
    before = files(tmp_path)
    again = run(store, tmp_path, people, plan="p2", deadline=date(2027, 1, 1))
    assert (again.written, again.already) == (0, 6)
    assert files(tmp_path) == before


def test_other_words_make_another_letter_beside_the_first(store: Store, tmp_path: Path) -> None:
    run(store, tmp_path, [addressee(1)], template=Template.CLOSURE)
    before = files(tmp_path)
    other = replace(SOLD, items=(Item("contact", Outcome.DESTROY),))
    again = run(store, tmp_path, [addressee(1, profile=other)], template=Template.CLOSURE)
    assert again.written == 2
    assert before.items() <= files(tmp_path).items()


def test_consent_is_asked_again_only_on_other_terms(store: Store, tmp_path: Path) -> None:
    run(store, tmp_path, [addressee(1)])
    refused = replace(SOLD, items=(Item("contact", Outcome.TRANSFER),), sensitive=False)
    assert run(store, tmp_path, [addressee(1, profile=refused)]).written == 0
    wider = RECIPIENT.model_copy(update={"purpose": "营销"})
    assert run(store, tmp_path, [addressee(1)], recipient=wider).written == 2


def test_a_killed_run_goes_on_and_ends_the_same(store: Store, tmp_path: Path) -> None:
    people = [addressee(n) for n in range(2_500)]

    def dying() -> Iterator[Addressee]:
        yield from people[:1_200]
        raise KeyboardInterrupt

    one = letters()
    channel = FileChannel(tmp_path / "outbox")
    with pytest.raises(KeyboardInterrupt):
        prepare(dying(), [one], store=store, key=KEY, channel=channel, plan="p1")
    assert len(list(store.letters())) == 1_000
    done = prepare(people, [one], store=store, key=KEY, channel=channel, plan="p1")
    assert (done.written, done.already) == (1_500, 1_000)
    assert len(files(tmp_path)) == len(list(store.letters())) == 2_500


def test_the_index_counts_letters_and_names_nobody(store: Store, tmp_path: Path) -> None:
    run(store, tmp_path, [addressee(n, "欧阳修远") for n in range(3)], rehearsal=True)
    index = [path.read_text(encoding="utf8") for path in (tmp_path / "outbox").glob("index*.html")]
    assert len(index) == 2
    assert all("演练" in page and "欧阳修远" not in page for page in index)
    assert any("<td class=n>3</td>" in page for page in index)


def test_the_index_says_how_each_is_reached_and_lists_those_whom_nothing_reaches(
    store: Store, tmp_path: Path
) -> None:
    people = [addressee(1, ways=("phone", "address")), addressee(2, ways=("email",)),
              addressee(3, ways=()), addressee(4, ways=())]  # fmt: skip
    assert run(store, tmp_path, people).unreached == 2
    folder = tmp_path / "outbox"
    lines = (folder / "index-0001.html").read_text("utf8").split("<li>")[1:]
    assert len(lines) == 8
    told = {line.split("</a>")[0][-8:]: line for line in lines}
    assert "电话 phone、地址 post" in told["S0000001"]
    assert "邮箱 e-mail" in told["S0000002"]
    assert "nothing reaches them" in told["S0000003"]
    listed = (folder / "unreached.html").read_text("utf8")
    assert re.findall(r"<li>(S\d+)", listed) == ["S0000003", "S0000004"]
    assert listed.count('href="S0000003-') == 2
    index = (folder / "index.html").read_text("utf8")
    assert 'href="unreached.html"' in index
    # once a way is known they are not listed any more
    again = run(store, tmp_path, [addressee(n, ways=("phone",)) for n in range(1, 5)])
    assert again.unreached == 0
    assert not (folder / "unreached.html").exists()
    assert 'href="unreached.html"' not in (folder / "index.html").read_text("utf8")


def test_a_reply_code_leads_back_to_its_customer(store: Store, tmp_path: Path) -> None:
    run(store, tmp_path, [addressee(7), addressee(8)])
    codes = reply_codes(store, KEY)
    assert sorted(codes.values()) == ["S0000007", "S0000007", "S0000008", "S0000008"]
    for one in store.letters():
        shown = set(re.findall(r"S\d{7}-[0-9A-Z]{6}", files(tmp_path)[one.path]))
        assert {codes[code] for code in shown} == {one.subject}


def test_nobody_without_the_key_of_the_case_can_work_out_a_reply_code(
    store: Store, tmp_path: Path
) -> None:
    run(store, tmp_path, [addressee(n) for n in range(20)])
    ours, theirs = reply_codes(store, KEY), reply_codes(store, bytes(32))
    assert len(ours) == len(set(ours)) > 20
    assert set(ours) & set(theirs) == set()
    assert {code.rpartition("-")[0] for code in ours} == set(ours.values())


def test_both_languages_of_a_letter_show_one_reply_code(store: Store, tmp_path: Path) -> None:
    run(store, tmp_path, [addressee(7)])
    shown = [set(re.findall(r"S\d{7}-[0-9A-Z]{6}", text)) for text in files(tmp_path).values()]
    assert len(shown) == 2
    assert len(set.union(*shown)) == 1


def test_only_a_person_who_takes_it_on_makes_a_file_count_as_sent(
    store: Store, tmp_path: Path
) -> None:
    channel = FileChannel(tmp_path / "outbox", counts_as_sent=True)
    prepare([addressee(1)], [letters()], store=store, key=KEY, channel=channel, plan="p1")
    assert [one.state for one in store.letters()] == ["sent"]


def test_what_lies_in_the_outbox_goes_out_with_time_left_to_answer(
    store: Store, tmp_path: Path
) -> None:
    people = [addressee(1), addressee(2)]
    run(store, tmp_path, people)
    carried = FileChannel(tmp_path / "outbox", counts_as_sent=True)
    done = prepare(people[:1], [letters()], store=store, key=KEY, channel=carried, plan="p1")
    assert (done.written, done.already) == (0, 1)
    later = letters(deadline=date(2027, 1, 1))
    for expected in (1, 0):
        done = prepare(people, [later], store=store, key=KEY, channel=carried, plan="p1")
        assert (done.written, done.already) == (expected, 2 - expected)
    rows = sorted((one.subject, one.language, one.state, one.deadline) for one in store.letters())
    assert rows == [
        ("S0000001", "en", "written", "2026-12-07"),
        ("S0000001", "zh", "sent", "2026-12-07"),
        ("S0000002", "en", "written", "2026-12-07"),
        ("S0000002", "zh", "replaced", "2026-12-07"),
        ("S0000002", "zh", "sent", "2027-01-01"),
    ]
    assert len(files(tmp_path)) == 4
