"""What the cells of each column look like: counts, shapes, recognisers' shares. Set-based.

Each distinct value is looked at once and weighs as often as it stands. The verdict needs a sample
spread over the table; `every_row` looks at all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shanhou.inventory.content import text_holds
from shanhou.inventory.detect import Counted
from shanhou.inventory.rules import Rules
from shanhou.inventory.tally import (
    Measured,
    Tally,
    counted,
    measured,
    scan,
    tallied,
)

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.vault.tables import Dataset, Tables

SAMPLE_ROWS = 20_000
CODES_MOST = 24
"""A column with no more distinct values than this is a list of codes, kept for proposals."""
SENTENCE = 5
SENTENCES_MOST = 4000

BEGINNING = 10_000
"""Characters of a cell that its column's verdict rests on; acts and texts read all of it."""

_HAN = r"\p{Han}"
_ADDRESS = (
    r"(?:省|市|自治区|区|县|镇|乡).*(?:路|街|道|巷|弄|村|号|园|苑|小区|大厦|栋|幢|室|单元|广场)"
    r"|(?:路|街|大道|巷|弄)\s*\d+\s*(?:号|弄)|\d+\s*(?:栋|幢|号楼|单元).*\d+\s*室?"
)
_STREET = (
    r"(?i)^\d+[\w/-]*,? .*\b(?:street|st|avenue|ave|road|rd|lane|drive|dr|blvd|way|sw|nw|se|ne)\b"
    r"|\b(?:rua|av\.|avenida|calle|via|rue|ul\.|praça|pl\.|rambla|boulevard|place|c/)\b.*\d"
    r"|(?:straße|strasse|str\.|gatan|vägen|platz|weg|gade|laan|katu|vej|allé?e?)\s*\d+"
)
_ORG = (
    r"(?:公司|集团|厂|商行|合作社|事务所|研究院|商店|经营部|中心|银行|支行|学校|医院|协会|工作室|超市)$"
    r"|(?i:\b(?:ltd|limited|inc|corp|corporation|co|gmbh|llc|plc|s\.?a\.?|ag|pty|b\.?v\.?|srl)\.?$)"
    r"|(?i:\b(?:oy|ab|company|group)\.?$)"
)
_WESTERN = (
    r"^[A-Z\p{Lu}][\p{Ll}'’.-]+(?: (?:[A-Z]\.|de|la|da|van|von|dos|del)){0,2}"
    r"(?: [A-Z\p{Lu}][\p{L}'’.-]+){1,3}$"
)
_IMAGE = r"(?i)\.(?:jpe?g|png|gif|webp|bmp|tiff?)(?:[?\"\]]|$)|^data:image/"
_NUMBER = r"^-?\d+(?:\.\d+)?$"


@dataclass(frozen=True)
class FieldProfile:
    """One column, counted over the rows looked at."""

    rows: int
    filled: int
    distinct: int
    longest: int
    hits: Mapping[str, Counted]
    shares: Mapping[str, float]
    """Of the filled cells: name, western_name, address, org, image, number, han, long."""
    holds: Mapping[str, float]
    """Of cells that are sentences, the share per kind of `content.Holding`, nothing left out."""
    codes: tuple[tuple[str, int], ...]
    prefixes: int
    """Distinct first four characters of the kept values: numbers in order have few."""
    values: Any = field(default=None, repr=False, compare=False)
    """Distinct values as an Arrow array, in an order of their own: all, or about `SAMPLE`."""

    @property
    def keeps_all(self) -> bool:
        return self.values is not None and len(self.values) == self.distinct

    def share(self, name: str) -> float:
        return self.shares.get(name, 0.0)

    def hit_share(self, recogniser: str) -> float:
        taken = self.hits.get(recogniser)
        return taken.cells / self.filled if taken and self.filled else 0.0


@dataclass(frozen=True)
class DatasetProfile:
    """All columns of a dataset; `complete` where every row was looked at."""

    rows: int
    fields: Mapping[str, FieldProfile]
    complete: bool = True


def profile_dataset(
    tables: Tables, dataset: Dataset, rules: Rules, *, every_row: bool = False
) -> DatasetProfile:
    """Profile every column of a dataset, over a spread sample or over all its rows."""
    table = tables.table(dataset.name)
    rows = table.count().to_pyarrow().as_py()
    every = 1 if every_row else every_nth(rows)
    looked = table.filter(table.rec % every == 0) if every > 1 else table
    columns = [f"c{n}" for n in range(len(dataset.fields))]
    # a large table column by column: no more than one of them is in memory
    parts = [columns] if rows // every <= SAMPLE_ROWS else [[column] for column in columns]
    found: list[FieldProfile] = []
    for some in filter(None, parts):
        cells = _cells(looked, some)
        found += _profiles(dict(enumerate(cells.columns)), rules)
    named = zip((field.name for field in dataset.fields), found, strict=True)
    return DatasetProfile(rows, MappingProxyType(dict(named)), complete=every == 1)


