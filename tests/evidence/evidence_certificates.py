"""A destruction certificate of a made-up firm, as a test would issue it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from shanhou.evidence.certificate import (
    Basis,
    Certificate,
    CertificateKind,
    Count,
    Method,
    NotReached,
    Office,
    Organisation,
    ShownApproval,
    Volume,
    Words,
)

OFFICER = Office("示例甲", "个人信息保护负责人", "晨曦家政服务有限公司")
LIQUIDATOR = Office("示例乙", "清算组组长", "晨曦家政服务有限公司清算组")
LAWYER = Office("示例丙", "执业律师", "示例律师事务所")


def destruction(
    *, rehearsal: bool = False, kind: CertificateKind = CertificateKind.DESTRUCTION
) -> Certificate:
    at = datetime(2026, 11, 22, 6, 15, 0, tzinfo=UTC)
    return Certificate(
        number="C-2026-0007",
        kind=kind,
        case="demo-1",
        rehearsal=rehearsal,
        on=date(2030, 1, 15) if rehearsal else None,
        handler=Organisation("晨曦家政服务有限公司", "91350100M000100Y43"),
        counterpart=None,
        place="福州市 办公地机房",
        started_at=datetime(2026, 11, 22, 5, 58, 3, tzinfo=UTC),
        finished_at=datetime(2026, 11, 22, 6, 11, 40, tzinfo=UTC),
        issued_at=at,
        summary=Words(
            "兹证明：下列客户信息已按经批准的方案从所列来源中销毁，并在销毁后重新读取来源、检索被销毁内容，未再发现。",
            "The customer information below was destroyed in the sources listed, under the"
            " approved plan; the sources were read again afterwards and searched for what was"
            " destroyed, with no finding.",
        ),
        period=Words("2014-03-01 至 2026-06-30", "1 March 2014 to 30 June 2026"),
        retention=Words("法定保管期限已届满或不适用", "statutory retention over or not applicable"),
        counts=(
            Count(Words("信息主体", "subjects"), 1204),
            Count(Words("记录", "records"), 38117),
            Count(Words("处置项", "items"), 61240),
            Count(Words("文件", "files"), 17),
        ),
        classes=(
            Words("身份鉴别信息（门锁密码）", "door codes"),
            Words("健康生理信息", "health"),
            Words("联系方式", "contact"),
        ),
        basis=(
            Basis(
                "cn.pipl.47.1",
                "个人信息保护法 第四十七条第一款",
                Words(
                    "停止提供服务、保存期限届满的，主动删除",
                    "delete once the service has ended or the period is over",
                ),
            ),
            Basis(
                "T07",
                "个人信息保护法 第二十八条、第四十七条",
                Words(
                    "门锁密码等不得移交，予以销毁", "access codes are never handed over; destroy"
                ),
            ),
        ),
        approvals=(
            ShownApproval(
                LIQUIDATOR,
                at,
                Words("本人 Ed25519 密钥签名（口令保护）", "own Ed25519 key under a passphrase"),
                31,
            ),
            ShownApproval(
                LAWYER,
                at,
                Words(
                    "纸质签字盖章、拍照存档，外部见证人以密钥复签",
                    "signed and sealed paper, photographed, countersigned by key by the"
                    " outsider who saw it",
                ),
                32,
            ),
        ),
        methods=(
            Method(
                "crm.sqlite",
                Words(
                    "删除行、置空字段;secure_delete、截断 WAL、VACUUM",
                    "rows deleted, fields emptied; secure_delete, WAL truncated, VACUUM",
                ),
                "SQLite 3.40.1",
                Words("全量复读与原始字节检索：0 处", "full re-reading and raw search: 0 hits"),
            ),
            Method(
                "前台电脑硬盘",
                Words(
                    "由管理员执行设备清除命令", "device sanitise command run by the administrator"
                ),
                "NVMe Sanitize",
                Words("仅凭经办人陈述与照片", "the operator's word and a photograph only"),
                serial="S/N TEST-0001",
            ),
        ),
        not_reached=(
            NotReached(
                Words("云盘历史版本", "versions kept by the cloud drive"),
                Words("服务商保留 30 日", "kept 30 days by the provider"),
                "示例甲",
                date(2026, 12, 22),
            ),
            NotReached(
                Words("旧备份磁带 2 盘", "two old backup tapes"),
                Words("封存于托管人处，到期销毁", "sealed with the custodian until due"),
                "示例律师事务所",
                None,
            ),
        ),
        operator=OFFICER,
        witness=LAWYER,
        verifier=LIQUIDATOR,
        plan_digest="5f" * 32,
        subjects_root="a7" * 32,
        log_size=45,
        log_root="3c" * 32,
        keys_destroyed=("case/gen-3", "case/outbox"),
        custody=(
            Words(
                "2026-11-20 由前台移交清算组", "2026-11-20 from reception to the liquidation group"
            ),
        ),
        volumes=(Volume("记账凭证", "第 1-12 册", "1993", "30 年", "33 年"),),
    )
