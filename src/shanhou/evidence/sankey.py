"""Where everything went, as bands from sources to outcomes: the layout, no drawing. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """So many items of one source came to one outcome."""

    source: str
    outcome: str
    items: int


@dataclass(frozen=True)
class Node:
    name: str
    items: int
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Band:
    """One flow as a closed SVG path."""

    flow: Flow
    path: str


@dataclass(frozen=True)
class Sankey:
    """A chart in user units; labels stand above their nodes in the gaps."""

    width: float
    height: float
    sources: tuple[Node, ...]
    outcomes: tuple[Node, ...]
    bands: tuple[Band, ...]


BAR = 12.0
GAP = 30.0
LEAST = 2.0
"""The thinnest band, so that one item among a million is still seen."""


def lay_out(flows: Sequence[Flow], *, order: Sequence[str], width: float, body: float) -> Sankey:
    """Place the bands; `order` is the order of outcomes, `body` the height all items share.

    Sources come largest first.
    """
    kept = [flow for flow in flows if flow.items > 0]
    total = sum(flow.items for flow in kept)
    scale = body / total if total else 0.0
    thick = {flow: max(flow.items * scale, LEAST) for flow in kept}
    weight = dict.fromkeys(sorted({flow.source for flow in kept}), 0)
    for flow in kept:
        weight[flow.source] += flow.items
    names = sorted(weight, key=lambda name: -weight[name])
    kept.sort(key=lambda flow: (names.index(flow.source), order.index(flow.outcome)))
    left = _column(names, [(flow.source, flow, thick[flow]) for flow in kept], x=0.0)
    present = [name for name in order if any(flow.outcome == name for flow in kept)]
    right = _column(present, [(flow.outcome, flow, thick[flow]) for flow in kept], x=width - BAR)
    from_y, to_y = {node.name: node.y for node in left}, {node.name: node.y for node in right}
    bands = []
    for flow in kept:
        path = _band(
            x0=BAR,
            y0=from_y[flow.source],
            x1=width - BAR,
            y1=to_y[flow.outcome],
            height=thick[flow],
        )
        from_y[flow.source] += thick[flow]
        to_y[flow.outcome] += thick[flow]
        bands.append(Band(flow, path))
    height = max((node.y + node.height for node in (*left, *right)), default=0.0)
    return Sankey(width, round(height + 4, 1), left, right, tuple(bands))


def _column(
    names: Sequence[str], parts: Sequence[tuple[str, Flow, float]], *, x: float
) -> tuple[Node, ...]:
    nodes, y = [], GAP
    for name in names:
        mine = [(flow.items, height) for owner, flow, height in parts if owner == name]
        height = sum(part[1] for part in mine)
        nodes.append(Node(name, sum(part[0] for part in mine), x, round(y, 2), round(height, 2)))
        y += height + GAP
    return tuple(nodes)


def _band(*, x0: float, y0: float, x1: float, y1: float, height: float) -> str:
    middle = (x0 + x1) / 2
    upper = f"M{x0:.1f},{y0:.2f}C{middle:.1f},{y0:.2f} {middle:.1f},{y1:.2f} {x1:.1f},{y1:.2f}"
    y0, y1 = y0 + height, y1 + height
    return f"{upper}V{y1:.2f}C{middle:.1f},{y1:.2f} {middle:.1f},{y0:.2f} {x0:.1f},{y0:.2f}Z"
