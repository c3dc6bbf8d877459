"""Made-up requests by the thousand: the program never breaks and never answers undescribed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api_world import token_of
from case_world import collected_case, planned
from console_world import held_case
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

from shanhou.console.api.whole import api
from shanhou.console.models import HeldCase, Job


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("api-schema") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> HeldCase:
    from shanhou.console.api import door

    monkeypatch.setattr(door, "MOST_A_MINUTE", 10**9)
    cache.clear()
    return held_case(folder)


@pytest.mark.parametrize("examples", [8, pytest.param(400, marks=pytest.mark.torture)],
                         ids=["few", "many"])  # fmt: skip
def test_no_request_breaks_the_program_or_gets_an_answer_that_is_not_described(
    held: HeldCase, examples: int, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = schemathesis.openapi.from_dict(_plain(api.get_openapi_schema()))
    schema.app = get_wsgi_application()
    headers = {"Authorization": f"Bearer {token_of(held, 'planner')}"}
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=examples, deadline=None, database=None, derandomize=True,
                  phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            if asked % 2:  # half of them find the case that there is
                case.path_parameters = {**(case.path_parameters or {}), "number": held.number}
            answer = case.call(base_url="http://testserver", headers=headers)
            case.validate_response(answer, checks=[
                checks.not_a_server_error, checks.status_code_conformance,
                checks.content_type_conformance, checks.response_schema_conformance])  # fmt: skip
            Job.objects.all().delete()

        ask()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{asked} requests to {len(list(schema.get_all_operations()))} operations\n"
        )
    assert asked >= examples * 10


def _plain(schema: Any) -> dict[str, Any]:
    """The description as a program that asks for it gets it."""
    import json

    told: dict[str, Any] = json.loads(json.dumps(schema))
    return told
