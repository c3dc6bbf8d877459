"""A hold that is set while a plan is carried out is kept at once; the work stops before its next
step, and nothing that was there when the hold was set is gone afterwards.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from case_world import CUSTOMERS, ON, Place, carried_out, name, planned, received, signed, taken

from shanhou.cases.holds import HoldKind
from shanhou.cases.ledger import BEGAN_BEFORE, STOPPED
from shanhou.cases.store import Store
from shanhou.cases.watch import NewHold, Watch
from shanhou.disposition.plan import Plan, totals
from shanhou.errors import Fault, Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.evidence.log import read_log
from shanhou.execution.database_remover import DatabaseRemover
from shanhou.execution.folder_remover import FolderRemover
from shanhou.execution.spreadsheet_remover import SpreadsheetRemover
from shanhou.flow.approving import checkpoint
from shanhou.flow.deciding import require_fresh
from shanhou.flow.gathering import declare
from shanhou.flow.holding import lift_hold, set_hold
from shanhou.flow.proving import close
from shanhou.flow.receipts import withdraw

HERE = Path(__file__).parent


def ordered(place: Place, scope: str = "case") -> str:
    """A hold set by somebody else, at another connection to the case; its number."""
    order = place.folder / "people" / "order.txt"
    order.write_text("协助保全通知书", encoding="utf8")
    with closing(place.open()) as other:
        return set_hold(other, HoldKind.COURT, scope=scope, by="counsel", reason="suit",
                        evidence=order).id  # fmt: skip


def before(place: Place, act: Callable[..., Any]) -> Callable[..., Any]:
    """The act, before which a hold is set, once."""

    def held(*given: Any, **named: Any) -> Any:
        if not place.sql("select 1 from hold"):
            ordered(place)
        return act(*given, **named)

    return held


def after(place: Place, act: Callable[..., Any]) -> Callable[..., Any]:
    """The act, after which a hold is set, once."""

    def held(*given: Any, **named: Any) -> Any:
        done = act(*given, **named)
        if not place.sql("select 1 from hold"):
            ordered(place)
        return done

    return held


def stopped(place: Place) -> NewHold:
    with pytest.raises(NewHold) as told:
        carried_out(place)
    assert (told.value.code, told.value.exit_code) == ("SH-E-613", 3)
    assert told.value.facts["holds"] == "H001"
    return told.value


def mailing(place: Place) -> str:
    return (place.folder / "sources/lists/mailing.csv").read_text("utf8")


def workbook(place: Place) -> str:
    return sha256((place.folder / "sources/lists/members.xlsx").read_bytes()).hexdigest()


def shop(place: Place) -> list[str]:
    """Every row of the database of customers, without the ledger the removal keeps there."""
    base = sqlite3.connect(place.folder / "sources/shop.db")
    with closing(base):
        return [line for line in base.iterdump() if "shanhou" not in line]


def steps(place: Place) -> dict[str, str]:
    rows = place.sql("select id, state from step where phase in ('transfer', 'destroy')")
    return {step.partition(":")[2]: state for step, state in rows}


def acts(place: Place) -> list[tuple[Act, dict[str, Any]]]:
    """The log's entries as anybody reads them: every tile hashes to the signed root."""
    with closing(place.open()) as case:
        checkpoint(case)
        log = read_log(case.folder / "log", case.signer.vkey)
        assert log.entries == tuple(case.store.events())
    entries = [parse_entry(raw) for raw in log.entries]
    assert [one.seq for one in entries] == list(range(len(entries)))
    return [(one.act, dict(one.facts)) for one in entries]


def stale(place: Place) -> None:
    with pytest.raises(Refusal) as refused:
        carried_out(place)
    assert refused.value.code == "SH-E-405"


def lifted(place: Place, number: str = "H001") -> None:
    with closing(place.open()) as case:
        lift_hold(case, number, by="counsel", evidence=place.folder / "people" / "order.txt")


def anew(place: Place) -> Plan:
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    return plan


# ---- destruction -------------------------------------------------------------------------------


