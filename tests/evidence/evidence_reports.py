"""A closed made-up case as its report is given it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from evidence_certificates import destruction

from shanhou.evidence.certificate import Words
from shanhou.evidence.report import (
    CaseSummary,
    CertificateLine,
    Held,
    LogHead,
    NoticeCount,
    Score,
    ShownQuality,
    StageDone,
    Total,
)
from shanhou.evidence.sankey import Flow

AT = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
FLOWS = (
    Flow("客户.xlsx", "TRANSFER", 8_120),
    Flow("客户.xlsx", "DESTROY", 5_310),
    Flow("客户.xlsx", "HOLD", 42),
    Flow("crm.sqlite", "TRANSFER", 21_004),
    Flow("crm.sqlite", "RETAIN", 9_780),
    Flow("crm.sqlite", "ANONYMISE", 6_200),
    Flow("crm.sqlite", "DESTROY", 4_020),
    Flow("财务库 (PostgreSQL)", "RETAIN", 5_900),
    Flow("财务库 (PostgreSQL)", "OUT_OF_SCOPE", 640),
    Flow("证件照片", "RETURN", 212),
    Flow("证件照片", "DESTROY", 12),
)


def closed_summary(*, rehearsal: bool = True) -> CaseSummary:
    shown = destruction()
    items = {flow.outcome: 0 for flow in FLOWS}
    for flow in FLOWS:
        items[flow.outcome] += flow.items
    stages = (
        ("收集", "Collect", "4 个来源，38,117 条记录", "4 sources, 38,117 records"),
        ("清点", "Inventory", "96 个字段已定类别", "96 fields classified"),
        ("归并", "Resolve", "1,204 位客户", "1,204 customers"),
        ("方案", "Plan", "72 种情形，摘要已签", "72 situations, digest signed"),
        ("告知", "Notify", "1,204 封信", "1,204 letters"),
        ("移交", "Transfer", "接收方回执相符", "receipt agrees"),
        ("销毁", "Destroy", "复读与检索 0 处", "re-reading and search: 0 hits"),
    )
    return CaseSummary(
        case="demo-1",
        title="晨曦家政服务有限公司 客户信息善后",
        kind=Words("资产转让", "asset sale"),
        handler="晨曦家政服务有限公司",
        recipient="暖居家政集团有限公司",
        custodian="示例保管有限公司",
        rehearsal=rehearsal,
        on=date(2030, 1, 15) if rehearsal else None,
        made_at=AT,
        closed=False,
        collected_items=sum(items.values()),
        subjects=1_204,
        flows=FLOWS,
        totals=tuple(Total(name, n, n // 2, min(n, 1_204)) for name, n in items.items()),
        not_reached=shown.not_reached,
        held=(
            Held(
                Words("备注中的儿童信息", "children in free-text notes"),
                42,
                Words("监护人是否单独同意？", "has a guardian given separate consent?"),
            ),
        ),
        approvals=shown.approvals,
        stages=(
            *(
                StageDone(Words(zh, en), Words(d, e), AT + timedelta(minutes=n))
                for n, (zh, en, d, e) in enumerate(stages)
            ),
            StageDone(
                Words("结案", "Close"), Words("待暂缓事项决定", "waits for held items"), None
            ),
        ),
        notices=(
            NoticeCount(
                Words("移交告知与单独同意", "transfer, separate consent"), 1_204, 731, 22, 9
            ),
            NoticeCount(Words("停业告知", "closure notice"), 1_204, 0, 3, 18),
        ),
        quality=ShownQuality(
            (
                Score(
                    Words("完整", "complete"), Words("有内容的格", "filled cells"), 0.934, 0.9212
                ),
                Score(Words("统一", "uniform"), Words("标准格式的值", "in form"), 0.4105, 0.998),
                Score(Words("不陈旧", "fresh"), Words("有日期的行", "dated rows"), None, None),
            ),
            3,
            AT,
            12,
        ),
        certificates=(
            CertificateLine("C-2026-0006", Words("移交证明", "Certificate of Transfer"), 41),
            CertificateLine("C-2026-0007", Words("销毁证明", "Certificate of Destruction"), 44),
        ),
        plan_digest=shown.plan_digest,
        carried_out=True,
        log=LogHead(
            "example.org/case/demo-1",
            46,
            "3c" * 32,
            "example.org/case/demo-1+9f82a0f6+Acp7VQbw34bBu93o3WtMl/TY2fVl8CNbWBlUpLrzQ2gZ",
        ),
    )
