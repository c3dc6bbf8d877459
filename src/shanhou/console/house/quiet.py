"""What a console writes of itself names no address that opens something by itself."""

from __future__ import annotations

import logging
import re

from shanhou.console.house.places import place_of

_SECRET = re.compile(r"(/(?:shown|invited)/)[^/\s?]+")
"""The addresses whose last part is a secret."""


class WithoutSecrets(logging.Filter):
    """A line of the log keeps which kind of page was asked for, not the secret that opens it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRET.sub(r"\1…", record.getMessage()), ()
        return True


class OneLine(logging.Formatter):
    """What went wrong in one line: where in the program, without the frames, which may hold what
    was being read; of what was only forbidden or not found, nothing more.
    """

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        plain = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        told = super().format(plain)
        if error is None or record.levelno < logging.ERROR:
            return told
        return f"{told} {place_of(error)}"
