"""How much a field's name and comment speak of another dataset's key.

Names propose and values decide: every likeness here stays below what is taken without values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.people import dataset_headers
from shanhou.inventory.profile import DatasetProfile
from shanhou.inventory.rules import Rules, Words
from shanhou.inventory.words import Header, read_comment, read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset

_KEY_TOKENS = frozenset({"id", "no", "code", "key", "number", "num", "sn", "uuid", "ref"})
_KEY_HAN = ("编号", "号码", "主键", "代码", "号", "码")
_TABLE_ENDINGS = ("表", "信息", "资料", "档案", "主", "子")
_KEY_ENDINGS = ("主键", "编号", "号码", "代码", "号", "码")
_HEADS = frozenset({"head", "header", "master", "main"})
_GENERIC = (("id",), ("key",), ("code",), ("no",))
_POINTING = ("id", "ref")
_NUMBERS = ("int", "bigint", "smallint", "mediumint", "tinyint", "serial", "bigserial", "number",
            "numeric", "decimal", "integer")  # fmt: skip
_WHOLE, _EXTENDS, _BESIDE, _ACTED, _BY_COMMENT, _WORD = 0.7, 0.72, 0.65, 0.62, 0.6, 0.61
_FOREIGN = 0.45
"""Another table's category: only values can make it a reference."""


@dataclass(frozen=True)
class Key:
    """A field that identifies the rows of its dataset, and the words of what it identifies."""

    dataset: Dataset
    field: str
    entity: tuple[str, ...]
    han: tuple[str, ...]
    natural: bool = False
    """Called like its table, `dict_type` of `sys_dict_type`: it need not end like a key."""
    inside: bool = False
    """Only rows of its own table point to it: `number` beside `parent_number`."""


@dataclass(frozen=True)
class Likeness:
    """How much a name says, 0 to 0.72; `whole`: it spells all of what the key identifies."""

    value: float
    whole: bool = False


NONE = Likeness(0.0)


def keys_of(dataset: Dataset, profile: DatasetProfile, rules: Rules) -> Iterator[Key]:
    """The single-field key a dataset declares, and the fields that behave like one."""
    name, comment = dataset_headers(dataset)
    han = tuple(_entity_han(p, _TABLE_ENDINGS) for h in (name, comment) for p in _parts(h))
    entity = singular(name.tokens)
    if len(dataset.key) == 1:
        yield Key(dataset, dataset.key[0], entity, han)
    up = rules.words("parents").latin
    pointed = {h.tokens[1:] for h in (read_header(f.name) for f in dataset.fields)
               if h.tokens[:1] in up}  # fmt: skip
    for field in dataset.fields:
        seen = profile.fields[field.name]
        unique = seen.filled > 1 and seen.distinct == seen.filled >= 0.98 * seen.rows
        nearly = seen.distinct >= 0.95 * seen.filled
        header = read_header(field.name)
        own = header.tokens[:-1] in (entity, entity[1:]) and len(header.tokens) > 1
        if dataset.key and header.tokens[-1:] == ("id",) and not own:
            continue
        natural = len(header.tokens) > 1 and entity[-len(header.tokens) :] == header.tokens
        alone = own and seen.filled == 1
        fits = is_keylike(header) or natural
        # one part of a declared key of several identifies nothing
        if field.name in dataset.key or not fits:
            continue
        if unique or alone or ((own or natural) and not seen.rows):
            yield Key(dataset, field.name, entity, han, natural)
        elif header.tokens in pointed and nearly:
            yield Key(dataset, field.name, entity, han, inside=True)


