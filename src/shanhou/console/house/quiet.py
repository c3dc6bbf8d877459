"""What a console writes of itself names no address that opens something by itself."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"(/(?:shown|invited)/)[^/\s?]+")
"""The addresses whose last part is a secret."""


class WithoutSecrets(logging.Filter):
    """A line of the log keeps which kind of page was asked for, not the secret that opens it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRET.sub(r"\1…", record.getMessage()), ()
        return True
