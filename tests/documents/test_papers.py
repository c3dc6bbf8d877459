"""Documents of a case: filled with what it knows, blank where it does not, the same each time."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from case_world import CUSTOMERS, Place, name, phone
from pypdf import PdfReader

from shanhou.cases.clocks import State
from shanhou.cases.parties import ExitKind
from shanhou.disposition.plan import totals
from shanhou.documents.as_docx import docx_bytes
from shanhou.documents.as_pdf import pdf_bytes
from shanhou.documents.blocks import Document, Paragraph, Run, blanks
from shanhou.documents.blocks import _runs as every_run
from shanhou.documents.catalogue import ASKERS, catalogue, marked
from shanhou.documents.facts import Day, Export, Facts
from shanhou.documents.filling import binder, filled
from shanhou.documents.words import phrase
from shanhou.errors import LANGUAGES, Language, Refusal
from shanhou.evidence.certificate import Words
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow import papers
from shanhou.flow.paper_facts import facts_of
from shanhou.flow.papers import make_papers, papers_of
from shanhou.vault.canonical import digest_hex
from shanhou.vault.keys import write_durably
from shanhou.wiring import make_case, open_case

ON = date(2026, 12, 20)
IDS = [one.id for one in catalogue()]
KINDS = ("asset-sale", "deregistration")


def entry(name_: str):
    return next(one for one in catalogue() if one.id == name_)


def docx_text(content: bytes) -> str:
    """Everything in the file, as a searcher of bytes would find it."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = [packed.read(one).decode("utf8") for one in packed.namelist() if "xml" in one]
    return unescape(re.sub(r"<[^>]+>", "", "\n".join(parts)))


def pdf_pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize("document", IDS)
def test_every_checklist_is_met_by_a_marked_passage_in_both_languages(document: str) -> None:
    one = entry(document)
    assert one.must_say
    for language in LANGUAGES:
        assert marked(document, language) == {item for item, _ in one.must_say}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("document", IDS)
def test_every_document_says_what_it_must_in_every_case(
    document: str, kind: str, told: dict[str, Facts]
) -> None:
    known = told[kind]
    empty = Facts("c", "案", kind, known.kind_words, known.event, "ordinary",
                  rehearsal=False, on=ON,
                  handler=replace(known.handler, code="", contact=""))  # fmt: skip
    for facts in (told[kind], empty):
        for language in LANGUAGES:
            made = filled(entry(document), facts, language)
            for one in made.blocks:
                for run in getattr(one, "runs", ()):
                    assert "**" not in run.text
                    assert "{" not in run.text
            assert blanks(made.blocks) if facts is empty else True


@pytest.mark.parametrize(("kind", "language"), [*zip(KINDS, LANGUAGES, strict=True)])
def test_every_document_is_written_as_docx_and_pdf_the_same_each_time(
    kind: str, language: Language, told: dict[str, Facts]
) -> None:
    for one in catalogue():
        made = filled(one, told[kind], language)
        pdf, docx = (write(made, author="例", on=ON) for write in (pdf_bytes, docx_bytes))
        assert pdf == pdf_bytes(made, author="例", on=ON)
        assert docx == docx_bytes(made, author="例", on=ON)
        assert all("REHEARSAL" in page and "演练" in page for page in pdf_pages(pdf))
        assert "REHEARSAL" in docx_text(docx)


def test_a_case_in_earnest_bears_no_mark(told: dict[str, Facts]) -> None:
    facts = replace(told["deregistration"], rehearsal=False)
    made = filled(entry("destruction-register"), facts, "zh")
    assert "演练" not in docx_text(docx_bytes(made, author="例", on=ON))
    assert all("REHEARSAL" not in page
               for page in pdf_pages(pdf_bytes(made, author="例", on=ON)))  # fmt: skip


def test_a_docx_tells_nothing_of_the_hour_or_the_machine(told: dict[str, Facts]) -> None:
    made = filled(entry("destruction-register"), told["deregistration"], "zh")
    with zipfile.ZipFile(io.BytesIO(docx_bytes(made, author="例公司", on=ON))) as packed:
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = packed.read("docProps/core.xml").decode("utf8")
    assert core.count("2026-12-20T00:00:00Z") == 2
    assert core.count("例公司") == 2
    assert "python" not in core