class Names:
    """What the names of all datasets say of one another."""

    def __init__(self, datasets: Sequence[Dataset], keys: Sequence[Key], rules: Rules) -> None:
        self._rules = rules
        self._entities: dict[str, set[str]] = {}
        for dataset in datasets:
            for token in singular(dataset_headers(dataset)[0].tokens):
                self._entities.setdefault(token, set()).add(dataset.name)
        self._own = {(key.dataset.name, key.field) for key in keys}

    def likeness(self, dataset: Dataset, field: str, comment: str, key: Key) -> Likeness:
        """How much a field's name or comment names another dataset's key."""
        header, said = read_header(field), read_comment(comment)
        if dataset.key == (field,) and header.tokens == ("id",):
            return NONE
        if key.dataset.name == dataset.name:
            return self._to_itself(header, said, dataset, key)
        if self._acts(header, said):
            numbered = _type_of(dataset, field) == _type_of(key.dataset, key.field)
            return Likeness(_ACTED if numbered and self._of_staff(key) else 0.0)
        if key.natural or field.lower() == key.field.lower():
            return self._same_name(field, dataset, key)
        if key.inside or not (is_keylike(header) or is_keylike(said)):
            return NONE
        return self._by_words(header, said, dataset, key)

    def _same_name(self, field: str, dataset: Dataset, key: Key) -> Likeness:
        tokens = read_header(key.field).tokens
        fits = key.natural or (is_keylike(read_header(field)) and tokens not in _GENERIC)
        if key.inside or not fits or field.lower() != key.field.lower():
            return NONE
        return Likeness(0.2 if dataset.key == (field,) else _WHOLE)

    def _by_words(self, header: Header, said: Header, dataset: Dataset, key: Key) -> Likeness:
        stem = _stem(header)
        pointing = header.tokens[-1:] in {(one,) for one in _POINTING} or not header.tokens
        alike = pointing or header.tokens[-1:] == read_header(key.field).tokens[-1:]
        by_name = self._by_name(stem, dataset, key) if alike else NONE
        han = _entity_han(said.han or header.han, _KEY_ENDINGS)
        named = len(han) > 1 and pointing and any(_names(han, name) for name in key.han)
        by_comment = Likeness(_BY_COMMENT if named else 0.0)
        return max(by_name, by_comment, key=lambda one: one.value)

    def _by_name(self, stem: tuple[str, ...], dataset: Dataset, key: Key) -> Likeness:
        """`member_id` for a table `ums_member`; `header_id` of lines for the heads beside them."""
        own = singular(dataset_headers(dataset)[0].tokens)
        if stem and key.entity == (*own, *stem):
            return Likeness(_EXTENDS, whole=True)
        if stem and key.entity[-len(stem) :] == stem:
            before = key.entity[: -len(stem)]
            ours = len(before) <= 1 or own[: len(before)] == before
            whole = len(before) <= 1
            return Likeness(_WHOLE - 0.03 * len(before) if ours else _FOREIGN, whole=whole)
        beside = own[:-1] == key.entity[:-1] and key.entity[-1:] and key.entity[-1] in _HEADS
        if beside and stem and stem[0] in _HEADS:
            return Likeness(_BESIDE)
        return self._by_part(stem, key)

    def _by_part(self, stem: tuple[str, ...], key: Key) -> Likeness:
        """`another_depot_id` for `depot`; `product_sku_id` for the one table named after SKU."""
        for start in range(1, len(stem)):
            said = stem[start:]
            if said in (key.entity, key.entity[1:]) and stem[:start] in self._list("other_end"):
                return Likeness(_BESIDE)
        rare = stem[-1:] and self._entities.get(stem[-1]) == {key.dataset.name}
        return Likeness(_WORD if rare and len(stem) > 1 else 0.0)

    def _to_itself(self, header: Header, said: Header, dataset: Dataset, key: Key) -> Likeness:
        """`parent_id`, `pid`, `parent_number` beside `number`: the row above in the same table."""
        up = self._list("parents")
        points = header.tokens in up or (header.tokens[:-1] in up and is_keylike(header))
        own = header.han or said.han
        above = own.startswith(self._rules.words("parents").han) and is_keylike(header)
        if not points and not above:
            return NONE
        rest = "".join(header.tokens[1:])
        named = {field for name, field in self._own if name == dataset.name
                 and field.lower() == rest}  # fmt: skip
        return Likeness(_BESIDE if key.field in named or not named else 0.0)

    def _acts(self, header: Header, said: Header) -> bool:
        """`creator`, 操作员: who of the house did it, whatever the field's key would be called."""
        actors = self._rules.words("actors")
        bare = header.tokens[:-1] if header.tokens[-1:] == ("id",) else header.tokens
        return bare in actors.latin or (not bare and header.han in actors.han) or (
            len(bare) == 1 and said.han in actors.han
        )  # fmt: skip

    def _of_staff(self, key: Key) -> bool:
        words = self._rules.words("staff_tables")
        named = key.entity[-1:] in words.latin or any(name in words.han for name in key.han)
        return named and key.dataset.key == (key.field,)

    def _list(self, name: str) -> frozenset[tuple[str, ...]]:
        words: Words = self._rules.words(name)
        return words.latin


def _type_of(dataset: Dataset, field: str) -> str:
    """A number, something else, or empty where the source declares nothing."""
    declared = dataset.fields[dataset.position(field)].declared.lower()
    if not declared:
        return ""
    return "number" if declared.startswith(_NUMBERS) else "other"


def belongs(field: str, dataset: Dataset, key: Key) -> bool:
    """Where a field is unique on both sides, it points to the table that it is named after."""
    return _closeness(key.dataset, field) > _closeness(dataset, field)


def _closeness(dataset: Dataset, field: str) -> float:
    """How much of a dataset's name a field spells, 0 to 1."""
    header, (name, comment) = read_header(field), dataset_headers(dataset)
    stem, entity = _stem(header), singular(name.tokens)
    han = _entity_han(header.han, _KEY_ENDINGS)
    if stem and entity[-len(stem) :] == stem:
        return len(stem) / len(entity)
    return 0.5 if han and any(han in words.han for words in (name, comment)) else 0.0


def _stem(header: Header) -> tuple[str, ...]:
    return singular(tuple(t for t in header.tokens if t not in _KEY_TOKENS))


def _names(han: str, name: str) -> bool:
    return len(name) > 1 and (name == han or han.endswith(name))


def _parts(header: Header) -> list[str]:
    """供应商/客户信息 names two things."""
    return [part for part in re.split(r"[^\u3400-\u9fff]+", header.text) if part]


def is_keylike(header: Header) -> bool:
    """Whether a header ends like a key: `member_id`, 客户编号."""
    if header.tokens and header.tokens[-1] in _KEY_TOKENS:
        return True
    return header.han.endswith(_KEY_HAN) and not header.tokens


def _entity_han(text: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        text = text.removesuffix(ending) or text
    return text


_KEPT_S = ("ss", "us", "is")
_ES = ("sses", "xes", "ches", "shes")


def singular(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """`categories` as `category`, `addresses` as `address`, `orders` as `order`."""
    return tuple(_one(token) for token in tokens)


def _one(token: str) -> str:
    if token.endswith("ies") and len(token) > 4:
        return token[:-3] + "y"
    if token.endswith(_ES):
        return token[:-2]
    return (
        token[:-1]
        if token.endswith("s") and len(token) > 3 and token[-2:] not in _KEPT_S
        else token
    )
