"""A person without a key signs on paper: the sheet is printed, photographed and countersigned."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from case_world import PASSPHRASE, Place, carried_out, planned
from mnemonic import Mnemonic
from pypdf import PdfReader

from shanhou.errors import Refusal
from shanhou.flow.approving import approve, missing_approvals
from shanhou.flow.sheets import write_sheet
from shanhou.vault.person_keys import new_person_key


@pytest.fixture
def place(unsigned: Place, tmp_path: Path) -> Place:
    """A lawyer from outside is named, whose key stands in the case file."""
    found = unsigned.copy(tmp_path / "case")
    new_person_key(found.folder / "people" / "lawyer.key", PASSPHRASE)
    raw = found.settings()
    raw["people"].append({"id": "lawyer", "name": "lawyer", "duties": ["outside_second"],
                          "party": "outside", "key": "people/lawyer.pub"})  # fmt: skip
    found.write_settings(raw)
    (found.folder / "plans" / found.plan_file.name).unlink()
    planned(found)
    return found


def test_the_sheet_holds_the_table_and_the_digest_in_words(place: Place) -> None:
    out = place.folder / "sheet.pdf"
    case = place.open()
    write_sheet(case, place.plan, out)
    case.close()
    pages = PdfReader(io.BytesIO(out.read_bytes())).pages
    text = "".join(page.extract_text() for page in pages)
    plain = "".join(text.split())
    digest = bytes.fromhex(place.plan.digest)
    assert len(pages) == 1
    assert place.plan.digest in plain
    for language in ("chinese_simplified", "english"):
        assert "".join(Mnemonic(language).to_mnemonic(digest).split()) in plain
    assert "演练" in plain


def test_a_signed_sheet_counts_once_an_outsider_countersigned_it(place: Place) -> None:
    photo = place.folder / "people" / "photo.jpg"
    photo.write_bytes(b"a photograph of the signed sheet")
    case = place.open()
    for by, how in (("counsel", {"played_device": "counsel-pc"}),
                    ("lawyer", {"sheet": photo, "signed_by": "director"})):  # fmt: skip
        approve(case, place.plan, by=by, private=place.private(by), **how)  # type: ignore[arg-type]
    assert missing_approvals(case, place.plan) == ()
    case.close()
    assert carried_out(place).done


def test_nobody_of_the_handler_countersigns_a_sheet(place: Place) -> None:
    photo = place.folder / "people" / "photo.jpg"
    photo.write_bytes(b"a photograph of the signed sheet")
    case = place.open()
    with pytest.raises(Refusal) as refused:
        approve(case, place.plan, by="counsel", private=place.private("counsel"), sheet=photo,
                signed_by="director")  # fmt: skip
    case.close()
    assert refused.value.code == "SH-E-505"


def test_a_person_of_the_recipient_countersigns_no_sheet(place: Place) -> None:
    raw = place.settings()
    raw["people"][-1]["party"] = "recipient"
    place.write_settings(raw)
    (place.folder / "plans" / place.plan_file.name).unlink()
    planned(place)
    photo = place.folder / "people" / "photo.jpg"
    photo.write_bytes(b"a photograph of the signed sheet")
    case = place.open()
    with pytest.raises(Refusal) as refused:
        approve(case, place.plan, by="lawyer", private=place.private("lawyer"), sheet=photo,
                signed_by="director")  # fmt: skip
    case.close()
    assert refused.value.code == "SH-E-505"


def test_nobody_signs_for_another_nor_over_their_own_key(place: Place) -> None:
    photo = place.folder / "people" / "photo.jpg"
    photo.write_bytes(b"a photograph of the signed sheet")
    case = place.open()
    approve(case, place.plan, by="director", private=place.private("director"),
            played_device="director-pc")  # fmt: skip
    for sheet in (None, photo):
        with pytest.raises(Refusal) as refused:
            approve(case, place.plan, by="lawyer", private=place.private("lawyer"), sheet=sheet,
                    signed_by="director")  # fmt: skip
        assert refused.value.code == "SH-E-508"
    assert [one.have for one in missing_approvals(case, place.plan)] == [1, 1]
    case.close()
