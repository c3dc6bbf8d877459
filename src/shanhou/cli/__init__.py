"""命令行: the commands of design section 8; each is thin, the work is in `flow`."""

from __future__ import annotations

import sys


def main() -> None:
    """The door of the command line: errors become words and exit codes here and nowhere else."""
    from shanhou.cli.commands import app
    from shanhou.cli.telling import tell_error
    from shanhou.errors import Coded

    try:
        app(standalone_mode=False)
    except Coded as error:
        tell_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit:
        raise
    except Exception as error:
        sys.exit(_usage(error))


def _usage(error: Exception) -> int:
    """A wrong usage is told by click itself (64); anything else is a bug and crashes."""
    import click

    if isinstance(error, click.exceptions.Abort):
        return 130
    if not isinstance(error, click.ClickException):
        raise error
    error.show()
    return 64
