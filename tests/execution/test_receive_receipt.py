"""A receipt is believed for one package, one plan, one state of the log, and from one signer."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from deliveries import age_keys, facts, made_up, parcel, signing_key

from shanhou.errors import Refusal
from shanhou.execution.package import write_package
from shanhou.execution.package_manifest import Checkpoint, Counted, Package
from shanhou.execution.receipt import (
    Receipt,
    check_receipt,
    read_receipt,
    sign_receipt,
    write_receipt,
)
from shanhou.execution.receive import Received, receive
from shanhou.vault.canonical import canonical_json

PLAN = "ab" * 32


class Delivery:
    def __init__(self, folder: Path, package: str = "p1") -> None:
        keys = age_keys()
        path = folder / f"{package}.tar.age"
        self.package: Package = write_package(
            path, [parcel("crm.a", made_up(20))], recipient_age=keys.recipient, facts=facts(package)
        )
        self.received: Received = receive(
            path, keys.identity, f"sqlite:///{folder / package}.sqlite", step=package,
            received_at="2026-11-22T04:00:00Z",
        )  # fmt: skip


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    return Delivery(tmp_path_factory.mktemp("delivery"))


KEY, PEM = signing_key()


def _check(receipt: Receipt, package: Package, *, pem: bytes = PEM, plan: str = PLAN) -> str:
    with pytest.raises(Refusal) as told:
        check_receipt(receipt, public_key_pem=pem, package=package, plan_digest=plan)
    return told.value.code


def _forged(receipt: Receipt, key: Ed25519PrivateKey = KEY, **changes: Any) -> Receipt:
    statement = canonical_json({**json.loads(receipt.statement), **changes})
    return Receipt(statement, key.sign(statement))


def test_a_true_receipt_is_believed_and_survives_the_disk(
    delivery: Delivery, tmp_path: Path
) -> None:
    path = write_receipt(tmp_path, sign_receipt(delivery.received, KEY))
    assert {one.name for one in tmp_path.iterdir()} == {"p1.json", "p1.sig"}
    said = check_receipt(
        read_receipt(path), public_key_pem=PEM, package=delivery.package, plan_digest=PLAN
    )
    assert said.tables == delivery.package.counted
    assert said.checkpoint == delivery.package.facts.checkpoint


def test_another_key_is_no_recipient(delivery: Delivery) -> None:
    other, other_pem = signing_key()
    receipt = sign_receipt(delivery.received, other)
    assert _check(receipt, delivery.package) == "SH-E-665"
    assert (
        _check(sign_receipt(delivery.received, KEY), delivery.package, pem=other_pem) == "SH-E-665"
    )
    assert _check(receipt, delivery.package, pem=b"no key") == "SH-E-665"


def test_a_changed_byte_breaks_the_signature(delivery: Delivery) -> None:
    receipt = sign_receipt(delivery.received, KEY)
    for place in range(0, len(receipt.statement), 37):
        changed = bytearray(receipt.statement)
        changed[place] ^= 1
        assert _check(replace(receipt, statement=bytes(changed)), delivery.package) == "SH-E-665"
    short = replace(receipt, signature=receipt.signature[:63])
    assert _check(short, delivery.package) == "SH-E-665"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tables": [{"dataset": "crm.a", "rows": 19, "total": "1"}]}, "SH-E-668"),
        ({"tables": []}, "SH-E-668"),
        ({"plan_digest": "00" * 32}, "SH-E-667"),
        ({"package": "p2"}, "SH-E-666"),
        ({"package_sha256": "00" * 32}, "SH-E-666"),
        ({"case": "case-2"}, "SH-E-666"),
        ({"recipient": "他人"}, "SH-E-666"),
        ({"rehearsal": True}, "SH-E-666"),
        ({"checkpoint": {"size": 6, "root": "cd" * 32}}, "SH-E-670"),
        ({"schema": "shanhou.receipt/2"}, "SH-E-669"),
        ({"more": 1}, "SH-E-669"),
    ],
)
def test_a_recipient_who_signs_something_else_is_not_believed(
    delivery: Delivery, changes: dict[str, Any], code: str
) -> None:
    assert (
        _check(_forged(sign_receipt(delivery.received, KEY), **changes), delivery.package) == code
    )


def test_an_old_receipt_does_not_serve_again(delivery: Delivery, tmp_path: Path) -> None:
    old = sign_receipt(delivery.received, KEY)
    resent = Delivery(tmp_path)
    assert resent.package.facts == delivery.package.facts
    assert _check(old, resent.package) == "SH-E-666"


def test_a_receipt_for_the_plan_before_is_refused(delivery: Delivery) -> None:
    receipt = sign_receipt(delivery.received, KEY)
    assert _check(receipt, delivery.package, plan="ef" * 32) == "SH-E-667"


def test_what_the_recipient_counted_is_what_is_signed(delivery: Delivery) -> None:
    fewer = replace(delivery.received.tables[0], rows=19)
    receipt = sign_receipt(replace(delivery.received, tables=(fewer,)), KEY)
    assert _check(receipt, delivery.package) == "SH-E-668"
    assert delivery.package.counted == (Counted("crm.a", 20, delivery.package.counted[0].total),)


def test_a_receipt_without_its_signature_is_none(delivery: Delivery, tmp_path: Path) -> None:
    path = write_receipt(tmp_path, sign_receipt(delivery.received, KEY))
    path.with_suffix(".sig").unlink()
    with pytest.raises(Refusal) as told:
        read_receipt(path)
    assert told.value.code == "SH-E-669"


@pytest.mark.parametrize("package", ["../p1", "", "a/b"])
def test_a_receipt_is_never_written_outside_its_folder(
    delivery: Delivery, tmp_path: Path, package: str
) -> None:
    folder = tmp_path / "receipts"
    folder.mkdir()
    with pytest.raises(Refusal) as told:
        write_receipt(folder, _forged(sign_receipt(delivery.received, KEY), package=package))
    assert told.value.code == "SH-E-669"
    assert [one.name for one in tmp_path.rglob("*")] == ["receipts"]


def test_the_same_statement_in_other_bytes_is_refused(delivery: Delivery) -> None:
    statement = json.dumps(json.loads(sign_receipt(delivery.received, KEY).statement)).encode()
    assert _check(Receipt(statement, KEY.sign(statement)), delivery.package) == "SH-E-669"


def test_openssl_agrees_on_the_signature(delivery: Delivery, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    path = write_receipt(tmp_path, sign_receipt(delivery.received, KEY))
    (tmp_path / "key.pem").write_bytes(PEM)
    done = subprocess.run(
        [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "key.pem", "-rawin",
         "-in", path, "-sigfile", path.with_suffix(".sig")],
        check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert Checkpoint(7, "cd" * 32) == delivery.package.facts.checkpoint
