"""Which requests the portal takes, and in which order a page offers them."""

from __future__ import annotations

ASKS = ("access", "copy", "correction", "deletion", "portability", "restriction", "explanation",
        "dispute")  # fmt: skip
"""What a customer may ask for; each stays open until somebody answered it (PIPL 44-50)."""
TAKES_BACK = "withdrawal"
CONSENTS = ("consent_provision", "consent_contract", "consent_sensitive", "consent_guardian")
SAYS = ("objection",)
VALUES = ("granted", "refused")
WORDED = frozenset({"correction", "deletion", "explanation", "dispute", "restriction"})
"""Requests about which somebody may wish to write a few words."""
MOST_WORDS = 2_000
"""What is longer is refused with all that was typed, and never cut."""
QUESTIONS = ("understood", "easy", "trust")
MARKS = ("yes", "partly", "no")
