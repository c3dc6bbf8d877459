"""Send a signed plan's letters in a process of its own: `run_campaign.py FOLDER PLAN DAY`."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from shanhou.disposition.plan import load
from shanhou.errors import Coded
from shanhou.flow.campaign import send
from shanhou.notices.window import Clock
from shanhou.wiring import open_case


def main(folder: Path, plan: Path, day: date) -> None:
    case = open_case(folder, day)
    send(case, load(plan), clock=Clock(lambda: datetime.now(UTC), time.sleep))
    case.close()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
    except Coded as refused:
        sys.stderr.write(f"{refused.code}: {refused}\n")
        sys.exit(refused.exit_code)
