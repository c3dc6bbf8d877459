"""Change the modules that decide, count eyes and keep gates, one place at a time, and see whether
the tests notice. Writes docs/reference/mutants.md.

`python tools/mutate.py [--only decide] [--jobs 2] [--write]`; a change nobody notices is an error.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "mutants.md"
QUIETLY = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-W",
           "ignore::pytest.PytestAssertRewriteWarning", "--hypothesis-seed=0")  # fmt: skip
LIMIT_S = 120.0
"""A mutant that runs longer goes round in circles: noticed."""

TESTED_BY: Mapping[str, tuple[str, ...]] = {
    "shanhou.law.rulebook": ("tests/law/test_rulebook.py", "tests/disposition/test_decide.py"),
    "shanhou.disposition.decide": (
        "tests/disposition/test_decide_small.py",
        "tests/law/test_law_examples.py",
        "tests/disposition/test_decide.py",
    ),
    "shanhou.cases.stages": ("tests/cases/test_stages.py",),
    "shanhou.cases.approvals": ("tests/cases/test_approvals.py",),
}

MESSAGES = frozenset({"GATE_QUESTIONS"})
"""Tables of words for people: a changed word is no changed decision."""

EQUAL: Mapping[tuple[str, str, str], str] = {}
"""Mutants that change nothing anybody could see: module, place, change, and why."""


HEAD_ZH = (
    "裁决、审批、阶段、规则四个模块中每一处改动,以及测试是否发觉:`noticed` 有测试失败;`not loaded` 模块无法加载;"
    "`endless` 超时;`message` 只改了给人看的话;`equal` 改了等于没改,原因附后;`survived` 没有发觉。"
)
HEAD_EN = (
    "Every change of one place in the modules that decide, count eyes, keep gates and read rules, "
    "and whether a test noticed. `message`: words for people; `equal`: it changes nothing, and why."
)


@dataclass(frozen=True)
class Mutant:
    """One change in one place."""

    module: str
    place: str
    """The function or table it lies in, and its count among the mutants there."""
    change: str
    tree: ast.Module

    @property
    def message(self) -> bool:
        return self.place.partition("#")[0] in MESSAGES


# ---- the changes ---------------------------------------------------------------------------------

_COMPARED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_SUMMED: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min", "sorted": "list"}


def _variants(  # noqa: C901 - one case a kind of node
    node: ast.AST,
) -> Iterator[tuple[ast.AST, str]]:
    """What may stand in a node's place, and how to tell of it."""
    for variant in _other(node):
        yield variant, f"{_short(node)} → {_short(variant)}"
    match node:
        case ast.Dict(keys=[_, *_]):
            for n, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
                yield (_with(node, keys=_less(node.keys, n), values=_less(node.values, n)),
                       f"without {_short(key or value)}: {_short(value)}")  # fmt: skip
        case ast.List() | ast.Tuple(ctx=ast.Load()):
            for n, one in enumerate(node.elts):
                yield _with(node, elts=_less(node.elts, n)), f"without {_short(one)}"
        case ast.Set(elts=[_, _, *_]):
            for n, one in enumerate(node.elts):
                yield _with(node, elts=_less(node.elts, n)), f"without {_short(one)}"
        case ast.BoolOp(values=values):
            for n, one in enumerate(values):
                rest = _less(values, n)
                yield (rest[0] if len(rest) == 1 else _with(node, values=rest),
                       f"without {_short(one)}")  # fmt: skip
        case ast.Expr(value=ast.Call()):
            yield ast.Pass(), f"without {_short(node)}"


