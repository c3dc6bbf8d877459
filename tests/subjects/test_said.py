"""What the records say, one row per cleaned value and one row per record: the two agree."""

from __future__ import annotations

from collections import defaultdict

from people_world import ID, NAME, PHONE, Sheet, collect, register_of

from shanhou.inventory.kinds import About, Category
from shanhou.subjects.mention import holders, write_mentions, write_totals
from shanhou.subjects.said import OF_RECORDS
from shanhou.vault.generation import scratch_desk

WHO, FIRM = About.CUSTOMER, About.CUSTOMER_ORG
PEOPLE = Sheet(
    "people",
    {
        "name": (NAME, WHO),
        "phone": (PHONE, WHO),
        "home": (PHONE, WHO),
        "id": (ID, WHO),
        "town": (Category.REGION, WHO),
    },
    [
        ("王芳", "13911112222", "13700001111", "11010519491231002X", "朝阳"),
        ("王女士", None, "010-62345678", None, "海淀"),
        (None, None, None, None, "西城"),
        ("合计", None, None, None, "2"),
        ("合计", "13811112222", None, None, None),
        (None, None, None, None, None),
    ],
)
FIRMS = Sheet(
    "firms",
    {"firm": (Category.ORG_NAME, FIRM), "phone": (PHONE, FIRM)},
    [("北京好家政有限公司", "13600001111"), ("上海好家政有限公司", None)],
)


def told() -> tuple[list[dict[str, object]], dict[object, dict[str, object]]]:
    """All mentions, and the facts of each record."""
    with scratch_desk() as desk:
        sheets = [PEOPLE, FIRMS]
        done = collect(desk, sheets)
        held = holders(register_of(sheets), done, {})
        write_totals(desk, held, "w")
        write_mentions(desk, held, "w")
        mentions = desk.arrow(desk.table("w", "mention")).to_pylist()
        facts = desk.arrow(desk.aside("facts")).to_pylist()
    assert len({row["rec"] for row in facts}) == len(facts)
    return mentions, {row["rec"]: row for row in facts}


def test_the_facts_of_a_record_are_the_greatest_of_its_mentions() -> None:
    mentions, facts = told()
    greatest: dict[tuple[object, object], str] = defaultdict(str)
    for row in mentions:
        key = (row["rec"], row["kind"])
        greatest[key] = max(greatest[key], str(row["value"]))
    kinds = [kind.value for kind in OF_RECORDS]
    found = {(rec, kind): row[kind] for rec, row in facts.items() for kind in kinds if row[kind]}
    assert found == {key: value for key, value in greatest.items() if key[1] in kinds}
    assert facts[0]["phone"] == "13911112222"


def test_a_record_is_known_by_more_than_its_town_and_in_person_by_a_customers_name() -> None:
    _, facts = told()
    assert {rec for rec, row in facts.items() if row["known"]} == {0, 1, 4, 6, 7}
    assert {rec for rec, row in facts.items() if row["in_person"]} == {0, 1, 4}


def test_a_row_of_sums_has_no_facts_unless_it_names_somebody() -> None:
    mentions, facts = told()
    assert {row["rec"] for row in mentions} == {0, 1, 2, 4, 6, 7}
    assert 3 not in facts
    assert facts[4]["phone"] == "13811112222"
