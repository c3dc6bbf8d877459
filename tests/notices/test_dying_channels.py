"""A channel does not die with its callers still waiting."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from shanhou.cases.notices import ClosingChannel, Notices
from shanhou.notices.closing import Lack, lacking

LAST = date(2026, 9, 25)


def phone(**said: object) -> ClosingChannel:
    told = {
        "kind": "phone",
        "name": "客服热线",
        "forward_to": "江海控股",
        "closes_on": "2026-12-31",
    }
    return ClosingChannel.model_validate({**told, **said})


def test_a_channel_that_is_forwarded_and_outlives_the_answers_lacks_nothing() -> None:
    assert lacking([phone(brings_answers=True, export_by="2026-12-01")], LAST) == ()


def test_a_channel_without_a_forward_lacks_it() -> None:
    assert [one.lack for one in lacking([phone(forward_to="")], LAST)] == [Lack.FORWARD]


def test_a_channel_that_brings_answers_must_outlive_the_last_day_for_them() -> None:
    early = phone(brings_answers=True, closes_on="2026-09-25")
    assert [one.lack for one in lacking([early], LAST)] == [Lack.BEFORE_ANSWERS]
    assert lacking([phone(closes_on="2026-09-25")], LAST) == ()
    assert lacking([early], None) == ()


def test_history_is_exported_before_it_is_gone() -> None:
    late = phone(export_by="2027-01-01")
    assert [one.lack for one in lacking([late], LAST)] == [Lack.EXPORT_LATE]


def test_a_rung_that_is_no_channel_or_stands_twice_is_refused() -> None:
    paper = {"paper": {"kind": "printed"}}
    for ladder in (["sms"], ["paper", "paper"]):
        with pytest.raises(ValidationError):
            Notices.model_validate({"channels": paper, "ladder": ladder})


def test_a_secret_is_only_ever_a_reference() -> None:
    with pytest.raises(ValidationError):
        Notices.model_validate({"channels": {"mail": {"kind": "smtp", "secret": "hunter2"}}})
