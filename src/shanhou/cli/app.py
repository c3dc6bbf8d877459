"""The one Typer app, its options and the opening of a case; the commands add themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from shanhou.cli.telling import choose_language
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.wiring import Case


class Root(TyperGroup):
    """The door: `--lang` is also taken behind a command that has none of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        at = next((n for n, one in enumerate(args) if one.partition("=")[0] == "--lang"), None)
        if at is None or "--" in args[:at] or _has_its_own(self, args[:at]):
            return super().parse_args(ctx, args)
        end = at + (1 if "=" in args[at] else 2)
        return super().parse_args(ctx, [*args[at:end], *args[:at], *args[end:]])


def _has_its_own(root: Any, words: list[str]) -> bool:
    """Whether the command that the words name has an option `--lang` itself."""
    here = root
    for word in words:
        here = getattr(here, "commands", {}).get(word, here)
    return here is not root and any("--lang" in one.opts for one in here.params)


app = typer.Typer(cls=Root, no_args_is_help=True, add_completion=False,
                  pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["-h", "--help"]})  # fmt: skip
key_app = typer.Typer(no_args_is_help=True)
law_app = typer.Typer(no_args_is_help=True)
notices_app = typer.Typer(no_args_is_help=True)
answers_app = typer.Typer(no_args_is_help=True)
receipts_app = typer.Typer(no_args_is_help=True)
review_app = typer.Typer(no_args_is_help=True)
clean_app = typer.Typer(no_args_is_help=True)
bench_app = typer.Typer(no_args_is_help=True)
hold_app = typer.Typer(no_args_is_help=True)
requests_app = typer.Typer(no_args_is_help=True)
disclose_app = typer.Typer(no_args_is_help=True)
returns_app = typer.Typer(no_args_is_help=True)
documents_app = typer.Typer(no_args_is_help=True)
console_app = typer.Typer(no_args_is_help=True)
subjects_app = typer.Typer(invoke_without_command=True)
app.add_typer(key_app, name="key", help="人员密钥 a person's own key")
app.add_typer(law_app, name="law", help="法规 what the rules say")
app.add_typer(requests_app, name="requests", help="请求 what customers ask for")
app.add_typer(disclose_app, name="disclose", help="提供 what authorities and partners are shown")
app.add_typer(returns_app, name="returns", help="退还 copies that go back: sealed, received")
app.add_typer(hold_app, name="hold", help="保全 orders to keep things as they are")
app.add_typer(documents_app, name="documents", help="文书 what the case needs on paper")
app.add_typer(console_app, name="console", help="工作台 cases of a console")
app.add_typer(notices_app, name="notices", help="告知 what became of the letters")
app.add_typer(answers_app, name="answers", help="答复 replies of customers")
app.add_typer(receipts_app, name="receipts", help="回执 receipts of the recipient")
app.add_typer(subjects_app, name="subjects")
app.add_typer(review_app, name="review", help="复核 what the inventory is unsure of")
app.add_typer(clean_app, name="clean", help="清洗 the cleaning recipe")
app.add_typer(bench_app, name="bench", help="测量 how well it works")

CaseFolder = Annotated[Path, typer.Option("--case", "-C", help="案件目录 the case folder")]
On = Annotated[str | None, typer.Option("--on", help="演练日期 the day a rehearsal plays")]
By = Annotated[str, typer.Option("--by", help="人员编号 id of the person who acts")]
Json = Annotated[bool, typer.Option("--json", help="一个 JSON 对象 one JSON object")]
Passphrase = Annotated[str, typer.Option(help="密钥口令 the key's secret: env:NAME | file:PATH")]
Password = Annotated[str, typer.Option(help="数据库口令 the database's: env:NAME | file:PATH")]
HERE = Path()


@app.callback()
def start(lang: Annotated[str | None, typer.Option(help="语言 language: zh | en")] = None) -> None:
    """善后 shanhou: closes a company's customer data, and proves it."""
    choose_language(lang)


def may_write(path: Path, suffix: str) -> Path:
    """A file that a command may write: a new one, or an older one of the same kind.

    Raises:
        Refusal: SH-E-010 it would take the place of something else, or its folder is not there.
    """
    ours = path.name in {"shanhou.yaml", "case.db", "case.home"}
    taken = path.exists() and (path.suffix.lower() != suffix or not path.is_file() or ours)
    if ours or taken or not path.absolute().parent.is_dir():
        raise Refusal("SH-E-010", path=path.name, suffix=suffix)
    return path


@contextmanager
def opened(folder: Path, on: str | None = None) -> Iterator[Case]:
    from shanhou.vault.spills import sweep_spills
    from shanhou.wiring import open_case

    sweep_spills()
    case = open_case(folder, day_of(on))
    try:
        yield case
    finally:
        case.close()


def day_of(text: str | None, option: str = "--on") -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Refusal("SH-E-003", problem=f"{option} {text}") from None
