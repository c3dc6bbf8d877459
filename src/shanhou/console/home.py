"""Where a console lives: a folder with its database, its secret key and the folders of its cases.

`console.yaml` in that folder is optional; without it the console serves one office on loopback.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shanhou.errors import Refusal

VARIABLE = "SHANHOU_CONSOLE"
"""The environment variable that names the folder to the processes of a console."""
CASES = "SHANHOU_CONSOLE_CASES"
"""Another folder of cases than the file says, for this run."""
PART = "SHANHOU_CONSOLE_PART"
"""`web` in the process that serves pages: it may sign in to the database with less."""
FILE = "console.yaml"


class Told(BaseModel):
    """What `console.yaml` may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost"), description="names it answers to"
    )
    https: bool = Field(default=False, description="served over HTTPS by what stands before it")
    database: str = Field(
        default="", description="postgresql://USER@HOST:PORT/NAME; SQLite without"
    )
    password: str = Field(default="", description="of the database: env:NAME or file:PATH")
    web_database: str = Field(
        default="", description="the same database for the web process, by a role that owns nothing"
    )
    web_password: str = Field(default="", description="of that role: env:NAME or file:PATH")
    cases: str = Field(default="cases", description="the folder that holds the case folders")
    told_hosts: tuple[str, ...] = Field(
        default=(), description="hosts of the own network that may be told of events, also by http"
    )
    public_name: str = Field(default="", description="whose console this is, shown on top")


@dataclass(frozen=True)
class Home:
    """A console's folder and what its file says."""

    folder: Path

    @cached_property
    def told(self) -> Told:
        """What the file says.

        Raises:
            Refusal: SH-E-860 it cannot be read as such a file.
        """
        import yaml

        path = self.folder / FILE
        if not path.is_file():
            return Told()
        try:
            return Told.model_validate(yaml.safe_load(path.read_text(encoding="utf8")) or {})
        except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
            problem = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "YAML"
            raise Refusal("SH-E-860", path=FILE, problem=problem) from None

    @property
    def cases(self) -> Path:
        return (self.folder / (os.environ.get(CASES) or self.told.cases)).resolve()

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    def case_folder(self, number: str) -> Path:
        """The folder of a case: always one right below the folder of the cases."""
        return self.cases / number

    def secret_key(self) -> str:
        """The key that signs sessions, made at the first start."""
        path = self.folder / "secret.key"
        if not path.is_file():
            from shanhou.vault.keys import write_durably

            write_durably(path, secrets.token_urlsafe(48).encode(), private=True)
        return path.read_text(encoding="ascii").strip()

    def database(self) -> dict[str, Any]:
        """Django's settings of the one database."""
        if not self.told.database:
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": self.folder / "console.db",
                "OPTIONS": {
                    "timeout": 20,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "pragma journal_mode=wal; pragma synchronous=full",
                },
            }
        from sqlalchemy.engine import make_url

        from shanhou.wiring import read_secret

        web = os.environ.get(PART) == "web" and self.told.web_database
        told = self.told
        url = make_url(told.web_database if web else told.database)
        reference = told.web_password if web else told.password
        secret = read_secret(reference, self.folder).decode() if reference else ""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.database,
            "USER": url.username or "",
            "PASSWORD": secret,
            "HOST": url.host or "",
            "PORT": str(url.port or ""),
            # each request is served in a thread of its own, which would leave its connection open
            "CONN_MAX_AGE": 0,
        }


def home() -> Home:
    """The console that this process belongs to."""
    folder = Path(os.environ.get(VARIABLE, "console")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return Home(folder)
