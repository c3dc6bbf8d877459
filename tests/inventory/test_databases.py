"""The public databases, checked against lists read from them by a person."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from shanhou.inventory.kinds import IDENTIFYING, About, Category, Role, Scope, Verdict
from shanhou.inventory.register import Register, take_inventory
from world import World, dump_world, sqlite_world

pytestmark = pytest.mark.shared

IN_SCOPE = {
    "chinook.sqlite": "Customer Invoice InvoiceLine",
    "northwind_postgres.sql": "customer_customer_demo customers order_details orders",
    "mall_mysql.sql": (
        "cms_member_report cms_subject_comment cms_topic_comment oms_cart_item oms_order "
        "oms_order_item oms_order_operate_history oms_order_return_apply pms_comment "
        "pms_comment_replay sms_coupon_history sms_flash_promotion_log ums_growth_change_history "
        "ums_integration_change_history ums_member ums_member_login_log "
        "ums_member_member_tag_relation ums_member_product_category_relation "
        "ums_member_receive_address ums_member_statistics_info"
    ),
    "jsherp_mysql.sql": (
        "jsh_account_head jsh_account_item jsh_depot_head jsh_depot_item jsh_supplier"
    ),
}
OF_CUSTOMERS = {
    "chinook.sqlite": {
        "Customer": "FirstName LastName Address PostalCode Phone Fax Email",
        "Invoice": "BillingAddress BillingPostalCode",
    },
    "northwind_postgres.sql": {
        "customers": "contact_name address postal_code phone fax",
        "orders": "ship_address ship_postal_code",
    },
    "mall_mysql.sql": {
        "cms_member_report": "report_member_name",
        "cms_subject_comment": "member_nick_name member_icon",
        "cms_topic_comment": "member_nick_name member_icon",
        "oms_cart_item": "member_nickname",
        "oms_order": (
            "member_username bill_receiver_phone bill_receiver_email receiver_name "
            "receiver_phone receiver_post_code receiver_detail_address"
        ),
        "oms_order_return_apply": "member_username return_name return_phone",
        "pms_comment": "member_nick_name member_ip member_icon",
        "pms_comment_replay": "member_nick_name member_icon",
        "sms_coupon_history": "member_nickname",
        "sms_flash_promotion_log": "member_phone",
        "ums_member": "username password nickname phone icon gender birthday",
        "ums_member_login_log": "ip",
        "ums_member_receive_address": "name phone_number post_code detail_address",
    },
    "jsherp_mysql.sql": {
        "jsh_supplier": "contacts phone_num email fax telephone address account_number",
    },
}
NAMES = tuple(IN_SCOPE)


@cache
def register_of(folder: Path, name: str) -> Register:
    world: World = (sqlite_world if name.endswith("sqlite") else dump_world)(folder / name)
    return take_inventory(world)


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_customers_tables_are_in_scope(databases: Path, name: str) -> None:
    found = register_of(databases, name)
    inside = {d.name.removeprefix("s.") for d in found.datasets if d.scope is Scope.IN}
    assert inside == set(IN_SCOPE[name].split())


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_customers_identifying_columns_are_found(databases: Path, name: str) -> None:
    found = register_of(databases, name)
    columns = {
        (d.name.removeprefix("s."), f.field)
        for d in found.datasets
        for f in d.fields
        if d.scope is Scope.IN
        and f.category in IDENTIFYING
        and f.about is not About.EMPLOYEE
        and f.verdict in (Verdict.CERTAIN, Verdict.LIKELY)
    }
    expected = {
        (table, field) for table, fields in OF_CUSTOMERS[name].items() for field in fields.split()
    }
    assert columns == expected


@pytest.mark.parametrize("name", NAMES)
def test_rows_in_scope_have_a_way_to_their_customer(databases: Path, name: str) -> None:
    inside = [d for d in register_of(databases, name).datasets if d.scope is Scope.IN]
    assert all(d.route is not None and d.route.fields for d in inside)


def test_employees_and_suppliers_are_not_customers(databases: Path) -> None:
    found = register_of(databases, "northwind_postgres.sql")
    for name, about in (("employees", About.EMPLOYEE), ("suppliers", About.SUPPLIER_CONTACT)):
        dataset = found.dataset(f"s.{name}")
        assert (dataset.about, dataset.scope) == (about, Scope.OUT)
        assert all(f.about is not About.CUSTOMER for f in dataset.fields)
    assert found.dataset("s.customers").about is About.CUSTOMER_ORG
    assert found.dataset("s.customers").field_named("contact_name").about is About.CUSTOMER_CONTACT


def test_an_invoice_line_reaches_its_customer_over_the_invoice(databases: Path) -> None:
    found = register_of(databases, "chinook.sqlite")
    lines = found.dataset("s.InvoiceLine")
    assert lines.role is Role.VOUCHER
    assert lines.route is not None
    assert [step.to_dataset for step in lines.route.steps] == ["s.Invoice", "s.Customer"]
    assert lines.route.fields == ("CustomerId",)
    assert found.dataset("s.Invoice").field_named("CustomerId").category is Category.SUBJECT_REF


def test_customers_and_suppliers_in_one_table_are_told_apart_by_type(databases: Path) -> None:
    mixed = register_of(databases, "jsherp_mysql.sql").dataset("s.jsh_supplier")
    assert mixed.about is About.CUSTOMER_OR_SUPPLIER
    assert mixed.customers_only is not None
    assert mixed.customers_only.field == "type"
    assert set(mixed.customers_only.values) == {"客户", "会员"}


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_orders_are_never_certain_as_numbers_of_persons(
    databases: Path, name: str
) -> None:
    numbers = (Category.PHONE, Category.NATIONAL_ID, Category.PAYMENT_CARD)
    for dataset in register_of(databases, name).datasets:
        for field in dataset.fields:
            if field.field.endswith(("_sn", "_no", "_code", "id", "Id")):
                assert field.category not in numbers


@pytest.mark.parametrize("name", NAMES)
def test_the_json_has_the_contract_keys_and_reasons_in_both_languages(
    databases: Path, name: str
) -> None:
    told = register_of(databases, name).to_json()
    assert {"schema", "datasets", "relations"} <= told.keys()
    for dataset in told["datasets"]:
        assert {"source", "dataset", "rows", "fields"} <= dataset.keys()
        for field in dataset["fields"]:
            assert {"verdict", "category", "sensitive", "about", "confidence"} <= field.keys()
            assert field["reasons"]
            assert all(r["zh"] and r["en"] and "<" not in r["en"] for r in field["reasons"])
