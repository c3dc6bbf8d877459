"""The portal's tables lie in the portal's database, and nothing else does."""

from __future__ import annotations

from typing import Any

ALIAS = "portal"


class OwnDatabase:
    """Django asks here where a table lies."""

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        return ALIAS if _of_portal(model) else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self.db_for_read(model, **hints)

    def allow_relation(self, one: Any, other: Any, **_hints: Any) -> bool:
        return _of_portal(one) == _of_portal(other)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return (db == ALIAS) == (app_label == ALIAS)


def _of_portal(model: Any) -> bool:
    return bool(model._meta.app_label == ALIAS)  # noqa: SLF001 - Django's own name
