"""A person's own Ed25519 key: a PEM file that opens with a passphrase."""

from __future__ import annotations

from pathlib import Path

from shanhou.errors import Fault, Refusal
from shanhou.vault.keys import write_durably


def new_person_key(path: Path, passphrase: bytes) -> bytes:
    """Make a key file (encrypted PKCS 8) beside its public key (`.pub`, PEM); the public PEM.

    Raises:
        Refusal: SH-E-201 there is a key at that place already.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if path.exists():
        raise Refusal("SH-E-201", key=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    write_durably(path.with_suffix(".pub"), public)
    write_durably(path, private, private=True)
    return public


def new_age_identity(path: Path) -> str:
    """Make an age identity (X25519) beside its recipient (`.pub`): what is sealed for a party
    opens with it. It has no passphrase: it belongs where only the party reaches it.

    Raises:
        Refusal: SH-E-201 there is a key at that place already.
    """
    import pyrage

    if path.exists():
        raise Refusal("SH-E-201", key=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    identity = pyrage.x25519.Identity.generate()
    recipient = str(identity.to_public())
    write_durably(path.with_name(f"{path.name}.pub"), recipient.encode() + b"\n")
    write_durably(path, str(identity).encode() + b"\n", private=True)
    return recipient


def open_person_key(path: Path, passphrase: bytes) -> bytes:
    """The raw private key (32 bytes).

    Raises:
        Refusal: SH-E-501 there is no key file at that place.
        Fault: SH-E-203 the passphrase is wrong or the file is no Ed25519 key.
    """
    from cryptography.hazmat.primitives import serialization

    if not path.is_file():
        raise Refusal("SH-E-501", person=path.stem)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
        return key.private_bytes(
            serialization.Encoding.Raw,
            serialization.PrivateFormat.Raw,
            serialization.NoEncryption(),
        )
    except (ValueError, TypeError):
        raise Fault("SH-E-203", key=path.name) from None
