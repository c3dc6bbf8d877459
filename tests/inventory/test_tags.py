"""The law's words for categories: as law.md has them, and used wherever sensitive is asked."""

from __future__ import annotations

from shanhou.inventory.documents import digest_of, document, version
from shanhou.inventory.kinds import Category
from shanhou.inventory.own_rules import with_own
from shanhou.inventory.register import take_inventory
from shanhou.inventory.tags import SensitiveProfile, law_tags, sensitive_under
from shanhou.inventory.verdicts import Confirmations
from world import World, sheet

MILD = {
    "credential",
    "health",
    "religion",
    "ethnicity",
    "biometric",
    "id_document_scan",
    "bank_account",
    "payment_card",
    "credit_income",
    "precise_location",
}
ONLY_STRICT = {
    "national_id",
    "passport_permit",
    "address",
    "family",
    "image",
    "free_text",
    "profile",
}


def test_the_default_profile_is_gb_45574_and_a_bare_id_number_is_not_sensitive() -> None:
    assert {one.value for one in sensitive_under(SensitiveProfile.GB45574)} == MILD
    assert with_own({}, SensitiveProfile.GB45574).sensitive == {Category(one) for one in MILD}


def test_the_strict_profile_holds_the_mild_one_and_id_numbers_and_addresses() -> None:
    strict = {one.value for one in sensitive_under(SensitiveProfile.GB35273_STRICT)}
    assert strict == MILD | ONLY_STRICT


def test_every_tag_has_its_check_and_stands_once() -> None:
    entries = document("law.yaml")
    assert len(law_tags()) == len(entries)
    for tag in law_tags().values():
        assert (not tag.code) == (tag.code_check is None)
        assert (tag.sensitive is None) == (tag.sensitive_check is None)
        assert tag.code or tag.sensitive


def test_the_register_follows_the_profile_also_where_a_person_confirmed() -> None:
    world = World()
    sheet(
        world,
        "s/客户.csv",
        {
            "姓名": ["王丽", "李强", "赵敏"],
            "证号": ["x1", "x2", "x3"],
            "身份证号": ["110105194912310021", "11010519491231002X", ""],
        },
    )
    said = Confirmations(categories={("s/客户.csv", "证号"): Category.NATIONAL_ID})
    told = {
        profile: {f.field: f.sensitive for f in take_inventory(
            world, confirmed=said, known=with_own({}, profile)).dataset("s/客户.csv").fields}
        for profile in SensitiveProfile
    }  # fmt: skip
    assert told[SensitiveProfile.GB45574] == {"姓名": False, "证号": False, "身份证号": False}
    assert told[SensitiveProfile.GB35273_STRICT] == {"姓名": False, "证号": True, "身份证号": True}


def test_what_a_person_confirmed_stays_sensitive_where_the_cells_are() -> None:
    world = World()
    notes = ["门锁密码3421#,周二来", "大门密码是8890", "孩子3岁,请轻声"] * 5
    sheet(world, "s/客户.csv", {"姓名": ["王丽", "李强", "赵敏"] * 5, "备注": notes})
    said = Confirmations(categories={("s/客户.csv", "备注"): Category.FREE_TEXT})
    assert take_inventory(world, confirmed=said).dataset("s/客户.csv").field_named("备注").sensitive


def test_the_json_names_the_class_of_the_law_with_its_check() -> None:
    world = World()
    sheet(
        world, "s/客户.csv", {"手机": ["13800138000", "13900139000"], "邮编": ["100000", "200000"]}
    )
    (dataset,) = take_inventory(world).to_json()["datasets"]
    told = {one["field"]: one.get("class") for one in dataset["fields"]}
    assert told == {"手机": {"code": "B1", "check": "unverified"}, "邮编": None}


def test_the_digest_of_the_rules_changes_with_any_file_and_any_name() -> None:
    digests = [
        digest_of(own) for own in ({}, {"a": "x"}, {"b": "x"}, {"a": "y"}, {"a": "x", "b": ""})
    ]
    assert len(set(digests)) == len(digests)
    assert digest_of({"a": "x", "b": "y"}) == digest_of({"b": "y", "a": "x"})
    assert version()
