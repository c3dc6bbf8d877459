"""The second wall, on PostgreSQL: a query of the web process sees the rows of who asks, no others.

The first wall is that every view asks for a seat. Should a view forget, the database still gives
nothing of another case. The web role owns no table; the worker's role owns them and sees all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from shanhou.console.home import Home

WHO, KEY, MAKING = "shanhou.user", "shanhou.key", "shanhou.making"
"""Who asks; the digest of a token or link that was shown; the number of a case being made."""


def asked_by(user: int | None, *, key: str = "") -> None:
    """From here on the rows are those of this account, of nobody without one; and those of the
    token or link with that digest.
    """
    _set(**{WHO: "" if user is None else str(user), KEY: key, MAKING: ""})


def known_by(digest: str) -> None:
    """Besides, the case of a token or link whose secret was shown."""
    _set(**{KEY: digest})


def making(number: str) -> None:
    """Besides, the case of this number, which is being made."""
    _set(**{MAKING: number})


def _set(**values: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            asked = ", ".join("set_config(%s, %s, false)" for _ in values)
            cursor.execute(f"select {asked}", [word for pair in values.items() for word in pair])


def let_in(home: Home) -> None:
    """What the web role may do with the tables, asked anew after every change of them."""
    if connection.vendor != "postgresql" or not home.told.web_database:
        return
    from sqlalchemy.engine import make_url

    role = connection.ops.quote_name(make_url(home.told.web_database).username or "")
    with connection.cursor() as cursor:
        for what in (
            "usage on schema public",
            "select, insert, update, delete on all tables in schema public",
            "usage on all sequences in schema public", "execute on function shanhou_cases()",
        ):  # fmt: skip
            cursor.execute(f"grant {what} to {role}")
        cursor.execute(f"revoke insert, update, delete on django_migrations from {role}")
