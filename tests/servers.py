"""Private database servers for the tests: own folder, own port, own process, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

_START_SECONDS = 60
_STOP_SECONDS = 30


class Absent(Exception):
    """The programs of a server are not on this machine."""


@dataclass(frozen=True)
class Server:
    """A running server: its address without a database, and the folder that holds all of it."""

    url: str
    admin_database: str
    folder: Path

    def database(self, name: str) -> str:
        """The address of a fresh database."""
        engine = sa.create_engine(f"{self.url}/{self.admin_database}", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"create database {name}")
        engine.dispose()
        return f"{self.url}/{name}".replace("+psycopg", "").replace("+pymysql", "")


@contextmanager
def postgresql(folder: Path, *, settings: Sequence[str] = ()) -> Iterator[Server]:
    """PostgreSQL on a free loopback port.

    Raises:
        Absent: its programs are not here.
    """
    programs = _postgresql_programs()
    data, log = folder / "data", folder / "server.log"
    user = _owned(folder, "postgres")
    _run(user, folder, [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres",
                        "-E", "UTF8", "--locale=C", "--no-sync"])  # fmt: skip
    port = _free_port()
    options = ["port=" + str(port), "listen_addresses=127.0.0.1",
               f"unix_socket_directories={folder}", "max_connections=30", *settings]  # fmt: skip
    command = [str(programs / "postgres"), "-D", str(data)]
    for option in options:
        command += ["-c", option]
    url = f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    with _running(user, folder, command, log, stop=signal.SIGINT):
        _wait(f"{url}/postgres", log)
        yield Server(url, "postgres", folder)


@contextmanager
def mariadb(folder: Path, *, settings: Sequence[str] = ()) -> Iterator[Server]:
    """MariaDB on a free loopback port, with the binary log on.

    Raises:
        Absent: its programs are not here.
    """
    install, program = shutil.which("mariadb-install-db"), _mariadbd()
    if install is None or program is None:
        raise Absent("MariaDB is not installed")
    data, log, temporary = folder / "data", folder / "server.log", folder / "tmp"
    temporary.mkdir()
    user = _owned(folder, "mysql")
    _run(user, folder, [install, "--no-defaults", f"--datadir={data}", "--skip-test-db",
                        f"--tmpdir={temporary}",
                        "--auth-root-authentication-method=normal"])  # fmt: skip
    port = _free_port()
    command = [program, "--no-defaults", f"--datadir={data}", f"--port={port}",
               "--bind-address=127.0.0.1", f"--socket={folder}/s", f"--pid-file={folder}/pid",
               f"--tmpdir={temporary}", "--log-bin=binlog", "--server-id=1",
               "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
               "--character-set-server=utf8mb4", *settings]  # fmt: skip
    url = f"mysql+pymysql://root@127.0.0.1:{port}"
    with _running(user, folder, command, log, stop=signal.SIGTERM):
        _wait(f"{url}/mysql", log)
        yield Server(url, "mysql", folder)


def _postgresql_programs() -> Path:
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb")
    if known:
        return known[-1].parent
    if found is None:
        raise Absent("PostgreSQL is not installed")
    return Path(found).resolve().parent


def _mariadbd() -> str | None:
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")


def _owned(folder: Path, user: str) -> str | None:
    """Both servers refuse to run as root: give the folder to their own user."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(user)
    folder.chmod(0o755)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid)
    _let_through(folder)
    return user


def _let_through(folder: Path) -> None:
    """The folders above must let the server's user pass."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001 and parent.owner() == "root" and str(parent) != "/":
            parent.chmod(mode | 0o001)


def _as(user: str | None, command: Sequence[str]) -> list[str]:
    if user is None:
        return list(command)
    entry = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups",
            "--", *command]  # fmt: skip


def _run(user: str | None, folder: Path, command: Sequence[str]) -> None:
    done = subprocess.run(_as(user, command), cwd=folder, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])


@contextmanager
def _running(
    user: str | None, folder: Path, command: Sequence[str], log: Path, *, stop: signal.Signals
) -> Iterator[None]:
    with log.open("ab") as output:
        process = subprocess.Popen(_as(user, command), cwd=folder, stdout=output, stderr=output)
        try:
            yield
        finally:
            process.send_signal(stop)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(url: str, log: Path) -> None:
    engine = sa.create_engine(url)
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            engine.connect().close()
            break
        except sa.exc.OperationalError:
            if time.monotonic() > until:
                raise RuntimeError(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.1)
    engine.dispose()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