def test_a_digest_copied_from_a_page_is_the_digest(told: dict[str, Facts]) -> None:
    made = filled(entry("transfer-agreement"), told["asset-sale"], "zh")
    pages = "".join(pdf_pages(pdf_bytes(made, author="例", on=ON)))
    assert told["asset-sale"].plan.digest in re.sub(r"\s", "", pages)


def test_a_sign_the_font_lacks_is_an_error_and_no_box() -> None:
    from shanhou.errors import Fault

    made = Document("x", "zh", "例", rehearsal=False, blocks=(Paragraph((Run("\U0001f600"),)),))
    with pytest.raises(Fault) as refused:
        pdf_bytes(made, author="例", on=ON)
    assert refused.value.code == "SH-E-706"


def test_what_the_case_does_not_know_is_blank_and_listed(told: dict[str, Facts]) -> None:
    facts = told["asset-sale"]
    facts = replace(facts, recipient=replace(facts.recipient, contact=""))
    made = filled(entry("transfer-agreement"), facts, "zh")
    assert "接收方的联系方式" in blanks(made.blocks)
    assert "________（待填：接收方的联系方式）" in docx_text(docx_bytes(made, author="例", on=ON))
    english = filled(entry("transfer-agreement"), facts, "en")
    assert "contact of the recipient" in blanks(english.blocks)


def test_what_the_case_knows_is_filled_in(told: dict[str, Facts]) -> None:
    made = filled(entry("transfer-agreement"), told["asset-sale"], "zh")
    text = docx_text(docx_bytes(made, author="例", on=ON))
    assert told["asset-sale"].plan.digest in text
    for known in ("示例清洗有限公司", "示例接手公司", "继续服务", "系统存储"):
        assert known in text
    assert "接收方的联系方式" not in blanks(made.blocks)


@pytest.mark.parametrize("kind", KINDS)
def test_the_figures_are_the_plans(
    kind: str, told: dict[str, Facts], places: dict[str, Place]
) -> None:
    lines = {one.outcome: (one.items, one.records) for one in totals(places[kind].plan)}
    assert {one.outcome: (one.items, one.records) for one in told[kind].plan.shares} == lines
    for outcome, (items, _) in lines.items():
        if outcome != "OUT_OF_SCOPE":
            parts = told[kind].plan.parts_of(outcome)
            assert sum(one.records for one in parts) == items
    kept = told[kind].plan.kept
    assert sum(one.records for one in kept) == lines.get("RETAIN", (0, 0))[1]


@pytest.mark.parametrize("kind", KINDS)
def test_no_customers_data_stands_in_any_document(kind: str, told: dict[str, Facts]) -> None:
    planted = [value for n in range(1, CUSTOMERS + 1)
               for value in (name(n), phone(n), f"地毯清洗{n}", f"周{n}上午",
                             f"{n}00.00")]  # fmt: skip
    for language in LANGUAGES:
        made = [filled(one, told[kind], language) for one in catalogue()]
        for one in made:
            text = docx_text(docx_bytes(one, author="例", on=ON))
            assert [value for value in planted if value in text] == []
        bound = pdf_bytes(binder(catalogue(), told[kind], language), author="例", on=ON)
        pages = "".join(pdf_pages(bound))
        assert [value for value in planted if value in re.sub(r"\s", "", pages)] == []


@pytest.mark.parametrize("kind", ExitKind)
def test_every_exit_has_papers_and_each_of_them_reads_whole(
    kind: ExitKind, told: dict[str, Facts]
) -> None:
    known = told["asset-sale"]
    facts = replace(known, kind=kind.value, recipient=replace(known.recipient, abroad=True),
                    export=Export(4, 1, "standard_contract"))  # fmt: skip
    needed = {one.id for one in catalogue() if one.needed_by(facts.traits())}
    assert {"impact-assessment", "processing-record", "lawyers-memo", "export-contract"} <= needed
    assert ("succession-notice" in needed) == (kind in {"merger", "division", "bankruptcy"})
    assert ("closure-notice" in needed) == (kind in {"deregistration", "bankruptcy"})
    for one in catalogue():
        for language in LANGUAGES:
            assert filled(one, facts, language).blocks


