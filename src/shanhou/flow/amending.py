"""案件文件: what a named person changes in the case file; the log keeps who, which parts and its
digest, so that nobody can change it behind the others' backs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.cases.case_file import amended
from shanhou.cases.confined import moved_sources, strays
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.gathering import collected, datasets_of, declare, register_of
from shanhou.flow.noting import note, shown
from shanhou.flow.scope import declarable
from shanhou.vault.canonical import digest_hex
from shanhou.vault.keys import write_durably
from shanhou.wiring import CASE_FILE, Case

if TYPE_CHECKING:
    from pathlib import Path

    from shanhou.cases.settings import Settings

_STAYS = ("id", "kind", "rehearsal")
"""What a case is; a file of another case is never put in its place."""
_PARTIES = ("handler", "recipient", "custodian")
_PRIVATE = ("AGE-SECRET-KEY", "PRIVATE KEY")


@dataclass(frozen=True)
class Said:
    """One answer of a person to one question."""

    fact: str
    value: str


def replace_case_file(case: Case, text: str, *, by: str, was: str = "") -> Settings:
    """Put another text in the place of the case file, if it holds and is of the same case.

    `was`: the digest of the text that the person saw; of another one meanwhile nothing is lost.

    Raises:
        Refusal: SH-E-002 it breaks the schema; SH-E-906 it is of another case; SH-E-329 somebody
            else changed the file meanwhile; SH-E-902 nobody of that id is named in the case;
            SH-E-337 at a console it names something outside the case.
    """
    from shanhou.cases.settings import read_settings

    read = read_settings(text)
    for name in _STAYS:
        if getattr(read.case, name) != getattr(case.settings.case, name):
            raise Refusal("SH-E-906", name=name)
    if was and digest_hex((case.folder / CASE_FILE).read_bytes()) != was:
        raise Refusal("SH-E-329")
    return _written(case, lambda: (text, read), by=by)


def change_case_file(case: Case, change: Callable[[Any], None], *, by: str) -> Settings:
    """Change the tree of the case file; its comments and order stay.

    Raises:
        Refusal: SH-E-002 the change would break the schema: the file is left as it was;
            SH-E-902 nobody of that id is named in the case.
    """
    return _written(case, lambda: amended(case.folder / CASE_FILE, change), by=by)


def _written(case: Case, made: Callable[[], tuple[str, Settings]], *, by: str) -> Settings:
    """The log is told before the file is written: no change lies there that nobody signed for."""
    case.settings.person(by)
    with case.store.lease("case"):
        before, (text, after) = case.settings, made()
        _require_within(case, after)
        parts = _changed(before, after)
        raw = text.encode()
        if parts:
            with case.store.commit() as unit:
                note(case, unit, Act.AMEND, by, subject=[Digested("case_file", digest_hex(raw))],
                     facts={"parts": parts})  # fmt: skip
        # first: a kill in between leaves an address without a password, never one with another's
        for source in moved_sources(before, after) if case.confined else ():
            (case.folder / "keys" / f"source-{source}").unlink(missing_ok=True)
        write_durably(case.folder / CASE_FILE, raw)
        case.settings = after
    return after


def foresee(case: Case, change: Callable[[Any], None]) -> None:
    """That a change would be taken, before anything is tried for it.

    Raises:
        Refusal: SH-E-002 it would break the schema; SH-E-337 it leads outside the case.
    """
    _require_within(case, amended(case.folder / CASE_FILE, change)[1])


def _require_within(case: Case, after: Settings) -> None:
    if case.confined:
        named = strays(case.settings, after, case.folder, reserved=case.reserved)
        if named:
            raise Refusal("SH-E-337", parts=", ".join(named))


def _changed(before: Settings, after: Settings) -> tuple[str, ...]:
    """The parts of the case file that say something else than before."""
    return tuple(
        name for name in type(after).model_fields if getattr(before, name) != getattr(after, name)
    )


# ---- parties and notices ------------------------------------------------------------------------


def set_particulars(
    case: Case, told: Mapping[str, Mapping[str, Any]], *, keys: Mapping[str, Path], by: str
) -> Settings:
    """Who takes part and how customers are told: `told` by part (`parties.recipient`, `notices`,
    `case`, `days`), an empty value takes an entry out; `keys` are the parties' public key files.

    Raises:
        Refusal: SH-E-327 a key file holds no public key, or a private one; SH-E-002 the file would
            break its schema.
    """
    placed = _placed(told, keys)

    def change(tree: Any) -> None:
        for part, entries in told.items():
            _put(tree, part, entries)
        for party in placed:
            tree["parties"][party]["verify"] = f"people/{party}.pub"

    for party, pem in placed.items():
        _place_key(case, party, pem, by=by)
    return change_case_file(case, change, by=by)


def _placed(told: Mapping[str, Mapping[str, Any]], keys: Mapping[str, Path]) -> dict[str, bytes]:
    """The key files that came, checked, and the keys that were typed checked with them."""
    for party in told:
        if age := str(told[party].get("age", "")):
            _require_age(age)
    for party in keys:
        if not told.get(f"parties.{party}", {}).get("name"):
            raise Refusal("SH-E-327", name=party)
    return {party: _public_key(path) for party, path in keys.items()}


def _place_key(case: Case, party: str, pem: bytes, *, by: str) -> None:
    """A party's key, and in the log its digest and who brought it, before it counts."""
    path = case.folder / "people" / f"{party}.pub"
    if path.is_file() and path.read_bytes() == pem:
        return
    case.settings.person(by)
    with case.store.lease("case"):
        with case.store.commit() as unit:
            note(case, unit, Act.AMEND, by, subject=[Digested(f"{party}_key", digest_hex(pem))],
                 facts={"parts": ("parties",)})  # fmt: skip
        path.parent.mkdir(exist_ok=True)
        write_durably(path, pem)


