"""The evidence folder: everything an outsider needs to check a case, and nothing else.

```
checkpoint  tile/…            the log                keys/log.vkey  keys/<id>.pub
statements/<name>.json .sig   what people signed     keys/<id>.<mark>.passkey
statements/<name>.webauthn     how a passkey did     certificates/<number>.json .pdf
proofs/<number>.tlog-proof    each certificate's path into the log
HOW-TO-VERIFY.*.md verify.sh verify.html  for the reader   manifest.sha256 manifest.note
```
The same contents give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import resources
from pathlib import Path

from shanhou.errors import Fault
from shanhou.evidence.entry import Act, Digested, parse_entry
from shanhou.evidence.log import CHECKPOINT, Log, read_log, write_log
from shanhou.evidence.note import Checkpoint, Signer, base64_lines, sign_note
from shanhou.evidence.passkey import is_by_passkey
from shanhou.evidence.statement import (
    SignedStatement,
    Statement,
    parse_statement,
    public_key_pem,
)
from shanhou.evidence.verify_page import VERIFY_PAGE, verify_page
from shanhou.vault.keys import write_durably

MANIFEST = "manifest.sha256"
MANIFEST_NOTE = "manifest.note"
LOG_KEY = "keys/log.vkey"
ASSERTION = "webauthn"
GUIDES = ("verify.sh", "HOW-TO-VERIFY.zh.md", "HOW-TO-VERIFY.en.md")
MANIFEST_HEADER = "shanhou evidence manifest v1"
# One exact form, so that the shell verifier can read it line by line.
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_ALLOWED = re.compile(
    r"checkpoint|manifest\.(sha256|note)|verify\.(sh|html)|HOW-TO-VERIFY\.(zh|en)\.md|keys/log\.vkey"
    r"|keys/[^/]+\.(pub|passkey)|statements/[^/]+\.(json|sig|webauthn)"
    r"|certificates/[^/]+\.(json|pdf)"
    r"|proofs/[^/]+\.tlog-proof|tile/.+"
)


@dataclass(frozen=True)
class CertificateFiles:
    """A certificate as its record (canonical JSON) and its face (PDF)."""

    number: str
    record: bytes
    pdf: bytes

    @property
    def digested(self) -> tuple[Digested, Digested]:
        """What the `certify` entry and the certificate statement name."""
        path = f"certificates/{self.number}"
        return digested(f"{path}.json", self.record), digested(f"{path}.pdf", self.pdf)


@dataclass(frozen=True)
class Pack:
    """The contents of an evidence folder.

    `keys` are raw Ed25519 public keys by the id statements are signed under; `passkeys` by their
    path; `statements` by a name of letters, digits, dots and hyphens.
    """

    origin: str
    entries: Sequence[bytes]
    keys: Mapping[str, bytes] = field(default_factory=dict)
    passkeys: Mapping[str, bytes] = field(default_factory=dict)
    statements: Mapping[str, SignedStatement] = field(default_factory=dict)
    certificates: Sequence[CertificateFiles] = ()
    cosignatures: Sequence[str] = ()


def key_digested(by: str, public: bytes) -> Digested:
    """What the entry names that makes a person's public key known."""
    return digested(f"keys/{by}.pub", public_key_pem(public))


def statement_digested(name: str, statement: SignedStatement) -> Digested:
    """What the entry names that takes a signed statement into the log."""
    return digested(f"statements/{name}.json", statement.raw)


def assertion_digested(name: str, statement: SignedStatement) -> Digested:
    """What the entry names besides, where a passkey signed."""
    return digested(f"statements/{name}.{ASSERTION}", statement.signature)


def files_of(stem: str, said: Statement) -> set[str]:
    """The two files of a statement: itself, and how it was signed."""
    return {f"{stem}.json", f"{stem}.{ASSERTION if is_by_passkey(said.facts) else 'sig'}"}


def digested(name: str, content: bytes) -> Digested:
    return Digested(name, sha256(content).hexdigest())


