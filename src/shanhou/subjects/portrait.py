"""What the rules left apart, made comparable: portraits of persons, and which two to compare.

A portrait is what the records of one joined group say alike, once. Two are compared only if they
share something besides a name, and a name that could be one person's (Han names that sound alike;
Latin ones may be misspelt).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.subjects.clean import Kind
from shanhou.subjects.forms import TAIL_CHARACTERS, sounds
from shanhou.subjects.prepared import write_prepared

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

MOST_IN_A_BLOCK = 500
"""A key that more portraits share than this is nobody's own; they meet by other keys or not."""
VALUES = ("name", "phone", "email", "number", "born", "place")
_HAN = r"\p{Han}"


def write_portraits(desk: Desk) -> int:
    """`portrait` (rec, root, called, name, sound, latin, phone ...): one row per distinct one.

    `rec` is the smallest record that says it, `root` the group it is joined to already.
    """
    _write_sounds(desk)
    return write_prepared(desk, "portrait", lambda: _portraits(desk))


def _portraits(desk: Desk) -> ibis.Table:
    said, node, label = (desk.table("w", name) for name in ("mention", "node", "label"))

    def one(kind: Kind) -> Any:
        return said.value.max(where=said.kind == kind.value)

    told = said.group_by("rec").aggregate(
        phone=one(Kind.PHONE),
        email=one(Kind.EMAIL),
        passport=one(Kind.PASSPORT),
        place=one(Kind.PLACE),
    )
    mine = node.filter((node.kind == "person") & node.known)
    mine = mine.join(told, "rec").left_join(label.select("rec", "root"), "rec").drop("rec_right")
    mine = mine.left_join(desk.table("w", "sound"), [("named", "name")]).drop("name")
    full = mine.full.fill_null(False)  # noqa: FBT003 - nobody's name is no full name
    rows = mine.select(
        root=mine.root.coalesce(mine["rec"]),
        called=mine.named,
        name=full.ifelse(mine.named, None),
        sound=full.ifelse(mine.sound, None),
        latin=full & ~mine.named.re_search(_HAN),
        phone=mine.phone,
        email=mine.email,
        number=mine.anchor.coalesce(mine.passport),
        born=mine.born,
        place=mine.place,
        digits=mine.place.re_replace("[^0-9]+", "-"),
        rec="rec",
    )
    rows = rows.filter(rows.phone.notnull() | rows.email.notnull() | rows.number.notnull()
                       | rows.born.notnull() | rows.place.notnull())  # fmt: skip
    same = [name for name in rows.columns if name != "rec"]
    return rows.group_by(same).aggregate(rec=rows["rec"].min())


def _write_sounds(desk: Desk) -> None:
    """`sound` (name, sound): how each distinct full name sounds."""
    import pyarrow as pa

    node = desk.table("w", "node")
    names = desk.arrow(node.filter(node.full).select(name="named").distinct())["name"]
    flat = names.combine_chunks().cast(pa.string())
    desk.put("sound", pa.table({"name": flat, "sound": sounds(flat)}))


def write_pairs(desk: Desk) -> int:
    """`pair` (match_key, join_key_l, join_key_r): portraits of two groups that share a key."""
    write_prepared(desk, "key", lambda: _keys(desk.table("w", "portrait")))
    count = write_prepared(desk, "pair", lambda: _meeting(desk))
    desk.raw.execute("drop table w.main.key")
    return count


def _meeting(desk: Desk) -> ibis.Table:
    import ibis

    key = desk.table("w", "key")
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
    any_latin = p.latin.ifelse("~", None)
    keys = (
        p.sound + "|p" + p.phone.substr(0, 5),
        p.sound + "|q" + p.phone.right(6),
        p.sound + "|a" + p.place.right(TAIL_CHARACTERS),
        p.sound + "|b" + p.born,
        p.sound + "|e" + p.email,
        p.sound + "|n" + p.number,
        p.sound + "|m" + p.email.re_extract("^[^@]+", 0),
        # who goes by a surname is looked for at his phone and address
        p.called.substr(0, 1) + "|s" + p.phone,
        # a foreign name may be misspelt, or its part missing
        any_latin + "p" + p.phone,
        any_latin + "e" + p.email,
        any_latin + "n" + p.number,
        any_latin + "b" + p.born + head,
        any_latin + "d" + p.born + p.place,
        any_latin + "a" + p.place + head,
        p.name.isnull().ifelse("?", "?") + "e" + p.email + "|" + p.born,
    )
    parts = [
        p.select(key=ibis.literal(f"{n}|") + key, rec="rec", root="root")
        for n, key in enumerate(keys)
    ]
    return ibis.union(*parts).filter(lambda t: t.key.notnull())


def crowds(desk: Desk, kind: Kind) -> ibis.Table:
    """`value`, `crowd`: how many people by the sound of their names one value stands for."""
    said, node, sound = (desk.table("w", name) for name in ("mention", "node", "sound"))
    mine = said.filter(said.kind == kind.value).select("rec", "value")
    named = mine.join(node.filter(node.full).select("rec", "named"), "rec")
    heard = named.join(sound, [("named", "name")])
    return heard.group_by("value").aggregate(crowd=heard.sound.nunique())
