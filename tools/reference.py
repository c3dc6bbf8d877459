"""Writes docs/reference from the code: commands, codes, facts and the case file.

`python tools/reference.py` writes; with `--check` it only says which page is behind, with exit 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
_HEAD = "<!-- written by tools/reference.py; do not edit -->\n"
_EXITS = {
    0: ("完成", "done"), 1: ("错误", "error"),
    2: ("方案有待执行的内容(--detailed-exitcode)", "the plan has work (--detailed-exitcode)"),
    3: ("方案已过期", "the plan is stale"), 4: ("审批缺失或无效", "approval missing or invalid"),
    5: ("核验失败", "verification failed"), 6: ("法律或期限所阻", "blocked by law or period"),
    7: ("完成,但有例外", "done with exceptions"),
    8: ("等待指定的一方", "waiting for a named party"), 64: ("用法错误", "wrong usage"),
    130: ("中断,可以安全地继续", "interrupted, safe to resume"),
}  # fmt: skip


def main() -> None:
    behind = []
    for name, page in PAGES.items():
        path, text = FOLDER / name, _HEAD + page()
        if "--check" not in sys.argv:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf8")
        elif not path.is_file() or path.read_text(encoding="utf8") != text:
            behind.append(name)
    if behind:
        sys.exit(f"behind the code, run tools/reference.py: {', '.join(behind)}")


def commands() -> str:
    """Every command with its arguments and options."""
    import typer

    from shanhou.cli import whole_app

    lines = ["# 命令 Commands\n"]
    for name, command in _walk("", typer.main.get_command(whole_app())):
        lines.append(f"## `shanhou {name}`\n\n{(command.help or '').strip()}\n")
        rows = [_parameter(one) for one in command.params if "--help" not in one.opts]
        if rows:
            lines.append(_table(("名称 name", "必填 required", "说明 meaning"), rows))
    return "\n".join(lines)


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if not inner or (command.invoke_without_command and name):
        yield name, command
    for word, one in sorted(inner.items()):
        yield from _walk(f"{name} {word}".strip(), one)


def _parameter(one: Any) -> tuple[str, str, str]:
    shown = ", ".join(one.opts) if one.opts[0].startswith("-") else (one.metavar or one.name)
    return f"`{shown}`", "是 yes" if one.required else "", getattr(one, "help", None) or ""


def codes() -> str:
    """Exit codes, then every error code with what happened, why and what to do."""
    from shanhou.errors import catalogue

    held = catalogue()
    exits = [(str(code), zh, en) for code, (zh, en) in _EXITS.items()]
    lines = ["# 退出码与错误代码 Exit codes and error codes\n",
             _table(("退出码 exit", "含义", "meaning"), exits)]  # fmt: skip
    for code, one in sorted(_raw("shanhou", "errors.yaml").items()):
        assert code in held, code
        lines.append(f"## {code}\n\n退出码 exit {one['exit']}\n")
        for tongue, do in (("zh", "怎么办"), ("en", "What to do")):
            told = one[tongue]
            lines.append(f"- {told['what']} — {told['why']}. **{do}:** {told['do']}")
        lines.append("")
    return "\n".join(lines)


def facts() -> str:
    """Every question a rule may ask, and where its answer may come from."""
    lines = ["# 事实 Facts\n", "没有回答的事实是 unknown。A fact nobody answered is unknown.\n"]
    rows = []
    for name, one in _raw("shanhou.law", "facts.yaml")["facts"].items():
        values = " · ".join(one.get("values", ("date",)))
        rows.append((f"`{name}`", values, one["level"], " ".join(one["from"]),
                     f"{one['zh']} {one['en']}"))  # fmt: skip
    return "\n".join(
        [
            *lines,
            _table(("事实 fact", "取值 values", "层级 level", "来源 from", "问题 question"), rows),
            *_gates(),
        ]
    )


def _gates() -> Iterator[str]:
    """The facts that no rule asks, but a stage waits for."""
    from shanhou.cases.parties import ExitKind
    from shanhou.cases.stages import GATE_QUESTIONS, gate_values, opens

    yield ("## 开门的事实 Facts that open a stage\n\n"
           "规则不问,但阶段要等;针对整个案件声明。No rule asks them, yet a stage waits for them; "
           "declared of the whole case: `shanhou declare FACT=VALUE --by PERSON --evidence FILE`.\n"
           )  # fmt: skip
    rows = []
    for fact, (zh, en) in GATE_QUESTIONS.items():
        stage, kinds = opens(fact)
        where = "各种退出 every exit" if len(kinds) == len(ExitKind) else " · ".join(kinds)
        rows.append((f"`{fact}`", " · ".join(sorted(gate_values(fact))), f"{stage.value} ({where})",
                     f"{zh} {en}"))  # fmt: skip
    yield _table(("事实 fact", "取值 values", "打开 opens", "问题 question"), rows)


def case_file() -> str:
    """The case file, field by field."""
    from shanhou.cases.settings import json_schema

    schema = json_schema()
    lines = ["# 案件文件 The case file\n",
             "`shanhou.yaml`; errors name line and column. 出错时会指出行和列。\n"]  # fmt: skip
    parts: Mapping[str, Any] = {"shanhou.yaml": schema, **schema["$defs"]}
    for name, part in parts.items():
        if "enum" in part:
            lines.append(f"## {name}\n\n{' · '.join(f'`{one}`' for one in part['enum'])}\n")
        elif "properties" in part:
            needed = part.get("required", ())
            rows = [(f"`{field}`", _kind(one), "是 yes" if field in needed else "",
                     one.get("description", "")) for field, one in part["properties"].items()]  # fmt: skip
            lines.append(f"## {name}\n")
            lines.append(_table(("字段 field", "类型 type", "必填 required", "说明 meaning"), rows))
    return "\n".join(lines)


def _kind(one: Mapping[str, Any]) -> str:
    if "$ref" in one:
        return f"[{one['$ref'].rsplit('/', 1)[1]}](#{one['$ref'].rsplit('/', 1)[1].lower()})"
    if "anyOf" in one:
        return " or ".join(_kind(other) for other in one["anyOf"] if other.get("type") != "null")
    if "enum" in one:
        return " · ".join(f"`{word}`" for word in one["enum"])
    if "const" in one:
        return f"`{one['const']}`"
    inner = one.get("items") or one.get("additionalProperties")
    kind = one.get("type", "any")
    return f"{kind} of {_kind(inner)}" if isinstance(inner, Mapping) else kind


def api() -> str:
    """The console's API: each address, what it takes, what it answers."""
    schema = _api_schema()
    lines = ["# 接口 API\n",
             "案件的页面 *接口令牌* 生成令牌。The page *API tokens* of a case makes the token.\n"]  # fmt: skip
    for path, ways in schema["paths"].items():
        for method, one in ways.items():
            lines.append(f"## {method.upper()} {path}\n\n{one['description']}\n")
            lines.append(f"回答 answers: {_answered(one['responses'])}\n")
            rows = [*_asked(one.get("parameters", ())), *_sent(one, schema)]
            if rows:
                lines.append(_table(("名称 name", "在 in", "类型 type", "必填 required"), rows))
    for name, part in schema["components"]["schemas"].items():
        if "properties" in part and "BodyParams" not in name:
            lines.append(f"## {name}\n\n{part.get('description', '')}\n")
            rows = [(f"`{field}`", _kind(one), one.get("description", ""))
                    for field, one in part["properties"].items()]  # fmt: skip
            lines.append(_table(("字段 field", "类型 type", "说明 meaning"), rows))
    return "\n".join(lines)


