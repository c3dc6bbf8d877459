"""Strings that break pages which trust them; written here, none copied."""

from __future__ import annotations

SCRIPT = "<script>alert(1)</script>"
STRINGS = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(2)</script>",
    "javascript:alert(3)",
    "{{ seat.held.folder }}{% load static %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "\u202egnp.exe\u202c مرحبا",
    "\u2066a\u2069\u200b\ufeff",
    "👩‍👩‍👧‍👦🇨🇳",
    "𠮷𡈽㐂龘",
    '=HYPERLINK("http://evil.example")',
    "+1-2|cmd",
    "@SUM(1)",
    "%s%n%x {0} {name}",
    "../../etc/passwd",
    "' or 1=1 --",
    "a" * 5000,
    "&lt;b&gt;&amp;amp;",
    "line\nbreak\ttab",
)
LIVE = ("<script>alert(", "<img src=x", "<svg/onload", "</title><script")
"""What must never stand in a page as it is."""
