"""What speaks for a category in one field: words of the header and comment, and the cells.

Points add up like log-odds: 3 for a header that says it, up to 5 for cells that prove it; what
contradicts is taken off. Cells weigh more than names, since names lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shanhou.inventory.detect import Counted
from shanhou.inventory.kinds import Category
from shanhou.inventory.profile import FieldProfile
from shanhou.inventory.rules import Rules, words_of
from shanhou.inventory.verdicts import Reason
from shanhou.inventory.words import Header, Match, find, read_comment, read_header

NAMED, NAMED_INSIDE, AGREED = 3.0, 1.2, 1.6
PROVEN, SHAPED, SOME, DENIED, CONTRADICTED = 5.0, 3.4, 1.5, -4.0, -2.0
_NUMBERS = frozenset({Category.PHONE, Category.NATIONAL_ID, Category.PAYMENT_CARD})
"""What an order or waybill number may look like by accident."""
BUSINESS = frozenset({Category.TRANSACTION, Category.CONTRACT, Category.TRADE_SECRET})
_KEY_LENGTH = 99
_ID_TOKENS = words_of(
    [
        "open id",
        "openid",
        "union id",
        "wechat id",
        "weixin open id",
        "device id",
        "soc sec id",
        "social security id",
        "android id",
        "tax id",
        "face id",
        "social id",
        "national id",
        "citizen id",
        "resident id",
        "login id",
        "session id",
        "taxpayer id",
    ]
)


@dataclass
class Weight:
    """Points for one category, and why."""

    points: float = 0.0
    named: bool = False
    shown: bool = False
    reasons: list[Reason] = field(default_factory=list)

    def add(self, points: float, reason: Reason) -> None:
        self.points += points
        self.reasons.append(reason)


@dataclass(frozen=True)
class Claims:
    """What a header or comment claims: categories by rank, the head that means nothing, denials."""

    best: tuple[tuple[Category, Match], ...]
    empty: Match | None
    denied: Mapping[Category, Match]

    @property
    def says_nothing(self) -> bool:
        """The head is a word like status or count, longer than any category's own word there."""
        if self.empty is None or not self.empty.at_head:
            return False
        return not self.best or self.best[0][1].rank < self.empty.rank


def claims(header: Header, rules: Rules) -> Claims:
    """Read one header against all categories' words."""
    empty = find(header, rules.empty_heads)
    if _is_key(header):
        return Claims((), Match("id", at_head=True, length=_KEY_LENGTH), {})
    best: list[tuple[Category, Match]] = []
    denied: dict[Category, Match] = {}
    for heading in rules.headings:
        match, against = find(header, heading.words), find(header, heading.denied)
        if against is not None and (match is None or not _within(against, match)):
            denied[heading.category] = against
        elif match is not None:
            best.append((heading.category, match))
    best.sort(key=lambda pair: pair[1].rank, reverse=True)
    return Claims(tuple(best[:3]), empty, MappingProxyType(denied))


def _within(against: Match, match: Match) -> bool:
    return against.word in match.word and against.word != match.word


def _is_key(header: Header) -> bool:
    """`customer_id`, 订单id, `ids`: a key, unless the two words are a name of their own."""
    if not header.tokens or header.tokens[-1] not in ("id", "ids", "uuid", "guid"):
        return False
    return bool(header.han) or find(header, _ID_TOKENS) is None


def weigh(name: str, comment: str, profile: FieldProfile, rules: Rules) -> dict[Category, Weight]:
    """All evidence for every category that has any."""
    weights: dict[Category, Weight] = {}
    said = [("header", claims(read_header(name), rules))]
    if comment:
        said.append(("comment", claims(read_comment(comment), rules)))
    _words(weights, said, coded=profile.share("number") > 0.9 or 0 < profile.longest <= 2)
    denied = {c: m for _, claim in said for c, m in claim.denied.items()}
    for category, points, shown, reasons in _cells(profile, rules, denied):
        weight = weights.setdefault(category, Weight())
        weight.shown = weight.shown or shown
        weight.points += points
        weight.reasons.extend(reasons)
    business = _businesslike(said)
    for category, weight in weights.items():
        if weight.named and not weight.shown:
            _deny(category, weight, profile, rules)
        match = denied.get(category)
        if match is not None:
            weight.add(CONTRADICTED if weight.shown else DENIED, _denied(match))
        elif business and not weight.named and category in _NUMBERS:
            weight.add(CONTRADICTED, Reason("business_number"))
    return weights


