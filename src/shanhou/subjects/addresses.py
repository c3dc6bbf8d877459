"""Where a customer can be written to or called: e-mail, mobile, phone, postal address, best first.

Personal data: it is read from the vault while something is sent, and kept nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import Category
from shanhou.subjects.clean import Kind
from shanhou.subjects.mention import holders, named_fields, small_table

if TYPE_CHECKING:
    import ibis

    from shanhou.inventory.register import Register
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk

MOST = 3
"""Addresses of one kind that are tried before the next channel."""
# Chinese mobile numbers: 11 digits beginning with 13 to 19 (MIIT numbering plan)
_MOBILE = r"^1[3-9][0-9]{9}$"
_SHORTEST_ADDRESS = 4
_NO_RECORD = 10**15
"""Greater than any number of a record."""


def addresses(
    desk: Desk, register: Register, done: Sequence[Collected], *, collected: str, subjects: str
) -> ibis.Table:
    """`sid`, `way`, `nth` (from 0), `value`: what the customer's own records say comes first."""
    import ibis

    said = desk.table(subjects, "mention")
    mail = said.filter(said.kind == Kind.EMAIL.value)
    phone = said.filter(said.kind == Kind.PHONE.value)
    mobile = phone.filter(phone["value"].re_search(_MOBILE))
    found = ibis.union(
        *(
            one.select("rec", "value", way=ibis.literal(way))
            for one, way in ((mail, "email"), (phone, "phone"), (mobile, "mobile"))
        ),
        *_postal(desk, register, done, collected),
    )
    member = desk.table(subjects, "member").select("rec", "sid", "why")
    mine = found.join(member, "rec")
    own = mine.why.isin(["own", "linked"]).ifelse(0, 1)
    placed = mine.mutate(place=own * ibis.literal(_NO_RECORD) + mine["rec"])
    each = placed.group_by(["sid", "way", "value"]).aggregate(place=placed.place.min())
    order = ibis.window(group_by=[each.sid, each.way], order_by=[each.place, each["value"]])
    numbered = each.mutate(nth=ibis.row_number().over(order))
    return numbered.filter(numbered.nth < MOST).select("sid", "way", "nth", "value")


def _postal(
    desk: Desk, register: Register, done: Sequence[Collected], collected: str
) -> list[ibis.Table]:
    """Postal addresses as the records write them; what was cleaned only says that there is one."""
    import ibis

    parts = [small_table({"rec": "int64", "value": "string", "way": "string"})]
    for one in holders(register, done, {}):
        cells = one.cells(desk, collected)
        for field in named_fields(one.verdict):
            if field.category is Category.ADDRESS:
                text = cells[f"c{one.dataset.position(field.field)}"].strip()
                told = cells.select("rec", value=text, way=ibis.literal("address"))
                parts.append(told.filter(told["value"].length() >= _SHORTEST_ADDRESS))
    return parts
