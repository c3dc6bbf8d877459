"""What the rules left apart, made comparable: portraits of persons, and which two to compare.

A portrait is what the records of one joined group say alike, once. Two are compared only if they
share something besides a name, and a name that could be one person's (Han names that sound alike;
Latin ones may be misspelt).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from shanhou.subjects.clean import Kind
from shanhou.subjects.forms import TAIL_CHARACTERS, sounds
from shanhou.subjects.match import number_of
from shanhou.subjects.prepared import write_prepared

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

MOST_IN_A_BLOCK = 500
"""A key that more portraits share than this is nobody's own; they meet by other keys or not."""
VALUES = ("name", "phone", "email", "number", "born", "place", "area")
_FEW_NAMES = 20
"""Behind one value; more are looked at no closer."""
_NEARLY = 0.8
_HAN = r"\p{Han}"


def write_portraits(desk: Desk) -> int:
    """`portrait` (rec, root, called, name, sound, latin, phone ...): one row per distinct one.

    `rec` is the smallest record that says it, `root` the group it is joined to already.
    """
    _write_sounds(desk)
    return write_prepared(desk, "portrait", lambda: _portraits(desk))


def _portraits(desk: Desk) -> ibis.Table:
    import ibis

    node, label = desk.aside("node"), desk.aside("label")
    mine = node.filter((node.kind == "person") & node.known)
    mine = mine.mutate(number=mine.anchor.coalesce(mine.other))
    mine = mine.left_join(label.select("rec", "root"), "rec").drop("rec_right")
    said_of = [mine[name] for name in ("phone", "email", "number", "born", "place")]
    mine = mine.filter(reduce(or_, (value.notnull() for value in said_of)))
    same = ["root", "named", "full", "phone", "email", "number", "born", "place", "postcode",
            "town"]  # fmt: skip
    # who is joined to nobody is a portrait of his own
    alone = mine.filter(mine.root.isnull()).mutate(root="rec").select(*same, "rec")
    joined = mine.filter(mine.root.notnull()).group_by(same)
    # what follows from these is told once a portrait
    alike = ibis.union(alone, joined.aggregate(rec=mine["rec"].min()))
    heard = alike.left_join(desk.aside("sound"), [("named", "name")])
    sound = heard.full.ifelse(heard.sound, None)
    latin, words = heard.full & ~heard.named.re_search(_HAN), sound.split(" ")
    return heard.select(
        root="root",
        called=heard.named,
        name=heard.full.ifelse(heard.named, None),
        sound=sound,
        latin=latin,
        first_word=latin.ifelse(words[0], None),
        last_word=latin.ifelse(words[-1], None),
        phone="phone",
        email="email",
        number="number",
        born="born",
        place="place",
        postcode="postcode",
        town="town",
        rec="rec",
    )


def _write_sounds(desk: Desk) -> None:
    """`sound` (name, sound): how each distinct full name sounds."""
    import pyarrow as pa

    node = desk.aside("node")
    names = desk.arrow(node.filter(node.full).select(name="named").distinct())["name"]
    flat = names.combine_chunks().cast(pa.string())
    desk.put("sound", pa.table({"name": flat, "sound": sounds(flat)}), aside=True)


def write_pairs(desk: Desk) -> int:
    """`pair` (match_key, join_key_l, join_key_r): portraits of two groups that share a key.

    `compared` are the portraits that stand in a pair; of a large list few do.
    """
    write_prepared(desk, "key", lambda: _keys(desk.aside("portrait")))
    count = write_prepared(desk, "pair", lambda: _meeting(desk))
    desk.drop_aside("key")
    write_prepared(desk, "compared", lambda: _compared(desk))
    return count


def _compared(desk: Desk) -> ibis.Table:
    import ibis

    pair, portrait = desk.aside("pair"), desk.aside("portrait")
    both = ibis.union(pair.select(rec="join_key_l"), pair.select(rec="join_key_r"))
    met = portrait.semi_join(both, "rec")
    return met.mutate(digits=met.place.re_replace("[^0-9]+", "-"))


def _meeting(desk: Desk) -> ibis.Table:
    import ibis

    key = desk.aside("key")
    met = key.group_by("key").aggregate(
        several=key.root.min() != key.root.max(), portraits=key.count()
    )
    met = met.filter(met.several & (met.portraits <= MOST_IN_A_BLOCK)).select("key")
    some = key.semi_join(met, "key")
    other = some.select("key", other="rec", other_root="root")
    both = some.join(other, "key")
    both = both.filter((both["rec"] < both.other) & (both.root != both.other_root))
    return both.select(match_key=ibis.literal("0"), join_key_l="rec", join_key_r="other").distinct()


