"""Ask the package client, once per change of the pins, where every run-time dependency has wheels.

Writes `requirements/wheels.json`; `tools/gates.py` then compares it with the pins, offline. Most
users sit at a Windows PC without an administrator: what must be compiled there does not enter.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "requirements" / "run.txt"
TABLE = ROOT / "requirements" / "wheels.json"
PLATFORMS = {
    "linux": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "macos": ("macosx_14_0_arm64", "macosx_11_0_arm64"),
    "windows": ("win_amd64",),
}
"""The oldest systems that are still looked after: RHEL 8, macOS 14, 64-bit Windows."""


def pins(path: Path = PINS) -> dict[str, str]:
    """Name to version of every pinned run-time dependency."""
    pattern = r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\]+)"
    return dict(re.findall(pattern, path.read_text(encoding="utf8"), re.MULTILINE))


def wheel(name: str, version: str, platform: str) -> str | None:
    """The file name of the wheel the client would install on a platform; None: there is none."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        tags = [part for tag in PLATFORMS[platform] for part in ("--platform", tag)]
        command = [
            sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
            "--no-deps", "--only-binary", ":all:", "--python-version", "3.11",
            "--implementation", "cp", *tags, "--target", folder, "--report", str(report),
            f"{name}=={version}",
        ]  # fmt: skip
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return None
        found = json.loads(report.read_bytes())["install"][0]["download_info"]["url"]
        return str(found).rsplit("/", 1)[-1]


def main() -> int:
    known = json.loads(TABLE.read_bytes()) if TABLE.is_file() else {}
    table: dict[str, dict[str, Any]] = {}
    for name, version in sorted(pins().items()):
        if known.get(name, {}).get("version") == version:
            table[name] = known[name]
            continue
        files = {platform: wheel(name, version, platform) for platform in PLATFORMS}
        found = [file for file in files.values() if file]
        table[name] = {
            "version": version,
            "platforms": sorted(platform for platform, file in files.items() if file),
            "pure": bool(found) and all(file.endswith("-none-any.whl") for file in found),
        }
        print(name, version, *table[name]["platforms"], "pure" if table[name]["pure"] else "")
    TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
