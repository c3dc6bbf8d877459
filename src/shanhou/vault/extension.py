"""The engine's own encryption, which it reads from a file of a package instead of fetching it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from shanhou.errors import Fault


def extension_file() -> Path:
    """The file to load.

    Raises:
        Fault: SH-E-207 the package is not there.
    """
    found = find_spec("duckdb_extension_httpfs")
    places = list(found.submodule_search_locations or ()) if found else []
    for place in places:
        for path in sorted(Path(place).glob("extensions/*/httpfs.duckdb_extension")):
            return path
    raise Fault("SH-E-207", extension="httpfs")
