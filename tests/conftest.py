"""What every test may ask for: private servers, and the public data beside the checkout."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import servers

# as the product does before it opens a workbook; tests open some first
os.environ.setdefault("OPENPYXL_LXML", "False")
_NUMBERS = count(1)
# a busy machine makes a drawing slow, never wrong
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Server]:
    """One private PostgreSQL per test process."""
    folder = Path(tempfile.mkdtemp(prefix="shanhou-pg-"))
    try:
        with servers.postgresql(folder) as server:
            yield server
    except servers.Absent as absent:
        _without(str(absent))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[servers.Server]:
    """One private MariaDB per test process."""
    folder = Path(tempfile.mkdtemp(prefix="shanhou-my-"))
    try:
        with servers.mariadb(folder) as server:
            yield server
    except servers.Absent as absent:
        _without(str(absent))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: servers.Server) -> str:
    """The address of a fresh PostgreSQL database."""
    return postgres_server.database(f"t{next(_NUMBERS)}")


@pytest.fixture
def mariadb(mariadb_server: servers.Server) -> str:
    """The address of a fresh MariaDB database."""
    return mariadb_server.database(f"t{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The public data sets, where they stand beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public data is not beside the checkout")
    return folder


def _without(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
