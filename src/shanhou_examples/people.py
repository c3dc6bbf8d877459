"""Made-up people and companies, and the many ways in which an office writes them down."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from shanhou_examples import identifiers

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江"
)
_MEN = "伟强磊军勇涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁亮志建国文海峰"
_WOMEN = "芳娜敏静丽艳娟霞秀燕玲桂英梅莉琳晶洁颖雪慧婷倩薇萍红玉兰欣怡佳悦蓉"
_ROADS = (
    "梧桐路", "长寿路", "武宁路", "曹杨路", "金沙江路", "中山北路", "大渡河路", "兰溪路",
    "枣阳路", "新村路", "延长路", "共和新路", "临汾路", "平型关路", "汶水路", "灵石路",
)  # fmt: skip
_DISTRICTS = ("上海市普陀区", "上海市静安区", "上海市长宁区", "上海市闵行区", "上海市杨浦区")
_VILLAGES = ("红旗", "团结", "胜利", "前进", "友谊", "光明", "和平", "新华")
_COUNTIES = ("阿瓦提县", "沙雅县", "尉犁县", "库车市", "巴楚县")
_FIRM_WORDS = "恒昌瑞泰丰华盛源宏达鑫隆裕康德顺安远通海棉纺织联合光明永信义诚嘉利兴祥和"
_FULL_WIDTH = str.maketrans({str(digit): chr(0xFF10 + digit) for digit in range(10)})
_LATIN_FIRST = ("Anna", "Marco", "Ingrid", "Pavel", "Lucia", "Owen", "Marta", "Henrik")
_LATIN_LAST = ("Bergvall", "Castelo", "Dumarais", "Ehrenfeldt", "Novakovic", "Oakhurst", "Solheim")


@dataclass(frozen=True)
class Person:
    """One made-up person with all numbers a firm might hold."""

    name: str
    sex: str
    phone: str
    national_id: str
    email: str
    address: str
    card: str


def person(index: int, *, salt: int) -> Person:
    """The person of an index: the same at every call."""
    chance = Random(index * 1_000_003 + salt)  # noqa: S311 -- reproducible, not secret
    number = identifiers.national_id(index, salt=salt)
    male = identifiers.is_male(number)
    given = _MEN if male else _WOMEN
    name = chance.choice(_SURNAMES) + "".join(chance.sample(given, chance.choice((1, 2, 2))))
    return Person(
        name=name,
        sex="男" if male else "女",
        phone=identifiers.phone(index, salt=salt),
        national_id=number,
        email=f"kh{index:07d}@example.com",
        address=_address(chance),
        card=identifiers.bank_card(index, salt=salt),
    )


def _address(chance: Random) -> str:
    return (
        f"{chance.choice(_DISTRICTS)}{chance.choice(_ROADS)}{chance.randint(1, 1999)}弄"
        f"{chance.randint(1, 60)}号{chance.randint(1, 18)}{chance.randint(1, 4):02d}室"
    )


def village(index: int) -> str:
    """A cotton grower's address."""
    return (
        f"新疆{_COUNTIES[index % len(_COUNTIES)]}{_VILLAGES[index % len(_VILLAGES)]}乡"
        f"{index % 23 + 1}村{index % 9 + 1}组{index % 140 + 1}号"
    )


def firm(index: int, *, trade: str) -> str:
    """A company's name, marked as an example; no two indices below 1.6 million share one."""
    left = identifiers.scatter(index, size=len(_FIRM_WORDS) ** 4, salt=17)
    words = []
    for _ in range(4):
        left, at = divmod(left, len(_FIRM_WORDS))
        words.append(_FIRM_WORDS[at])
    return f"示例{''.join(words)}{trade}有限公司"


def foreigner(index: int) -> str:
    """A consignee abroad."""
    return f"{_LATIN_FIRST[index % 8]} {_LATIN_LAST[index % 7]}"


def messy_phone(phone: str, chance: Random) -> str:
    """The same number as another clerk would have typed it."""
    shape = chance.randrange(5)
    if shape == 0:
        return f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
    if shape == 1:
        return phone.translate(_FULL_WIDTH)
    if shape == 2:
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    return phone if shape == 3 else f" {phone} "


def messy_name(name: str, chance: Random) -> str:
    """The same name as another clerk would have typed it."""
    return chance.choice((name, name + " ", f"{name[0]} {name[1:]}", f"{name}(老客户)", name))
