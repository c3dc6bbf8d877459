"""How many parts an SMS is sent in, and whether it is one that people can trust. No I/O."""

from __future__ import annotations

import re

# GSM 03.38 and 3GPP TS 23.040: 140 bytes; a text in parts loses 6 to their header. Chinese goes
# as UCS-2, two bytes a character; Chinese operators bill every text so (67 and 70)
SINGLE, PART = 70, 67
_LINK = re.compile(
    r"https?:|www\.|[\w-]\.(?:com|cn|net|top|vip|cc|xyz|me|ly)\b(?<!@)", re.ASCII | re.IGNORECASE
)
_MAIL = re.compile(r"[\w.+-]+@[\w.-]+", re.ASCII)


def segments(text: str) -> int:
    """The parts of a text: one up to 70 characters, else one for each 67."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= SINGLE else -(-units // PART)


def has_link(text: str) -> bool:
    """Whether a text holds what can be tapped; an e-mail address is none."""
    return bool(_LINK.search(_MAIL.sub("", text)))