def _denied(match: Match) -> Reason:
    return Reason("denied", {"word": match.word})


def _words(weights: dict[Category, Weight], said: list[tuple[str, Claims]], *, coded: bool) -> None:
    for place, claim in said:
        if claim.says_nothing:
            continue
        keyed = said[0][1].empty is not None and said[0][1].empty.length == _KEY_LENGTH
        for rank, (category, match) in enumerate(claim.best):
            weight = weights.setdefault(category, Weight())
            points = NAMED if match.at_head else NAMED_INSIDE
            points -= 1.5 * min(rank, 1) if claim.best[0][1].at_head else 0.4 * rank
            if points <= 0 or (keyed and category in BUSINESS):
                continue
            if weight.named:
                points = min(points, AGREED)
            weight.named = weight.named or match.at_head or rank == 0
            weight.add(points, Reason(place, {"word": match.word}))
    silent = [claim for _, claim in said if claim.says_nothing]
    if silent and len(silent) < len(said):
        for weight in weights.values():
            weight.points -= 2.0 if coded else 0.4


def _businesslike(said: list[tuple[str, Claims]]) -> bool:
    return any(
        claim.says_nothing or (claim.best and claim.best[0][0] in BUSINESS) for _, claim in said
    )


def _cells(
    profile: FieldProfile, rules: Rules, denied: Mapping[Category, Match]
) -> Iterator[tuple[Category, float, bool, list[Reason]]]:
    if not profile.filled:
        return
    for category, ids in _shown_by(rules).items():
        taken = [profile.hits[r] for r in ids if r in profile.hits]
        if not taken:
            continue
        total = Counted(*(sum(getattr(t, part) for t in taken) for part in _PARTS))
        share = total.cells / profile.filled
        if share < 0.15:
            continue
        checked = [r for r in rules.recognisers if r.id in ids and r.check and r.id in profile.hits]
        yield (
            category,
            *_points(total, share, checked[0].chance if checked else None, ids[0], profile),
        )
    told = {kind: share for kind, share in profile.holds.items() if kind in _TOLD}
    if sum(told.values()) >= 0.05:
        share = sum(told.values())
        yield (
            Category.FREE_TEXT,
            1.2 + 2 * min(share, 0.9),
            True,
            [Reason("text", {"share": _percent(share)})],
        )
    for category, name, least in _BY_SHARE:
        share = profile.share(name)
        if share >= least and profile.distinct >= 3 and category not in denied:
            points = SHAPED if share >= 0.8 and profile.distinct >= 8 else 2.4
            yield category, points, True, [_seen(share, name)]


def _own(rules: Rules, category: Category) -> tuple[str, ...]:
    return tuple(one.id for one in rules.recognisers if one.own and one.category is category)


def _shown_by(rules: Rules) -> Mapping[Category, tuple[str, ...]]:
    """The shapes that show a category by themselves, with those of a case's own rules."""
    by_category = dict(_BY_CELLS)
    for one in rules.recognisers:
        if one.own and not (one.never_alone or one.header_only):
            by_category[one.category] = (*by_category.get(one.category, ()), one.id)
    return by_category


_TOLD = ("credential", "child", "health", "identity", "contact")
_PARTS = ("strong", "weak", "masked")
_BY_CELLS = {
    Category.EMAIL: ("email", "email_masked"),
    Category.PHONE: ("mobile", "phone_masked", "landline", "landline_masked"),
    Category.NATIONAL_ID: ("national_id_18", "national_id_masked"),
    Category.PAYMENT_CARD: ("card", "card_masked"),
    Category.ORG_CODE: ("uscc", "uscc_masked"),
    Category.VEHICLE_ID: ("plate", "plate_masked"),
    Category.ONLINE_ID: ("ip",),
    Category.DEVICE_ID: ("mac_address",),
    Category.TRANSACTION: ("container",),
}
_BY_SHARE = (
    (Category.PERSON_NAME, "name", 0.6),
    (Category.ADDRESS, "address", 0.5),
    (Category.ORG_NAME, "org", 0.6),
)
_SURE_SHAPES = frozenset({"email", "plate", "mac_address"})


