"""The guide to the API runs as it is written: its commands, and its check of a signature."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from browsing import served
from case_world import collected_case, planned

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "use-the-api.md"
_TOKEN = """
import os
from pathlib import Path
from shanhou.console.serve import set_up
set_up(Path(os.environ["SHANHOU_CONSOLE"]))
from django.conf import settings
from shanhou.console.jobs.adopting import adopt_all
from api_world import token_of
print(token_of(adopt_all(settings.HOME)[0], "planner"))
"""


def blocks(language: str) -> list[str]:
    found = re.findall(
        rf"^ *```{language}\n(.*?)^ *```$", PAGE.read_text("utf8"), re.MULTILINE | re.DOTALL
    )
    return [re.sub(r"^   ", "", one, flags=re.MULTILINE) for one in found]


def test_the_commands_of_the_guide_run(tmp_path: Path) -> None:
    place = collected_case(tmp_path / "trial", "asset-sale")
    planned(place)
    home = tmp_path / "console"
    shutil.copytree(place.folder, home / "cases" / "trial")
    paths = os.pathsep.join(str(ROOT / one) for one in ("src", "tests/console", "tests/flow"))
    made = subprocess.run(
        [sys.executable, "-c", _TOKEN], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": paths, "SHANHOU_CONSOLE": str(home)},
    )  # fmt: skip
    with served(home) as at:
        done = subprocess.run(
            ["/bin/sh", "-euc", "\necho;".join(blocks("sh")).replace("\ncurl", "\necho; curl")],
            capture_output=True, text=True, check=False,
            env={**os.environ, "TOKEN": made.stdout.strip(), "CONSOLE": at, "CASE": "trial"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines() if line]
    me, plan, held, asked, jobs, refused = told
    assert me["case"] == "trial"
    assert plan["part"]["digest"] == held["plan"]
    assert {one["outcome"] for one in held["rows"]} == {"HOLD"}
    assert jobs["rows"][0]["id"] == asked["id"]
    assert refused["code"] == "SH-E-890"


def test_the_check_of_the_guide_tells_ours_from_forged() -> None:
    from shanhou.console.webhooks.posting import new_secret, signature

    held: dict[str, object] = {}
    (code,) = blocks("python")
    exec(code, held)  # noqa: S102 - the guide's own snippet
    is_ours = held["is_ours"]
    secret, body, at = new_secret(), b'{"type":"test"}', int(time.time())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(at),
               "webhook-signature": signature(secret, id_="msg_1", at=at, body=body)}  # fmt: skip
    assert is_ours(secret, headers, body)
    assert not is_ours(secret, headers, body + b" ")
    assert not is_ours(new_secret(), headers, body)
    assert not is_ours(secret, headers | {"webhook-id": "msg_2"}, body)
    old = {"webhook-timestamp": str(at - 900),
           "webhook-signature": signature(secret, id_="msg_1", at=at - 900, body=body)}  # fmt: skip
    assert not is_ours(secret, headers | old, body)
