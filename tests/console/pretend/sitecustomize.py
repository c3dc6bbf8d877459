"""What a console under test pretends, for what cannot be waited for: another time of day, and a
language that no translator wrote. Python loads this by itself where its folder is in the path.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_CLOCK = os.environ.get("SHANHOU_TEST_CLOCK", "")
_PSEUDO = os.environ.get("SHANHOU_TEST_PSEUDO", "")

if _CLOCK:
    _now = time.time

    def moved() -> float:
        """The time, moved by the seconds that the file tells."""
        return _now() + float(Path(_CLOCK).read_text("ascii"))

    time.time = moved

if _PSEUDO:
    from shanhou.console import words

    _told = words.words

    def pseudo() -> dict[str, dict[str, str]]:
        """Every phrase in brackets, with accents, and two fifths longer."""
        accents = str.maketrans("aeiounc", "áéíóúñç")

        def dressed(text: str) -> str:
            parts, depth = [], 0
            for mark in text:
                depth += (mark == "{") - (mark == "}")
                parts.append(mark if depth or mark == "}" else mark.translate(accents))
            longer = "~" * max(2, round(len(text) * 0.4))
            return f"⟦{''.join(parts)}{longer}⟧"

        return {name: {"zh": dressed(both["zh"]), "en": dressed(both["en"])}
                for name, both in _told().items()}  # fmt: skip

    words.words = pseudo
