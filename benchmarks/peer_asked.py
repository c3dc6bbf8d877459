"""Runs inside a peer's own environment: reads texts, writes the spans that the peer finds.

It imports nothing of ours. Sockets are refused, as the product's own scan is run.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any

Finder = Callable[[str], list[tuple[str, int, int]]]
_ALIKE = {
    "person": "person_name", "person_name": "person_name", "phone": "phone", "PHONE": "phone",
    "PHONE_NUMBER": "phone", "landline": "phone", "email": "email", "EMAIL": "email",
    "EMAIL_ADDRESS": "email", "id_number": "national_id", "chinese_id": "national_id",
    "bank_card": "payment_card", "credit_card": "payment_card", "bank_account": "payment_card",
    "CREDIT_CARD": "payment_card", "credit_code": "org_code", "license_plate": "vehicle_id",
    "passport": "passport_permit", "hrp": "passport_permit", "hk_macao_permit": "passport_permit",
    "address": "address", "location": "address", "organization": "org_name",
}  # fmt: skip
"""Their kinds by our words; a kind that has none counts as it is called."""


def argus_redact() -> Finder:
    import argus_redact as peer

    def find(text: str) -> list[tuple[str, int, int]]:
        told = peer.redact(text, detailed=True, mode="fast")[2]["entities"]
        return [(one["type"], one["start"], one["end"]) for one in told]

    return find


def presidio_analyzer() -> Finder:
    import logging

    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        EmailRecognizer,
        PhoneRecognizer,
    )

    logging.disable(logging.CRITICAL)
    # its recogniser of e-mails fetches a list of suffixes otherwise
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine = SpacyNlpEngine(models=[{"lang_code": "zh", "model_name": "blank"}])
    engine.nlp = {"zh": spacy.blank("zh")}
    named: list[Any] = [
        PhoneRecognizer(supported_language="zh", supported_regions=("CN",)),
        CreditCardRecognizer(supported_language="zh"),
        EmailRecognizer(supported_language="zh"),
    ]
    registry = RecognizerRegistry(supported_languages=["zh"], recognizers=named)
    peer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["zh"])

    def find(text: str) -> list[tuple[str, int, int]]:
        found = peer.analyze(text, language="zh")
        return [(one.entity_type, one.start, one.end) for one in found]

    return find


def cloakpii() -> Finder:
    from cloakpii.pii import match_pii_type

    def find(text: str) -> list[tuple[str, int, int]]:
        kind = match_pii_type(text)
        return [(kind, 0, len(text))] if kind else []

    return find


def datafog() -> Finder:
    import datafog as peer

    def find(text: str) -> list[tuple[str, int, int]]:
        return [(one.type, one.start, one.end) for one in peer.scan(text).entities]

    return find


def jionlp() -> Finder:
    import jionlp as peer

    asked = {"phone": peer.extract_phone_number, "national_id": peer.extract_id_card,
             "email": peer.extract_email,
             "vehicle_id": peer.extract_motor_vehicle_licence_plate}  # fmt: skip

    def find(text: str) -> list[tuple[str, int, int]]:
        return [(kind, *one["offset"]) for kind, ask in asked.items()
                for one in ask(text, detail=True)]  # fmt: skip

    return find


FINDERS = {"argus-redact": argus_redact, "presidio-analyzer": presidio_analyzer,
           "cloakpii": cloakpii, "datafog": datafog, "jionlp": jionlp}  # fmt: skip


def main() -> None:
    def refuse(*_: object, **__: object) -> None:
        message = "sockets are refused here"
        raise OSError(message)

    socket.socket.connect = refuse  # type: ignore[assignment,method-assign] # for this run alone
    sent = json.load(sys.stdin)
    find = FINDERS[sys.argv[1]]()
    find("13800138000")
    cells = [_in_our_words(find(text)) for text in sent["cells"]]
    began = time.process_time()
    for text in sent["timed"]:
        find(text)
    seconds = time.process_time() - began
    texts = [_in_our_words(find(text)) for text in sent["texts"]]
    print()
    print(json.dumps({"cells": cells, "texts": texts, "seconds": seconds,
                      "version": metadata.version(sys.argv[1])}))  # fmt: skip


def _in_our_words(found: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    return [(_ALIKE.get(kind, kind.lower()), start, end) for kind, start, end in found]


if __name__ == "__main__":
    main()
