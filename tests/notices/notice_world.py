"""Made-up parties, customers and a case store for letters."""

from __future__ import annotations

from datetime import date

from shanhou.cases.parties import ExitKind, Parties, Party, Recipient
from shanhou.errors import Language
from shanhou.law.rule import Outcome
from shanhou.notices.addressees import Addressee
from shanhou.notices.letter import Item, Kept, Letters, Occasion, Profile, Template

HANDLER = Party(name="示例安心家政公司", contact="privacy@anxin.example.com", address="示例路100号")
RECIPIENT = Recipient(
    name="示例和顺家政公司", contact="rights@heshun.example.com", purpose="继续履行家政合同",
    method="电子存储和上门服务", kinds=("contact", "会员等级"),
)  # fmt: skip
CUSTODIAN = Party(name="示例档案馆", contact="archive@dagt.example.com")
ON, DEADLINE = date(2026, 11, 22), date(2026, 12, 7)
SOLD = Profile(
    (
        Item("contact", Outcome.TRANSFER_AFTER_CONSENT),
        Item("transaction", Outcome.RETAIN, Kept.DATE),
        Item("contract", Outcome.RETAIN, Kept.PERMANENT),
        Item("home_access", Outcome.DESTROY),
    ),
    sensitive=True,
    child=True,
    company=False,
)
KINDS = {
    Template.ART23: ExitKind.ASSET_SALE,
    Template.ART22: ExitKind.MERGER,
    Template.CLOSURE: ExitKind.DEREGISTRATION,
    Template.CHANGE: ExitKind.EQUITY_SALE,
}


def occasion(
    template: Template = Template.ART23,
    *,
    recipient: Recipient | None = RECIPIENT,
    custodian: Party | None = CUSTODIAN,
    rehearsal: bool = False,
    deadline: date = DEADLINE,
) -> Occasion:
    parties = Parties(handler=HANDLER, recipient=recipient, custodian=custodian)
    return Occasion(KINDS[template], parties, ON, deadline, date(2026, 12, 31), "021-55500101",
                    rehearsal)  # fmt: skip


def letters(
    template: Template = Template.ART23, language: Language = "zh", **said: object
) -> Letters:
    return Letters(template, language, occasion(template, **said))  # type: ignore[arg-type]


def addressee(
    sid: int, name: str = "王芳", profile: Profile = SOLD, ways: tuple[str, ...] = ("phone",)
) -> Addressee:
    untils = tuple(
        {Kept.DATE: date(2056, 12, 31), Kept.PERMANENT: date(9999, 12, 31)}.get(item.kept)
        if item.kept
        else None
        for item in profile.items
    )
    counts = tuple(range(1, len(profile.items) + 1))
    return Addressee(sid, name, "", profile, counts, untils, ways)
