"""请求: what customers may ask for and must be answered (PIPL 44-50). No input or output."""

from __future__ import annotations

REQUEST_KINDS = ("access", "copy", "correction", "deletion", "portability", "restriction",
                 "explanation", "dispute", "relatives")  # fmt: skip
"""Answers that ask for something and stay open until somebody answered them (PIPL 44-50)."""
