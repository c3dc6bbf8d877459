"""命令行: the commands of design section 8; each is thin, the work is in `flow`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

USAGE = 64
INTERRUPTED = 130


def main() -> None:
    """The door of the command line: errors become words and exit codes here and nowhere else."""
    import typer

    from shanhou.cli.telling import tell_error
    from shanhou.errors import Coded

    try:
        code = whole_app()(standalone_mode=False)
    except Coded as error:
        tell_error(error)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except _wrong_usage() as error:
        error.show()
        code = USAGE
    sys.exit(code if isinstance(code, int) else 0)


def whole_app() -> typer.Typer:
    """The app with every command on it, in the order of a case."""
    from importlib import import_module

    from shanhou.cli.app import app

    for name in ("commands", "acting", "asking"):
        import_module(f"shanhou.cli.{name}")
    return app


def _wrong_usage() -> type[typer.BadParameter]:
    """The ancestor of every wrong usage: the parser is typer's own copy or click's, by version."""
    import typer

    usage: type[typer.BadParameter] = typer.BadParameter.__mro__[2]
    return usage
