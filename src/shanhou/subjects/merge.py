"""Merges records into subjects: connected groups of links, and what hangs on them by reference.

`member` says of every record in scope whose it is, `link` why records were merged, `subject` who
there is, `unreached` what could not be placed: listed, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shanhou.subjects.joining import join_by_rules, join_likely, label_components
from shanhou.subjects.likely import Bounds, write_likely
from shanhou.subjects.match import Pair, Words, pair_table, write_links, write_nodes
from shanhou.subjects.mention import Only, holders, write_mentions, write_rows, write_totals
from shanhou.subjects.placing import write_members, write_pointing
from shanhou.subjects.roles import write_other_roles
from shanhou.subjects.roster import write_known_as, write_subjects

if TYPE_CHECKING:
    import ibis

    from shanhou.inventory.register import Register
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk

SCHEMA = "shanhou.subjects/1"
TABLES = ("mention", "link", "refused_link", "likely", "twin", "parted", "member", "subject",
          "contact_person", "unreached", "known_as", "other_role")  # fmt: skip
_SCRATCH = ("scoped", "total", "pointing", "node", "label")
NOTHING: Mapping[str, Only] = MappingProxyType({})


@dataclass(frozen=True)
class Resolved:
    """What merging found, in counts."""

    records: int
    persons: int
    companies: int
    contact_persons: int
    merges: Mapping[str, int]
    """Links by rule."""
    refused: int
    """Links given up because their chain or their bunch joined what cannot be one customer."""
    unreached: Mapping[str, int]
    """Records without a customer, by why."""
    channels: Mapping[str, int]
    """Persons and companies that can be reached by phone, by e-mail, by letter, not at all."""
    two_roles: int
    """Customers who stand in records of the company's staff as well."""
    tables: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """The object of `shanhou subjects --json`."""
        return {"schema": SCHEMA, **asdict(self)}

    def counts(self) -> dict[str, int]:
        """For the log: numbers only."""
        return {
            "records_count": self.records,
            "persons_count": self.persons,
            "companies_count": self.companies,
            "contact_persons_count": self.contact_persons,
            "links_count": sum(self.merges.values()),
            "refused_links_count": self.refused,
            "unreached_count": sum(self.unreached.values()),
            "two_roles_count": self.two_roles,
        }


def resolve(
    desk: Desk,
    register: Register,
    done: Sequence[Collected],
    *,
    collected: str,
    only: Mapping[str, Only] = NOTHING,
    apart: Sequence[Pair] = (),
    together: Sequence[Pair] = (),
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> Resolved:
    """Merge the records in scope into subjects, in the generation that is being written.

    `only` names the customers' rows of mixed datasets where a person confirmed them; `apart` and
    `together` are pairs of records a person said are two customers, or one.
    """
    import ibis

    held = holders(register, done, only)
    words = Words(apart, together)
    records = write_rows(desk, held, collected)
    write_totals(desk, held, collected)
    write_mentions(desk, held, collected)
    write_pointing(desk, held, collected)
    write_nodes(desk, words)
    write_links(desk, held, words, collected=collected, shared_by=bounds.shared_by)
    join_by_rules(desk)
    write_likely(desk, bounds, linked=int(desk.scalar(desk.table("w", "link").count())))
    join_likely(desk)
    merges = _counted(desk, desk.table("w", "link").group_by("rule").aggregate(n=ibis._.count()))
    refused_pairs = desk.table("w", "refused_link").select("rec_a", "rec_b").distinct()
    refused = int(desk.scalar(refused_pairs.count()))
    write_members(desk, held, collected)
    _write_twins(desk, words)
    first_free = max((one.first_rec + one.rows for one in done), default=0)
    write_subjects(desk, first_free=first_free)
    write_known_as(desk)
    two_roles = write_other_roles(desk, register, done, collected)
    desk.drop_aside(*_SCRATCH)
    return _told(desk, records, merges, refused, two_roles)


def _write_twins(desk: Desk, words: Words) -> None:
    """`twin` (sid, twins): subjects that may be one customer, by the number of their group.

    They are joined by links that were given up. `parted` (sid, other) are those of whom a person
    said that they are two.
    """
    import ibis

    mine = desk.table("w", "member").select("rec", "sid")
    told = _of_subjects(pair_table(words.apart), mine)
    back = told.select(sid="other", other="sid")
    desk.create("parted", ibis.union(told, back, distinct=True))
    doubtful = _of_subjects(desk.table("w", "refused_link"), mine)
    doubtful = doubtful.anti_join(desk.table("w", "parted"), ["sid", "other"])
    label_components(desk, doubtful.select(rec_a="sid", rec_b="other"))
    desk.create("twin", desk.aside("label").select(sid="rec", twins="root"))


def _of_subjects(pairs: ibis.Table, mine: ibis.Table) -> ibis.Table:
    """`sid`, `other`: the two subjects of each pair of records, if they are two."""
    left = pairs.join(mine, [("rec_a", "rec")]).select("rec_b", one="sid")
    both = left.join(mine, [("rec_b", "rec")]).select(sid="one", other="sid")
    return both.filter(both.sid != both.other).distinct()


def _told(
    desk: Desk, records: int, merges: Mapping[str, int], refused: int, two_roles: int
) -> Resolved:
    subject, unreached = desk.table("w", "subject"), desk.table("w", "unreached")
    whole = subject.filter(subject.belongs_to.isnull())
    kinds = _counted(desk, whole.group_by("kind").aggregate(n=whole.count()))
    nobody = ~(whole.phone | whole.email | whole.address)
    channels = {
        name: int(desk.scalar(flag.sum()) or 0)
        for name, flag in (("phone", whole.phone), ("email", whole.email),
                           ("address", whole.address), ("none", nobody))
    }  # fmt: skip
    return Resolved(
        records=records,
        persons=kinds.get("person", 0),
        companies=kinds.get("org", 0),
        contact_persons=int(desk.scalar(subject.belongs_to.count())),
        merges=merges,
        refused=refused,
        unreached=_counted(desk, unreached.group_by("why").aggregate(n=unreached.count())),
        channels=channels,
        two_roles=two_roles,
        tables={name: int(desk.scalar(desk.table("w", name).count())) for name in TABLES},
    )


def _counted(desk: Desk, expression: ibis.Table) -> dict[str, int]:
    rows = desk.arrow(expression.order_by(expression.columns[0]))
    return dict(zip(rows[0].to_pylist(), rows[1].to_pylist(), strict=True))
