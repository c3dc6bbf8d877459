"""The commands that serve: web, portal, worker."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shanhou.cli.app import app, console_app
from shanhou.cli.telling import tell

Home = Annotated[Path, typer.Option("--home", help="工作台目录 the console's folder")]
_HOME = Path("console")


class To(StrEnum):
    """Where the state of a case may lie."""

    FOLDER = "folder"
    DATABASE = "database"


@app.command()
def web(
    home: Home = _HOME,
    host: Annotated[str, typer.Option(help="监听地址 address it listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 port", min=1, max=65535)] = 8000,
    cases: Annotated[str, typer.Option(help="案件所在目录 folder of the cases, in the home")] = "",
    alone: Annotated[bool, typer.Option("--alone", help="不带工作进程 without the worker")] = False,
    portal_port: Annotated[
        int | None,
        typer.Option(help="一并开门户的端口 serve the portal too, there", min=1, max=65535),
    ] = None,
) -> None:
    """工作台 serve the screens until stopped."""
    from shanhou.console.house.serving import require_free
    from shanhou.console.serve import serve

    for one in (port, portal_port):
        if one is not None:
            require_free(host, one)
    tell("web_serves", host=host, port=port)
    if portal_port is not None:
        tell("portal_serves", host=host, port=portal_port)
    serve(home, host=host, port=port, with_worker=not alone, cases=cases, portal_port=portal_port)


@app.command()
def portal(
    home: Home = _HOME,
    host: Annotated[str, typer.Option(help="监听地址 address it listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 port", min=1, max=65535)] = 8001,
) -> None:
    """客户门户 serve the pages for customers until stopped."""
    from shanhou.console.house.serving import require_free
    from shanhou.console.portal.serve import serve

    require_free(host, port)
    tell("portal_serves", host=host, port=port)
    serve(home, host=host, port=port)


@app.command()
def worker(home: Home = _HOME) -> None:
    """工作进程 do what the screens ask for, in a process of its own."""
    from shanhou.console.serve import set_up

    set_up(home)
    from shanhou.console.jobs.worker import work

    tell("worker_works")
    work()


@console_app.command("move")
def console_move(
    number: Annotated[str, typer.Argument(help="案件编号 the case's number in the console")],
    to: Annotated[To, typer.Option("--to", help="去处 where to: folder | database")],
    home: Home = _HOME,
) -> None:
    """迁移状态 move the state of a case into the console's database, or into its folder."""
    from shanhou.console.serve import set_up

    set_up(home)
    from shanhou.console.jobs.moving import move_case

    move_case(number, to.value)
    tell("case_moved_to_database" if to is To.DATABASE else "case_moved_to_folder", number=number)
