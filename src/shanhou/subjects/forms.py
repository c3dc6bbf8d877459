"""One form for what is written in several: simplified characters, pinyin, shortened addresses.

Every body looks at distinct values once, all of them as one text; nothing loops over records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_LINE = "\n"
TAIL_CHARACTERS = 8
"""Of an address, what stands when province, city and street are left out (engine.md 5)."""


def simplified(cells: pa.Array) -> pa.Array:
    """Traditional characters as simplified ones, by phrase; line breaks become spaces."""
    return _of_distinct(cells, lambda text: str(_converter().convert(text)))


def sounds(names: pa.Array) -> pa.Array:
    """How names sound, without tones: 王芳 and 王方 are `wang fang`; Latin words in one order.

    Character by character, so that the same character sounds alike in every name.
    """
    import pyarrow.compute as pc

    spoken = _of_distinct(names, _spoken)
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(spoken, r"\s+", " "))


def _spoken(text: str) -> str:
    from pypinyin import lazy_pinyin

    known: dict[str, str | int | None] = {
        one: f" {lazy_pinyin(one)[0]} " for one in set(text) if one != _LINE and not one.isascii()
    }
    read = text.translate(str.maketrans(known))
    # 王芳 keeps its order; Jane Doe and Doe Jane are one
    lines = zip(text.split(_LINE), read.split(_LINE), strict=True)
    return _LINE.join(" ".join(sorted(said.split())) if raw.isascii() else said
                      for raw, said in lines)  # fmt: skip


def places(addresses: pa.Array, in_front: Sequence[str], same: Mapping[str, str]) -> pa.Array:
    """Addresses without spaces, marks and what a shortened one leaves out in front.

    `in_front`: patterns of what may be left out at the start, country, province, city, each once
    and in this order; `same`: words that mean one rank, 栋 and 幢.
    """
    import pyarrow.compute as pc

    bare = pc.utf8_lower(simplified(addresses))
    bare = pc.replace_substring_regex(bare, r"[\s,.,。、;;::#()()\[\]【】·-]+", "")
    # each may be there or not, one after the other: one look at the text is enough
    front = "".join(f"(?:{pattern.removeprefix('^')})?" for pattern in in_front)
    bare = pc.replace_substring_regex(bare, f"^{front}", "")
    for rank, word in same.items():
        bare = pc.replace_substring_regex(bare, rank, word)
    return bare


def _of_distinct(cells: Any, body: Callable[[str], str]) -> Any:
    """Every distinct cell by a body that takes them all as lines and gives as many back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    flat = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    coded = pc.dictionary_encode(pc.replace_substring(flat.cast(pa.string()), _LINE, " "))
    if not len(coded.dictionary):
        return flat.cast(pa.string())
    lines = body(_LINE.join(coded.dictionary.to_pylist())).split(_LINE)
    assert len(lines) == len(coded.dictionary), "a form swallowed a line"
    return pc.take(pa.array(lines, pa.string()), coded.indices)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