def _other(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901 - one case a kind of node
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield _with(node, ops=[_COMPARED[type(op)]()])
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _SUMMED:
            yield _with(node, op=_SUMMED[type(op)]())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(value=not value)
        case ast.Constant(value=str(value)):
            yield ast.Constant(value=value + "~")
        case ast.Constant(value=int(value)):
            yield ast.Constant(value=value + 1)
        case ast.If() | ast.IfExp():
            yield _with(node, test=ast.Constant(value=True))
            yield _with(node, test=ast.Constant(value=False))
        case ast.comprehension(ifs=[_, *_]):
            yield _with(node, ifs=[])
        case ast.Call(func=ast.Name(id=name)) if name in _SWAPPED:
            yield _with(node, func=ast.Name(id=_SWAPPED[name], ctx=ast.Load()),
                        keywords=[] if name == "sorted" else node.keywords)  # fmt: skip
        case ast.Return(value=value) if value is not None:
            yield ast.Return(value=ast.Constant(value=None))
        case ast.Continue():
            yield ast.Pass()


def _with(node: Any, **fields: Any) -> Any:
    changed = deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _less(items: Sequence[Any], n: int) -> list[Any]:
    return [*items[:n], *items[n + 1 :]]


class _Change(ast.NodeTransformer):
    """Puts one variant in the place of one node."""

    def __init__(self, at: ast.AST, into: ast.AST) -> None:
        self._at, self._into = at, into

    def visit(self, node: ast.AST) -> Any:
        return deepcopy(self._into) if node is self._at else self.generic_visit(node)


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its text."""
    tree = ast.parse(_text(module))
    for place, top in _places(tree):
        count = 0
        for node in _mutable(top):
            for variant, told in _variants(node):
                count += 1
                # copied together, so that the place in the copy is the place in the original
                copied, at, into = deepcopy((tree, node, variant))
                changed = ast.fix_missing_locations(_Change(at, into).visit(copied))
                yield Mutant(module, f"{place}#{count}", told, changed)


def unchanged(module: str) -> Mutant:
    """The module as it is: its tests must pass, or a failing test would tell nothing."""
    return Mutant(module, "", "", ast.parse(_text(module)))


def _text(module: str) -> str:
    return (ROOT / "src" / (module.replace(".", "/") + ".py")).read_text(encoding="utf8")


def _places(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Functions, tables and the values of enumerations, by name."""
    for top in tree.body:
        match top:
            case ast.FunctionDef(name=name):
                yield name, top
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.AST())
            ) if name.isupper():
                yield name, top
            case ast.ClassDef(name=name):
                for one in top.body:
                    if isinstance(one, ast.FunctionDef):
                        yield f"{name}.{one.name}", one
                    elif isinstance(one, ast.Assign):
                        yield f"{name}.{ast.unparse(one.targets[0])}", one


