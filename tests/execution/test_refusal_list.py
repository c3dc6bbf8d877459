"""Who said no travels as keyed hashes that tell nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pyarrow as pa

from shanhou.execution.refusals import FIELDS, refusals
from shanhou.vault.generation import Desk, scratch_desk

KNOWN = {"sid": [1, 1, 2, 3, 4, 4], "kind": ["phone", "name", "email", "phone", "phone", "email"],
         "value": ["13900000001", "王芳", "a@example.com", "13900000003", "13900000004",
                   "d@example.com"]}  # fmt: skip


@contextmanager
def desk(*answers: tuple[int, str, str]) -> Iterator[Desk]:
    with scratch_desk() as at:
        said = {"sid": pa.array([one[0] for one in answers], pa.int64()),
                "kind": pa.array([one[1] for one in answers], pa.string()),
                "value": pa.array([one[2] for one in answers], pa.string()),
                "ordinal": pa.array(range(len(answers)), pa.int64())}  # fmt: skip
        at.put("answer", pa.table(said))
        at.put("known_as", pa.table(KNOWN))
        yield at


def listed(*answers: tuple[int, str, str]) -> list[dict[str, str]]:
    with desk(*answers) as at:
        one = refusals(at, plan="w", subjects="w", plan_digest="ab" * 32)
        if one is None:
            return []
        rows = pa.Table.from_batches(list(one)).to_pylist()
        assert (one.fields, one.rows) == (FIELDS, len(rows))
        return rows


def test_a_recipient_who_knows_a_number_sees_that_its_owner_said_no() -> None:
    (row,) = listed((1, "consent_provision", "refused"))
    told = f"{row['key']}:phone:13900000001".encode()
    assert row["sha256"] == sha256(told).hexdigest()
    assert (row["contact"], row["refused"]) == ("phone", "transfer")


def test_no_contact_and_no_name_stands_in_the_list() -> None:
    rows = listed((1, "objection", "requested"), (4, "opt_out", "requested"))
    text = str(rows)
    assert all(value not in text for value in KNOWN["value"])
    assert sorted((r["contact"], r["refused"]) for r in rows) == [
        ("email", "marketing"), ("phone", "marketing"), ("phone", "transfer"),
    ]  # fmt: skip


def test_each_no_is_of_its_own_kind_and_said_once() -> None:
    rows = listed((2, "consent_sensitive", "refused"), (2, "consent_sensitive", "refused"),
                  (2, "consent_marketing", "refused"))  # fmt: skip
    assert sorted(r["refused"] for r in rows) == ["marketing", "sensitive"]


def test_the_last_word_counts() -> None:
    no_then_yes = [(1, "consent_provision", "refused"), (1, "consent_provision", "granted")]
    assert listed(*no_then_yes) == []
    assert len(listed(*no_then_yes[::-1])) == 1
    assert len(listed(*no_then_yes, (1, "objection", "requested"))) == 1


def test_who_limits_the_use_is_listed_as_such() -> None:
    assert [one["refused"] for one in listed((1, "restriction", "requested"))] == ["limited"]


def test_a_yes_is_no_refusal() -> None:
    assert listed((1, "consent_provision", "granted"), (2, "access", "requested")) == []


def test_the_same_plan_gives_the_same_list() -> None:
    one = listed((1, "objection", "requested"), (3, "withdrawal", "requested"))
    assert one == listed((3, "withdrawal", "requested"), (1, "objection", "requested"))


def test_who_opted_out_by_a_column_is_listed_like_who_answered_so() -> None:
    """Whoever may have said no stands there as well: nobody is called on a guess."""
    with desk((2, "opt_out", "requested"), (3, "consent_marketing", "granted")) as at:
        at.put("opted_out", pa.table({"sid": pa.array([1, 2, 4], pa.int64()),
                                      "value": ["yes", "yes", "unknown"]}))  # fmt: skip
        one = refusals(at, plan="w", subjects="w", plan_digest="ab" * 32)
        assert one is not None
        rows = pa.Table.from_batches(list(one)).to_pylist()
    key = sha256(("ab" * 32 + "|no").encode()).hexdigest()
    contacts = {"phone": ["13900000001", "13900000004"],
                "email": ["a@example.com", "d@example.com"]}  # fmt: skip
    expected = {sha256(f"{key}:{kind}:{value}".encode()).hexdigest(): kind
                for kind, values in contacts.items() for value in values}  # fmt: skip
    assert {row["refused"] for row in rows} == {"marketing"}
    assert {row["sha256"]: row["contact"] for row in rows} == expected
    assert len(rows) == len(expected)
