"""Check an evidence folder and say what does not hold; believes nothing that is not signed.

It needs the folder and nothing else: no database, no key of ours. `verify.sh` asks the same
questions with other tools.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from shanhou.errors import Fault
from shanhou.evidence import pack as packs
from shanhou.evidence.entry import Act, Digested, Entry, parse_entry
from shanhou.evidence.log import CHECKPOINT, Log, read_log, tiles
from shanhou.evidence.note import Checkpoint, Vkey, parse_note, verifies
from shanhou.evidence.passkey import (
    is_by_passkey,
    parse_assertion,
    parse_passkey,
    path_of_passkey,
    wrong_with,
)
from shanhou.evidence.proof import grown
from shanhou.evidence.statement import (
    Statement,
    StatementKind,
    parse_public_key_pem,
    parse_statement,
)


@dataclass(frozen=True)
class Finding:
    """What does not hold: a stable word for what, and the file it is about."""

    what: str
    path: str


@dataclass(frozen=True)
class Check:
    """One question put to the folder, how many things it was asked of, and what failed."""

    name: str
    count: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


@dataclass(frozen=True)
class Verification:
    """What a folder's check found.

    `trusted` tells whether the log's key was compared with one the reader had before; without
    that a folder may be whole and still be somebody else's.
    """

    checks: tuple[Check, ...]
    checkpoint: Checkpoint | None
    vkey: Vkey | None
    trusted: bool
    rehearsal: bool

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for check in self.checks for finding in check.findings)


def verify_pack(folder: Path, *, key: Vkey | None) -> Verification:
    """Check every byte of an evidence folder.

    `key` is the log's public key as the reader got it by another way, or None. Checks come in
    order and stop at the first that fails: what follows would stand on nothing.
    """
    reading = _Reading(folder, key)
    checks: list[Check] = []
    for name, ask in reading.questions():
        try:
            count, findings = ask()
        except Fault as fault:
            where = fault.facts.get("path", name)
            count, findings = 0, [Finding(fault.facts.get("reason", fault.code), where)]
        checks.append(Check(name, count, tuple(findings)))
        if findings:
            break
    return Verification(
        checks=tuple(checks),
        checkpoint=reading.log.checkpoint if reading.log else None,
        vkey=reading.vkey,
        trusted=key is not None and key == reading.vkey,
        rehearsal=any(entry.rehearsal for entry in reading.entries),
    )


# What the log names under these folders is part of the evidence itself.
_KEPT_HERE = ("statements/", "certificates/", "keys/")
_Answer = tuple[int, list[Finding]]


class _Reading:
    """What has been established about a folder so far, question by question."""

    def __init__(self, folder: Path, trusted: Vkey | None) -> None:
        self.folder = folder
        self.trusted = trusted
        self.vkey: Vkey | None = None
        self.log: Log | None = None
        self.origin = ""
        self.named: dict[str, str] = {}
        self.entries: tuple[Entry, ...] = ()
        self.statements: dict[str, Statement] = {}

    def questions(self) -> list[tuple[str, Callable[[], _Answer]]]:
        return [
            ("manifest", self.manifest),
            ("key", self.key),
            ("log", self.read_log),
            ("entries", self.read_entries),
            ("statements", self.read_statements),
            ("certificates", self.certificates),
            ("proofs", self.proofs),
        ]

    def manifest(self) -> _Answer:
        """Every file is named, none is missing, every byte is as named."""
        found = packs.found_files(self.folder)
        content = self._bytes(packs.MANIFEST)
        self.named = _parse_manifest(content)
        unlike = set(found) ^ {*self.named, packs.MANIFEST, packs.MANIFEST_NOTE}
        findings = [Finding("missing-or-stray", path) for path in sorted(unlike)]
        findings += [Finding("no-place", path) for path in found if not packs.belongs(path)]
        findings += [
            Finding("link", path) for path in found if not _is_plain_file(self.folder / path)
        ]
        if not findings:
            findings = [
                Finding("digest", path)
                for path, digest in self.named.items()
                if sha256(self._bytes(path)).hexdigest() != digest
            ]
        return len(self.named), findings

    def key(self) -> _Answer:
        """The manifest is signed by the log's key, and that is the key the reader trusts."""
        text = self._text(packs.LOG_KEY)
        self.vkey = Vkey.parse(text.removesuffix("\n"))
        if f"{self.vkey.text}\n" != text:
            return 1, [Finding("form", packs.LOG_KEY)]
        if self.trusted not in (None, self.vkey):
            return 1, [Finding("not-the-trusted-key", packs.LOG_KEY)]
        note = parse_note(self._bytes(packs.MANIFEST_NOTE))
        self.origin = note.text.split("\n")[1]
        expected = packs.manifest_text(self._bytes(packs.MANIFEST), self.origin)
        signed = note.text == expected and len(note.signatures) == 1 and note.signed_by(self.vkey)
        return 1, [] if signed else [Finding("signature", packs.MANIFEST_NOTE)]

    def read_log(self) -> _Answer:
        """The checkpoint is signed; entries and tiles hash to its root; no tile is stray."""
        if self.vkey is None:
            raise Fault("SH-E-707", path=packs.LOG_KEY)
        self.log = read_log(self.folder, self.vkey)
        if self.log.checkpoint.origin != self.origin:
            return 1, [Finding("another-log", CHECKPOINT)]
        wanted = {tile.path for tile in tiles(self.log.checkpoint.size)}
        present = {path for path in self.named if path.startswith("tile/")}
        findings = [Finding("missing-or-stray", path) for path in sorted(wanted ^ present)]
        return self.log.checkpoint.size, findings

    def read_entries(self) -> _Answer:
        """Every entry is in form, in its place, of one case, and what it names is here."""
        self.entries = tuple(map(parse_entry, self._log.entries))
        findings = [
            Finding("order", f"entry {index}")
            for index, entry in enumerate(self.entries)
            if entry.seq != index
        ]
        if len({(entry.case, entry.rehearsal) for entry in self.entries}) > 1:
            findings.append(Finding("mixed-cases", "tile/entries"))
        findings += [
            Finding("named-but-not-here", each.name)
            for entry in self.entries
            for each in entry.subject
            if each.name.startswith(_KEPT_HERE) and self.named.get(each.name) != each.sha256
        ]
        return len(self.entries), findings

    def read_statements(self) -> _Answer:
        """Each statement is signed, logged, and agrees with the log it saw and the files here."""
        findings: list[Finding] = []
        paths = {path for path in self.named if path.startswith("statements/")}
        stems = {str(PurePosixPath(path).with_suffix("")) for path in paths}
        for stem in sorted(stems):
            path = f"{stem}.json"
            if path in paths:
                self.statements[path] = parse_statement(self._bytes(path))
            said = self.statements.get(path)
            if said is None or packs.files_of(stem, said) != {
                one for one in paths if one.rpartition(".")[0] == stem
            }:
                findings.append(Finding("half", stem))
                continue
            findings += [Finding(what, path) for what in self._wrong_with(path)]
        return len(stems), findings

    def _wrong_with(self, path: str) -> list[str]:
        raw, said = self._bytes(path), self.statements[path]
        by_passkey = is_by_passkey(said.facts)
        key_path = path_of_passkey(said) if by_passkey else f"keys/{said.by}.pub"
        if key_path is None or key_path not in self.named:
            return ["no-such-signer"]
        (beside,) = packs.files_of(path.removesuffix(".json"), said) - {path}
        key, signature = self._bytes(key_path), self._bytes(beside)
        unlike: list[str] = []
        if by_passkey:
            unlike = wrong_with(parse_passkey(key), parse_assertion(signature), raw,
                                origin=said.facts.get("web_origin"))  # fmt: skip
        elif not verifies(parse_public_key_pem(key), signature, raw):
            unlike = ["signature"]
        logged = self._logged(path)
        known = self._logged(key_path)
        truths = {
            "another-log": said.log.origin == self.origin and said.case == self.entries[0].case,
            "rehearsal": said.rehearsal == self.entries[0].rehearsal,
            "history": self._agrees(said.log),
            "not-logged": logged is not None and logged >= said.log.size,
            "key-not-logged": known is not None and logged is not None and known <= logged,
            "subject": all(
                self.named.get(each.name, each.sha256) == each.sha256 for each in said.subject
            ),
        }
        return unlike + [what for what, true in truths.items() if not true]

    def certificates(self) -> _Answer:
        """Each certificate's record and face are logged, and a signed statement names both."""
        findings: list[Finding] = []
        paths = sorted(path for path in self.named if path.startswith("certificates/"))
        signed = {
            each
            for statement in self.statements.values()
            if statement.kind is StatementKind.CERTIFICATE
            for each in statement.subject
        }
        for path in paths:
            other = ".pdf" if path.endswith(".json") else ".json"
            proof = f"proofs/{PurePosixPath(path).stem}.tlog-proof"
            if not {str(PurePosixPath(path).with_suffix(other)), proof} <= set(self.named):
                findings.append(Finding("half", path))
            if self._logged(path, act=Act.CERTIFY) is None:
                findings.append(Finding("not-logged", path))
            if Digested(path, self.named[path]) not in signed:
                findings.append(Finding("not-signed", path))
            if path.endswith(".json") and not _is_json(self._bytes(path)):
                findings.append(Finding("form", path))
        return len(paths) // 2, findings

    def proofs(self) -> _Answer:
        """Each proof is the one that leads from its certificate's entry to the root."""
        findings: list[Finding] = []
        paths = [path for path in self.named if path.startswith("proofs/")]
        checkpoint = self._bytes(CHECKPOINT)
        for path in paths:
            record = f"certificates/{PurePosixPath(path).stem}.json"
            index = self._logged(record, act=Act.CERTIFY) if record in self.named else None
            right = index is not None and (
                packs.proof_text(self._log, index, checkpoint) == self._bytes(path)
            )
            if not right:
                findings.append(Finding("proof", path))
        return len(paths), findings

    @property
    def _log(self) -> Log:
        if self.log is None:
            raise Fault("SH-E-708", path=CHECKPOINT)
        return self.log

    def _agrees(self, seen: Checkpoint) -> bool:
        """Whether the state of the log that someone signed grew into the one here."""
        tree = self._log.tree
        if not 0 < seen.size <= tree.size:
            return False
        return grown(
            seen.size,
            tree.size,
            first_root=seen.root,
            root=tree.root,
            path=tree.consistency(seen.size),
        )

    def _logged(self, path: str, *, act: Act | None = None) -> int | None:
        """The index of the first entry that names a file as it is here."""
        named = Digested(path, self.named[path])
        return next(
            (
                entry.seq
                for entry in self.entries
                if named in entry.subject and act in (None, entry.act)
            ),
            None,
        )

    def _bytes(self, path: str) -> bytes:
        try:
            return (self.folder / path).read_bytes()
        except OSError:
            raise Fault("SH-E-708", path=path) from None

    def _text(self, path: str) -> str:
        return self._bytes(path).decode("utf8", errors="replace")


def _parse_manifest(content: bytes) -> dict[str, str]:
    """Digests by path. Raises `Fault` SH-E-708 unless the manifest has its one form."""
    named: dict[str, str] = {}
    for line in content.decode("ascii", errors="replace").splitlines(keepends=True):
        digest, _, path = line.removesuffix("\n").partition("  ")
        named[path] = digest
    again = "".join(f"{named[path]}  {path}\n" for path in sorted(named))
    if again.encode("ascii", errors="replace") != content:
        raise Fault("SH-E-708", path=packs.MANIFEST)
    return named


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except ValueError:
        return False
    return True
