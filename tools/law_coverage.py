"""Writes docs/reference/law-coverage.md: where each article, duty, row, period and trap is carried out.

`python tools/law_coverage.py [--check]`; `--check` compares with the page and writes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from shanhou.cases.stages import gate_facts
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Duty, Period
from shanhou.law.rulebook import Rulebook

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "law-coverage.md"
GUARDS = {
    "without_basis": "disposition/guard",
    "exposure": "law/exposure",
    "export_lines": "law/export_lines",
}
LETTERS = ("art22", "art23", "change", "closure")
MARK = {"statute": "条文 statute", "secondary": "转述 secondary", "unverified": "未核 unverified",
        "design": "设计 design"}  # fmt: skip


def main() -> int:
    book = load_rulebook()
    wrong = dangling(book)
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    text = page(book)
    if "--check" in sys.argv:
        return 0 if PAGE.read_text("utf8") == text else 1
    PAGE.write_text(text, encoding="utf8")
    return 0


def dangling(book: Rulebook) -> list[str]:
    """Duties that name something that is not there."""
    ids = {one.id for one in (*book.rules, *book.periods)}
    clocks = {one.id for one in book.clocks}
    return [f"{duty.id}: {name}" for duty in book.duties for name in duty.done_by
            if not _stands(name, book, ids, clocks)]  # fmt: skip


def _once_ended(period: Period) -> str:
    """In which exits a contract must have ended first."""
    kinds = " ".join(sorted(period.once_ended))
    return f"; {kinds}: 合同终止后 once the contract has ended" if kinds else ""


def _stands(name: str, book: Rulebook, ids: set[str], clocks: set[str]) -> bool:
    kind, _, what = name.partition(":")
    checks = {
        "gate": what in gate_facts() | {"custodian"},
        "letter": what in LETTERS,
        "clock": what in clocks,
        "guard": what in GUARDS,
        "fact": what in book.facts,
        "room": (ROOT / "src" / "shanhou" / f"{what}.py").is_file(),
        "document": (
            ROOT / "src" / "shanhou" / "documents" / "texts" / f"{what}.zh.md.j2"
        ).is_file(),
    }
    return checks.get(kind, name in ids)


def page(book: Rulebook) -> str:
    """The whole page."""
    packs = " · ".join(f"{pack.id} {pack.version}" for pack in book.packs)
    lines = [
        "# 法律覆盖表 Law coverage",
        "",
        "<!-- written by tools/law_coverage.py from the rule packs; do not edit -->",
        "",
        ("每条法律义务、保存期、决策表行、守卫和陷阱在何处落实,或为何没有。"
        "编号同规则包;`门`、`函`、`钟`、`守卫`、`事实`、`模块`、`文书` 之外的都是规则或保存期。"),
        ("Where each duty, period, row of the decision table, guard and trap is carried out, or why "
        "it is not."),
        "",
        (f"规则包 packs: {packs} — {len(book.rules)} rules, {len(book.periods)} periods, "
        f"{len(book.clocks)} clocks, {len(book.duties)} duties."),
        "",
        "## 条文、守卫、陷阱 Articles, guards, traps",
        "",
        "| 编号 id | 依据 basis | 核对 checked | 内容 what | 落实 carried out by |",
        "|---|---|---|---|---|",
        *(_duty(one) for one in book.duties),
        "",
        "## 决策表 Decision table",
        "",
        "| 行 row | 规则 rules |",
        "|---|---|",
        *(f"| {row} | {' '.join(ids)} |" for row, ids in _rows(book)),
        "",
        "## 保存期 Retention periods",
        "",
        "| 编号 id | 依据 basis | 核对 checked | 内容 what | 从何时起 from | 适用 applies |",
        "|---|---|---|---|---|---|",
        *(f"| {p.id} | {p.cited()} | {MARK[p.verified.value]} | {p.zh} {p.en} | `{p.start}` | "
          f"{' '.join(sorted(p.roles)) or '逐一列出 listed by a person'}{_once_ended(p)} |"
          for p in book.periods),
        ("| R05 | 会计档案管理办法 19 | 转述 secondary | 未结清的凭证不得销毁 vouchers of unsettled "
        "claims stay | – | CN-R05 |"),
        "",
        "## 期限 Clocks",
        "",
        "| 编号 id | 依据 basis | 核对 checked | 内容 what | 期限 length |",
        "|---|---|---|---|---|",
        *(f"| {c.id} | {c.cited()} | {MARK[c.verified.value]} | {c.zh} {c.en} | `{c.start}` "
          f"{'-' if c.before else '+'}{c.length} {c.unit.value} |" for c in book.clocks),
        "",
        "## 已失效或不存在的法律 Superseded statutes",
        "",
        "| 人们所引 cited | 状态 state | 现在看 instead |",
        "|---|---|---|",
        *(f"| {one.name} | {one.zh} {one.en} | {', '.join(one.instead)} |"
          for one in book.superseded),
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _duty(one: Duty) -> str:
    cited = "; ".join(basis.cited() for basis in one.bases)
    if one.why_not:
        done = f"— {one.why_not.zh} {one.why_not.en}"
    else:
        done = " ".join(f"`{name}`" for name in one.done_by)
    return f"| {one.id} | {cited} | {MARK[one.verified.value]} | {one.zh} {one.en} | {done} |"


def _rows(book: Rulebook) -> Iterable[tuple[str, list[str]]]:
    """The rows of the decision table with their rules, in the table's own order."""
    rows: dict[str, list[str]] = {}
    for rule in book.rules:
        rows.setdefault(rule.row, []).append(rule.id)
    # a contact person of a company is a person: the rows of persons decide
    rows.setdefault("T28", ["CN-T01", "CN-T02-PROVISION", "CN-T03-PROVISION", "CN-T05"])
    rows.setdefault("T39", ["gate:devices"])
    rows.setdefault("T41", ["disposition/decide"])
    return sorted(rows.items(), key=lambda pair: (not pair[0].startswith("T"), pair[0]))


if __name__ == "__main__":
    sys.exit(main())
