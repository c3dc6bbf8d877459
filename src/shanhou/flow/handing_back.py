"""退还交接 handing back: the copies that a plan's return wrote, sealed for who takes them, and the
taker's receipt.

What was written lies in the case folder; from there it leaves only sealed to the taker's own key.
The destruction waits for neither: it waits for an approver's word that all was handed over
(`acting.require_handed_over`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.handovers import Handover
from shanhou.cases.parties import Deed
from shanhou.cases.stages import Stage
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, looks_personal
from shanhou.flow.noting import note, shown
from shanhou.flow.taking_over import plans_that_acted

if TYPE_CHECKING:
    from shanhou.cases.store import Step
    from shanhou.wiring import Case

_FOLDER, _SEALED = "returns", "sealed"
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class PartBack:
    """One dataset's copies as they were written under a plan."""

    plan: str
    """Its digest."""
    dataset: str
    to_owner: bool
    """Whether the table goes whole to whose data it is; otherwise each customer gets their own."""
    records: int
    files: int
    folder: Path

    @property
    def name(self) -> str:
        """What its plan is called."""
        return f"plan-{self.plan[:12]}"

    @property
    def there(self) -> bool:
        """Whether the copies still lie in the case folder."""
        return self.folder.is_dir()


def parts_back(case: Case) -> tuple[PartBack, ...]:
    """Everything that plans of this case wrote to be given back, in the order of their plans."""
    found = []
    for digest in plans_that_acted(case):
        for step in case.store.steps(digest):
            if step.phase != Stage.RETURN.value or step.state != "done":
                continue
            if "dataset" in step.detail:
                found.append(_part(case, digest, step))
    return tuple(found)


def _part(case: Case, digest: str, step: Step) -> PartBack:
    detail = step.detail
    if "folder" in detail:
        folder, to_owner = case.folder / str(detail["folder"]), bool(detail["to_owner"])
    else:  # written before steps kept it; a customer's copy is a page and a table
        table = step.id.rpartition(":")[2]
        own = case.folder / _FOLDER / f"plan-{digest[:12]}" / table
        folder = own if own.is_dir() else case.folder / _FOLDER / table
        to_owner = not any(folder.glob("*.html"))
    return PartBack(digest, str(detail["dataset"]), to_owner, int(detail["records_count"]),
                    int(detail["files_count"]), folder)  # fmt: skip


def seal_back(
    case: Case, dataset: str, *, taker: str, age: str, by: str, plan: str = ""
) -> Handover:  # fmt: skip
    """Seal a dataset's copies to the taker's age key, and note for whom; anybody opens it with
    age and tar.

    `plan`, a digest or a name, chooses where a dataset went back under several plans; without it
    the first part is taken that nobody signed for, one that was never sealed before any other.

    Raises:
        Refusal: SH-E-851 it is not theirs to give; SH-E-874 no copies of that dataset lie there;
            SH-E-313 the taker is not named, or looks like a person; SH-E-651 it is no age key.
    """
    from shanhou.execution.agefile import require_age_key, write_age_file

    case.settings.entitled(by, Deed.GIVE)
    if not taker.strip() or looks_personal(taker):
        raise Refusal("SH-E-313")
    require_age_key(age)
    with case.store.lease("case"):
        part = _part_to_seal(case, dataset, plan)
        number = f"B{len(case.store.handovers.all()) + 1:03d}"
        place = case.folder / _FOLDER / _SEALED
        place.mkdir(parents=True, exist_ok=True)
        sealed = write_age_file(place / f"{number}.tar.age", _tar(part.folder), [age])
        one = Handover(number, part.plan, dataset, taker.strip(), by, case.on.isoformat(),
                       f"{number}.tar.age", sealed.sha256, part.records, part.files)  # fmt: skip
        with case.store.commit() as unit:
            unit.handovers.put(one)
            note(case, unit, Act.RETURN, by, subject=[Digested("package", sealed.sha256)],
                 facts={"handover": number, "state": "sealed", "dataset": shown(dataset),
                        "files_count": part.files, "records_count": part.records})  # fmt: skip
    return one


def _part_to_seal(case: Case, dataset: str, plan: str) -> PartBack:
    parts = [one for one in parts_back(case) if one.dataset == dataset and one.there
             and plan in {"", one.plan, one.name}]  # fmt: skip
    if not parts:
        raise Refusal("SH-E-874", dataset=dataset)
    sealed = [one for one in case.store.handovers.all() if one.dataset == dataset]
    begun = {one.plan for one in sealed}
    received = {one.plan for one in sealed if one.received}
    return min(parts, key=lambda one: (one.plan in received, one.plan in begun))


def _tar(folder: Path) -> Iterator[bytes]:
    from shanhou.execution.tarstream import END, pieced

    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as file:
            size = path.stat().st_size
            pieces = iter(lambda file=file: file.read(_PIECE_BYTES), b"")  # type: ignore[misc]
            yield from pieced(path.relative_to(folder).as_posix(), size, pieces)
    yield END


def receive_back(case: Case, number: str, *, by: str, receipt: Path) -> Handover:
    """Note the taker's receipt, a signed paper, by its digest.

    Raises:
        Refusal: SH-E-851 it is not theirs to note; SH-E-875 nothing of that number was sealed, or
            its receipt is there; SH-E-303 the paper is not there.
    """
    from shanhou.execution.agefile import file_sha256

    case.settings.entitled(by, Deed.GIVE)
    if not receipt.is_file():
        raise Refusal("SH-E-303", path=receipt.name)
    sha256 = file_sha256(receipt)
    with case.store.lease("case"):
        one = next((each for each in case.store.handovers.all() if each.id == number), None)
        if one is None or one.received:
            raise Refusal("SH-E-875", number=number)
        done = replace(one, receipt_sha256=sha256, received_by=by,
                       received_on=case.on.isoformat())  # fmt: skip
        with case.store.commit() as unit:
            unit.handovers.put(done)
            note(case, unit, Act.RETURN, by,
                 subject=[Digested("package", one.sha256), Digested("receipt", sha256)],
                 facts={"handover": number, "state": "received"})  # fmt: skip
    return done


def package_back(folder: Path, one: Handover) -> Path:
    """Where a sealed package lies in a case folder."""
    return folder / _FOLDER / _SEALED / one.package
