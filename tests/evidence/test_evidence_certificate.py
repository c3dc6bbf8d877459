"""A certificate is a record and a face made from the same facts."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from evidence_certificates import destruction
from pypdf import PdfReader

from shanhou.errors import Fault
from shanhou.evidence.certificate import CertificateKind, Office, Words, issue
from shanhou.evidence.typeset import missing_glyphs
from shanhou.vault.canonical import canonical_json, digest_hex


def _text(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert issue(destruction()) == issue(destruction())


def test_the_face_tells_what_the_record_tells() -> None:
    files = issue(destruction())
    shown = "".join(_text(files.pdf).split())
    record = json.loads(files.record)
    assert canonical_json(record) == files.record
    assert digest_hex(files.record) in shown
    for wanted in (
        "销毁证明",
        "61,240",
        "本人Ed25519密钥签名",
        "仅凭经办人陈述与照片",
        "旧备份磁带2盘",
        "示例律师事务所",
        "2026-12-22",
        record["plan_digest"],
        record["log_root"],
        record["subjects_root"],
        "case/gen-3",
        "91350100M000100Y43",
    ):
        assert wanted in shown, wanted


def test_the_face_is_pdf_a_2b_with_its_fonts_inside() -> None:
    reader = PdfReader(io.BytesIO(issue(destruction()).pdf))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_a_rehearsals_certificate_says_so_on_every_page() -> None:
    reader = PdfReader(io.BytesIO(issue(destruction(rehearsal=True)).pdf))
    assert len(reader.pages) > 1
    for page in reader.pages:
        assert "REHEARSAL" in page.extract_text()
    assert "REHEARSAL" not in _text(issue(destruction()).pdf)


@pytest.mark.parametrize("kind", list(CertificateKind))
def test_every_kind_has_a_face(kind: CertificateKind) -> None:
    bare = replace(
        destruction(kind=kind),
        counterpart=destruction().handler,
        witness=None,
        verifier=None,
        not_reached=(),
        volumes=(),
        custody=(),
        keys_destroyed=(),
        subjects_root="",
    )
    assert issue(bare).pdf.startswith(b"%PDF-1.7")


def test_a_character_the_font_lacks_stops_the_certificate() -> None:
    rare = "\U000323af"  # the last of CJK extension H
    with pytest.raises(Fault) as raised:
        issue(replace(destruction(), operator=Office(rare, "职员", "示例")))
    assert raised.value.code == "SH-E-706"
    assert raised.value.facts["glyphs"] == "U+323AF"


def test_rare_names_that_the_font_has_are_shown() -> None:
    assert missing_glyphs("龘靐䶮㐂𠮷喆翀") == ""


def test_text_of_a_certificate_is_never_markup() -> None:
    sly = Words("#panic() *粗* $x$ [a]", "#eval(1) _i_")
    shown = "".join(_text(issue(replace(destruction(), summary=sly)).pdf).split())
    assert "#panic()*粗*$x$[a]" in shown
