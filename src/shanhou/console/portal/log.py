"""What the portal writes to its log: when, where in the program, what kind of trouble; no value."""

from __future__ import annotations

import logging

from shanhou.console.house.places import place_of


class PlaceOnly(logging.Formatter):
    """Neither the message, which may hold a path with a link, nor the frames of an error."""

    def format(self, record: logging.LogRecord) -> str:
        told = f"{self.formatTime(record)} {record.levelname} {record.name}"
        if not record.exc_info or record.exc_info[1] is None:
            return told
        return f"{told} {place_of(record.exc_info[1])}"
