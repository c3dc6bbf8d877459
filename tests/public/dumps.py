"""Loads a public dump into an empty database, as its README says."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa


def load_postgresql(url: str, dump: Path) -> None:
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(dump.read_text(encoding="utf8").encode())
        # the dump leaves the search path empty for whoever shares the session
        cursor.execute("set search_path to public")
    engine.dispose()


def load_mariadb(url: str, dump: Path) -> None:
    from pymysql.constants import CLIENT

    text = dump.read_text(encoding="utf8").replace("utf8mb4_0900_ai_ci", "utf8mb4_general_ci")
    engine = sa.create_engine(
        url.replace("mysql://", "mysql+pymysql://"),
        connect_args={"client_flag": CLIENT.MULTI_STATEMENTS, "charset": "utf8mb4"},
    )
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("set sql_mode = ''")
        cursor.execute(text)
        while cursor.nextset():
            pass
    engine.dispose()
