"""Commands that gather: init, key, collect, inventory, subjects, declare, bind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shanhou.cli.app import (
    HERE,
    By,
    CaseFolder,
    Json,
    On,
    Passphrase,
    Password,
    app,
    key_app,
    may_write,
    opened,
)
from shanhou.cli.telling import (
    apart_json,
    language,
    say,
    tell,
    tell_apart,
    tell_json,
    tell_table,
)
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shanhou.sources.intake import Collected


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="新目录 a new folder")],
    kind: Annotated[str, typer.Option(help="退出方式 how it exits: asset-sale|equity-sale|merger|"
                                           "division|deregistration|bankruptcy")],
    timing: Annotated[str, typer.Option(help="时点 when: before|during|after")] = "during",
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help="演练 a rehearsal")] = False,
) -> None:  # fmt: skip
    """新建案件 make a case."""
    from shanhou.wiring import make_case

    make_case(folder, kind=kind, timing=timing, rehearsal=rehearsal)
    tell("case_made", folder=folder)
    tell("unlock_near")


@key_app.command("new")
def key_new(
    person: Annotated[str, typer.Option("--person", help="人员编号 the person's id")],
    out: Annotated[Path, typer.Option(help="文件夹 where the key file goes")],
    passphrase: Passphrase = "",
    *,
    age: Annotated[
        bool, typer.Option("--age", help="收件密钥 to open what is sealed for them")
    ] = False,
) -> None:
    """生成人员密钥 a person's own Ed25519 key to sign with, or with --age one to open parcels."""
    from shanhou.vault.person_keys import new_age_identity, new_person_key
    from shanhou.wiring.secrets import read_secret

    if age:
        public = new_age_identity(out / f"{person}.age")
        tell("age_made", person=person, path=out / f"{person}.age", public=public)
        return
    path = out / f"{person}.key"
    new_person_key(path, read_secret(passphrase, HERE))
    tell("key_made", person=person, path=path, public=path.with_suffix(".pub"))


@app.command()
def collect(
    case: CaseFolder = HERE,
    on: On = None,
    *,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="重新收集,弃去原有的 collect anew, discard what was collected"
        ),
    ] = False,
) -> None:
    """收集 read every source whole into the vault; resumable."""
    from shanhou.flow.gathering import collect as run
    from shanhou.flow.gathering import unread, views

    with opened(case, on) as at:
        done = run(at, again=again)
        missing, repeated = unread(at), views(at)
    tell("collected", datasets=len(done), rows=f"{sum(one.rows for one in done):,}",
         quarantined=f"{sum(one.quarantined for one in done):,}")  # fmt: skip
    tell_apart(done)
    if repeated:
        tell_table(say("views_head"), [say("place"), say("code")], repeated)
    if missing:
        tell_table(say("unread_head"), [say("place"), say("code")], missing)
        raise typer.Exit(7)


@app.command()
def inventory(
    case: CaseFolder = HERE,
    source: Annotated[
        str | None, typer.Option(help="案件之外的一个来源 one source, nothing stored")
    ] = None,
    password: Password = "",
    json: Json = False,
) -> None:
    """清点 what each column holds and about whom."""
    from shanhou.flow.gathering import collected, look_at, take_stock

    done: Sequence[Collected] = ()
    if source:
        register = look_at(source, password=password)
    else:
        with opened(case) as at:
            register, done = take_stock(at), collected(at)
    if json:
        tell_json({**register.to_json(), "quarantined": apart_json(done)})
        return
    _tell_register(register)
    tell_apart(done)


@app.command()
def look(
    place: Annotated[str, typer.Argument(help="文件夹、文件或数据库地址 folder, file or URL")],
    out: Annotated[Path, typer.Option("--out", help="页面写到哪里 where the page goes")] = Path(
        "look.html"
    ),
    password: Password = "",
    json: Json = False,
) -> None:
    """体检 what is there, in one page, before any case; nothing of it is stored."""
    from shanhou.evidence.exit_check import exit_check_html
    from shanhou.flow.first_look import look as run

    if not json:
        may_write(out, ".html")
    check = run(place, password=password)
    if json:
        tell_json(check.to_json())
    else:
        out.write_text(exit_check_html(check), encoding="utf8")
        shown = ("tables", "records", "persons", "companies")
        counts = {**check.counts, "tables": len(check.tables)}
        tell_table(say("look_head", place=check.place), [say("kind"), say("count")],
                   [(say(name if name == "tables" else f"{name}_count"),
                     f"{counts[name]:,}") for name in shown])  # fmt: skip
        _tell_why(check)
        tell("look_page", path=out)
    if check.unread:
        raise typer.Exit(7)