def _mutable(top: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement that say what happens: no docstring, no annotation, no default."""
    for name, value in ast.iter_fields(top):
        if name in {"args", "returns", "annotation", "decorator_list", "targets", "target", "name"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child):
                yield from _walk(child)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "ctx"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child):
                yield from _walk(child)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _short(node: ast.AST) -> str:
    if isinstance(node, ast.comprehension):
        tests = "".join(f" if {ast.unparse(test)}" for test in node.ifs)
        text = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}{tests}"
    elif isinstance(node, ast.If):
        text = f"if {ast.unparse(node.test)}:"
    else:
        text = ast.unparse(node)
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:50] + " … " + text[-35:]


# ---- the trying ----------------------------------------------------------------------------------


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the mutant where the tests ask for the module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, path: object, target: object = None) -> Any:  # noqa: ARG002
        if name != self._mutant.module:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin="mutant")

    def create_module(self, spec: Any) -> ModuleType | None:  # noqa: ARG002
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._mutant.tree, "mutant", "exec"), module.__dict__)  # noqa: S102


def _try(mutant: Mutant) -> int:
    """Fork a child that runs the module's tests against the mutant; its process id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    import pytest

    sys.meta_path.insert(0, _Instead(mutant))
    code = pytest.main([*QUIETLY, *TESTED_BY[mutant.module]])
    os._exit(int(code))


def _fates(asked: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, str]]:
    running: dict[int, tuple[Mutant, float]] = {}
    left = list(reversed(asked))
    while left or running:
        while left and len(running) < jobs:
            mutant = left.pop()
            running[_try(mutant)] = mutant, time.monotonic() + LIMIT_S
        for child, (mutant, until) in list(running.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                del running[child]
                yield mutant, _fate(os.waitstatus_to_exitcode(status))
            elif time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                del running[child]
                yield mutant, "endless"
        time.sleep(0.01)


def _fate(code: int) -> str:
    """As pytest tells it: 0 passed, 1 failed, 2 interrupted at the loading."""
    return {0: "survived", 1: "noticed", 2: "not loaded"}.get(code, f"ended with {code}")


# ---- the page ------------------------------------------------------------------------------------


def page(fates: Sequence[tuple[Mutant, str]]) -> str:
    """The list of mutants with their fate."""
    kinds = ("noticed", "not loaded", "endless", "message", "equal", "survived")
    lines = [
        "# 变异测试 Mutants",
        "",
        "<!-- written by tools/mutate.py; do not edit -->",
        "",
        HEAD_ZH,
        HEAD_EN,
        "",
        f"| module | mutants | {' | '.join(kinds)} |",
        f"|---|---|{'---|' * len(kinds)}",
    ]
    for module in TESTED_BY:
        mine = [fate for mutant, fate in fates if mutant.module == module]
        counts = " | ".join(str(mine.count(kind)) for kind in kinds)
        lines.append(f"| `{module}` | {len(mine)} | {counts} |")
    for module in TESTED_BY:
        lines += ["", f"## `{module}`", "", "| place | change | fate |", "|---|---|---|"]
        lines += [
            f"| `{mutant.place}` | `` {_cell(mutant.change)} `` | {_worded(mutant, fate)} |"
            for mutant, fate in fates if mutant.module == module
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _worded(mutant: Mutant, fate: str) -> str:
    why = EQUAL.get((mutant.module, mutant.place, mutant.change), "")
    return f"{fate}: {why}" if fate == "equal" else fate


def listed(text: str) -> set[tuple[str, str]]:
    """Places and changes that a page tells of."""
    rows = [line.split("` | `` ") for line in text.splitlines() if line.startswith("| `")]
    return {(row[0][3:], row[1].rpartition(" `` | ")[0]) for row in rows if len(row) == 2}


def rows_of(asked: Sequence[Mutant]) -> set[tuple[str, str]]:
    """The same of the mutants that the modules have now."""
    return {(mutant.place, _cell(mutant.change)) for mutant in asked}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="part of a module's name")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    os.chdir(ROOT)
    import hypothesis  # noqa: F401 -- loaded once, before the forks
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import yaml  # noqa: F401

    modules = [module for module in TESTED_BY if asked.only in module]
    for control, fate in _fates([unchanged(module) for module in modules], asked.jobs):
        if fate != "survived":
            sys.exit(f"the tests of {control.module} fail without a change: {fate}")
    todo = [one for module in modules for one in mutants(module)]
    order = {(one.module, one.place): n for n, one in enumerate(todo)}
    fates = []
    for mutant, told in _fates(todo, asked.jobs):
        fate = told
        if told == "survived":
            key = (mutant.module, mutant.place, mutant.change)
            fate = "message" if mutant.message else "equal" if key in EQUAL else told
        if fate == "survived":
            print(f"survived: {mutant.module} {mutant.place}: {mutant.change}", flush=True)
        fates.append((mutant, fate))
    fates.sort(key=lambda one: order[one[0].module, one[0].place])
    survived = sum(fate == "survived" for _, fate in fates)
    print(f"{len(fates)} mutants, {survived} survived")
    if asked.write:
        PAGE.write_text(page(fates), encoding="utf8")
    sys.exit(1 if survived else 0)


if __name__ == "__main__":
    main()
