"""What a person is asked: two subjects that may be one, their values side by side and masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shanhou.subjects.explain import MASKED_AS
from shanhou.vault.masking import mask_text

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

_BETWEEN = "、"


class Agreement(StrEnum):
    """How two values stand to each other; masked ones may look alike and differ."""

    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"


@dataclass(frozen=True)
class Beside:
    """One kind of value of both sides, masked."""

    kind: str
    one: str
    other: str
    agreement: Agreement


@dataclass(frozen=True)
class Question:
    """Two subjects that a person may say are one, or two."""

    one: int
    other: int
    records: tuple[int, int]
    """The two records that are most alike."""
    rules: tuple[str, ...]
    """Rules that would have joined them, had nothing contradicted."""
    probability: float | None
    """By what they say; none where only rules speak for it."""
    beside: tuple[Beside, ...]


def open_questions(desk: Desk, *, subjects: str = "subjects") -> tuple[ibis.Table, int]:
    """`sid`, `other`, `left`, `right`, `rules`, `probability`: one row a pair of subjects, the
    most probable first; and how many there are.
    """
    import ibis

    member = desk.table(subjects, "member").select("rec", "sid")
    refused = desk.table(subjects, "refused_link")
    left = refused.join(member, [("rec_a", "rec")]).select("rec_a", "rec_b", "rule", a="sid")
    both = left.join(member, [("rec_b", "rec")]).select("rec_a", "rec_b", "rule", "a", b="sid")
    both = both.filter(both.a != both.b)
    weighed = desk.table(subjects, "likely").select("rec_a", "rec_b", "probability")
    both = both.left_join(weighed, ["rec_a", "rec_b"]).drop("rec_a_right", "rec_b_right")
    first = both.a < both.b
    placed = both.select(
        "rule",
        "probability",
        sid=ibis.least(both.a, both.b),
        other=ibis.greatest(both.a, both.b),
        left=first.ifelse(both.rec_a, both.rec_b),
        right=first.ifelse(both.rec_b, both.rec_a),
    ).anti_join(desk.table(subjects, "parted"), ["sid", "other"])
    rank = placed.probability.fill_null(-1.0)
    nearest = ibis.window(
        group_by=["sid", "other"], order_by=[ibis.desc(rank), placed.left, placed.right]
    )
    placed = placed.mutate(nth=ibis.row_number().over(nearest))
    best = placed.group_by(["sid", "other"]).aggregate(
        left=placed.left.max(where=placed.nth == 0),
        right=placed.right.max(where=placed.nth == 0),
        rules=placed.rule.collect(),
        probability=placed.probability.max(),
    )
    order = [ibis.desc(best.probability.fill_null(1.0)), best.sid, best.other]
    return best.order_by(order), int(desk.scalar(best.count()))


def questions(desk: Desk, *, most: int, subjects: str = "subjects") -> tuple[Question, ...]:
    """The first questions with what both sides say; nothing is shown unmasked."""
    asked, _ = open_questions(desk, subjects=subjects)
    rows = desk.arrow(asked.limit(most)).to_pylist()
    said = _said(desk, [rec for row in rows for rec in (row["left"], row["right"])], subjects)
    return tuple(_question(row, said) for row in rows)


def _said(desk: Desk, recs: Sequence[int], subjects: str) -> dict[tuple[int, str], list[str]]:
    mention = desk.table(subjects, "mention")
    mine = mention.filter(mention["rec"].isin(list(recs)) & mention.kind.isin(list(MASKED_AS)))
    found: dict[tuple[int, str], list[str]] = {}
    rows = mine.select("rec", "kind", "value").distinct().order_by(["rec", "kind", "value"])
    for row in desk.arrow(rows).to_pylist():
        found.setdefault((row["rec"], row["kind"]), []).append(row["value"])
    return found


def _question(row: Mapping[str, Any], said: Mapping[tuple[int, str], Sequence[str]]) -> Question:
    left, right = row["left"], row["right"]
    beside = []
    for kind, category in MASKED_AS.items():
        one, other = said.get((left, kind), ()), said.get((right, kind), ())
        if one or other:
            beside.append(Beside(kind.value, _masked(category, one), _masked(category, other),
                                 _agreement(one, other)))  # fmt: skip
    return Question(row["sid"], row["other"], (left, right), tuple(sorted(set(row["rules"]))),
                    row["probability"], tuple(beside))  # fmt: skip


def _agreement(one: Sequence[str], other: Sequence[str]) -> Agreement:
    if not one or not other:
        return Agreement.MISSING
    return Agreement.SAME if set(one) & set(other) else Agreement.DIFFERENT


def _masked(category: str, values: Sequence[str]) -> str:
    return _BETWEEN.join(mask_text(category, value) for value in values)
