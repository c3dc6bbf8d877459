"""What a skilled person does by hand with a shipping firm's files.

Copy, count by group, seal, digest, delete.

Standard library, openssl and sha256sum; no identity is resolved, no law is asked, nothing is
proved and nothing resumes. `python benchmarks/reference_by_hand.py SOURCES`
"""

from __future__ import annotations

import csv
import secrets
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from measuring import announce

_RETAINED = ("charter_contracts", "cfs_receipts")


def main() -> None:
    sources = Path(sys.argv[1])
    work = sources.parent / "hand"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    announce("copy and digest")
    _copy(sources, work / "copy")
    announce("count by who and when")
    _group(sources / "ship.db")
    announce("seal what is retained")
    _seal(sources, work / "retained")
    announce("delete, vacuum, look again")
    _delete(sources / "ship.db")
    _empty_exports(sources)
    announce("end")


def _copy(sources: Path, to: Path) -> None:
    shutil.copytree(sources, to)
    files = sorted(str(path) for path in to.rglob("*") if path.is_file())
    told = subprocess.run(["sha256sum", *files], check=True, capture_output=True)
    (to.parent / "SHA256SUMS").write_bytes(told.stdout)


def _tables(raw: sqlite3.Connection) -> list[str]:
    rows = raw.execute("select name from sqlite_master where type = 'table' order by name")
    return [row[0] for row in rows if not row[0].startswith("sqlite_")]


def _group(database: Path) -> None:
    raw = sqlite3.connect(database)
    for table in _tables(raw):
        raw.execute(f'select count(*) from "{table}"').fetchone()
    raw.execute(
        "select d.balance > 0, m.slzt, p.zyzt, count(*) from deposits d"
        " left join claims m using (customer_id) left join bl_pledges p using (customer_id)"
        " group by 1, 2, 3"
    ).fetchall()
    raw.close()


def _has(raw: sqlite3.Connection, table: str, column: str) -> bool:
    return any(row[1] == column for row in raw.execute(f'pragma table_info("{table}")'))


def _seal(sources: Path, to: Path) -> None:
    """Each retained table as a file, and the workbooks whole, each encrypted and digested."""
    to.mkdir()
    key = to / "key"
    key.write_text(secrets.token_hex(32))
    raw = sqlite3.connect(sources / "ship.db")
    plain = list(sources.rglob("*.xlsx"))
    for table in _RETAINED:
        path = to / f"{table}.csv"
        with path.open("w", encoding="utf8", newline="") as file:
            csv.writer(file).writerows(raw.execute(f'select * from "{table}"'))
        plain.append(path)
    raw.close()
    sealed = []
    for path in plain:
        sealed.append(str(to / f"{path.stem}.enc"))
        subprocess.run(["openssl", "enc", "-aes-256-ctr", "-pbkdf2", "-pass", f"file:{key}",
                        "-in", str(path), "-out", sealed[-1]], check=True)  # fmt: skip
    subprocess.run(["sha256sum", *sealed], check=True, stdout=subprocess.DEVNULL)


def _delete(database: Path) -> None:
    raw = sqlite3.connect(database, isolation_level=None)
    raw.execute("pragma secure_delete = on")
    raw.execute("begin")
    kept = "select customer_id from deposits where balance > 0"
    for table in _tables(raw):
        if _has(raw, table, "customer_id") and table not in {*_RETAINED, "deposits"}:
            raw.execute(f'delete from "{table}" where customer_id not in ({kept})')
    raw.execute("commit")
    raw.execute("vacuum")
    for table in _tables(raw):
        raw.execute(f'select count(*) from "{table}"').fetchone()
    raw.close()


def _empty_exports(sources: Path) -> None:
    """Exports are written again with their first line only."""
    for path in sources.rglob("*.csv"):
        with path.open("rb") as file:
            head = file.readline()
        path.write_bytes(head)


if __name__ == "__main__":
    main()
