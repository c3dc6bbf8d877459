"""Who is probably one customer although no rule says so: joined, asked of a person, or left apart.

Above one probability two are joined if nothing contradicts it; between two probabilities a person
is asked, and until then what one of them has in dispute holds up the other (`twin`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from shanhou.subjects.clean import Kind
from shanhou.subjects.match import CONTRADICTING
from shanhou.subjects.mention import small_table
from shanhou.subjects.portrait import VALUES, write_crowds, write_pairs, write_portraits
from shanhou.subjects.prepared import write_prepared
from shanhou.subjects.weighing import level, weigh

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

LIKELY = {"rec_a": "int64", "rec_b": "int64", "weight": "float64", "probability": "float64",
          "joined": "boolean", "slip": "boolean"}  # fmt: skip
_SHARED = (("phone", Kind.PHONE), ("email", Kind.EMAIL), ("place", Kind.PLACE))
"""What several people can have in common: a family's phone, an agency's address."""
_LEAST_BESIDES_NAME = 8.0
"""Bits: what two have in common besides a name, and share with nobody; a birth date gives more."""
_FAMILY = 1
"""So many names behind a phone or e-mail make it one person's own."""


@dataclass(frozen=True)
class Bounds:
    """Above which probability two are joined, above which a person is asked."""

    join: float = 0.95
    ask: float = 0.5
    shared_by: int = 5
    """More names than this behind one phone, e-mail, account or address: an agency's."""


def write_likely(desk: Desk, bounds: Bounds, *, linked: int) -> int:
    """`likely` (rec_a, rec_b, weight, probability, joined): pairs that a person would ask about.

    `linked`: how many links the rules found. Returns how many pairs were compared.
    """
    write_portraits(desk)
    pairs = write_pairs(desk)
    if pairs:
        weigh(desk, joined=linked)
        write_crowds(desk, _SHARED)
        write_prepared(desk, "likely", lambda: _judged(desk, bounds), by=bounds, aside=False)
    else:
        desk.create("likely", small_table(LIKELY))
    desk.drop_aside("portrait", "pair", "compared", "weighed", "sound", "crowd")
    return pairs


def _judged(desk: Desk, bounds: Bounds) -> ibis.Table:
    weighed = desk.aside("weighed")
    worth = weighed.filter(weighed.probability >= bounds.ask)
    table = _with_crowds(desk, worth)
    found = table.join(_contradictions(desk, worth), ["rec_a", "rec_b"])
    # without what others share as well: what is left must do alone
    shared = _shared_weight(found, bounds)
    certain = 1 / (1 + 2.0 ** (shared - found.weight))
    besides: Any = sum(found[f"mw_{name}"].clip(lower=0) for name in VALUES if name != "name")
    enough = (certain >= bounds.join) & (besides - shared >= _LEAST_BESIDES_NAME)
    enough = enough & (bounds.join < 1)  # a heavy weight rounds to certainty
    slip = found.two_births & _slip_of_the_pen(found)
    joined = _names_agree(found) & enough & ~found.contradicts & (~found.two_births | slip)
    joined = joined & ~_only_alike(found)
    judged = found.mutate(joined=joined, slip=joined & slip)
    # another name, or another ID that is right in itself, is another person; a new surname is not
    renamed = _is(judged, "number", "same") & _is(judged, "born", "same")
    asked = ~judged.two_people & (~_is(judged, "name", "different") | renamed)
    return judged.filter(asked).select(*LIKELY)


def _is(found: ibis.Table, comparison: str, *levels: str) -> Any:
    return found[f"is_{comparison}"].isin([level(comparison, name) for name in levels])


def _names_agree(found: ibis.Table) -> Any:
    """The names are one person's; where they are not, what is nobody else's must agree."""
    right = _is(found, "name", "same", "same_sound", "near", "part")
    born, number = _is(found, "born", "same"), _is(found, "number", "same")
    # twins have one mother's e-mail and one birth date
    own = number | (_is(found, "email", "same") & (found.crowd_email <= _FAMILY))
    partly = (found.is_name == -1) | _is(found, "name", "half")
    nearly = number | (_is(found, "number", "one_digit") & born)
    return right | (partly & ((own & born) | (nearly & _is(found, "place", "same", "shortened"))))


def _only_alike(found: ibis.Table) -> Any:
    """Nothing but the name is the same: numbers that differ in one digit are two people's as well,
    and a common name with such a pair is no one customer before a person said so.
    """
    return ~(_is(found, "phone", "same") | _is(found, "email", "same")
             | _is(found, "number", "same") | _is(found, "born", "same")
             | _is(found, "place", "same", "shortened"))  # fmt: skip