def test_between_two_sources_the_second_stays_whole(
    wound_up: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = wound_up.copy(tmp_path / "case")
    customers = shop(place)
    with monkeypatch.context() as patch:
        patch.setattr(FolderRemover, "scrub", after(place, FolderRemover.scrub))
        stopped(place)
    assert shop(place) == customers
    assert name(1) not in mailing(place)
    assert steps(place) == {"destroy:lists": "done"}
    told = acts(place)
    assert [act for act, _ in told][-2:] == [Act.HOLD, Act.DESTROY]
    assert told[-1][1] == {BEGAN_BEFORE: "H001"}
    stale(place)
    assert shop(place) == customers


def test_between_two_files_the_second_stays_as_it_was(
    wound_up: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = wound_up.copy(tmp_path / "case")
    customers, members = shop(place), workbook(place)
    with monkeypatch.context() as patch:
        patch.setattr(SpreadsheetRemover, "remove", before(place, SpreadsheetRemover.remove))
        stopped(place)
    assert (shop(place), workbook(place)) == (customers, members)
    assert name(1) not in mailing(place)
    assert steps(place) == {"destroy:lists": STOPPED}
    (told,) = place.sql("select detail from step where id like '%:destroy:lists'")
    assert "mailing.csv" in told[0]
    assert "members.xlsx" not in told[0]
    assert {path.name for path in (place.folder / "sources/lists").iterdir()} == {
        "mailing.csv", "members.xlsx",
    }  # fmt: skip
    stale(place)


def test_a_database_is_not_committed_after_the_hold(
    wound_up: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows were deleted, the transaction was not yet committed: all of it is undone."""
    place = wound_up.copy(tmp_path / "case")
    customers = shop(place)
    carry_out = DatabaseRemover._carry_out
    with monkeypatch.context() as patch:
        patch.setattr(DatabaseRemover, "_carry_out", after(place, carry_out))
        stopped(place)
    assert shop(place) == customers
    assert steps(place) == {"destroy:lists": "done"}
    stale(place)


def test_what_was_committed_before_the_hold_is_told_as_done_before_it(
    wound_up: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = wound_up.copy(tmp_path / "case")
    with monkeypatch.context() as patch:
        patch.setattr(DatabaseRemover, "scrub", before(place, DatabaseRemover.scrub))
        carried_out(place)
    assert steps(place)["destroy:done"] == "done"
    destroyed = [facts for act, facts in acts(place) if act is Act.DESTROY]
    assert [BEGAN_BEFORE in facts for facts in destroyed] == [False, True, False]


@pytest.mark.parametrize("where", ["files", "source"])
def test_after_the_hold_a_new_plan_holds_and_after_its_lifting_the_rest_is_done(
    wound_up: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    place = wound_up.copy(tmp_path / "case")
    with monkeypatch.context() as patch:
        if where == "files":
            patch.setattr(SpreadsheetRemover, "remove", before(place, SpreadsheetRemover.remove))
        else:
            patch.setattr(FolderRemover, "scrub", after(place, FolderRemover.scrub))
        stopped(place)
    customers = shop(place)
    holding = anew(place)
    assert {one.outcome for one in totals(holding)} <= {"HOLD", "OUT_OF_SCOPE"}
    assert {one.code for one in _applied(place, holding)} <= {"SH-X-13"}
    assert shop(place) == customers
    lifted(place)
    last = anew(place)
    assert _applied(place, last) == []
    assert len(place.sql("select * from customers", of="sources/shop.db")) < CUSTOMERS
    assert name(1) not in mailing(place)
    acts(place)


def _applied(place: Place, plan: Plan) -> list[Any]:
    return [one for one in carried_out(place, plan).exceptions if one.code != "SH-X-04"]


def test_lifted_again_the_same_plan_goes_on_where_it_was(
    wound_up: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = wound_up.copy(tmp_path / "case")
    undisturbed = wound_up.copy(tmp_path / "calm")
    carried_out(undisturbed)
    with monkeypatch.context() as patch:
        patch.setattr(SpreadsheetRemover, "remove", before(place, SpreadsheetRemover.remove))
        stopped(place)
    lifted(place)
    carried_out(place)
    assert (shop(place), mailing(place)) == (shop(undisturbed), mailing(undisturbed))
    assert {one: state for one, state in steps(place).items() if state != "done"} == {}


def test_a_case_does_not_close_over_a_hold_set_after_its_plan(
    wound_up: Place, tmp_path: Path
) -> None:
    place = wound_up.copy(tmp_path / "case")
    carried_out(place)
    ordered(place)
    with closing(place.open()) as case:
        declare(case, "held_items", "custodian_and_review", scope="case", by="counsel",
                evidence=place.folder / "people/order.txt")  # fmt: skip
        for _ in range(2):
            with pytest.raises(Refusal) as refused:
                close(case, place.plan, by="operator", private=place.private("operator"))
            assert refused.value.code == "SH-E-907"
            assert refused.value.facts["problem"] == "shanhou hold: H001"
        assert case.store.stage("closing") is None
    lifted(place)
    with closing(place.open()) as case:
        close(case, place.plan, by="operator", private=place.private("operator"))


# ---- transfer ----------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [before, after])
def test_a_package_written_meanwhile_is_not_left_there(
    sold: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: Any
) -> None:
    """Before or after its last byte: what is not yet noted as sealed is destroyed again."""
    from shanhou.execution import package

    place = sold.copy(tmp_path / "case")
    customers = shop(place)
    with monkeypatch.context() as patch:
        patch.setattr(package, "write_package", moment(place, package.write_package))
        stopped(place)
    assert list((place.folder / "packages").iterdir()) == []
    assert steps(place) == {}
    assert Act.TRANSFER not in [act for act, _ in acts(place)]
    assert shop(place) == customers
    stale(place)


def test_a_package_that_was_sealed_before_the_hold_can_be_taken_back(
    sold: Place, tmp_path: Path
) -> None:
    place = sold.copy(tmp_path / "case")
    with pytest.raises(Refusal, match="receipt"):
        carried_out(place)
    ordered(place)
    stale(place)
    with closing(place.open()) as case:
        withdraw(case, place.plan, by="counsel", evidence=place.folder / "people/order.txt")
    assert list((place.folder / "packages").iterdir()) == []
    assert steps(place) == {}


def test_what_was_received_before_the_hold_stays_in_its_source_under_it(
    sold: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sold.copy(tmp_path / "case")
    with pytest.raises(Refusal, match="receipt"):
        carried_out(place)
    taken(place, received(place))
    customers = shop(place)
    remove = FolderRemover.remove
    with monkeypatch.context() as patch:
        patch.setattr(FolderRemover, "remove", before(place, remove))
        stopped(place)
    assert shop(place) == customers
    assert steps(place)["transfer"] == "done"
    assert "destroy:shop" not in steps(place)


# ---- two processes -----------------------------------------------------------------------------


def process(*words: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(HERE), str(HERE.parents[1] / "src")])
    return subprocess.Popen([sys.executable, *words], env={**os.environ, "PYTHONPATH": path},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def hold_command(place: Place, kind: str) -> subprocess.Popen[bytes]:
    order = place.folder / "people" / "words.txt"
    return process("-c", "from shanhou.cli import main; main()", "hold", "set", kind,
                   "--scope", "case", "--by", "counsel", "--reason", "suit", "--evidence",
                   str(order), "--case", str(place.folder), "--on", ON.isoformat())  # fmt: skip


def ended(one: subprocess.Popen[bytes], code: int) -> str:
    out, err = one.communicate(timeout=120)
    assert one.returncode == code, err.decode()[-400:]
    return (out + err).decode()


@pytest.mark.parametrize(("folder", "where"), [("wound_up", "files"), ("sold", "package")])
def test_another_process_sets_a_hold_while_one_applies(
    folder: str, where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(folder).copy(tmp_path / "case")
    customers = shop(place)
    working = process(str(HERE / "run_held.py"), str(place.folder), where)
    try:
        deadline = time.monotonic() + 100
        while not (place.folder / "waits").exists():
            assert working.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        ended(hold_command(place, "court"), 0)  # the other one holds the lease and waits
        (place.folder / "go").touch()
        assert "SH-E-613" in ended(working, 3)
    finally:
        if working.poll() is None:
            working.kill()
            working.communicate()
    assert shop(place) == customers
    assert not list(place.folder.glob("packages/*"))
    assert Act.HOLD in [act for act, _ in acts(place)]
    (place.folder / "waits").unlink()
    stale(place)


def test_holds_set_at_once_by_several_processes_are_all_kept(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    kinds = ["court", "tax", "police", "audit"]
    for one in [hold_command(place, kind) for kind in kinds]:
        ended(one, 0)
    with closing(place.open()) as case:
        kept = {one.id: one.kind for one in case.store.holds()}
    assert sorted(kept) == ["H001", "H002", "H003", "H004"]
    assert sorted(kept.values()) == sorted(kinds)
    assert [act for act, _ in acts(place)].count(Act.HOLD) == 4


# ---- the watch itself --------------------------------------------------------------------------


def test_while_what_cannot_be_undone_happens_nobody_sets_a_hold(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "case.db")) as store:
        watch = Watch.begin(store, "plan")
        other = sqlite3.connect(tmp_path / "case.db", timeout=0, isolation_level=None)
        with closing(other):
            with watch.moment(), pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("begin immediate")
            other.execute("begin immediate")
            other.execute(
                "insert into hold (id, kind, scope, person, reason, evidence_sha256,"
                " set_on) values ('H001', 'court', 'case', 'x', 'x', 'x', 'x')"
            )
            other.execute("commit")
        happened = False
        with pytest.raises(NewHold), watch.moment():
            happened = True
        assert not happened


@pytest.mark.parametrize("moment", ["question_of", "words_of", "parts_lost"])
def test_a_hold_set_while_a_plan_is_made_outdates_it(
    unsigned: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    from shanhou.flow import deciding

    place = unsigned.copy(tmp_path / "case")
    with closing(place.open()) as case:
        with monkeypatch.context() as patch:
            patch.setattr(deciding, moment, after(place, getattr(deciding, moment)))
            plan = deciding.make_plan(case, by="planner")
        assert place.sql("select 1 from hold")
        with pytest.raises(Refusal) as refused:
            require_fresh(case, plan)
        assert refused.value.code == "SH-E-405"


def test_a_stopped_close_does_not_go_on_over_a_hold_set_meanwhile(
    wound_up: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shanhou.flow import proving

    place = wound_up.copy(tmp_path / "case")
    carried_out(place)
    private = place.private("operator")

    class Killed(BaseException):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(proving, "_require_closable", lambda *_: None)
    with monkeypatch.context() as patch, closing(place.open()) as case:
        patch.setattr(proving, "_remove_working_copies", kill)
        with pytest.raises(Killed):
            close(case, place.plan, by="operator", private=private)
        assert case.store.stage("closing") == place.plan.digest
    ordered(place)
    with closing(place.open()) as case:
        generations = [one for one in case.keys.names() if one.startswith("gen-")]
        assert generations
        with pytest.raises(Refusal) as refused:
            close(case, place.plan, by="operator", private=private)
        assert (refused.value.code, refused.value.facts["problem"]) == (
            "SH-E-907", "shanhou hold: H001")  # fmt: skip
        assert [one for one in case.keys.names() if one.startswith("gen-")] == generations
    lifted(place)
    with monkeypatch.context() as patch, closing(place.open()) as case:
        patch.setattr(proving, "residue_in", kill)
        with pytest.raises(Killed):
            close(case, place.plan, by="operator", private=private)
    with pytest.raises(Refusal) as late:
        ordered(place)
    assert (late.value.code, late.value.exit_code) == ("SH-E-325", 6)
    with closing(place.open()) as case:
        close(case, place.plan, by="operator", private=private)
    with pytest.raises(Refusal) as late:
        ordered(place)
    assert late.value.code == "SH-E-325"


def test_a_hold_that_found_the_case_busy_says_that_it_is_not_set(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    order = place.folder / "people" / "words.txt"
    with closing(place.open()) as case, closing(Store(place.folder / "case.db")) as other:
        case.store._raw.execute("pragma busy_timeout=5")
        with other.commit(), pytest.raises(Fault) as busy:
            set_hold(case, HoldKind.COURT, scope="case", by="counsel", reason="suit",
                     evidence=order)  # fmt: skip
        assert busy.value.code == "SH-E-911"
        assert case.store.holds() == ()


def test_a_write_of_several_tries_waits_that_much_longer(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "case.db")) as one, closing(Store(tmp_path / "case.db")) as other:
        one._raw.execute("pragma busy_timeout=50")
        other._raw.execute("begin immediate")
        began = time.monotonic()
        with pytest.raises(Fault) as busy, one.commit(tries=4):
            raise AssertionError
        assert busy.value.code == "SH-E-911"
        assert time.monotonic() - began >= 0.19
