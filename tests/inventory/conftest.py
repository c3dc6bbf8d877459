from __future__ import annotations

import socket
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def databases() -> Path:
    folder = SHARED / "databases"
    if not folder.is_dir():
        pytest.skip("the public data does not stand beside the checkout")
    return folder


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inventory works with the network cut off."""

    def refuse(*_: object, **__: object) -> None:
        message = "the inventory opened a socket"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ibis 12 calls a method that DuckDB 1.5.5 deprecates: theirs to settle, not ours."""
    ignored = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(ignored)
