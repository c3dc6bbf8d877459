"""The register as text, to be kept in the case and read back the same."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shanhou.inventory.register import Register


def register_text(register: Register) -> str:
    """The register as JSON."""
    text: bytes = _adapter().dump_json(register)
    return text.decode()


def read_register(text: str) -> Register:
    """The register from its JSON, checked."""
    register: Register = _adapter().validate_json(text)
    return register


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    from shanhou.inventory.register import Register

    return TypeAdapter(Register)