def _slip_of_the_pen(found: ibis.Table) -> Any:
    """Two birth dates are one person's: what is that person's own agrees, and so does the rest.

    The name with a number of one's own outweighs any date; with an e-mail of one's own, a date less
    than a year apart: no family names two children alike in one year. A phone may be a home's, so
    the home must agree too, and the dates but for one digit or part.
    """
    email = _is(found, "email", "same") & (found.crowd_email <= _FAMILY)
    number = _is(found, "number", "same")
    phone = _is(found, "phone", "same") & (found.crowd_phone <= _FAMILY)
    place = _is(found, "place", "same", "shortened") | _is(found, "area", "same", "same_town")
    whole = _is(found, "name", "same", "same_sound")
    typed = _is(found, "born", "one_digit", "one_part")
    near = typed | _is(found, "born", "near")
    misspelt = whole | _is(found, "name", "near")
    return (
        (misspelt & number)
        | (whole & email & near)
        | (misspelt & email & place & near)
        | (whole & _is(found, "number", "one_digit") & place & typed)
        | (whole & phone & _is(found, "place", "same", "shortened") & typed)
    )


def _shared_weight(found: ibis.Table, bounds: Bounds) -> Any:
    """The weight of values that several names share: a family's, unless the names are the same."""
    exact = found.is_name == level("name", "same")
    total: Any = 0.0
    for name, _ in _SHARED:
        crowd = found[f"crowd_{name}"]
        most = exact.ifelse(bounds.shared_by, _FAMILY if name != "place" else bounds.shared_by)
        likens = found[f"mw_{name}"].clip(lower=0)
        total = total + (crowd > most).ifelse(likens, 0.0)
    return total


def _with_crowds(desk: Desk, pairs: ibis.Table) -> ibis.Table:
    """Adds `crowd_phone` ...: how many names stand behind the value that two have in common."""
    import ibis

    portrait, crowds = desk.aside("compared"), desk.aside("crowd")
    names = [name for name, _ in _SHARED]
    left = portrait.select(rec_a="rec", **{f"{name}_a": name for name in names})
    right = portrait.select(rec_b="rec", **{f"{name}_b": name for name in names})
    table = pairs.join(left, "rec_a").join(right, "rec_b")
    for name, kind in _SHARED:
        mine = crowds.filter(crowds.kind == kind.value)
        for side in ("a", "b"):
            crowd = mine.select(**{f"{name}_{side}": "value", f"n_{side}": "crowd"})
            table = table.left_join(crowd, f"{name}_{side}").drop(f"{name}_{side}_right")
        most = ibis.greatest(table.n_a.fill_null(1), table.n_b.fill_null(1))
        table = table.mutate(**{f"crowd_{name}": most}).drop("n_a", "n_b")
    return table


def _contradictions(desk: Desk, pairs: ibis.Table) -> ibis.Table:
    """`contradicts`, `two_births`, `two_people` of each pair, over the whole groups of both."""
    import ibis

    node, label = desk.aside("node"), desk.aside("label")
    placed = node.left_join(label.select("rec", "root"), "rec").drop("rec_right")
    placed = placed.mutate(root=placed.root.coalesce(placed["rec"]))
    root = desk.aside("compared").select("rec", "root")
    ends = ibis.union(pairs.select(rec="rec_a"), pairs.select(rec="rec_b"))
    placed = placed.semi_join(root.semi_join(ends, "rec"), "root")
    columns = (*CONTRADICTING, "sure")
    bounds = {f"{end}_{name}": getattr(placed[name], end)()
              for name in columns for end in ("min", "max")}  # fmt: skip
    groups = placed.group_by("root").aggregate(**bounds)
    both = pairs.select("rec_a", "rec_b")
    for side in ("a", "b"):
        mine = groups.rename({f"{name}_{side}": name for name in groups.columns})
        known = root.select(**{f"rec_{side}": "rec", f"root_{side}": "root"})
        both = both.join(known, f"rec_{side}").join(mine, f"root_{side}")

    def differ(name: str) -> Any:
        least = both[f"min_{name}_a"] != both[f"min_{name}_b"]
        return (least | (both[f"max_{name}_a"] != both[f"max_{name}_b"])).fill_null(False)  # noqa: FBT003

    others = (name for name in CONTRADICTING if name != "born")
    return both.select(
        "rec_a",
        "rec_b",
        contradicts=reduce(or_, (differ(name) for name in others)),
        two_births=differ("born"),
        two_people=differ("sure"),
    )
