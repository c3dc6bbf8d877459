"""Where a console lives: a folder with its database, its secret key and the folders of its cases.

`console.yaml` in that folder is optional; without it the console serves one office on loopback.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shanhou.console.house.homes import kept_key, postgresql, sqlite, told_by
from shanhou.errors import Refusal

VARIABLE = "SHANHOU_CONSOLE"
"""The environment variable that names the folder to the processes of a console."""
CASES = "SHANHOU_CONSOLE_CASES"
"""Another folder of cases than the file says, for this run."""
PART = "SHANHOU_CONSOLE_PART"
"""`web` in the process that serves pages: it may sign in to the database with less."""
FILE = "console.yaml"


DIRECTORY_KINDS = ("oidc",)
"""The ways of signing in elsewhere that are here; any other is refused at the start."""


class SignIn(BaseModel):
    """A directory of the house, by which people may sign in besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="stands in the way back")
    kind: str = Field(default="oidc", description="oidc; others by a bridge that speaks it")
    name: str = Field(min_length=1, max_length=60, description="what the button says")
    server: str = Field(description="the issuer's address, exactly as its tokens write it")
    client: str = Field(min_length=1, description="client id that the directory gave the console")
    secret: str = Field(description="client secret: env:NAME or file:PATH")


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
    case_state: Literal["folder", "database"] = Field(
        default="folder", description="where the state of a case lies that is made on the screens"
    )
    cases: str = Field(default="cases", description="the folder that holds the case folders")
    told_hosts: tuple[str, ...] = Field(
        default=(), description="hosts of the own network that may be told of events, also by http"
    )
    sign_in: tuple[SignIn, ...] = Field(
        default=(), description="directories by which people may sign in besides"
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
        return told_by(self.folder / FILE, Told)

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
        return kept_key(self.folder / "secret.key", 48)

    def directories(self) -> tuple[dict[str, str], ...]:
        """The directories that people may sign in by, with their secrets.

        Raises:
            Refusal: SH-E-871 one is of a kind that is not here, or out of form; SH-E-004 its secret
                is not there.
        """
        from shanhou.wiring.secrets import read_secret

        told = self.told.sign_in
        if len({one.id for one in told}) < len(told):
            raise Refusal("SH-E-871", directory="sign_in", problem="twice")
        for one in told:
            if one.kind not in DIRECTORY_KINDS:
                raise Refusal("SH-E-871", directory=one.id, problem=one.kind)
        return tuple(
            {"id": one.id, "name": one.name, "server": one.server, "client": one.client,
             "secret": read_secret(one.secret, self.folder).decode()}
            for one in told
        )  # fmt: skip

    def database(self) -> dict[str, Any]:
        """Django's settings of the one database."""
        told = self.told
        if not told.database:
            return sqlite(self.folder / "console.db", "secure_delete=on")
        if os.environ.get(PART) == "web" and told.web_database:
            return postgresql(told.web_database, told.web_password, self.folder)
        return postgresql(told.database, told.password, self.folder)


def home() -> Home:
    """The console that this process belongs to."""
    folder = Path(os.environ.get(VARIABLE, "console")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return Home(folder)
