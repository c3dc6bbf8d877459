"""What the tests of deliveries share: errors not yet in the catalogue, keys, small tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from shanhou import errors

_OWN = sorted(Path(__file__).parents[2].glob("errors.*.yaml"))


@pytest.fixture(scope="session", autouse=True)
def _known_errors() -> Iterator[None]:
    """Errors of this room are known to its tests before the catalogue has taken them in."""
    known = dict(errors.catalogue() or {})
    for path in _OWN:
        known = {**yaml.safe_load(path.read_text(encoding="utf8")), **known}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "catalogue", lambda: known)
        yield
