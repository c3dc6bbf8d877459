"""文书: which documents a case needs, and making them into its folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from shanhou.cases.stages import Stage
from shanhou.documents.as_docx import docx_bytes
from shanhou.documents.as_pdf import pdf_bytes
from shanhou.documents.blocks import Document, blanks
from shanhou.documents.catalogue import Entry, catalogue
from shanhou.documents.filling import BINDER, Kept, binder, filled
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, parse_entry
from shanhou.flow.deciding import require_fresh
from shanhou.flow.noting import MACHINE, note
from shanhou.flow.paper_facts import facts_of
from shanhou.flow.paper_plan import shown_plan
from shanhou.flow.steps import is_done, phase_done
from shanhou.vault.canonical import digest_hex
from shanhou.vault.keys import write_durably
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.documents.facts import Facts
    from shanhou.errors import Language

FOLDER = "documents"


@dataclass(frozen=True)
class Standing:
    """One document of the catalogue as this case stands to it."""

    entry: Entry
    needed: bool
    made: tuple[str, ...]
    """Its files that lie in the case folder."""
    amended: tuple[str, ...]
    """Those of them that a person changed since they were made."""
    stale: tuple[str, ...]
    """Those of them that were made of an earlier plan or other facts than hold now."""
    blanks: tuple[str, ...]
    """What would still have to be filled in by hand."""


@dataclass(frozen=True)
class Made:
    """The files that were written, and what is blank in them, by document and language."""

    files: tuple[str, ...]
    blanks: Mapping[str, Mapping[Language, tuple[str, ...]]]
    outdated: str
    """What changed since the plan that they show was made; empty where it stands."""
    shown: str = ""
    """The plan that they show, where a newer one was made that has not acted."""
    newer: str = ""
    kept: tuple[Kept, ...] = ()
    """Files that a person amended, which were left as they are."""


@dataclass(frozen=True)
class _Making:
    """One run of `make`, as the log tells it."""

    day: date
    sha256: Mapping[str, str]


def papers_of(case: Case, language: Language) -> tuple[Standing, ...]:
    """Every document: whether this case needs it, whether it is made, what is not known for it."""
    facts, logged = facts_of(case), _logged(case)
    traits = facts.traits()
    found = []
    for entry in catalogue():
        made = tuple(name for name in _names(entry.id) if (case.folder / FOLDER / name).is_file())
        amended = tuple(name for name in made if _amended(case, name, logged))
        lacking = blanks(filled(entry, facts, language).blocks)
        ours = [name for name in made if name not in amended]
        stale = tuple(name for name in ours if _is_stale(case, entry, name, facts, logged))
        found.append(Standing(entry, entry.needed_by(traits), made, amended, stale, lacking))
    return tuple(found)


def _is_stale(
    case: Case, entry: Entry, name: str, facts: Facts, logged: Mapping[str, Mapping[str, _Making]]
) -> bool:
    """Whether the document would read otherwise if it were made again, the day it bears apart.

    After the close nothing changes any more, and what the vault told is not known again.
    """
    if case.store.stage("closed") is not None:
        return False
    making = logged[name][_lying(case, name)]
    language: Language = "en" if ".en." in name else "zh"
    then = replace(facts, on=making.day)
    again = _docx(filled(entry, then, language), then)
    return making.sha256.get(f"{entry.id}.{language}.docx") != digest_hex(again)


def make_papers(
    case: Case, wanted: Sequence[str], *, languages: Sequence[Language], bound: bool
) -> Made:
    """Write the named documents, or all that the case needs, as DOCX and PDF into its folder.

    The log is told first: a run that is killed in between leaves digests without files, which
    the next run writes; a file without a digest would be taken for a person's work.

    What a person amended stays as it is and is told; the binder names it with its digests in place
    of our words.

    Raises:
        Refusal: SH-E-720 a document that is asked for by name, or the binder, was changed by hand;
            SH-E-721 there is no such document; SH-E-010 something else lies where the folder or a
            file of it belongs.
    """
    with case.store.lease("case"):
        facts, logged = facts_of(case), _logged(case)
        kept = {lang: _kept(case, lang, logged) for lang in languages}
        entries = _wanted(wanted, facts)
        own = [each for one in entries for lang in languages for each in kept[lang].get(one.id, ())]
        if wanted and own:
            raise Refusal("SH-E-720", path=f"{FOLDER}/{own[0].name}")
        documents = [filled(one, facts, lang) for one in entries for lang in languages
                     if one.id not in kept[lang]]  # fmt: skip
        files = dict(_files(documents, facts))
        if bound:
            needed = [one for one in catalogue() if one.needed_by(facts.traits())]
            whole = [binder(needed, facts, lang, kept[lang]) for lang in languages]
            documents += whole
            files |= {f"{BINDER}.{one.language}.pdf": _pdf(one, facts) for one in whole}
        _require_place(case, files)
        for name in files:
            if _amended(case, name, logged):
                raise Refusal("SH-E-720", path=f"{FOLDER}/{name}")
        _write(case, files)
        changed, newer = _outdated(case), _newer(case)
    shown = facts.plan.name if newer else ""
    return Made(tuple(files), _blanks(documents), changed, shown, newer, tuple(own))


def _kept(
    case: Case, language: Language, logged: Mapping[str, Mapping[str, _Making]]
) -> dict[str, tuple[Kept, ...]]:
    """What a person amended, by document: both digests of each file."""
    found = {}
    for entry in catalogue():
        own = [name for name in _names(entry.id)
               if f".{language}." in name and _amended(case, name, logged)]  # fmt: skip
        if own:
            found[entry.id] = tuple(
                Kept(name, [*logged.get(name, {"": None})][-1], _lying(case, name)) for name in own
            )
    return found


def _write(case: Case, files: Mapping[str, bytes]) -> None:
    if not files:
        return
    _tell_the_log(case, files)
    (case.folder / FOLDER).mkdir(exist_ok=True)
    for name, content in files.items():
        write_durably(case.folder / FOLDER / name, content)


def _require_place(case: Case, names: Iterable[str]) -> None:
    """Refuse before anything is logged or written where something else lies in the way."""
    folder = case.folder / FOLDER
    for name in names:
        path = folder / name
        if folder.exists() and not folder.is_dir():
            raise Refusal("SH-E-010", path=FOLDER, suffix=path.suffix)
        if path.exists() and not path.is_file():
            raise Refusal("SH-E-010", path=f"{FOLDER}/{name}", suffix=path.suffix)


def _outdated(case: Case) -> str:
    """What changed since the plan that they show, as long as it is not carried out."""
    plan = shown_plan(case)
    if plan is None or _newer(case) or is_done(case, phase_done(plan, Stage.DESTROY)):
        return ""
    try:
        require_fresh(case, plan)
    except Refusal as refused:
        return refused.facts.get("changed", refused.code)
    return ""


def _newer(case: Case) -> str:
    """A plan that was made after the one they show and has not acted."""
    plan, latest = shown_plan(case), case.store.stage("plan:latest")
    return "" if plan is None or latest in {None, plan.name} else str(latest)


def _wanted(wanted: Sequence[str], facts: Facts) -> list[Entry]:
    known = {one.id: one for one in catalogue()}
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise Refusal("SH-E-721", document=", ".join(unknown), known=", ".join(known))
    if wanted:
        return [known[name] for name in dict.fromkeys(wanted)]
    traits = facts.traits()
    return [one for one in known.values() if one.needed_by(traits)]


def _files(documents: Sequence[Document], facts: Facts) -> Iterator[tuple[str, bytes]]:
    for one in documents:
        name = f"{one.id}.{one.language}"
        yield f"{name}.docx", _docx(one, facts)
        yield f"{name}.pdf", _pdf(one, facts)


def _docx(document: Document, facts: Facts) -> bytes:
    return docx_bytes(document, author=facts.handler.name, on=facts.on)


def _pdf(document: Document, facts: Facts) -> bytes:
    return pdf_bytes(document, author=facts.handler.name, on=facts.on)


def _tell_the_log(case: Case, files: Mapping[str, bytes]) -> None:
    with case.store.commit() as unit:
        subject = [Digested(f"{FOLDER}/{name}", digest_hex(content))
                   for name, content in files.items()]  # fmt: skip
        note(case, unit, Act.DOCUMENT, MACHINE, subject=subject,
             facts={"files_count": len(files)})  # fmt: skip


def _names(document: str) -> Iterator[str]:
    for language in ("zh", "en"):
        yield from (f"{document}.{language}.docx", f"{document}.{language}.pdf")


def _logged(case: Case) -> dict[str, dict[str, _Making]]:
    """Every digest under which a file was made, with the run that did; the last comes last."""
    found: dict[str, dict[str, _Making]] = {}
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.DOCUMENT:
            told = {one.name.removeprefix(f"{FOLDER}/"): one.sha256 for one in entry.subject}
            making = _Making(entry.on or entry.at.date(), told)
            for name, sha256 in told.items():
                of = found.setdefault(name, {})
                of.pop(sha256, None)
                of[sha256] = making
    return found


def _amended(case: Case, name: str, logged: Mapping[str, Mapping[str, _Making]]) -> bool:
    """Whether a file lies there that this program did not write so."""
    lies = (case.folder / FOLDER / name).is_file()
    return lies and _lying(case, name) not in logged.get(name, {})


def _lying(case: Case, name: str) -> str:
    return digest_hex((case.folder / FOLDER / name).read_bytes())


def _blanks(documents: Sequence[Document]) -> dict[str, dict[Language, tuple[str, ...]]]:
    """What is to be filled in; of the binder what no document before it lacks as well."""
    found: dict[str, dict[Language, tuple[str, ...]]] = {}
    told: set[str] = set()
    for one in documents:
        lacking = tuple(label for label in blanks(one.blocks)
                        if one.id != BINDER or label not in told)  # fmt: skip
        told.update(lacking)
        if lacking:
            found.setdefault(one.id, {})[one.language] = lacking
    return found