def _tell_why(check: Any) -> None:
    if not check.warnings:
        tell("look_nothing")
        return
    rows = [(getattr(one.words, language()), one.basis) for one in check.warnings]
    tell_table(say("look_why_head"), [say("because"), say("basis")], rows)
    if check.unread:
        tell_table(say("unread_head"), [say("place"), say("code")], check.unread)


def _tell_register(register: Any) -> None:
    from shanhou.inventory.review import queue

    rows = [
        (one.name, one.rows, one.scope.value, one.about.value, one.role.value,
         sum(known.field_group.value != "none" for known in one.fields),
         sum(known.sensitive for known in one.fields))
        for one in register.datasets
    ]  # fmt: skip
    heads = ("dataset", "rows", "scope", "about", "role", "fields", "sensitive")
    tell_table(say("inventory_head"), [say(head) for head in heads], rows)
    waits = queue(register)
    if waits:
        tell("review_waits", count=len(waits))
    proposals = [(p.fact, f"{p.dataset}.{p.field}", " ".join(p.values)) for p in register.proposals]
    if proposals:
        tell_table(say("proposals_head"), [say("fact"), say("field"), say("values")], proposals)


@app.command()
def declare(
    answer: Annotated[str, typer.Argument(help="事实=取值 FACT=VALUE")],
    evidence: Annotated[Path, typer.Option(help="文件 the document it rests on")],
    by: By,
    scope: Annotated[
        str, typer.Option(help="范围 of what: case | dataset:NAME | subject:ID")
    ] = "case",
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """声明 take a person's word on a fact."""
    from shanhou.flow.gathering import declare as run

    fact, _, value = answer.partition("=")
    with opened(case, on) as at:
        run(at, fact, value, scope=scope, by=by, evidence=evidence)
    tell("declared", fact=fact, value=value, scope=scope)


@app.command()
def bind(
    answer: Annotated[str, typer.Argument(help="事实=数据集.列 FACT=dataset.column")],
    by: By,
    value: Annotated[
        list[str] | None, typer.Option(help="取值与列中的词 VALUE=word,word ...")
    ] = None,
    date_: Annotated[bool, typer.Option("--date", help="日期列 the column holds a date")] = False,
    through: Annotated[
        str | None,
        typer.Option(
            help="随所指的行 the date of the row it points to: child.column=parent.column"
        ),
    ] = None,
    age_under: Annotated[
        int | None, typer.Option(help="未满几岁 a birth date: under how many years")
    ] = None,
    above: Annotated[
        str | None, typer.Option(help="大于某数 above a number: VALUE:0:OTHER")
    ] = None,
    filled: Annotated[
        str | None, typer.Option(help="是否填写 filled or not: IF_FILLED:IF_EMPTY")
    ] = None,
    empty: Annotated[
        list[str] | None, typer.Option(help="等于没填的写法 with --filled: a sign for empty, as 无")
    ] = None,
    case: CaseFolder = HERE,
) -> None:
    """绑定 confirm which column answers a fact."""
    from shanhou.flow.gathering import bind as run

    fact, _, field = answer.partition("=")
    way: dict[str, object] = {"field": field}
    if value:
        pairs = [one.partition("=") for one in value]
        way["values"] = {name: words.split(",") for name, _, words in pairs}
    if date_:
        way["is_date"] = True
    if through:
        child, _, parent = through.partition("=")
        way["through"] = {"from": child, "to": parent}
    if age_under is not None:
        way["age_under"] = age_under
    if above:
        name, limit, other = _parts(above, "--above VALUE:0:OTHER")
        way["above"] = {name: limit, other: "rest"}
    if filled:
        yes, no = _parts(filled, "--filled IF_FILLED:IF_EMPTY")
        way["filled"] = {"yes": yes, "no": no}
    if empty:
        way["empty"] = empty
    with opened(case) as at:
        run(at, fact, way, by=by)
    tell("bound", fact=fact, field=field)


def _parts(given: str, form: str) -> list[str]:
    parts = given.split(":")
    if len(parts) != form.count(":") + 1:
        raise Refusal("SH-E-003", problem=form)
    return parts
