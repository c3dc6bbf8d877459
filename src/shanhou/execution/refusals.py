"""拒绝名单: who said no, as keyed hashes that let the recipient honour it and tell it nothing else.

Opt-outs (answered, or in a column of the company's own), objections and refused consents travel
with the package, or the buyer would call those very people (law.md T33, trap 13; AB 1824). A row is
the SHA-256 of key, kind and contact: who has the list and a telephone number sees whether its owner
said no. Whoever tries all numbers finds them, so the list is personal information itself: it goes
only inside the sealed package, and the agreement binds the recipient to use it for nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.disposition.opt_outs import OPTED_OUT
from shanhou.execution.order import Parcel
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis
    import pyarrow as pa

    from shanhou.vault.generation import Desk

DATASET = "shanhou/refusals"
"""What the list is called in the package; at the recipient's it is the table `refusals`."""
FIELDS = ("contact", "refused", "key", "sha256")
_CONTACTS = ("phone", "email")
"""The kinds of contact by which a recipient would reach somebody."""
_MARKETING = "marketing"
_TRANSFER = ("consent_provision", "consent_contract", "consent_guardian", "consent_export",
             "consent_purpose")  # fmt: skip


def refusals(desk: Desk, *, plan: str, subjects: str, plan_digest: str) -> Parcel | None:
    """The list as one more table of the package; None where nobody said no.

    `plan`: the generation of the signed plan, which holds the answers it rests on. The key comes
    from the plan's digest, so that a package written again is the same package.
    """
    rows = _rows(desk, plan=plan, subjects=subjects, key=digest_hex(f"{plan_digest}|no".encode()))
    count = int(desk.scalar(rows.count()))
    return Parcel(DATASET, FIELDS, count, _Streamed(desk, rows)) if count else None


def who_refused(desk: Desk, *, plan: str, subjects: str) -> ibis.Table:
    """`sid`, once each: the customers of whom the list tells."""
    return _contacts(desk, plan=plan, subjects=subjects).select("sid").distinct()


def _rows(desk: Desk, *, plan: str, subjects: str, key: str) -> ibis.Table:
    import ibis

    both = _contacts(desk, plan=plan, subjects=subjects)
    told = ibis.literal(f"{key}:") + both["kind"] + ":" + both["value"]
    listed = both.select(contact=both["kind"], refused=both.refused, key=ibis.literal(key),
                         sha256=told.hexdigest("sha256"))  # fmt: skip
    return listed.distinct()


def _contacts(desk: Desk, *, plan: str, subjects: str) -> ibis.Table:
    """`sid`, `refused`, `kind`, `value`: who said no to what, and how they would be reached."""
    import ibis

    answers = desk.table(plan, "answer")
    # the last word counts, as in the facts: who agreed later did not refuse
    said_again = answers.filter(answers["value"] == "granted").select("sid", "kind", "ordinal")
    later = said_again.group_by(["sid", "kind"]).aggregate(last=said_again.ordinal.max())
    joined = answers.left_join(later, ["sid", "kind"])
    answers = joined.filter(joined["last"].isnull() | (joined.ordinal > joined["last"]))
    answers = answers.select("sid", "kind", "value")
    no = answers["value"] == "refused"
    refused = ibis.cases(
        (answers.kind.isin(["objection", "withdrawal"]), "transfer"),
        (answers.kind.isin(_TRANSFER) & no, "transfer"),
        ((answers.kind == "consent_sensitive") & no, "sensitive"),
        (answers.kind == "restriction", "limited"),
        ((answers.kind == "opt_out") | ((answers.kind == "consent_marketing") & no), _MARKETING),
        else_=ibis.null("string"),
    )
    said = answers.select("sid", refused=refused)
    said = said.filter(said.refused.notnull())
    if OPTED_OUT in desk.names(plan):
        # who may have opted out stands there as who did: nobody is called on a guess
        said = said.union(
            desk.table(plan, OPTED_OUT).select("sid", refused=ibis.literal(_MARKETING))
        )
    said = said.distinct()
    known = desk.table(subjects, "known_as")
    known = known.filter(known["kind"].isin(_CONTACTS))
    return said.join(known, "sid")


@dataclass(frozen=True)
class _Streamed:
    desk: Desk
    rows: ibis.Table

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        yield from self.desk.batches(self.rows.order_by(["sha256", "refused"]))