def _points(
    total: Counted, share: float, chance: float | None, shape: str, profile: FieldProfile
) -> tuple[float, bool, list[Reason]]:
    reasons = [_seen(share, shape)]
    unmasked = total.strong + total.weak
    if chance is not None and unmasked:
        rate = total.strong / unmasked
        facts = {"rate": _percent(rate), "chance": _percent(chance)}
        if rate > 0.5:
            reasons.append(Reason("checked", facts))
            return (PROVEN if share >= 0.6 else SHAPED if share >= 0.3 else SOME), True, reasons
        reasons.append(Reason("check_fails", facts))
        shaped = 2.2 if shape == "national_id_18" and share >= 0.8 else 0.8
        return shaped, shape == "national_id_18" or share >= 0.8, reasons
    if share >= 0.6:
        sure = shape in _SURE_SHAPES or total.masked > unmasked
        varied = profile.prefixes >= min(12, 0.3 * profile.distinct) and profile.filled >= 20
        return (PROVEN if sure and share >= 0.8 else SHAPED + varied), True, reasons
    return (SOME if share >= 0.3 else 0.8), share >= 0.3, reasons


_SUPPORT: Mapping[Category, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        Category.PHONE: (
            ("phone_international", "mobile", "landline", "phone_masked", "landline_masked"),
            (),
        ),
        Category.FAX: (("phone_international", "landline", "mobile"), ()),
        Category.EMAIL: (("email", "email_masked"), ()),
        Category.NATIONAL_ID: (
            ("national_id_18", "national_id_15", "national_id_masked", "passport"),
            (),
        ),
        Category.PAYMENT_CARD: (("card", "card_masked"), ()),
        Category.BANK_ACCOUNT: (("card", "card_masked", "iban", "iban_masked"), ("number",)),
        Category.ORG_CODE: (("uscc", "uscc_masked", "national_id_15"), ("number",)),
        Category.PASSPORT_PERMIT: (
            ("passport", "hk_macao_permit", "taiwan_permit", "permit_masked"),
            (),
        ),
        Category.BIRTH_DATE: (("date",), ()),
        Category.ADDRESS: ((), ("address", "street")),
        Category.PERSON_NAME: ((), ("name", "western_name")),
        Category.ORG_NAME: ((), ("org",)),
        Category.VEHICLE_ID: (("plate", "plate_masked"), ()),
    }
)
_STRICT = frozenset({Category.EMAIL, Category.PHONE, Category.NATIONAL_ID, Category.BIRTH_DATE})


def _deny(category: Category, weight: Weight, profile: FieldProfile, rules: Rules) -> None:
    """A header's claim against the cells: borne out adds, not borne out takes off."""
    if profile.filled < 3:
        return
    mine = _own(rules, category)
    if category not in _SUPPORT and not mine:
        return
    shapes, shares = _SUPPORT.get(category, ((), ()))
    shapes = (*shapes, *mine)
    seen = max([profile.hit_share(s) for s in shapes] + [profile.share(s) for s in shares] + [0.0])
    if seen >= 0.5:
        weight.shown = True
        weight.add(2.4, _seen(seen, category.value))
    elif seen < 0.1 and (category in _STRICT or profile.share("number") > 0.9):
        weight.add(-2.2 if profile.filled > 10 else -1.4, _not_seen(seen))


def _seen(share: float, shape: str) -> Reason:
    return Reason("values", {"share": _percent(share), "shape": shape})


def _not_seen(share: float) -> Reason:
    return Reason("values_deny", {"share": _percent(share)})


def _percent(share: float) -> str:
    return f"{round(100 * share)}%"
