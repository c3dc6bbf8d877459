"""Carry a small case out in a process of its own that waits, mid-work, until it may go on.

`python run_held.py FOLDER WHERE`. WHERE: `files` waits once the folder of lists is done, `package`
while the package is written. It makes the file `waits` and goes on when `go` is there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from case_world import Place, carried_out

from shanhou.errors import Coded
from shanhou.execution import package
from shanhou.execution.folder_remover import FolderRemover


def waiting(folder: Path, act: Callable[..., Any]) -> Callable[..., Any]:
    def waits(*given: Any, **named: Any) -> Any:
        (folder / "waits").touch()
        while not (folder / "go").exists():
            time.sleep(0.01)
        return act(*given, **named)

    return waits


if __name__ == "__main__":
    case = Path(sys.argv[1])
    if sys.argv[2] == "files":
        FolderRemover.scrub = waiting(case, FolderRemover.scrub)  # type: ignore[method-assign]
    else:
        package.write_package = waiting(case, package.write_package)
    try:
        carried_out(Place(case))
    except Coded as refused:
        sys.stderr.write(f"{refused.code}\n")
        sys.exit(refused.exit_code)
