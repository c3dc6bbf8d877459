"""The folder of a console or portal: what its file says, its keys, its one database."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from shanhou.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

Told = TypeVar("Told", bound=BaseModel)
_KEPT_OPEN = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
"""Each thread keeps its connection for ten minutes and looks whether it still stands."""


def told_by(path: Path, shape: type[Told]) -> Told:
    """What a file of settings says; its defaults where there is none.

    Raises:
        Refusal: SH-E-860 it cannot be read as such a file.
    """
    import yaml

    if not path.is_file():
        return shape()
    try:
        return shape.model_validate(yaml.safe_load(path.read_text(encoding="utf8")) or {})
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        problem = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "YAML"
        raise Refusal("SH-E-860", path=path.name, problem=problem) from None


def kept_key(path: Path, size: int = 32) -> str:
    """A key of its own, of so many bytes in hexadecimal, made when it is first asked for."""
    if not path.is_file():
        from shanhou.vault.keys import write_durably

        write_durably(path, secrets.token_hex(size).encode(), private=True)
    return path.read_text(encoding="ascii").strip()


def sqlite(path: Path, *pragmas: str) -> dict[str, Any]:
    """Django's settings of a database in one file."""
    asked = ("journal_mode=wal", "synchronous=full", *pragmas)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        **_KEPT_OPEN,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "; ".join(f"pragma {one}" for one in asked),
        },
    }


def postgresql(address: str, password: str, folder: Path) -> dict[str, Any]:
    """Django's settings of a database of a server; `password` is env:NAME or file:PATH."""
    from sqlalchemy.engine import make_url

    from shanhou.wiring.secrets import read_secret

    url = make_url(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username or "",
        "PASSWORD": read_secret(password, folder).decode() if password else "",
        "HOST": url.host or "",
        "PORT": str(url.port or ""),
        **_KEPT_OPEN,
    }
