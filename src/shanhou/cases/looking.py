"""The case file's words on how the data is looked at, and where."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from shanhou.cases.parties import Strict


class Inventory(Strict):
    """How the data is looked at: by which rules of one's own, and what counts as sensitive."""

    rules: tuple[str, ...] = Field(
        default=(), max_length=20, description="rule files, relative to the case"
    )
    sensitive_profile: Literal["gb45574", "gb35273_strict"] = Field(
        default="gb45574", description="the strict one counts ID numbers, addresses and more"
    )

    rows: Literal["sample", "every"] = Field(
        default="sample", description="what verdicts on columns of large tables rest on: some "
        "20,000 rows spread over the table, or every row; texts are always read whole"
    )  # fmt: skip


class Engine(Strict):
    """Where the inventory looks at the collected data; the findings are the same."""

    kind: Literal["duckdb", "spark"] = "duckdb"
    master: str = Field(
        default="local[*]", pattern=r"^(local\[(\d+|\*)\]|spark://\S+:\d+)$",
        description="spark: local[2] for two cores of this machine, or spark://HOST:PORT",
    )  # fmt: skip
    secret: str = Field(
        default="", description="spark://: env:NAME or file:PATH of what all its machines share"
    )
    python: str = Field(
        default="", description="spark://: the interpreter that has shanhou on every worker; "
        "without it, at the place of this one"
    )  # fmt: skip

    @model_validator(mode="after")
    def cluster_has_secret(self) -> Engine:
        if self.kind == "spark" and "://" in self.master and not self.secret:
            message = "engine: a cluster needs `secret`, by which its machines know each other"
            raise ValueError(message)
        return self