def every_nth(rows: int) -> int:
    """Of a large table the rows are looked at whose record number this divides."""
    return max(-(-rows // SAMPLE_ROWS), 1)


def sample_of(tables: Tables, dataset: Dataset, field: str) -> pa.ChunkedArray:
    """The cells of one column that its verdict rests on."""
    table = tables.table(dataset.name)
    every = every_nth(table.count().to_pyarrow().as_py())
    looked = table.filter(table.rec % every == 0) if every > 1 else table
    return _cells(looked, [f"c{dataset.position(field)}"]).column(0)


def _cells(table: ibis.Table, columns: list[str]) -> pa.Table:
    """The beginnings of the cells: a column of books is told by its first pages."""
    return table.select(**{name: table[name].left(BEGINNING) for name in columns}).to_pyarrow()


def profile_cells(cells: pa.ChunkedArray, rules: Rules) -> FieldProfile:
    """Profile one column of strings."""
    return _profiles({0: cells}, rules)[0]


def _profiles(columns: Mapping[int, pa.ChunkedArray], rules: Rules) -> list[FieldProfile]:
    """Profile columns of strings, by their numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    counts = counted(columns)
    sizes = measured(pa.Table.from_batches([counts]))
    limits = {field: size.limit for field, size in sizes.items()}
    filled = counts.filter(pc.is_valid(counts.column("value")))
    told = tallied([scan(filled, rules.recognisers, limits)], rules.recognisers, columns)
    return [profile_of(sizes[field], told[field], rules) for field in columns]


def profile_of(size: Measured, told: Tally, rules: Rules) -> FieldProfile:
    """A column's profile from what was added up over its parts."""
    import numpy as np
    import pyarrow.compute as pc

    if not size.filled:
        return FieldProfile(size.rows, 0, 0, 0, {}, {}, {}, (), 0)
    values, weights = told.values, told.weights
    widths = pc.utf8_length(values).to_numpy()
    codes: tuple[tuple[str, int], ...] = ()
    if size.distinct <= CODES_MOST:
        alike = zip(values.to_pylist(), weights.tolist(), strict=True)
        codes = tuple(sorted(alike, key=lambda one: (-one[1], one[0])))
    return FieldProfile(
        rows=size.rows,
        filled=size.filled,
        distinct=size.distinct,
        longest=size.longest,
        hits=MappingProxyType(dict(told.hits)),
        shares=MappingProxyType(_shares(values, weights, widths, rules)),
        holds=MappingProxyType(_holds(values, np.asarray(widths), size, told.hits, rules)),
        codes=codes,
        prefixes=pc.count_distinct(pc.utf8_slice_codeunits(values, 0, 4)).as_py(),
        values=values,
    )


def _shares(values: pa.Array, weights: object, widths: object, rules: Rules) -> dict[str, float]:
    import numpy as np
    import pyarrow.compute as pc

    single = "".join(sorted(name for name in rules.surnames if len(name) == 1))
    double = "|".join(sorted(name for name in rules.surnames if len(name) == 2))
    given = f"{_HAN}{{1,2}}"
    titles = "先生|女士|小姐|阿姨|太太|老师"
    name = f"^(?:[{single}]{given}|(?:{double}){given}|[{single}](?:{titles}))$"
    count = np.asarray(weights)
    total = count.sum()

    def share(pattern: str) -> float:
        taken = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
        return float(count[taken].sum() / total)

    number = share(_NUMBER)
    shares = {"number": number, "long": float(count[np.asarray(widths) > 24].sum() / total)}
    if number < 0.9:
        shares |= {
            "name": share(name),
            "western_name": share(_WESTERN),
            "address": share(_ADDRESS),
            "street": share(_STREET),
            "org": share(_ORG),
            "image": share(_IMAGE),
            "han": share(_HAN),
        }
    return shares


def _holds(
    values: pa.Array,
    widths: NDArray[np.int64],
    size: Measured,
    hits: Mapping[str, Counted],
    rules: Rules,
) -> dict[str, float]:
    """Look into sentences: cells of text that no recogniser takes whole."""
    import numpy as np
    import pyarrow.compute as pc

    if np.median(widths) < SENTENCE or sum(c.cells for c in hits.values()) > 0.3 * size.distinct:
        return {}
    few = values.slice(0, SENTENCES_MOST)
    counted = pc.value_counts(text_holds(few, rules)).to_pylist()
    return {c["values"]: c["counts"] / len(few) for c in counted if c["values"] != "nothing"}