def _keys(portrait: ibis.Table) -> ibis.Table:
    """`key`, `rec`, `root`: by what two portraits may meet; one changed digit hides no phone."""
    import ibis

    p = portrait
    head = p.sound.substr(0, 3)
    keys = [
        (p.sound, p.phone.substr(0, 5)),
        (p.sound, p.phone.right(6)),
        (p.sound, p.place.right(TAIL_CHARACTERS)),
        (p.sound, p.born),
        (p.sound, p.email),
        (p.sound, p.number),
        (p.sound, p.email.left(p.email.find("@"))),
        # who goes by a surname is looked for at his phone and address
        (p.called.substr(0, 1), p.phone),
        (p.email, p.born),
        (p.number, p.born),
    ]
    # a foreign name may be misspelt, or its part missing
    alone = ibis.literal("")
    latins = [
        (p.phone, alone),
        (p.email, alone),
        (p.number, alone),
        (p.born, head),
        (p.born, p.place),
        (p.place, head),
        (p.born, p.first_word),
        (p.born, p.last_word),
        (p.postcode, p.first_word),
        (p.postcode, p.last_word),
        (p.postcode, p.born),
        (p.sound, p.town),
    ]
    # to take keys out of a list would join every portrait with its list
    told = [(p, key) for key in keys] + [(p.filter(p.latin), key) for key in latins]
    return ibis.union(*(_numbers(of, n, key) for n, (of, key) in enumerate(told)))


def _numbers(portrait: ibis.Table, number: int, key: tuple[Any, Any]) -> ibis.Table:
    """A number for each key: two keys of one number only meet in vain."""
    # the engine gives a number for what is empty as well
    told = portrait.filter(key[0].notnull() & key[1].notnull())
    return told.select("rec", "root", key=number_of(number, *key))


def write_crowds(desk: Desk, shared: Sequence[tuple[str, Kind]]) -> int:
    """`crowd` (kind, value, crowd): how many people, by their names, several stand behind a value.

    `shared`: the columns of `compared` whose values are asked after, with their kinds. A foreign
    name misspelt, or a part of it, is no other person's.
    """
    write_prepared(desk, "behind", lambda: _behind(desk, shared), by=tuple(shared))
    count = write_prepared(desk, "crowd", lambda: _crowds(desk.aside("behind")))
    desk.drop_aside("behind")
    return count


def _behind(desk: Desk, shared: Sequence[tuple[str, Kind]]) -> ibis.Table:
    """`kind`, `value`, `sound`, `latin`: the names behind values that have more than one."""
    import ibis

    compared = desk.aside("compared")
    asked = ibis.union(*(compared.select(kind=ibis.literal(kind.value), value=column)
                         for column, kind in shared))  # fmt: skip
    said, node, sound = desk.table("w", "mention"), desk.aside("node"), desk.aside("sound")
    mine = said.semi_join(asked, ["kind", "value"]).select("rec", "kind", "value")
    named = mine.join(node.filter(node.full).select("rec", "named"), "rec")
    heard = named.join(sound, [("named", "name")])
    several = heard.group_by(["kind", "value"]).having(heard.sound.min() != heard.sound.max())
    several = several.aggregate(n=heard.count()).select("kind", "value")
    found = heard.semi_join(several, ["kind", "value"])
    latin = ~found.named.re_search(_HAN)
    return found.select("kind", "value", "sound", latin=latin).distinct()


def _crowds(behind: ibis.Table) -> ibis.Table:
    import ibis

    counted = behind.group_by(["kind", "value"]).aggregate(names=behind.count())
    few = behind.semi_join(counted.filter(counted.names <= _FEW_NAMES), ["kind", "value"])
    other = few.select("kind", "value", other="sound", other_latin="latin")
    both = few.join(other, ["kind", "value"])
    # whose whole name is like most of the others
    both = both.filter(both.latin & both.sound.contains(" ") & (both.sound != both.other))
    one = both.other_latin & _one_name(both.sound, both.other)
    strange = both.mutate(strange=(~one).cast("int64"))
    each = strange.group_by(["kind", "value", "sound"]).aggregate(strange=strange.strange.sum())
    least = each.group_by(["kind", "value"]).aggregate(least=each.strange.min())
    joined = counted.left_join(least, ["kind", "value"]).drop("kind_right", "value_right")
    crowd = ibis.coalesce(joined.least + 1, joined.names)
    return joined.select("kind", "value", crowd=crowd).filter(lambda t: t.crowd > 1)


def _one_name(one: Any, other: Any) -> Any:
    """Whether two Latin names are one misspelt, or one of them a part of the other."""
    (a, b), (c, d) = ((name.split(" ")[0], name.split(" ")[-1]) for name in (one, other))
    straight, crossed = _alike(a, c) & _alike(b, d), _alike(a, d) & _alike(b, c)
    part = (c == d) & (_alike(a, c) | _alike(b, c))
    return straight | crossed | part


def _alike(one: Any, other: Any) -> Any:
    import ibis

    function = ibis.udf.scalar.builtin(
        lambda _, __: 0.0, name="jaro_winkler_similarity",
        signature=(("string", "string"), "float64"),
    )  # fmt: skip
    return function(one, other) >= _NEARLY
