"""What customers answered, all of it at once: rows that are streamed, and counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shanhou.cases.base import Base


class Heard:
    """The answers of a case, however many."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Every answer: number, customer, kind, value, day, channel, file, who closed it."""
        return self._raw.stream(
            "select id, subject, kind, value, on_day, channel, source_sha256, closed_by"
            " from @answer a"
        )

    def of(self, subject: str) -> tuple[tuple[str, str, bool], ...]:
        """What one customer said so far, in its order: kind, value, whether it is open still."""
        rows = self._raw.execute(
            "select kind, value, closed_by from @answer a where subject = ? order by on_day, id",
            [subject],
        )
        return tuple((str(row[0]), str(row[1]), row[2] == "") for row in rows)

    def counts(self) -> tuple[tuple[str, str, int], ...]:
        """How many answers there are of each kind and value."""
        rows = self._raw.execute(
            "select kind, value, count(*) from @answer a group by 1, 2 order by 1, 2"
        )
        return tuple((str(row[0]), str(row[1]), int(row[2])) for row in rows)

    def customers(self) -> int:
        """How many customers answered."""
        row = self._raw.execute("select count(distinct subject) from @answer a").fetchone()
        return int(row[0])

    def stand(self) -> str:
        """What changes whenever an answer comes or is closed."""
        row = self._raw.execute(
            "select count(*), coalesce(max(id), 0), count(case when closed_by <> '' then 1 end)"
            " from @answer a"
        ).fetchone()
        return str(tuple(row))
