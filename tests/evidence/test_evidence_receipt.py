"""A customer checks what was done with her information, alone and offline."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import pytest
from evidence_world import LOG, Case, closed_case, seed, write
from hypothesis import given
from hypothesis import strategies as st

from shanhou.errors import Fault
from shanhou.evidence.entry import Act
from shanhou.evidence.log import read_log
from shanhou.evidence.note import Signer
from shanhou.evidence.proof import leaf_hash
from shanhou.evidence.receipt import Acted, make_receipt, open_receipt
from shanhou.evidence.subject_tree import SubjectOutcome, SubjectTree, opened_leaf, opening
from shanhou.vault.canonical import canonical_json, row_bytes

PEPPER = seed("pepper")


def outcome(number: int, word: str) -> SubjectOutcome:
    return SubjectOutcome(f"S{number}", canonical_json({"outcome": word, "records": number}))


def tree(act: str, word: str, count: int = 40) -> SubjectTree:
    return SubjectTree.of((outcome(n, word) for n in range(count)), pepper=PEPPER, act=act)


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("receipt")
    case: Case = closed_case()
    transfer, destroy = tree("demo-1/transfer", "TRANSFER"), tree("demo-1/destroy", "DESTROY")
    places = []
    for act, made in ((Act.TRANSFER, transfer), (Act.DESTROY, destroy)):
        places.append(len(case.entries))
        case.log(act, **made.facts)
    write(case, folder)
    return make_receipt(
        [
            Acted(transfer, places[0], outcome(17, "TRANSFER")),
            Acted(destroy, places[1], outcome(17, "DESTROY")),
        ],
        read_log(folder, LOG.vkey),
        checkpoint=(folder / "checkpoint").read_bytes(),
        pepper=PEPPER,
        vkey=LOG.vkey,
    )


def test_a_receipt_shows_what_was_done_and_when(receipt: bytes) -> None:
    items = open_receipt(receipt, key=LOG.vkey)
    assert [item.summary["outcome"] for item in items] == ["TRANSFER", "DESTROY"]
    assert [item.entry.act for item in items] == [Act.TRANSFER, Act.DESTROY]


def test_no_changed_byte_of_a_receipt_passes(receipt: bytes) -> None:
    for at in range(len(receipt)):
        changed = bytes([*receipt[:at], receipt[at] ^ 1, *receipt[at + 1 :]])
        with pytest.raises(Fault):
            open_receipt(changed, key=LOG.vkey)


def test_a_receipt_for_another_outcome_is_refused(receipt: bytes) -> None:
    told = json.loads(receipt)
    told["items"][1]["summary"]["outcome"] = "RETAIN"
    with pytest.raises(Fault) as raised:
        open_receipt(canonical_json(told), key=LOG.vkey)
    assert raised.value.facts["reason"] == "path"


def test_a_receipt_under_another_key_is_refused(receipt: bytes) -> None:
    with pytest.raises(Fault) as raised:
        open_receipt(receipt, key=Signer(LOG.name, seed("other")).vkey)
    assert raised.value.facts["reason"] == "not-the-trusted-key"


def test_no_receipt_is_made_for_what_an_act_did_not_do(tmp_path: Path) -> None:
    case = closed_case()
    write(case, tmp_path)
    with pytest.raises(Fault) as raised:
        make_receipt(
            [Acted(tree("demo-1/destroy", "DESTROY"), 5, outcome(3, "RETAIN"))],
            read_log(tmp_path, LOG.vkey),
            checkpoint=(tmp_path / "checkpoint").read_bytes(),
            pepper=PEPPER,
            vkey=LOG.vkey,
        )
    assert raised.value.code == "SH-E-712"


@given(st.binary(min_size=32, max_size=32), st.text(max_size=200), st.text(max_size=200))
def test_the_opening_is_the_standard_librarys_hmac(pepper: bytes, act: str, subject: str) -> None:
    expected = hmac.digest(pepper, row_bytes((act, subject)), "sha256")
    assert opening(pepper=pepper, act=act, subject=subject) == expected
    assert opened_leaf(expected, b"{}") == leaf_hash(expected + b"{}")


def test_the_tree_tells_neither_order_nor_name() -> None:
    forward = SubjectTree.of([outcome(n, "KEEP") for n in range(9)], pepper=PEPPER, act="a")
    back = SubjectTree.of([outcome(n, "KEEP") for n in reversed(range(9))], pepper=PEPPER, act="a")
    other = SubjectTree.of(
        [outcome(n, "KEEP") for n in range(9)], pepper=seed("another case"), act="a"
    )
    assert forward.facts == back.facts
    assert forward.facts != other.facts
    assert forward.facts["subjects_count"] == 9


def test_an_act_on_nobody_has_a_root_too() -> None:
    empty = SubjectTree.of([], pepper=PEPPER, act="a")
    assert empty.facts["subjects_count"] == 0
    assert empty.index(outcome(1, "KEEP"), pepper=PEPPER) is None