@pytest.mark.parametrize("state", State)
def test_a_statutory_date_is_told_in_words_however_it_stands(
    state: State, told: dict[str, Facts]
) -> None:
    day = Day("x", ON, provisional=False, state=state.value, what=Words("通知", "notify"),
              article=Words("公司法 235", "Company Law 235"), checked=True)  # fmt: skip
    facts = replace(told["deregistration"], days=(day,))
    for language in LANGUAGES:
        chapter = filled(entry("liquidation-chapter"), facts, language)
        assert phrase(f"state_{state.value}", language) in str(chapter)
        assert binder([entry("liquidation-chapter")], facts, language).blocks


def test_documents_stand_in_the_order_in_which_they_are_asked_for(told: dict[str, Facts]) -> None:
    order = [ASKERS.index(one.asked_by[0]) for one in catalogue()]
    assert order == sorted(order)


def test_chinese_text_has_chinese_signs(told: dict[str, Facts]) -> None:
    for facts in told.values():
        for one in catalogue():
            for block in filled(one, facts, "zh").blocks:
                text = " ".join(run.text for run in every_run(block))
                assert not re.search(r"[\u4e00-\u9fff][,;:?]", text), text


def test_making_writes_the_files_and_one_entry_with_their_digests(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    case = place.open()
    made = make_papers(case, ["transfer-agreement"], languages=LANGUAGES, bound=False)
    assert sorted(made.files) == sorted(
        f"transfer-agreement.{language}.{suffix}" for language in LANGUAGES
        for suffix in ("docx", "pdf"))  # fmt: skip
    entries = [one for one in map(parse_entry, case.store.events()) if one.act is Act.DOCUMENT]
    (logged,) = entries
    for one in logged.subject:
        assert digest_hex((place.folder / one.name).read_bytes()) == one.sha256
    assert set(made.blanks["transfer-agreement"]) == {"zh", "en"}
    standing = {one.entry.id: one for one in papers_of(case, "zh")}
    assert len(standing["transfer-agreement"].made) == 4
    assert not standing["transfer-agreement"].amended
    # again is harmless, and gives the same
    again = make_papers(case, ["transfer-agreement"], languages=LANGUAGES, bound=False)
    assert again.files == made.files
    case.close()


def test_a_lawyers_draft_is_never_written_over(places: dict[str, Place], tmp_path: Path) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    case = place.open()
    make_papers(case, ["transfer-agreement"], languages=("zh",), bound=False)
    draft = place.folder / "documents" / "transfer-agreement.zh.docx"
    draft.write_bytes(draft.read_bytes() + b"amended")
    (standing,) = (one for one in papers_of(case, "zh") if one.entry.id == "transfer-agreement")
    assert standing.amended == (draft.name,)
    before = case.store.event_count()
    with pytest.raises(Refusal) as refused:
        make_papers(case, ["transfer-agreement"], languages=("zh",), bound=False)
    assert refused.value.code == "SH-E-720"
    assert case.store.event_count() == before
    assert draft.read_bytes().endswith(b"amended")
    case.close()


def test_the_binder_names_an_amended_draft_with_both_digests_and_goes_on(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    case = place.open()
    make_papers(case, ["transfer-agreement"], languages=("zh",), bound=True)
    draft = place.folder / "documents" / "transfer-agreement.zh.docx"
    blocks = filled(entry("transfer-agreement"), facts_of(case), "zh").blocks
    runs = [run.text for one in blocks if isinstance(one, Paragraph) for run in one.runs]
    passage = "".join(max(runs, key=len).split())[:40]
    assert passage in bound_text(place)
    made = digest_hex(draft.read_bytes())
    draft.write_bytes(draft.read_bytes() + b"amended")
    lies = digest_hex(draft.read_bytes())
    told = make_papers(case, (), languages=("zh",), bound=True)
    case.close()
    assert digest_hex(draft.read_bytes()) == lies
    assert [(one.name, one.made_sha256, one.sha256) for one in told.kept] == [
        (draft.name, made, lies)]  # fmt: skip
    assert told.files
    assert not [name for name in told.files if name.startswith("transfer-agreement")]
    assert passage not in bound_text(place)
    for told_there in (made, lies, "已由人修改"):
        assert told_there in bound_text(place)


def bound_text(place: Place) -> str:
    pages = PdfReader(place.folder / "documents" / "binder.zh.pdf").pages
    return "".join("".join(page.extract_text() for page in pages).split())


def test_a_document_of_an_earlier_plan_is_told_as_stale_and_one_of_another_day_is_not(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    names = ["impact-assessment", "transfer-agreement"]

    def stale(at: Place) -> set[str]:
        with closing(at.open()) as case:
            return {name for one in papers_of(case, "zh") for name in one.stale}

    with closing(place.open()) as case:
        make_papers(case, names, languages=("zh",), bound=False)
    assert stale(place) == set()
    assert stale(Place(place.folder, place.on + timedelta(days=1))) == set()
    raw = place.settings()
    raw["parties"]["handler"]["address"] = "另一条路2号"
    place.write_settings(raw)
    found = stale(place)
    assert {"transfer-agreement.zh.docx", "transfer-agreement.zh.pdf"} <= found
    with closing(place.open()) as case:
        make_papers(case, names, languages=("zh",), bound=False)
    assert stale(place) == set()


def test_a_run_killed_between_the_log_and_the_files_is_made_up_for_by_the_next(
    places: dict[str, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(path: Path, content: bytes) -> None:
        if path.suffix == ".pdf":
            raise Killed
        write_durably(path, content)

    place = places["deregistration"].copy(tmp_path / "case")
    case = place.open()
    make_papers(case, ["processor-contract"], languages=("zh",), bound=False)
    changed = place.settings()
    changed["parties"]["handler"]["code"] = "9131XXXXXXXXXXXXXX"
    place.write_settings(changed)
    case.reload()
    with monkeypatch.context() as killing:
        killing.setattr(papers, "write_durably", dies)
        with pytest.raises(Killed):
            make_papers(case, ["processor-contract"], languages=("zh",), bound=False)
    assert not any(one.amended for one in papers_of(case, "zh"))
    made = make_papers(case, ["processor-contract"], languages=("zh",), bound=False)
    folder = place.folder / "documents"
    assert not list(folder.glob("*.part"))
    assert "9131XXXXXXXXXXXXXX" in docx_text((folder / made.files[0]).read_bytes())
    case.close()


def test_a_new_case_has_its_documents_with_every_fact_blank(tmp_path: Path) -> None:
    make_case(tmp_path / "new", kind="deregistration", timing="during", rehearsal=True)
    case = open_case(tmp_path / "new", ON)
    needed = [one for one in papers_of(case, "en") if one.needed]
    assert {"closure-notice", "impact-assessment"} <= {one.entry.id for one in needed}
    assert all("name of the handler" in one.blanks for one in needed)
    made = make_papers(case, (), languages=LANGUAGES, bound=True)
    case.close()
    for name_ in made.files:
        if name_.endswith(".docx"):
            text = docx_text((tmp_path / "new" / "documents" / name_).read_bytes())
            assert "请填写" not in text


def test_a_plan_is_shown_as_it_was_signed_whatever_the_case_file_says_now(
    places: dict[str, Place], told: dict[str, Facts], tmp_path: Path
) -> None:
    place = places["deregistration"].copy(tmp_path / "case")
    raw = place.settings()
    raw["datasets"]["shop.invoices"]["scope"] = "out"
    place.write_settings(raw)
    case = place.open()
    assert facts_of(case).plan == told["deregistration"].plan
    case.close()


def test_an_unknown_document_is_refused_by_name(places: dict[str, Place], tmp_path: Path) -> None:
    case = places["asset-sale"].copy(tmp_path / "case").open()
    with pytest.raises(Refusal) as refused:
        make_papers(case, ["will"], languages=("zh",), bound=False)
    assert refused.value.code == "SH-E-721"
    assert "will" in refused.value.told("en").what
    case.close()


@pytest.mark.parametrize("taken", ["documents", "documents/transfer-agreement.zh.pdf"])
def test_what_lies_where_a_document_belongs_is_refused_by_name_before_anything_is_logged(
    taken: str, places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    if taken == "documents":
        (place.folder / taken).write_text("a note")
    else:
        (place.folder / taken).mkdir(parents=True)
    case = place.open()
    before = case.store.event_count()
    with pytest.raises(Refusal) as refused:
        make_papers(case, ["transfer-agreement"], languages=("zh",), bound=False)
    assert papers_of(case, "zh")
    assert case.store.event_count() == before
    case.close()
    assert refused.value.code == "SH-E-010"
    assert taken in refused.value.told("en").what