def _api_schema() -> Any:
    import json
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SHANHOU_CONSOLE": folder,
                       "DJANGO_SETTINGS_MODULE": "shanhou.console.settings"}  # fmt: skip
        import django

        django.setup()
        from shanhou.console.api.whole import api as whole

        return json.loads(json.dumps(whole.get_openapi_schema()))


def _answered(responses: Mapping[str, Any]) -> str:
    kinds = [(status, kind, content.get("schema", {})) for status, one in responses.items()
             for kind, content in one.get("content", {}).items() if status < "3"]  # fmt: skip
    refused = " ".join(sorted(one for one in responses if one >= "4"))
    told = [
        f"{status} {_kind(shape) if '$ref' in shape else kind}" for status, kind, shape in kinds
    ]
    return f"{', '.join(told)}; [Problem](#problem): {refused}"


def _asked(parameters: Any) -> Iterator[tuple[str, ...]]:
    for one in parameters:
        yield (f"`{one['name']}`", one["in"], _kind(one["schema"]),
               "是 yes" if one.get("required") else "")  # fmt: skip


def _sent(one: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for kind, content in one.get("requestBody", {}).get("content", {}).items():
        shape = content["schema"]
        if "$ref" in shape:
            shape = schema["components"]["schemas"][shape["$ref"].rsplit("/", 1)[1]]
        for name, field in shape.get("properties", {}).items():
            yield (f"`{name}`", kind, _kind(field),
                   "是 yes" if name in shape.get("required", ()) else "")  # fmt: skip


def _raw(package: str, name: str) -> Any:
    import yaml

    return yaml.safe_load(resources.files(package).joinpath(name).read_text("utf8"))


def _table(heads: tuple[str, ...], rows: list[Any]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    cells = (
        " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) for row in lines
    )
    return "".join(f"| {one} |\n" for one in cells)


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands, "codes.md": codes, "facts.md": facts, "case-file.md": case_file,
    "api.md": api,
}  # fmt: skip

if __name__ == "__main__":
    main()
