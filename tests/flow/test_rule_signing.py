"""A lawyer puts a name to the rule packs; a new version asks for it again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from case_world import Place
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.errors import Refusal
from shanhou.flow.proving import assemble_pack, verify
from shanhou.flow.rule_signing import sign_rules, signers_of_rules
from shanhou.law import load
from shanhou.wiring import Case


@pytest.fixture
def place(unsigned: Place, tmp_path: Path) -> Place:
    return unsigned.copy(tmp_path / "case")


@contextmanager
def signed(place: Place) -> Iterator[Case]:
    with closing(place.open()) as case:
        sign_rules(case, by="counsel", private=place.private("counsel"))
        yield case


def test_a_signature_stands_under_this_version_and_in_the_pack_of_evidence(place: Place) -> None:
    with signed(place) as case:
        assert signers_of_rules(case) == ("counsel",)
        assemble_pack(case)
    assert verify(place.folder / "evidence").holds
    assert list((place.folder / "evidence" / "statements").glob("rules-*"))
    script = subprocess.run(["/bin/sh", "verify.sh"], cwd=place.folder / "evidence", check=False)
    assert script.returncode == 0


def test_after_a_new_version_nobody_has_signed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = replace(load.load_rulebook(), digest="0" * 64)
    with signed(place) as case:
        monkeypatch.setattr(load, "load_rulebook", lambda: newer)
        assert signers_of_rules(case) == ()
        sign_rules(case, by="counsel", private=place.private("counsel"))
        assert signers_of_rules(case) == ("counsel",)


def test_nobody_signs_twice_or_with_another_s_key(place: Place) -> None:
    with signed(place) as case:
        for by, key, code in (
            ("counsel", "counsel", "SH-E-512"),
            ("director", "counsel", "SH-E-504"),
        ):
            with pytest.raises(Refusal) as refused:
                sign_rules(case, by=by, private=place.private(key))
            assert refused.value.code == code


def test_a_signature_edited_on_disk_counts_for_nothing(place: Place) -> None:
    with signed(place):
        pass
    place.sql("update statement set signature = zeroblob(64) where name like 'rules-%'")
    with closing(place.open()) as case:
        assert signers_of_rules(case) == ()


def test_a_signature_changes_no_plan(place: Place) -> None:
    from shanhou.flow.deciding import require_fresh

    with signed(place) as case:
        require_fresh(case, place.plan)


def test_the_command_signs_and_status_tells_by_whom(place: Place) -> None:
    secret = place.folder / "people" / "passphrase"
    secret.write_bytes(b"for tests only")
    here = ["--case", str(place.folder)]
    asked = ["law", "sign", "--by", "counsel", "--key", str(place.folder / "people/counsel.key"),
             "--passphrase", f"file:{secret}", "--on", "2026-12-20"]  # fmt: skip
    done = CliRunner().invoke(whole_app(), [*asked, *here])
    assert done.exit_code == 0, done.output
    told = json.loads(CliRunner().invoke(whole_app(), ["status", "--json", *here]).stdout)
    assert told["rules"]["signed_by"] == ["counsel"]