def assemble(pack: Pack, folder: Path, *, signer: Signer) -> Checkpoint:
    """Write the evidence folder, or bring it up to date.

    Raises:
        Fault: SH-E-702, the log there holds other entries; SH-E-710, a name no verifier reads.
    """
    files = _files(pack, signer)
    for path in files:
        if not FILE_NAME.fullmatch(path) or not _ALLOWED.fullmatch(path):
            raise Fault("SH-E-710", path=path)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = write_log(
        pack.entries,
        folder,
        origin=pack.origin,
        signer=signer,
        cosignatures=pack.cosignatures,
    )
    files |= _proofs(pack, read_log(folder, signer.vkey), (folder / CHECKPOINT).read_bytes())
    _drop_stale(folder, set(files))
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        if not target.exists() or target.read_bytes() != content:
            write_durably(target, content)
    write_manifest(folder, origin=pack.origin, signer=signer)
    return checkpoint


def write_manifest(folder: Path, *, origin: str, signer: Signer) -> None:
    """Name every file with its digest, and sign that."""
    lines = [
        f"{sha256((folder / path).read_bytes()).hexdigest()}  {path}\n"
        for path in found_files(folder)
        if path not in {MANIFEST, MANIFEST_NOTE}
    ]
    manifest = "".join(lines).encode("ascii")
    write_durably(folder / MANIFEST, manifest)
    write_durably(folder / MANIFEST_NOTE, sign_note(manifest_text(manifest, origin), signer))


def manifest_text(manifest: bytes, origin: str) -> str:
    """The text that is signed for a manifest."""
    return f"{MANIFEST_HEADER}\n{origin}\n{sha256(manifest).hexdigest()}\n"


def found_files(folder: Path) -> list[str]:
    """Every path under the folder that is no folder itself, in byte order."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )


def belongs(path: str) -> bool:
    """Whether a path has a place in an evidence folder."""
    return bool(FILE_NAME.fullmatch(path) and _ALLOWED.fullmatch(path))


def certified_at(entries: Sequence[bytes], record: Digested) -> int | None:
    """The index of the first `certify` entry that names a certificate's record."""
    for index, raw in enumerate(entries):
        if record.sha256.encode("ascii") in raw:
            entry = parse_entry(raw)
            if entry.act is Act.CERTIFY and record in entry.subject:
                return index
    return None


def proof_text(log: Log, index: int, checkpoint: bytes) -> bytes:
    """The C2SP tlog-proof of an entry: index, path, and the signed checkpoint."""
    path = base64_lines(log.tree.inclusion(index))
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n".encode("ascii") + checkpoint


def _files(pack: Pack, signer: Signer) -> dict[str, bytes]:
    """Everything but the log, its proofs and the manifest."""
    files = {LOG_KEY: f"{signer.vkey.text}\n".encode()}
    for guide in GUIDES:
        files[guide] = resources.files("shanhou.evidence").joinpath(guide).read_bytes()
    files[VERIFY_PAGE] = verify_page()
    for by, public in pack.keys.items():
        files[f"keys/{by}.pub"] = public_key_pem(public)
    files |= pack.passkeys
    for name, statement in pack.statements.items():
        files[f"statements/{name}.json"] = statement.raw
        (beside,) = files_of(f"statements/{name}", parse_statement(statement.raw)) - set(files)
        files[beside] = statement.signature
    for certificate in pack.certificates:
        files[f"certificates/{certificate.number}.json"] = certificate.record
        files[f"certificates/{certificate.number}.pdf"] = certificate.pdf
    return files


def _proofs(pack: Pack, log: Log, checkpoint: bytes) -> dict[str, bytes]:
    proofs = {}
    for certificate in pack.certificates:
        index = certified_at(log.entries, certificate.digested[0])
        if index is None:
            raise Fault("SH-E-711", number=certificate.number)
        proofs[f"proofs/{certificate.number}.tlog-proof"] = proof_text(log, index, checkpoint)
    return proofs


def _drop_stale(folder: Path, wanted: set[str]) -> None:
    """Remove what an earlier assembling left; a file that is not ours stops everything."""
    for path in found_files(folder):
        if path.startswith("tile/") or path in {CHECKPOINT, MANIFEST, MANIFEST_NOTE}:
            continue
        if path not in wanted:
            if not belongs(path):
                raise Fault("SH-E-710", path=path)
            (folder / path).unlink()
