"""A case's own rules: joined to the shipped ones, or refused with the line that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.errors import Refusal
from shanhou.inventory.content import text_holds
from shanhou.inventory.detect import Grammar
from shanhou.inventory.kinds import Category, Verdict
from shanhou.inventory.own_rules import with_own
from shanhou.inventory.register import take_inventory
from shanhou.inventory.rules import Rules, rules
from shanhou.inventory.search import search, searched
from shanhou.inventory.tags import SensitiveProfile
from world import World, sheet

OWN = """\
- category: licence_id
  header: {zh: [会员证], en: [Guild Card], pinyin: [hyz]}
  not_header: [模板]
  recognisers:
    - id: guild_card
      shape: 'GH\\d{6}[A-Z]'
      search: 'GH[ -]?\\d{6}[A-Z]'
      lengths: [9, 9]
      priority: 55
      strong: true
      anti_cues: [样本]
      positive: ['GH123456A', 'GH 765432Z']
      negative: ['GH12345A', 'XH123456A']
- category: phone
  anti_cues: [柜机]
- category: passport_permit
  cues: [旅行证]
"""


def own(text: str = OWN) -> Rules:
    return with_own({"own.yaml": text}, SensitiveProfile.GB45574)


def test_a_column_told_by_an_own_header_and_shape_is_certain() -> None:
    world = World()
    numbers = [f"GH{n:06d}{'ABCD'[n % 4]}" for n in range(40)]
    sheet(world, "s/会员.csv", {"Guild Card": numbers, "sn": numbers, "模板会员证": ["x"] * 40,
                              "姓名": ["王丽", "李强"] * 20})  # fmt: skip
    found = take_inventory(world, known=own()).dataset("s/会员.csv")
    told = found.field_named("Guild Card")
    assert (told.category, told.verdict) == (Category.LICENCE_ID, Verdict.CERTAIN)
    assert found.field_named("sn").category is Category.LICENCE_ID
    assert found.field_named("模板会员证").category is not Category.LICENCE_ID
    without = take_inventory(world).dataset("s/会员.csv")
    assert without.field_named("Guild Card").category is not Category.LICENCE_ID


def test_own_shapes_are_found_in_text_and_make_it_identity() -> None:
    texts = pa.array(["他的证GH 123456A,请核对", "没有什么", "样本GH123456A"])
    assert text_holds(texts, own()).to_pylist() == ["identity", "nothing", "identity"]
    assert text_holds(texts).to_pylist() == ["nothing"] * 3
    rules_asked = searched(own().recognisers, Grammar(()))
    found = search(texts, rules_asked)
    assert [rules_asked[n].id for n in found.rule] == ["guild_card"] * 2
    assert [int(n) for n in found.strength] == [0, 1]


def test_own_cues_and_anti_cues_hold_for_the_shipped_rules_of_their_category() -> None:
    texts = pa.array(["旅行证E12345678", "柜机13800138000"])
    before, after = (
        [[(f, int(s)) for f, s in zip(found.cell.tolist(), found.strength, strict=True)]
         for found in (search(texts, searched(known.recognisers, Grammar(()))),)]
        for known in (rules(), own())
    )  # fmt: skip
    assert before == [[(1, 0)]]
    assert after == [[(0, 3), (1, 1)]]


def test_the_shipped_rules_stay_as_they_are() -> None:
    mine = {one.id for one in own().recognisers}
    assert mine - {one.id for one in rules().recognisers} == {"guild_card"}
    assert {one.id for one in rules().recognisers} < mine
    assert not any(one.own for one in rules().recognisers)


WRONG = {
    "an unknown category": ("licence_id", "licence", 1),
    "an unknown key": ("not_header:", "header_not:", 3),
    "an unknown key of a recogniser": ("strong: true", "colour: red", 10),
    "an unknown check": ("strong: true", "check: crc", 10),
    "a check no such number has": ("strong: true", "check: uscc", 8),
    "a look-ahead": ("shape: 'GH", "shape: '(?=G)GH", 6),
    "a look-behind": ("search: 'GH", "search: '(?<!x)GH", 7),
    "a back-reference": ("'GH\\d{6}[A-Z]'", "'GH\\d{6}\\1'", 6),
    "a pattern without end": ("'GH\\d{6}[A-Z]'", "'GH\\d+[A-Z]'", 6),
    "a count without end": ("'GH\\d{6}[A-Z]'", "'GH\\d{6,}[A-Z]'", 6),
    "nested counts that grow": ("'GH\\d{6}[A-Z]'", "'(?:(?:GH){1,60}){1,60}'", 6),
    "a capturing group": ("'GH\\d{6}[A-Z]'", "'(GH)\\d{6}[A-Z]'", 6),
    "what takes an empty cell": ("'GH\\d{6}[A-Z]'", "'(?:GH)?'", 6),
    "no pattern": ("'GH\\d{6}[A-Z]'", "'GH\\d{6}[A-Z'", 6),
    "a pattern too long to read": ("'GH\\d{6}[A-Z]'", f"'{'G' * 1001}'", 6),
    "lengths the wrong way round": ("[9, 9]", "[9, 8]", 8),
    "lengths that the shape never has": ("[9, 9]", "[12, 20]", 8),
    "a length of nothing": ("[9, 9]", "[0, 9]", 8),
    "a positive example that does not match": ("'GH 765432Z'", "'GH 76543Z'", 12),
    "a negative example that does": ("'XH123456A'", "'GH123456B'", 13),
    "a positive that search does not find": ("search: 'GH[ -]?", "search: 'GHX", 12),
    "a number without quotes": ("'GH12345A'", "12345", 13),
    "no positive example": ("['GH123456A', 'GH 765432Z']", "[]", 12),
    "an id that a shipped rule has": ("guild_card", "mobile", 5),
    "an id out of form": ("guild_card", "Guild Card", 5),
    "a key that stands twice": ("priority: 55", "strong: false", 10),
    "an alias": ("[模板]", "&a [模板]\n- *a", 4),
    "no YAML": ("[模板]", "[模板", 4),
    "a control character": ("模板", "模\x07板", 3),
    "half a character": ("'GH12345A'", '"\\ud800"', 13),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused_with_file_and_line(wrong: str) -> None:
    good, bad, line = WRONG[wrong]
    assert good in OWN
    with pytest.raises(Refusal) as refused:
        own(OWN.replace(good, bad, 1))
    assert refused.value.code == "SH-E-311"
    assert refused.value.facts["path"] == "own.yaml"
    assert refused.value.facts["line"] == str(line)


def test_an_error_never_repeats_what_the_file_holds() -> None:
    for good, bad, _ in WRONG.values():
        with pytest.raises(Refusal) as refused:
            own(OWN.replace(good, bad, 1))
        told = " ".join(map(str, refused.value.facts.values()))
        assert not any(word in told for word in ("GH", "765432", "123456", "模板", "Guild"))


@pytest.mark.parametrize(
    "text", ["", "42", "a: b", "- 1", "[" * 3000, "- " * 3000, "? x", "--- a\n--- b"]
)
def test_a_file_that_is_no_list_of_entries_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        own(text)
    assert refused.value.code == "SH-E-311"


def test_two_files_may_not_name_the_same_rule() -> None:
    with pytest.raises(Refusal):
        with_own({"a.yaml": OWN, "b.yaml": OWN}, SensitiveProfile.GB45574)


def test_detect_takes_rule_files_and_tells_what_is_wrong_with_them(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf8")
    (tmp_path / "wrong.yaml").write_text(OWN.replace("licence_id", "licence"), encoding="utf8")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "text.txt").write_bytes("证GH123456A\xff".encode() + b"\xff")
    asked = ["detect", str(tmp_path / "text.txt"), "--json", "--rules"]
    found = CliRunner().invoke(whole_app(), [*asked, str(tmp_path / "own.yaml")])
    assert json.loads(found.stdout)["findings"] == [
        {"category": "licence_id", "start": 1, "end": 10, "strength": "strong"}
    ]
    for name, code in (("wrong", "SH-E-311"), ("bytes", "SH-E-310"), ("none", "SH-E-310")):
        refused = CliRunner().invoke(whole_app(), [*asked, str(tmp_path / f"{name}.yaml")])
        assert isinstance(refused.exception, Refusal)
        assert refused.exception.code == code
