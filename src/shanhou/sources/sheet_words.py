"""What the process that reads a workbook and the one that asks it have agreed on."""

DONE = b"."
"""Follows a whole answer: an Arrow stream that was cut off may look like one that ended."""
PASSWORD, DAMAGED = 3, 4
"""How the process ends when it cannot read the file."""
