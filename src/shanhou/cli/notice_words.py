"""What `status` and `check` say of the notices: the unreachable, the unknown, dying channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shanhou.cli.telling import say, tell, tell_table

if TYPE_CHECKING:
    from shanhou.wiring import Case


def notices_told(at: Case) -> dict[str, Any]:
    """Counts of the campaign, and every channel that closes with the company."""
    from shanhou.flow.returned import closing_lacks, unknown_sendings

    lacks: dict[str, list[str]] = {}
    for one in closing_lacks(at):
        lacks.setdefault(one.channel, []).append(one.lack.value)
    return {
        "unreachable": unreachable_count(at),
        "unknown": len(unknown_sendings(at)),
        "closing": [
            {
                "channel": f"{one.kind} {one.name}",
                "export_by": one.export_by.isoformat() if one.export_by else "",
                "forward_to": one.forward_to,
                "closes_on": one.closes_on.isoformat(),
                "lacks": lacks.get(f"{one.kind} {one.name}", []),
            }
            for one in at.settings.notices.channels_closing
        ],
    }


def unreachable_count(at: Case) -> int:
    """Customers whom nothing reached when the letters were last looked at."""
    from shanhou.flow.campaign import UNREACHABLE

    return int(at.store.stage(UNREACHABLE) or 0)


def tell_notices(told: Mapping[str, Any]) -> None:
    for name in ("unreachable", "unknown"):
        if told[name]:
            tell(f"status_{name}", n=f"{told[name]:,}")
    rows = [
        (one["channel"], one["export_by"] or "–", one["forward_to"] or "–", one["closes_on"],
         " · ".join(say(f"lack_{lack}") for lack in one["lacks"]) or "–")
        for one in told["closing"]
    ]  # fmt: skip
    if rows:
        heads = [say(head) for head in ("ladder_channel", "closing_export", "closing_forward",
                                        "closing_day", "closing_lacks")]  # fmt: skip
        tell_table(say("closing_head"), heads, rows)
