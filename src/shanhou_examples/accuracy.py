"""How well cells and columns are recognised, counted per kind of number with its interval.

It knows nothing of who recognises: it hands out cells and columns whose truth it holds, and takes
back spans and verdicts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from shanhou_examples.perturbed import SPELLINGS, TRUE, Cell, cells, decoys

COVERED = 0.9
"""So much of a true value's characters a span must cover to count as found."""
HEADERS = {
    "mobile": "手机号", "landline": "座机", "national_id_18": "身份证号",
    "national_id_15": "证件号码",
    "card": "银行卡号", "uscc": "统一社会信用代码", "plate": "车牌号", "email": "邮箱",
    "passport": "护照号", "hk_macao_permit": "回乡证号", "container": "箱号",
}  # fmt: skip
DECOY_HEADERS = {
    "order_no": "订单号", "order_digits": "流水号", "waybill": "运单号", "amount": "金额",
    "moment": "下单时间", "stamp": "更新时间戳", "barcode": "条码", "version": "版本",
    "model": "型号", "goods": "商品",
}  # fmt: skip

CHARACTERS = "characters_of_addresses"
TEXTS = ("person_name", "address", CHARACTERS, "org_name", "phone", "national_id", "email")
"""What is counted in paragraphs; the kinds of each come behind."""
Span = tuple[str, int, int]


@dataclass(frozen=True)
class Column:
    """A column of cells: what it truly is (empty: nothing personal), and its name."""

    kind: str
    category: str
    header: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Scored:
    """True values of a kind, how many were found; how many of what was said is true."""

    kind: str
    true: int
    found: int
    said: int
    right: int

    @property
    def recall(self) -> float:
        return self.found / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 1.0

    @property
    def f1(self) -> float:
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


def interval(hits: int, of: int, *, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    width = z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - width), min(1.0, middle + width)


def columns(count: int, *, seed: int, named: bool) -> tuple[Column, ...]:
    """One column per kind of number and of decoy, every spelling mixed; named, or by a letter."""
    chance = Random(seed)  # noqa: S311 -- reproducible, not secret
    made: list[Column] = []
    by_kind: dict[str, list[Cell]] = {}
    for cell in cells(max(1, count // len(SPELLINGS)), seed=seed):
        by_kind.setdefault(cell.kind, []).append(cell)
    for kind, (category, _) in TRUE.items():
        chance.shuffle(by_kind[kind])
        header = HEADERS[kind] if named else f"col{len(made)}"
        made.append(Column(kind, category, header, tuple(by_kind[kind])))
    aside: dict[str, list[Cell]] = {}
    for cell in decoys(count, seed=seed):
        aside.setdefault(cell.kind, []).append(cell)
    for kind, mine in aside.items():
        header = DECOY_HEADERS[kind] if named else f"col{len(made)}"
        made.append(Column(kind, "", header, tuple(mine)))
    return tuple(made)


def score_cells(
    asked: Sequence[Cell], spans: Sequence[Sequence[Span]], *, personal: frozenset[str]
) -> tuple[Scored, ...]:
    """Hold the spans found in each cell against what it holds.

    `personal`: categories that count as said; others, such as a mere amount, are no finding.
    """
    true: Counter[str] = Counter()
    found: Counter[str] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    kind_of = {category: kind for kind, (category, _) in TRUE.items()}
    for cell, mine in zip(asked, spans, strict=True):
        for held in cell.holds:
            true[cell.kind] += 1
            found[cell.kind] += _covered(held.start, held.end, held.category, mine) >= COVERED
        for category, start, end in mine:
            if category in personal:
                kind = cell.kind if cell.holds else kind_of.get(category, category)
                said[kind] += 1
                right[kind] += any(
                    held.category == category and start < held.end and held.start < end
                    for held in cell.holds
                )
    return tuple(Scored(kind, true[kind], found[kind], said[kind], right[kind]) for kind in TRUE)


def score_texts(
    asked: Sequence[tuple[Cell, Sequence[str]]], spans: Sequence[Sequence[Span]]
) -> tuple[Scored, ...]:
    """Hold the spans found in paragraphs against what they hold, per category.

    Then per kind of name, address and firm: what of it was found. A kind is never said, so what is
    said in vain counts for its category alone. Last the characters of addresses.
    """
    true: Counter[str] = Counter()
    found: Counter[str] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for (cell, kinds), mine in zip(asked, spans, strict=True):
        for held, kind in zip(cell.holds, kinds, strict=True):
            covered = _covered(held.start, held.end, held.category, mine)
            for name in (held.category, kind):
                true[name] += 1
                found[name] += covered >= COVERED
            if held.category == "address":
                true[CHARACTERS] += held.end - held.start
                found[CHARACTERS] += round(covered * (held.end - held.start))
        for category, start, end in mine:
            shares = [min(end, one.end) - max(start, one.start)
                      for one in cell.holds if one.category == category]  # fmt: skip
            said[category] += 1
            right[category] += any(share > 0 for share in shares)
            if category == "address":
                said[CHARACTERS] += end - start
                right[CHARACTERS] += sum(share for share in shares if share > 0)
    names = [name for name in TEXTS if true[name]]
    names += sorted(true.keys() - set(TEXTS))
    return tuple(Scored(n, true[n], found[n], said[n], right[n]) for n in names)


def _covered(start: int, end: int, category: str, spans: Sequence[Span]) -> float:
    whole = sum(max(0, min(end, to) - max(start, at)) for name, at, to in spans if name == category)
    return whole / (end - start)


def with_columns(
    asked: Sequence[Column], spans: Sequence[Sequence[Sequence[Span]]], verdicts: Mapping[str, str]
) -> list[list[list[Span]]]:
    """What is known of each cell once its column has a verdict: all of a cell of a named column is
    of its category, and a number of another kind in it is none.
    """
    told = []
    for column, mine in zip(asked, spans, strict=True):
        verdict = verdicts.get(column.header, "")
        told.append([
            [(verdict, 0, len(cell.text))] if verdict and verdict != "none"
            else [] if verdict == "none" else list(one)
            for cell, one in zip(column.cells, mine, strict=True)
        ])  # fmt: skip
    return told