def _put(tree: Any, part: str, entries: Mapping[str, Any]) -> None:
    outer, _, inner = part.partition(".")
    held = tree.setdefault(outer, {})
    if inner:
        if inner in _PARTIES and not entries.get("name"):
            held.pop(inner, None)
            return
        held = held.setdefault(inner, {})
    for name, value in entries.items():
        if value is None or value is False or value in ("", []):
            held.pop(name, None)
        else:
            held[name] = value


def _public_key(path: Path) -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = path.read_bytes()
    try:
        key = serialization.load_pem_public_key(raw)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey) or any(one.encode() in raw for one in _PRIVATE):
        raise Refusal("SH-E-327", name=shown(path.name))
    return raw


def _require_age(text: str) -> None:
    import pyrage

    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise Refusal("SH-E-327", name="age") from None


# ---- people -------------------------------------------------------------------------------------


def add_person(case: Case, told: Mapping[str, Any], *, by: str) -> Settings:
    """Name one more person of the case: id, name, duties, and on whose side they stand.

    Raises:
        Refusal: SH-E-002 what is told breaks the schema, as an id that is there already does.
    """

    def change(tree: Any) -> None:
        tree["people"] = [*tree["people"], {name: value for name, value in told.items() if value}]

    return change_case_file(case, change, by=by)


# ---- datasets and columns -----------------------------------------------------------------------


def confirm_dataset(
    case: Case, name: str, said: Mapping[str, Any], fields: Mapping[str, Mapping[str, str]], *,
    by: str,
) -> Settings:  # fmt: skip
    """A person's word on a dataset and on columns of it, in one act.

    `said`: role, about, scope and retention of the dataset, or nothing; `fields`: category, group
    and whom it is about, per column. What is empty stays as the inventory says; a column without
    any word loses the word that it had.

    Raises:
        Refusal: SH-E-301 no such dataset or column; SH-E-312 no such word.
    """
    _require_known(case, name, fields)
    for words in (said, *fields.values()):
        _require_words(words)

    def change(tree: Any) -> None:
        if said:
            _put_word(tree, "datasets", name, said, by=by)
        for field, words in fields.items():
            _put_word(tree, "fields", f"{name}.{field}", words, by=by)

    return change_case_file(case, change, by=by)


def _put_word(tree: Any, section: str, name: str, words: Mapping[str, Any], *, by: str) -> None:
    """A word over what was said before; one without anything takes what was said away."""
    held = tree.setdefault(section, {})
    before = {part: value for part, value in dict(held.get(name) or {}).items()
              if part not in words}  # fmt: skip
    entry = {part: value for part, value in words.items() if value}
    if entry:
        held[name] = before | entry | {"by": by}
    else:
        held.pop(name, None)
    if not held:
        del tree[section]


def _require_known(case: Case, name: str, fields: Mapping[str, Any]) -> None:
    told = next((one for one in register_of(case).datasets if one.name == name), None)
    if told is None:
        raise Refusal("SH-E-301", name=shown(name))
    known = {one.field for one in told.fields}
    for field in fields:
        if field not in known:
            raise Refusal("SH-E-301", name=shown(f"{name}.{field}"))


def _require_words(words: Mapping[str, Any]) -> None:
    from shanhou.inventory.kinds import About, Category, FieldGroup, Role, Scope
    from shanhou.law.load import load_rulebook

    kinds = {"category": Category, "group": FieldGroup, "about": About, "role": Role,
             "scope": Scope}  # fmt: skip
    for part, known in kinds.items():
        word = words.get(part)
        if word and word not in list(known):
            raise Refusal("SH-E-312", word=shown(str(word)), allowed=" ".join(known))
    periods = [one.id for one in load_rulebook().periods]
    for one in words.get("retention") or ():
        if one not in periods:
            raise Refusal("SH-E-312", word=shown(str(one)), allowed=" ".join(periods))


# ---- what is owed, and words on facts -----------------------------------------------------------


def add_obligation(case: Case, told: Mapping[str, Any], *, by: str) -> Settings:
    """One kind of thing that customers are still owed, and who owns it after the exit.

    Raises:
        Refusal: SH-E-301 no such column; SH-E-002 what is told breaks the schema.
    """
    from shanhou.disposition.holdings import field_of

    done = collected(case)
    for name in ("field", "amount"):
        if told.get(name):
            field_of(str(told[name]), done)

    def change(tree: Any) -> None:
        entry = {name: value for name, value in told.items() if value}
        tree["obligations"] = [*(tree.get("obligations") or ()), entry | {"by": by}]

    return change_case_file(case, change, by=by)


def drop_obligation(case: Case, field: str, *, by: str) -> Settings:
    """Take one kind of debt out of the ledger.

    Raises:
        Refusal: SH-E-301 none of that column stands there.
    """
    if all(one.field != field for one in case.settings.obligations):
        raise Refusal("SH-E-301", name=shown(field))

    def change(tree: Any) -> None:
        tree["obligations"] = [one for one in tree["obligations"] if str(one["field"]) != field]
        if not tree["obligations"]:
            del tree["obligations"]

    return change_case_file(case, change, by=by)


def declare_together(
    case: Case, words: Sequence[Said], *, scope: str, by: str, evidence: Path
) -> int:
    """A person's words on several facts that rest on one document; how many.

    Raises:
        Refusal: SH-E-328 none was given; and as `declare`: where one does not hold, none is taken.
    """
    if not words:
        raise Refusal("SH-E-328")
    for one in words:
        declarable(case, one.fact, one.value, scope=scope, datasets=datasets_of(case))
    for one in words:
        declare(case, one.fact, one.value, scope=scope, by=by, evidence=evidence)
    return len(words)
