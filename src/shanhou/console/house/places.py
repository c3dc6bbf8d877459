"""Where a program broke, for its log: a kind of trouble, a function, a line; never a value."""

from __future__ import annotations

import traceback


def place_of(error: BaseException) -> str:
    """The innermost place that an error came from, without what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name} line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
