"""Makes a console's folder ready for bench_console: its tables, the case, officers signed in.

`python benchmarks/console_officers.py HOME NUMBER HOW_MANY` prints one session per line.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def main(home: str, number: str, how_many: int) -> None:
    os.environ["SHANHOU_CONSOLE"] = home
    from shanhou.console.serve import set_up

    set_up(Path(home))
    from console_world import account, browser
    from django.conf import settings

    from shanhou.cases.case_file import amend
    from shanhou.console.jobs.adopting import adopt_all
    from shanhou.console.models import HeldCase, Membership
    from shanhou.wiring import CASE_FILE

    def seats(tree: Any) -> None:
        known = {one["id"] for one in tree["people"]}
        tree["people"] += [{"id": one, "name": one, "duties": ["auditor"]} for one in names
                           if one not in known]  # fmt: skip

    names = [f"officer{n}" for n in range(how_many)]
    amend(settings.HOME.case_folder(number) / CASE_FILE, seats)
    adopt_all(settings.HOME)
    held = HeldCase.objects.get(number=number)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in names:
        user = account(name)
        Membership.objects.create(case=held, user=user, person=name)
        sys.stdout.write(browser(user).cookies["shanhou"].value + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
