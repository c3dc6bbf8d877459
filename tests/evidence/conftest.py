"""Errors of this room are known to its tests before the catalogue has taken them in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from shanhou import errors

_OWN = Path(__file__).parents[2] / "errors.evidence.yaml"


@pytest.fixture(scope="session", autouse=True)
def _known_errors() -> Iterator[None]:
    own = yaml.safe_load(_OWN.read_text(encoding="utf8")) if _OWN.exists() else {}
    known = {**own, **(errors.catalogue() or {})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "catalogue", lambda: known)
        yield
