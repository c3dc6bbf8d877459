"""Charts as one option each, drawn by ECharts in the browser; the table beside says the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from shanhou.console.house.words import language
from shanhou.console.words import say
from shanhou.evidence.report import LOOKS


def _called(outcome: str) -> str:
    return _named(outcome, language())


@cache
def _named(outcome: str, spoken: str) -> str:
    look = LOOKS[outcome]
    return f"{look.symbol} {getattr(look.words, spoken)}"


def shares(totals: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Items per outcome, as a ring."""
    held = [one for one in totals if one["items"]]
    if not held:
        return None
    data = [{"name": _called(one["outcome"]), "value": one["items"],
             "itemStyle": {"color": LOOKS[one["outcome"]].colour}} for one in held]  # fmt: skip
    return {
        "aria": {"enabled": True, "decal": {"show": True}},
        "tooltip": {"trigger": "item"},
        "legend": {"bottom": 0, "type": "scroll"},
        "series": [{"type": "pie", "radius": ["48%", "72%"], "center": ["50%", "44%"],
                    "label": {"show": False}, "data": data}],
    }  # fmt: skip


def sankey(plan: dict[str, Any]) -> dict[str, Any] | None:
    """Where items go: from the dataset's source by field group to the outcome."""
    flows = plan.get("flows") or []
    if not flows:
        return None
    links: dict[tuple[str, str], int] = {}
    colour: dict[tuple[str, str], str] = {}
    nodes: dict[str, str] = {}
    for one in flows:
        source = one["dataset"].split("/", maxsplit=1)[0].split(".", maxsplit=1)[0]
        group = say(f"group_{one['group']}") if one["group"] != "-" else say("group_none")
        end = _called(one["outcome"])
        for left, right in ((source, group), (group, end)):
            links[left, right] = links.get((left, right), 0) + one["items"]
        colour[group, end] = LOOKS[one["outcome"]].colour
        nodes |= {source: "#868e96", group: "#868e96", end: LOOKS[one["outcome"]].colour}
    return {
        "aria": {"enabled": True},
        "tooltip": {"trigger": "item"},
        "series": [{
            "type": "sankey", "left": 10, "right": 140, "top": 10, "bottom": 10,
            "emphasis": {"focus": "adjacency"}, "nodeGap": 10,
            "data": [{"name": name, "itemStyle": {"color": held}} for name, held in nodes.items()],
            "links": [{"source": left, "target": right, "value": value,
                       "lineStyle": {"color": colour.get((left, right), "#ced4da"),
                                     "opacity": 0.45}}
                      for (left, right), value in links.items()],
        }],
    }  # fmt: skip


def gantt(dates: dict[str, Any]) -> dict[str, Any] | None:
    """Statutory clocks as bars from their start to their end, with today's line."""
    due = [one for one in dates.get("due", ()) if one["started"]][:40]
    if not due:
        return None
    tones = {"late": "#c92a2a", "due": "#206bc4", "runs": "#5c677d", "done": "#2b8a3e",
             "done_late": "#b7791f", "over": "#adb5bd"}  # fmt: skip
    rows = list(reversed(due))
    return {
        "aria": {"enabled": True},
        "tooltip": {},
        "grid": {"left": 190, "right": 24, "top": 12, "bottom": 28},
        "xAxis": {"type": "time", "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "category", "data": [_short(one[language()]) for one in rows],
                  "axisLabel": {"width": 176, "overflow": "truncate"}},
        "bars": [{"row": n, "from": min(one["started"], one["on"]),
                  "to": max(one["started"], one["on"]), "color": tones[one["state"]]}
                 for n, one in enumerate(rows)],
        "today": dates["today"],
    }  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def map_of(inventory: dict[str, Any]) -> dict[str, Any] | None:
    """The data map: each dataset by how many records it holds, and what points to what."""
    datasets = inventory.get("datasets") or []
    if not datasets:
        return None
    by_source: dict[str, list[dict[str, Any]]] = {}
    for one in datasets:
        by_source.setdefault(one["source"], []).append(one)
    data = []
    for column, (source, held) in enumerate(sorted(by_source.items())):
        for row, one in enumerate(held):
            sensitive = any(field["sensitive"] for field in one["fields"])
            data.append({
                "name": one["name"], "x": column * 260, "y": row * 46, "value": one["rows"],
                "symbol": "rect", "symbolSize": [_BOX, 26],
                "label": {"formatter": _short(one["name"].removeprefix(f"{source}."))},
                "itemStyle": {"color": "#fff0f0" if sensitive else "#eef2f7",
                              "borderColor": "#c92a2a" if sensitive else "#868e96",
                              "borderWidth": 2 if sensitive else 1},
            })  # fmt: skip
    known = {one["name"] for one in data}
    links = []
    for one in inventory.get("relations", ()):
        ends = [_table(one[end], known) for end in ("from", "to")]
        if all(ends):
            links.append({"source": ends[0], "target": ends[1]})
    return {
        "aria": {"enabled": True},
        "tooltip": {},
        "series": [{
            "type": "graph", "layout": "none", "roam": True, "data": data, "links": links,
            "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": 7,
            "left": _BOX / 2 + 6, "right": _BOX / 2 + 6, "top": 24, "bottom": 24,
            "label": {"show": True, "fontSize": 11, "color": "#1d273b", "width": _BOX - 12,
                      "overflow": "truncate"},
            "lineStyle": {"color": "#5c677d", "curveness": 0.25, "width": 1.2},
        }],
    }  # fmt: skip


_BOX = 150
"""How wide a dataset's box is, in pixels."""


def _table(column: str, known: set[str]) -> str:
    """The dataset that a `dataset.column` belongs to; names hold dots themselves."""
    parts = column.split(".")
    return next((".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)
                 if ".".join(parts[:n]) in known), "")  # fmt: skip
