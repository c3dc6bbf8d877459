"""Where the portal lives: a folder of its own, so that its process needs to read nothing else.

`portal.yaml` in it is optional; without it the portal serves on loopback, for a trial.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shanhou.console.house.homes import kept_key, postgresql, sqlite, told_by
from shanhou.errors import Refusal

VARIABLE = "SHANHOU_PORTAL"
"""The environment variable that names the folder to the portal's process."""
FILE, FOLDER = "portal.yaml", "portal"
WORKER_PUBLIC = "worker.pub"
PRINT_COOKIE = "print"
"""Whether somebody reads in large print."""


class Told(BaseModel):
    """What `portal.yaml` may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost"), description="names it answers to"
    )
    https: bool = Field(default=False, description="served over HTTPS by what stands before it")
    database: str = Field(
        default="",
        description="postgresql://ROLE@HOST:PORT/NAME, its own role; SQLite without",
    )
    password: str = Field(default="", description="of that role: env:NAME or file:PATH")


@dataclass(frozen=True)
class PortalHome:
    """The portal's folder and what its file says."""

    folder: Path

    @cached_property
    def told(self) -> Told:
        """What the file says.

        Raises:
            Refusal: SH-E-860 it cannot be read as such a file.
        """
        return told_by(self.folder / FILE, Told)

    @property
    def visit_cookie(self) -> str:
        return "__Host-visit" if self.told.https else "visit"

    def secret_key(self) -> str:
        """The key that signs forms, made at the first start."""
        return kept_key(self.folder / "secret.key")

    def pepper(self) -> bytes:
        """What codes and addresses are hashed with; it lies beside the database, never in it."""
        return bytes.fromhex(kept_key(self.folder / "pepper.key"))

    def worker_public(self) -> str:
        """The worker's public key, to which everything that customers say is sealed.

        Raises:
            Refusal: SH-E-880 no worker was here yet.
        """
        path = self.folder / WORKER_PUBLIC
        if not path.is_file():
            raise Refusal("SH-E-880")
        return path.read_text(encoding="ascii").strip()

    def database(self) -> dict[str, Any]:
        """Django's settings of the portal's one database."""
        told = self.told
        if not told.database:
            return sqlite(self.folder / "portal.db", "secure_delete=on")
        return postgresql(told.database, told.password, self.folder)


def portal_home(folder: Path) -> PortalHome:
    """The portal that lies in a folder, made where there is none."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return PortalHome(folder)


def home() -> PortalHome:
    """The portal that this process belongs to."""
    return portal_home(Path(os.environ.get(VARIABLE, "console/portal")))
