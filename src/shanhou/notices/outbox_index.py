"""The outbox's index: what lies there, by what each customer is reached, and whom nothing does."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from shanhou.cases.store import Letter, Store
from shanhou.notices.channels import BOUNCED, REPLACED, SENDING, SENT, WRITTEN
from shanhou.notices.letter import Occasion, Template, long_date

_PER_INDEX = 1_000
UNREACHED = "unreached.html"


def write_index(
    store: Store, folder: Path, occasion: Occasion, ways: Mapping[str, Sequence[str]]
) -> None:
    """`index.html` with counts, and pages of file names; numbers of customers, never names.

    `ways`: of each customer of this run, which channels reach them. Those whom none reaches stand
    on a page of their own: a letter to them is only written, and a person finds another way.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    pages: list[str] = []
    for number, chunk in enumerate(_chunks(store.letters()), start=1):
        counts.update((one.template, one.language, one.state) for one in chunk)
        name = f"index-{number:04d}.html"
        lines = "".join(_line(one, ways) for one in chunk if one.state != REPLACED)
        _put(folder / name, f"{_BACK}<ol>{lines}</ol>", occasion)
        pages.append(f'<li><a href="{name}">{chunk[0].subject} – {chunk[-1].subject}</a></li>')
    rows = "".join(
        f"<tr><td>{html.escape(_TITLES[Template(template)])}</td><td>{language}</td>"
        f"<td>{_STATES[state]}</td><td class=n>{count:,}</td></tr>"
        for (template, language, state), count in sorted(counts.items())
    )
    body = (
        f"<p>答复截止 answers by {long_date(occasion.deadline, 'zh')}</p>"
        f"<table><tr><th>信函 letter<th>语言<th>状态<th>封数</tr>{rows}</table>"
        f"{_reached(ways)}<ul>{''.join(pages)}</ul>"
    )
    _put_unreached(store, folder, occasion, ways)
    _put(folder / "index.html", body, occasion)


def _line(one: Letter, ways: Mapping[str, Sequence[str]]) -> str:
    known = ways.get(one.subject)
    reach = "" if known is None else f" · {_told(known)}"
    return (
        f'<li><a href="{html.escape(one.path)}">{one.subject}</a> {one.template} {one.language}'
        f" · {one.on_day} → {one.deadline}{reach}</li>"
    )


def _told(known: Sequence[str]) -> str:
    """By what a customer can be reached."""
    return "、".join(_WAYS[way] for way in known) if known else f"<b>{_NOTHING}</b>"


def _reached(ways: Mapping[str, Sequence[str]]) -> str:
    """How many customers each channel reaches, and how many none."""
    counts = Counter(way for known in ways.values() for way in known)
    rows = "".join(f"<tr><td>{word}</td><td class=n>{counts[way]:,}</td></tr>"
                   for way, word in _WAYS.items())  # fmt: skip
    none = sum(not known for known in ways.values())
    named = f'<a href="{UNREACHED}">{_NOTHING}</a>' if none else _NOTHING
    return (f"<table><tr><th>可用渠道 reached by<th>客户 customers</tr>{rows}"
            f"<tr><td>{named}</td><td class=n>{none:,}</td></tr></table>")  # fmt: skip


def _put_unreached(
    store: Store, folder: Path, occasion: Occasion, ways: Mapping[str, Sequence[str]]
) -> None:
    none = sorted(subject for subject, known in ways.items() if not known)
    if not none:
        (folder / UNREACHED).unlink(missing_ok=True)
        return
    asked = set(none)
    held: dict[str, list[str]] = {}
    for one in store.letters():
        if one.subject in asked and one.state != REPLACED:
            link = f'<a href="{html.escape(one.path)}">{one.template} {one.language}</a>'
            held.setdefault(one.subject, []).append(link)
    lines = "".join(f"<li>{one} {' '.join(held.get(one, []))}</li>" for one in none)
    _put(folder / UNREACHED, f"{_BACK}<h2>{_NOTHING}</h2><p>{_OTHER_WAYS}</p><ol>{lines}</ol>",
         occasion)  # fmt: skip


def _chunks(letters: Iterator[Letter]) -> Iterator[list[Letter]]:
    ordered = iter(sorted(letters, key=lambda one: (one.subject, one.template, one.language)))
    while chunk := list(islice(ordered, _PER_INDEX)):
        yield chunk


def _put(path: Path, body: str, occasion: Occasion) -> None:
    banner = "<p class=r>演练 REHEARSAL</p>" if occasion.rehearsal else ""
    half = path.with_suffix(".part")
    half.write_text(
        f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>待发信函 outbox</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style>{banner}<main><h1>待发信函 Outbox</h1>{body}</main></html>",
        encoding="utf8",
    )
    half.replace(path)


_BACK = "<p><a href='index.html'>←</a></p>"
_WAYS = {"phone": "电话 phone", "email": "邮箱 e-mail", "address": "地址 post"}
_NOTHING = "没有任何渠道可达 nothing reaches them"
_OTHER_WAYS = (
    "信已写好,但资料里没有电话、邮箱或地址。请由专人另寻途径(上门、公告),并留存凭据。"
    " The letters are written, yet no phone, e-mail or address is known. A person has to find"
    " another way (at the door, by public notice), and keeps a record of it."
)
_TITLES = {
    Template.ART23: "征求同意 asks consent (PIPL 23)",
    Template.ART22: "接管告知 succession (PIPL 22)",
    Template.CLOSURE: "停业告知 closure (PIPL 47)",
    Template.CHANGE: "股东变更告知 change of shareholders",
}
_STATES = {
    WRITTEN: "已写好，待发 written",
    SENDING: "发送中或不明 sending or unknown",
    SENT: "已发出 sent",
    BOUNCED: "被退回 bounced",
    REPLACED: "已换新信 replaced",
}
_STYLE = (
    "body{margin:0;background:#e9edf2;color:#1c2430;font:17px/1.7 'Noto Sans CJK SC','PingFang SC',"
    "'Microsoft YaHei',system-ui,sans-serif}main{max-width:46rem;margin:1.5rem auto;padding:1.5rem "
    "2rem;background:#fff;border-radius:6px}table{border-collapse:collapse;width:100%}th,td{"
    "text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d9dee5}.n{text-align:right}"
    ".r{margin:0;background:#fff3cd;text-align:center;font-weight:700;padding:.5rem}"
    "a{color:#1d4f91}li{margin:.15rem 0}"
)
