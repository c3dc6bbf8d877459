"""命令行: the commands of design section 8; each is thin, the work is in `flow`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from shanhou.errors import Fault

USAGE = 64
INTERRUPTED = 130
DEBUG = "SHANHOU_DEBUG"
"""Set: a mistake of the program is shown with its frames and its message."""


def main() -> None:
    """The door of the command line: errors become words and exit codes here and nowhere else."""
    import typer

    from shanhou.cli.telling import tell, tell_error
    from shanhou.errors import Coded

    try:
        code = whole_app()(standalone_mode=False)
    except Coded as error:
        tell_error(error)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        tell("interrupted")
        code = INTERRUPTED
    except _wrong_usage() as error:
        error.show()
        code = USAGE
    except Exception as error:  # the last door: a person gets words, not frames
        if os.environ.get(DEBUG):
            raise
        fault = _unforeseen(error)
        tell_error(fault)
        code = fault.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _unforeseen(error: Exception) -> Fault:
    """A mistake of ours, told without its message: that may quote a cell."""
    import traceback

    from shanhou.errors import Fault

    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "shanhou" in Path(one.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return Fault("SH-E-009", kind=type(error).__name__, place=place, variable=DEBUG)


def whole_app() -> typer.Typer:
    """The app with every command on it, in the order of a case."""
    from importlib import import_module

    from shanhou.cli.app import app

    names = (
        "gathering",
        "reviewing",
        "cleaning",
        "pairing",
        "deciding",
        "notifying",
        "acting",
        "delivering",
        "asking",
        "law",
        "articles",
        "dates",
        "holding",
        "requests",
        "disclosing",
        "handing_back",
        "documents",
        "serving",
        "bench",
    )
    for name in (*names, "bench"):
        import_module(f"shanhou.cli.{name}")
    return app


def _wrong_usage() -> type[typer.BadParameter]:
    """The ancestor of every wrong usage: the parser is typer's own copy or click's, by version."""
    import typer

    usage: type[typer.BadParameter] = typer.BadParameter.__mro__[2]
    return usage
