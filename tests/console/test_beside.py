"""The console with the portal beside it: both answer, and one Ctrl-C ends both."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from browsing import free_port

SOURCE = str(Path(__file__).resolve().parents[2] / "src")


def answers(port: int, *, within_s: float = 90) -> str:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                return page.read().decode()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(port)


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_both_answer_and_one_interrupt_ends_both_cleanly(tmp_path: Path) -> None:
    console, portal = free_port(), free_port()
    code = "from shanhou.cli import main; main()"
    command = [sys.executable, "-c", code, "web", "--home", str(tmp_path / "office"), "--port",
               str(console), "--portal-port", str(portal)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": SOURCE, "SHANHOU_LANG": "en"}
    for name in ("SHANHOU_CONSOLE", "SHANHOU_PORTAL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    serving = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True,
                               start_new_session=True)  # fmt: skip
    try:
        assert "password" in answers(console)
        assert "csrfmiddlewaretoken" in answers(portal)
        os.killpg(serving.pid, signal.SIGINT)  # as a terminal does for Ctrl-C
        told, wrong = serving.communicate(timeout=60)
    finally:
        if serving.poll() is None:
            os.killpg(serving.pid, signal.SIGKILL)
    assert serving.returncode == 0, wrong
    assert "Traceback" not in wrong, wrong
    assert f"http://127.0.0.1:{console}/" in told
    assert f"http://127.0.0.1:{portal}/" in told
    assert not is_open(console)
    assert not is_open(portal)
