"""留存身份: the legal capacity a dataset seems to be held in; a named person confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import RelationKind, Role
from shanhou.inventory.people import dataset_headers
from shanhou.inventory.profile import DatasetProfile
from shanhou.inventory.relations import is_copy_named
from shanhou.inventory.rules import Rules
from shanhou.inventory.verdicts import Reason, Relation, RowFilter
from shanhou.inventory.words import find, read_comment, read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset


def role_of(dataset: Dataset, relations: Sequence[Relation], known: Rules) -> tuple[Role, Reason]:
    """Propose a role from what the dataset is called, and from being a copy of another."""
    for r in relations:
        if r.dataset == dataset.name and r.kind is RelationKind.COPIED:
            return Role.BACKUP, Reason("backup_copy", {"dataset": r.to_dataset})
    headers = dataset_headers(dataset)
    if is_copy_named(dataset) and any(w in headers[0].tokens for w in ("bak", "backup")):
        return Role.BACKUP, Reason("backup_copy", {"dataset": "?"})
    for name, role, code in (
        ("contractual", Role.CONTRACT, "contractual"),
        ("accounting", Role.VOUCHER, "accounting"),
        ("evidential", Role.EVIDENCE, "evidential"),
        ("originals", Role.CUSTOMER_ORIGINAL, "original"),
    ):
        for header in headers:
            match = find(header, known.words(name))
            denied = name == "accounting" and find(header, known.words("not_accounting"))
            if match is not None and not denied:
                return role, Reason(code, {"word": match.word})
    return Role.OPERATIONAL, Reason("daily_work")


def rows_of_customers(dataset: Dataset, profile: DatasetProfile, known: Rules) -> RowFilter | None:
    """In a table of customers and suppliers, the column and the codes that mean customer."""
    for field in dataset.fields:
        codes = [code for code, _ in profile.fields[field.name].codes]
        customers = [c for c in codes if find(read_header(c), known.words("customer_codes"))]
        suppliers = [c for c in codes if find(read_header(c), known.words("supplier_codes"))]
        if customers and suppliers:
            return RowFilter(field.name, tuple(c for c in customers if c not in suppliers))
    for field in dataset.fields:
        for header in (read_header(field.name), read_comment(field.comment)):
            match = find(header, known.words("type_heads"))
            if match is not None and match.at_head:
                return RowFilter(field.name, ())
    return None
