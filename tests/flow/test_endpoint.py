"""A model behind an address: asked only where permitted, believed only where the text says so."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from shanhou.cases.free_text import Texts
from shanhou.errors import Coded
from shanhou.inventory.endpoint import MOST_TEXTS, Endpoint
from shanhou.inventory.recognizer import KINDS, checked
from shanhou.inventory.scan import detect_texts

SECRET = "s3cret-of-the-test"  # noqa: S105 - of no account
Answers = Callable[[dict[str, str]], object]
DOCS = Path(__file__).resolve().parents[2] / "docs" / "explanation"


class Served:
    """A server of the OpenAI form on loopback, with the questions it was asked."""

    def __init__(self) -> None:
        self.questions: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: Answers = names_in
        self.status = 200
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                served.headers.append(dict(self.headers) | {"path": self.path})
                asked = json.loads(body["messages"][1]["content"])
                served.questions.append(asked)
                said = served.answers(asked)
                told = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
                self.send_response(served.status)
                if served.status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{served.port}/elsewhere")
                self.end_headers()
                choice = {"choices": [{"message": {"content": told}}]}
                self.wfile.write(json.dumps(choice).encode())

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def model(self, **more: object) -> Endpoint:
        return Endpoint(f"http://127.0.0.1:{self.port}/v1", "m", **more)


def names_in(asked: dict[str, str]) -> object:
    return {"spans": [[int(n), "person", name] for n, text in asked.items()
                      for name in re.findall("陈思远|欧阳娜", text)]}  # fmt: skip


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served()
    yield one
    one.end()


def spans(model: Endpoint, texts: list[str | None]) -> list[tuple[int, str, str]]:
    seen = checked(model.recognize(pa.array(texts, pa.string())), pa.array(texts), model)
    places = zip(seen.text, seen.start, seen.end, seen.kind, strict=True)
    return [(int(n), KINDS[k].value, str(texts[n])[s:e]) for n, s, e, k in places]


def test_words_are_found_at_every_place_of_their_sentence(served: Served) -> None:
    texts = ["陈思远要找陈思远", None, "", "没有谁", "给欧阳娜"]
    twice = [(0, "person_name", "陈思远")] * 2
    assert spans(served.model(secret=SECRET), texts) == [*twice, (4, "person_name", "欧阳娜")]
    assert served.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert served.headers[0]["path"] == "/v1/chat/completions"
    assert served.questions == [{"0": texts[0], "3": texts[3], "4": texts[4]}]


def test_what_a_text_does_not_hold_and_kinds_nobody_asked_for_are_dropped(served: Served) -> None:
    served.answers = lambda _: {"spans": [[0, "person", "王小明"], [0, "crime", "要找"],
                                          [9, "person", "陈思远"], [0, "person", " "],
                                          [0, "org", "要找陈"]]}  # fmt: skip
    assert spans(served.model(), ["陈思远要找陈思远"]) == [(0, "org_name", "要找陈")]


def test_many_texts_are_asked_in_several_questions_and_none_is_lost(served: Served) -> None:
    texts = [f"第{n}位陈思远" for n in range(2 * MOST_TEXTS + 1)]
    assert len(spans(served.model(), list(texts))) == len(texts)
    assert [len(one) for one in served.questions] == [MOST_TEXTS, MOST_TEXTS, 1]


@pytest.mark.parametrize("status", [302, 401, 503])
def test_no_answer_is_no_finding_and_nothing_of_the_text_or_the_secret_is_told(
    served: Served, status: int
) -> None:
    served.status = status
    with pytest.raises(Coded) as fault:
        spans(served.model(secret=SECRET, seconds=5), ["陈思远"])
    assert fault.value.code == "SH-E-318"
    said = f"{fault.value} {fault.value.facts} {served.model(secret=SECRET)}"
    assert "陈思远" not in said
    assert SECRET not in said
    assert len(served.questions) == (3 if status == 503 else 1)
    assert all(one["path"] == "/v1/chat/completions" for one in served.headers)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_no_proxy_of_the_environment_reads_the_texts(
    served: Served, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    other = Served()
    monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
    assert spans(served.model(secret=SECRET), ["陈思远"])
    other.end()
    assert other.questions == []


@pytest.mark.parametrize("said", ['{"spans": [[1e999, "person", "x"]]}', '{"spans": ' + "[" * 9999])
def test_an_answer_that_breaks_its_reader_is_no_answer(served: Served, said: str) -> None:
    served.answers = lambda _: said
    with pytest.raises(Coded) as fault:
        spans(served.model(), ["陈思远"])
    assert fault.value.code == "SH-E-318"


def test_an_answer_out_of_form_is_asked_for_again_and_then_given_up(served: Served) -> None:
    said = iter(["I am sorry", '{"spans": [[0, "person"]]}', '```json\n{"spans": []}\n```'])
    served.answers = lambda _: next(said)
    assert spans(served.model(), ["陈思远"]) == []
    served.answers = lambda _: "no"
    with pytest.raises(Coded) as fault:
        spans(served.model(), ["陈思远"])
    assert fault.value.code == "SH-E-318"


@pytest.mark.parametrize(
    "url",
    ["http://example.com/v1", "ftp://127.0.0.1/v1", "https://u:p@example.com/v1", "https://",
     "http://127.0.0.1.example.com/v1", "https://example.com/v1?key=1", "file:///etc/passwd", ""],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(Coded) as refused:
        Endpoint(url, "m")
    assert refused.value.code == "SH-E-319"


def test_names_that_only_the_model_sees_are_possible_ones(served: Served) -> None:
    served.answers = lambda asked: {"spans": [[int(n), "person", "陈思远"] for n in asked]}
    (found,) = detect_texts(["陈思远又要找那位阿姨"], served.model())
    assert ("person_name", 0, 3) in [(one.category.value, one.start, one.end) for one in found]
    assert served.questions


@pytest.mark.parametrize("page", ["free-text.md", "free-text.zh.md"])
def test_the_setting_that_the_page_shows_is_taken_and_nothing_less(page: str) -> None:
    (block,) = re.findall(
        r"^```yaml\n(.*?)^```$", (DOCS / page).read_text("utf8"), re.MULTILINE | re.DOTALL
    )
    told = yaml.safe_load(block)["texts"]
    assert Endpoint(**{name: told["endpoint"][name] for name in ("url", "model")})
    assert Texts.model_validate(told).endpoint is not None
    for part in ("url", "model", "reason"):
        less = {**told, "endpoint": {k: v for k, v in told["endpoint"].items() if k != part}}
        with pytest.raises(ValueError, match=part):
            Texts.model_validate(less)
    with pytest.raises(ValueError, match="go together"):
        Texts.model_validate({**told, "recognizer": "lac"})
