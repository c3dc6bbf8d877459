"""Who takes part in a case, with which duties, and how the company exits. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExitKind(StrEnum):
    ASSET_SALE = "asset-sale"
    EQUITY_SALE = "equity-sale"
    MERGER = "merger"
    DIVISION = "division"
    DEREGISTRATION = "deregistration"
    BANKRUPTCY = "bankruptcy"


class Timing(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Duty(StrEnum):
    """What a person may do in the case."""

    PLANNER = "planner"
    APPROVER = "approver"
    PRIVACY = "privacy"
    LIQUIDATOR = "liquidator"
    OPERATOR = "operator"
    WITNESS = "witness"
    OUTSIDE_SECOND = "outside_second"
    AUDITOR = "auditor"


class Deed(StrEnum):
    """What is done for the handler outside the way of a plan, by whoever has a duty that may."""

    ANSWER = "answer"
    """Answer what a customer asks for, a copy and a correction among it (PIPL 50)."""
    HOLD = "hold"
    """Set a hold: it only keeps."""
    LIFT = "lift"
    """Lift a hold: what it kept may be moved and deleted from then on."""
    GIVE = "give"
    """Give, or take back, what somebody else opened for an authority or a partner."""
    TELL = "tell"
    """Tell for the company what went abroad before the case, of which its log knows nothing."""


_OFFICERS = frozenset({Duty.APPROVER, Duty.PRIVACY, Duty.LIQUIDATOR})
MAY: Mapping[Deed, frozenset[Duty]] = {
    Deed.ANSWER: _OFFICERS | {Duty.PLANNER},
    Deed.HOLD: _OFFICERS | {Duty.PLANNER, Duty.OPERATOR},
    Deed.LIFT: _OFFICERS,
    Deed.GIVE: _OFFICERS | {Duty.PLANNER, Duty.OPERATOR},
    Deed.TELL: _OFFICERS | {Duty.PLANNER},
}
"""Whoever looks on (witness, auditor, outside second) answers for nobody; our measure, PIPL 51."""


def may(person: Person, deed: Deed) -> bool:
    """Whether a duty of theirs lets them; nobody of the recipient's acts for the handler."""
    return person.party != "recipient" and bool(MAY[deed] & set(person.duties))


class Case(Strict):
    id: Name
    title: str
    kind: ExitKind
    timing: Timing = Timing.DURING
    rehearsal: bool = False
    procedure: Literal["ordinary", "simple", "forced"] = Field(
        default="ordinary", description="of a deregistration: 普通、简易、强制"
    )
    form: Literal["company", "sole-trader", "state-owned"] = Field(
        default="company", description="公司、个体工商户、国有企业"
    )
    holder: Literal["handler", "recipient", "former"] = Field(
        default="handler",
        description="who holds the data now; after the fact also the buyer or a former shareholder",
    )
    route: Literal["transfer", "invite"] = Field(
        default="transfer", description="hand the data over, or only pass the buyer's invitation on"
    )
    laws: tuple[Literal["cn", "eu", "us-ca"], ...] = Field(
        default=("cn",), description="the laws that protect any of the customers"
    )

    @model_validator(mode="after")
    def holder_fits_the_timing(self) -> Case:
        if self.holder != "handler" and self.timing is not Timing.AFTER:
            message = f"holder: {self.holder} is only possible with timing: after"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def laws_include_cn(self) -> Case:
        if "cn" not in self.laws:
            message = "laws: cn is always among them; the other packs only tighten what it says"
            raise ValueError(message)
        return self


class Party(Strict):
    name: str
    code: str = Field(default="", description="统一社会信用代码 USCC")
    contact: str = Field(
        default="", description="联系人与联系方式 who answers, and how to reach them"
    )
    address: str = ""
    abroad: bool = False
    in_eu: bool = Field(default=False, description="在欧盟或欧洲经济区 in the EU or EEA")
    age: str = Field(
        default="", description="age X25519 recipient (age1...) the party decrypts with"
    )
    verify: str = Field(default="", description="Ed25519 public key (PEM file) of its receipts")


class Recipient(Party):
    purpose: str = ""
    method: str = ""
    kinds: tuple[str, ...] = ()


class Parties(Strict):
    handler: Party
    recipient: Recipient | None = None
    custodian: Party | None = None


class Person(Strict):
    id: Name
    name: str
    duties: tuple[Duty, ...]
    party: Literal["handler", "recipient", "custodian", "outside"] = "handler"
    role: str = Field(default="", description="职务 e.g. 清算组组长, 律师")
    key: str = Field(default="", description="Ed25519 public key, a PEM file in the case folder")
    passkey: str = Field(default="", description="public credential of a passkey, named by console")
