"""Commands of what passes between the parties: receive a package, take and make receipts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cli.acting import Given, KeyFile, PlanFile, Subject, plan_of, private_of
from shanhou.cli.app import (
    HERE,
    By,
    CaseFolder,
    On,
    Passphrase,
    Password,
    app,
    may_write,
    opened,
    receipts_app,
)
from shanhou.cli.telling import say, tell, tell_table

if TYPE_CHECKING:
    pass


@app.command()
def receive(
    package: Given,
    identity: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="age 私钥文件 the age identity file")
    ],
    target: Annotated[
        str, typer.Option(help="目标库 where to load: sqlite:///… postgresql://… mysql://…")
    ],
    key: KeyFile,
    passphrase: Passphrase,
    out: Annotated[Path, typer.Option(help="回执目录 where the receipt goes")] = Path("receipts"),
    password: Password = "",
    sha256: Annotated[str, typer.Option(help="另行告知的摘要 digest told on another way")] = "",
) -> None:
    """接收 at the recipient's: check, load, reconcile, sign a receipt."""
    from datetime import UTC, datetime

    from shanhou.evidence.entry import utc_text
    from shanhou.flow.receipts import receive as run
    from shanhou.wiring.secrets import read_secret

    secret = read_secret(password, HERE).decode() if password else ""
    received, path = run(
        package, identity=identity.read_text(encoding="ascii").strip(), target=target,
        private=private_of(key, passphrase), out=out, at=utc_text(datetime.now(UTC)),
        password=secret, expected_sha256=sha256,
    )  # fmt: skip
    tell("received", tables=len(received.tables), rows=sum(t.rows for t in received.tables),
         path=path)  # fmt: skip


@receipts_app.command("import")
def receipts_import(
    file: Given, plan: PlanFile = None, case: CaseFolder = HERE, on: On = None
) -> None:
    """导入回执 take the recipient's signed receipt."""
    from shanhou.flow.receipts import import_receipt, plan_of_receipt

    with opened(case, on) as at:
        about = plan_of(at, plan) if plan else plan_of_receipt(at, file)
        import_receipt(at, about, file)
    tell("receipt_taken")


@receipts_app.command("withdraw")
def receipts_withdraw(
    by: By,
    evidence: Annotated[Path, typer.Option(help="证明没有交出的文件 that nobody was given it")],
    plan: PlanFile = None,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """撤回移交包 destroy a package that nobody was given."""
    from shanhou.flow.receipts import withdraw

    with opened(case, on) as at:
        about = plan_of(at, plan)
        withdraw(at, about, by=by, evidence=evidence)
    tell("withdrawn", plan=about.name)


@receipts_app.command("make")
def receipts_make(
    subject: Subject,
    out: Annotated[Path, typer.Argument(help="写到此文件 where it goes")],
    plan: PlanFile = None,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """给客户的回执 one customer's own receipt, proved against the log."""
    from shanhou.flow.proving import customer_receipt

    may_write(out, out.suffix.lower())
    with opened(case, on) as at:
        out.write_bytes(customer_receipt(at, plan_of(at, plan), subject))
    tell("saved_line", path=out)


@receipts_app.command("check")
def receipts_check(
    file: Given,
    vkey: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help="日志公钥文件 the log's public key, log.vkey"
        ),
    ],
) -> None:
    """核对客户回执 check a customer's receipt offline."""
    from shanhou.evidence.note import Vkey
    from shanhou.evidence.receipt import open_receipt

    shown = open_receipt(file.read_bytes(), key=Vkey.parse(vkey.read_text("ascii").strip()))
    rows = [(one.entry.seq, one.entry.act.value, str(one.summary)) for one in shown]
    tell_table(say("log_head"), [say("seq"), say("act"), say("what")], rows)
