"""The closed lists of the inventory: what a field holds, about whom, how surely (design, 8)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Category(StrEnum):
    """What the cells of a field are."""

    PERSON_NAME = "person_name"
    PHONE = "phone"
    FAX = "fax"
    EMAIL = "email"
    ADDRESS = "address"
    POSTCODE = "postcode"
    NATIONAL_ID = "national_id"
    PASSPORT_PERMIT = "passport_permit"
    LICENCE_ID = "licence_id"
    BANK_ACCOUNT = "bank_account"
    PAYMENT_CARD = "payment_card"
    BIRTH_DATE = "birth_date"
    AGE = "age"
    GENDER = "gender"
    ETHNICITY = "ethnicity"
    HEALTH = "health"
    RELIGION = "religion"
    FAMILY = "family"
    CREDENTIAL = "credential"
    ACCOUNT_LOGIN = "account_login"
    ONLINE_ID = "online_id"
    DEVICE_ID = "device_id"
    IMAGE = "image"
    ID_DOCUMENT_SCAN = "id_document_scan"
    BIOMETRIC = "biometric"
    PRECISE_LOCATION = "precise_location"
    REGION = "region"
    SUBJECT_KEY = "subject_key"
    SUBJECT_REF = "subject_ref"
    PROFILE = "profile"
    WORK_PROFILE = "work_profile"
    CREDIT_INCOME = "credit_income"
    VEHICLE_ID = "vehicle_id"
    FREE_TEXT = "free_text"
    TRANSACTION = "transaction"
    CONTRACT = "contract"
    TRADE_SECRET = "trade_secret"  # noqa: S105 - a kind of fact
    ORG_NAME = "org_name"
    ORG_CODE = "org_code"
    ORG_DOCUMENT = "org_document"
    BANK_NAME = "bank_name"
    PUBLIC_NAME = "public_name"
    NONE = "none"


class FieldGroup(StrEnum):
    """The grain of a decision beside record and role (design, 2)."""

    CONTACT = "contact"
    IDENTITY = "identity"
    ID_IMAGE = "id_image"
    HOME_ACCESS = "home_access"
    FAMILY_HEALTH = "family_health"
    PAYMENT = "payment"
    TRANSACTION = "transaction"
    CONTRACT = "contract"
    PREFERENCE = "preference"
    FREE_TEXT = "free_text"
    ORG_FACT = "org_fact"
    TRADE_SECRET = "trade_secret"  # noqa: S105 - a kind of fact
    NONE = "none"


class About(StrEnum):
    """Whom a field or a dataset speaks of."""

    CUSTOMER = "customer"
    CUSTOMER_ORG = "customer_org"
    CUSTOMER_CONTACT = "customer_contact"
    CUSTOMER_OR_SUPPLIER = "customer_or_supplier"
    FAMILY = "family"
    SUPPLIER_CONTACT = "supplier_contact"
    EMPLOYEE = "employee"
    WORKER = "worker"
    DRIVER = "driver"
    CREW = "crew"
    OWNER = "owner"
    ORG = "org"
    PUBLIC_FIGURE = "public_figure"
    NONE = "none"


CUSTOMERS = frozenset(
    {
        About.CUSTOMER,
        About.CUSTOMER_ORG,
        About.CUSTOMER_CONTACT,
        About.CUSTOMER_OR_SUPPLIER,
        About.FAMILY,
    }
)
"""Who brings a dataset into scope."""

STAFF = frozenset({About.EMPLOYEE, About.WORKER, About.DRIVER, About.CREW, About.OWNER})


class Verdict(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    UNSURE = "unsure"
    CLEAN = "clean"


class Strength(StrEnum):
    """How well one finding stands: a failed check digit weakens it and never drops it."""

    STRONG = "strong"
    WEAK = "weak"
    MASKED = "masked"
    CONTEXT = "context"


class Role(StrEnum):
    """留存身份: the legal capacity in which a dataset is held."""

    OPERATIONAL = "operational"
    VOUCHER = "voucher"
    CONTRACT = "contract"
    EVIDENCE = "evidence"
    BACKUP = "backup"
    CUSTOMER_ORIGINAL = "customer_original"


class Scope(StrEnum):
    IN = "in"
    OUT = "out"


class RelationKind(StrEnum):
    DECLARED = "declared"
    INFERRED = "inferred"
    COPIED = "copied"
    """The dataset is an old copy of another: the same fields, the same keys."""
    COPIED_VALUES = "copied_values"
    """A field repeats what stands in another, without a key."""


WAYS = frozenset({RelationKind.DECLARED, RelationKind.INFERRED})
"""Relations that lead from a record to its customer's."""


_IN_GROUP = {
    FieldGroup.CONTACT: "person_name phone fax email address postcode region "
    "account_login online_id",
    FieldGroup.IDENTITY: "national_id passport_permit licence_id birth_date age gender ethnicity "
    "device_id vehicle_id image",
    FieldGroup.ID_IMAGE: "id_document_scan biometric",
    FieldGroup.HOME_ACCESS: "credential precise_location",
    FieldGroup.FAMILY_HEALTH: "health religion family",
    FieldGroup.PAYMENT: "bank_account payment_card credit_income",
    FieldGroup.TRANSACTION: "transaction",
    FieldGroup.CONTRACT: "contract",
    FieldGroup.PREFERENCE: "profile work_profile",
    FieldGroup.FREE_TEXT: "free_text",
    FieldGroup.ORG_FACT: "org_name org_code org_document bank_name",
    FieldGroup.TRADE_SECRET: "trade_secret",
    FieldGroup.NONE: "subject_key subject_ref public_name none",
}
GROUP = MappingProxyType(
    {Category(word): group for group, words in _IN_GROUP.items() for word in words.split()}
)
"""The field group of each category: the one table of it."""

IDENTIFYING = frozenset(list(Category)[: list(Category).index(Category.REGION)])
"""Categories that point to a person by themselves."""
