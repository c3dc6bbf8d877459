"""A customer's receipt: what was done with her information, checkable for ever without us.

One item per act: her summary, the key of her leaf, the path to the root in the act's entry, and
that entry's C2SP tlog-proof down to the signed checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shanhou.errors import Fault
from shanhou.evidence.entry import Entry, parse_entry
from shanhou.evidence.log import Log
from shanhou.evidence.note import Checkpoint, Vkey, base64_text, parse_note, strict_base64
from shanhou.evidence.pack import proof_text
from shanhou.evidence.proof import HASH_BYTES, included, leaf_hash
from shanhou.evidence.subject_tree import (
    COUNT_FACT,
    ROOT_FACT,
    SubjectOutcome,
    SubjectTree,
    opened_leaf,
    opening,
)
from shanhou.vault.canonical import canonical_json

SCHEMA = 1
PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Acted:
    """One act's tree, the place of its entry in the log, and what it did to this customer."""

    tree: SubjectTree
    entry_index: int
    outcome: SubjectOutcome


@dataclass(frozen=True)
class ReceiptItem:
    """One act as a receipt shows it, found true."""

    summary: dict[str, Any]
    entry: Entry
    checkpoint: Checkpoint


def make_receipt(
    acted: Sequence[Acted], log: Log, *, checkpoint: bytes, pepper: bytes, vkey: Vkey
) -> bytes:
    """One customer's receipt over the acts that touched her, as canonical JSON.

    `checkpoint` is the signed note of `log`.

    Raises:
        Fault: SH-E-712, an act's tree does not hold that outcome.
    """
    items = [_item(each, log, checkpoint=checkpoint, pepper=pepper) for each in acted]
    return canonical_json({"schema": SCHEMA, "log": vkey.text, "items": items})


def open_receipt(raw: bytes, *, key: Vkey) -> tuple[ReceiptItem, ...]:
    """Check a receipt against the log's public key and tell what it shows.

    Raises:
        Fault: SH-E-712 with the reason, when anything in it does not lead to the signed log.
    """
    try:
        told = json.loads(raw)
        if canonical_json(told) != raw or told["schema"] != SCHEMA:
            raise Fault("SH-E-712", reason="form")
        if told["log"] != key.text:
            raise Fault("SH-E-712", reason="not-the-trusted-key")
        items = told["items"]
        if set(told) != {"schema", "log", "items"} or not items:
            raise Fault("SH-E-712", reason="form")
        return tuple(_opened(item, key) for item in items)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Fault("SH-E-712", reason="form") from None


def _item(acted: Acted, log: Log, *, checkpoint: bytes, pepper: bytes) -> dict[str, Any]:
    tree, outcome = acted.tree, acted.outcome
    index = tree.index(outcome, pepper=pepper)
    if index is None:
        raise Fault("SH-E-712", reason="not-in-act")
    key = opening(pepper=pepper, act=tree.act, subject=outcome.subject)
    return {
        "summary": json.loads(outcome.summary),
        "opening": key.hex(),
        "index": index,
        "path": [base64_text(step) for step in tree.tree.inclusion(index)],
        "entry": log.entries[acted.entry_index].decode(),
        "proof": proof_text(log, acted.entry_index, checkpoint).decode(),
    }


def _opened(item: dict[str, Any], key: Vkey) -> ReceiptItem:
    if set(item) != {"summary", "opening", "index", "path", "entry", "proof"}:
        raise Fault("SH-E-712", reason="form")
    raw_entry = item["entry"].encode()
    entry = parse_entry(raw_entry)
    count, root = entry.facts.get(COUNT_FACT), entry.facts.get(ROOT_FACT)
    if not isinstance(count, int) or not isinstance(root, str):
        raise Fault("SH-E-712", reason="entry")
    leaf = opened_leaf(bytes.fromhex(item["opening"]), canonical_json(item["summary"]))
    path = [strict_base64(step, length=HASH_BYTES) for step in item["path"]]
    if not included(leaf, item["index"], size=count, root=bytes.fromhex(root), path=path):
        raise Fault("SH-E-712", reason="path")
    return ReceiptItem(item["summary"], entry, _proved(item["proof"], raw_entry, key))


def _proved(proof: str, raw_entry: bytes, key: Vkey) -> Checkpoint:
    """The signed checkpoint that a tlog-proof shows an entry under."""
    head, _, under = proof.partition("\n\n")
    header, index, *steps = head.split("\n")
    number = index.removeprefix("index ")
    if header != PROOF_HEADER or index != f"index {int(number)}":
        raise Fault("SH-E-712", reason="proof")
    note = parse_note(under.encode())
    if not note.signed_by(key):
        raise Fault("SH-E-712", reason="signature")
    checkpoint = Checkpoint.parse(note.text)
    path = [strict_base64(step, length=HASH_BYTES) for step in steps]
    shown = included(
        leaf_hash(raw_entry),
        int(number),
        size=checkpoint.size,
        root=checkpoint.root,
        path=path,
    )
    if not shown:
        raise Fault("SH-E-712", reason="proof")
    return checkpoint
