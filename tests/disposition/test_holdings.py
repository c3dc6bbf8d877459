"""What the register and the case file become for a plan: which values may stay as references."""

from __future__ import annotations

import pytest

from shanhou.disposition.holdings import keys_between
from shanhou.inventory.kinds import About, Category, RelationKind, Role, Scope, Verdict
from shanhou.inventory.register import Register
from shanhou.inventory.verdicts import DatasetVerdict, FieldVerdict, Relation


def dataset(name: str, **fields: Category) -> DatasetVerdict:
    verdicts = tuple(
        FieldVerdict(one, category, About.CUSTOMER, Verdict.CERTAIN, 1.0, sensitive=False)
        for one, category in fields.items()
    )
    return DatasetVerdict(name, "s", 1, About.CUSTOMER, Role.OPERATIONAL, Scope.IN, None, None,
                          verdicts)  # fmt: skip


@pytest.mark.parametrize("kind", RelationKind)
@pytest.mark.parametrize("category", [Category.PHONE, Category.PERSON_NAME, Category.NATIONAL_ID])
def test_a_copied_identifier_is_never_kept_as_a_reference(
    kind: RelationKind, category: Category
) -> None:
    members = dataset("members", id=Category.SUBJECT_KEY, told=category)
    orders = dataset("orders", member=Category.SUBJECT_REF, told=category)
    by_key = Relation("orders", ("member",), "members", ("id",), kind, 1.0)
    by_identifier = Relation("orders", ("told",), "members", ("told",), kind, 1.0)
    together = Relation("orders", ("member", "told"), "members", ("id", "told"), kind, 1.0)
    register = Register((members, orders), (by_key, by_identifier, together), ())
    assert keys_between(register) == (by_key,)
