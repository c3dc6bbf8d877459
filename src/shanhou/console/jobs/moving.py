"""Moving a case's state from the command line: the console's own tables say whether it may."""

from __future__ import annotations

from shanhou.console.jobs.kinds import LOGGED
from shanhou.console.models import HeldCase
from shanhou.console.states.moving import Home, move_state
from shanhou.console.states.opening import open_tidied
from shanhou.errors import Refusal
from shanhou.flow.noting import MACHINE


def move_case(number: str, to: str) -> None:
    """Move the state of a case of this console into its folder or into the database.

    Raises:
        Refusal: SH-E-914 there is no such case, a job of it waits or runs, or the state lies there
            already; SH-E-905 somebody works on it from the command line.
    """
    from shanhou.console.published.publishing import publish

    held = HeldCase.objects.filter(number=number).first()
    if held is None:
        raise Refusal("SH-E-914", number=number, problem="unknown")

    def free() -> None:
        if held.running() is not None:
            raise Refusal("SH-E-914", number=number, problem="job")

    free()
    case = open_tidied(held.folder, held.plays_on)
    try:
        move_state(case, Home(to), by=MACHINE, free=free)
        publish(held, case, LOGGED)
    finally:
        case.close()
