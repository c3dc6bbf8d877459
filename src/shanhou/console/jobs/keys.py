"""People's own keys, made and opened by the worker; a passphrase is kept nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.errors import Fault, Refusal

if TYPE_CHECKING:
    from shanhou.cases.parties import Person
    from shanhou.wiring import Case

_PEOPLE = "people"


def key_file(folder: Path, person: str) -> Path:
    return folder / _PEOPLE / f"{person}.key"


def has_key(folder: Path, person: Person) -> bool:
    """Whether the person's key lies with the case and the case file names it."""
    return bool(person.key) and key_file(folder, person.id).is_file()


def make_own_key(case: Case, person: str, passphrase: str) -> None:
    """A new key for a person who has none, sealed with a passphrase only they know.

    Raises:
        Refusal: SH-E-861 the passphrase is too short, or there is a key already.
    """
    from shanhou.flow.amending import change_case_file
    from shanhou.vault.person_keys import new_person_key

    path = key_file(case.folder, person)
    if path.exists():
        raise Refusal("SH-E-861", person=person, problem="key")
    if len(passphrase) < 12:
        raise Refusal("SH-E-861", person=person, problem="passphrase")
    path.parent.mkdir(exist_ok=True)
    new_person_key(path, passphrase.encode())

    def name_it(tree: object) -> None:
        for one in tree["people"]:  # type: ignore[index]
            if one["id"] == person:
                one["key"] = f"{_PEOPLE}/{person}.pub"

    change_case_file(case, name_it, by=person)


def open_own_key(folder: Path, person: str, passphrase: str) -> bytes:
    """The person's key.

    Raises:
        Refusal: SH-E-501 they have none here; SH-E-918 the passphrase does not open it.
    """
    from shanhou.vault.person_keys import open_person_key

    path = key_file(folder, person)
    if not path.is_file():
        raise Refusal("SH-E-501", person=person)
    try:
        return open_person_key(path, passphrase.encode())
    except Fault:
        raise Refusal("SH-E-918", person=person) from None
