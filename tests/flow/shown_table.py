"""Tables of a trial, printed even where output is captured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def shown(config: pytest.Config) -> Iterator[None]:
    """Print to the terminal even where output is captured."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        yield
        return
    with capture.global_and_fixture_disabled():
        yield
