"""What the worker makes of customers for the pages: the list, one customer, a reveal, an export.

Everything is masked but the reveal, and that leaves the worker sealed to a key that only the
browser of who asked holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from shanhou.console.models import HeldCase, Job, Published, Revealed
from shanhou.console.published.parts import held_case_of, put
from shanhou.errors import Refusal
from shanhou.flow.plans import latest_plan

if TYPE_CHECKING:
    from shanhou.wiring import Case

ONE = "customer:"
"""Before a customer's number: the published part that holds their page."""
KEPT_FOR = timedelta(hours=1)
SHOWN_FOR = timedelta(minutes=5)
"""So long a reveal waits to be looked at, once."""


def list_told(case: Case) -> dict[str, Any]:
    """The file of the customers of the latest plan and how many there are of each kind."""
    from shanhou.flow.customer_list import (
        merged_since,
        write_list,
    )
    from shanhou.flow.list_files import list_counts, opened_list

    if case.store.stage("plan:latest") is None or case.store.stage("closed"):
        return {}
    plan = latest_plan(case)
    if merged_since(case, plan):
        return {"outdated": True}
    path = write_list(case, plan)
    with closing(opened_list(path)) as base:
        counts = list_counts(base)
    return {"file": path.name, "plan": plan.digest, "counts": counts,
            "unreached": plan.unreached}  # fmt: skip


def forget_customers(*, of: HeldCase | None = None) -> None:
    """Pages of single customers and reveals that nobody came for go with time; of a case that
    closed all of them.
    """
    now = timezone.now()
    if of is not None:
        Published.objects.filter(case=of, part__startswith=ONE).delete()
        Revealed.objects.filter(case=of).delete()
    Published.objects.filter(part__startswith=ONE, made_at__lt=now - KEPT_FOR).delete()
    Revealed.objects.filter(ends_at__lt=now).delete()
    Job.objects.filter(kind="customer", ended_at__lt=now - KEPT_FOR).delete()


def show_customer(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """Everything about one customer, masked, for their page; it is forgotten within the hour."""
    from shanhou.flow.customer import customer_of
    from shanhou.flow.whereabouts import whereabouts

    subject, plan = str(told["subject"]), latest_plan(case)
    found = customer_of(case, plan, subject)
    where = whereabouts(case, plan, found.records)
    said = [one for one in case.store.answers() if one.subject == subject]
    page = {
        "plan": plan.digest, "events": case.store.event_count(), "subject": subject,
        "records": [asdict(one) | {"where": {group: state.value for group, state
                                             in where[one.rec].items()}}
                    for one in found.records],
        "links": [asdict(one) for one in found.links], "refused_links": found.refused_links,
        "opted_out": found.opted_out, "other_roles": [asdict(one) for one in found.other_roles],
        "answers": [{"kind": one.kind, "value": one.value, "on": one.on_day,
                     "channel": one.channel, "closed_by": one.closed_by} for one in said],
        "letters": [dict(zip(("template", "language", "state", "on", "deadline"), one,
                             strict=True)) for one in case.store.sendings.letters_to(subject)],
        "holds": [{"id": one.id, "kind": one.kind} for one in case.store.holds()
                  if one.stands and one.scope in {"case", f"subject:{subject}"}],
    }  # fmt: skip
    put(held_case_of(case), f"{ONE}{subject}", page)
    return {"records": len(found.records)}


def reveal_customer(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """The unmasked values of one customer, logged first, sealed to the browser that asked."""
    import pyrage

    from shanhou.flow.customer import unmasked

    subject, by = str(told["subject"]), str(told["by"])
    found = unmasked(case, latest_plan(case), subject, reason=str(told["reason"]), by=by)
    to = pyrage.x25519.Recipient.from_str(str(told["to"]))
    body = pyrage.encrypt(json.dumps(asdict(found)).encode(), [to])
    made = Revealed.objects.create(
        case=held_case_of(case), person=by, subject=subject, body=body,
        ends_at=timezone.now() + SHOWN_FOR,
    )  # fmt: skip
    return {"reveal": made.pk}


def export_customers(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """The list as somebody filtered it, masked as it is, as a file; logged with its digest.

    The file is of the plan whose list stood on the page.

    Raises:
        Refusal: SH-E-204 there is no list of the latest plan.
    """
    from shanhou.console.published.listed import CUSTOMERS, every_line
    from shanhou.flow.customer_list import list_file
    from shanhou.flow.taking_out import take_out

    filters = CUSTOMERS.asked(told["filters"])
    path = list_file(case, latest_plan(case))
    if not path.is_file():
        raise Refusal("SH-E-204", generation="customers")
    made = take_out(case, "customers", every_line(path, filters),
                    form=str(told["form"]), by=str(told["by"]), filters=filters.text)  # fmt: skip
    return {"file": made.name, "records": made.rows}
