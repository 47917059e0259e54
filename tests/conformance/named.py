"""The tests of this repository, and the lines of the specifications that they say they prove."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
OCPI = re.compile(r"\bC-\d{3}\b|\bI-\d\d\b|§10\.\d+")
OCPP = re.compile(r"\bP-\d{3}\b")


@cache
def all_tests() -> dict[str, str]:
    """The docstring of every test, by `edge/ocpi/test_tokens::test_a_valid_token_is_allowed`."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        where = path.relative_to(TESTS).with_suffix("").as_posix()
        for node in _defined(ast.parse(path.read_text()).body):
            is_test = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_test and node.name.startswith("test_"):
                found[f"{where}::{node.name}"] = ast.get_docstring(node) or ""
    return found


def _defined(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What a module or a class defines: functions are not looked into."""
    for node in body:
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body)


@cache
def proofs(line: re.Pattern[str] = OCPI) -> dict[str, tuple[str, ...]]:
    """The tests that name a line, by line."""
    found = defaultdict(list)
    for name, docstring in all_tests().items():
        for each in dict.fromkeys(line.findall(docstring)):
            found[each].append(name)
    return {each: tuple(names) for each, names in found.items()}
