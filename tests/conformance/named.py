"""The tests of this repository, and the lines of the specifications that they say they prove."""

import ast
import re
from collections import defaultdict
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
        for node in ast.walk(ast.parse(path.read_text())):
            is_test = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_test and node.name.startswith("test_"):
                found[f"{where}::{node.name}"] = ast.get_docstring(node) or ""
    return found


@cache
def proofs(line: re.Pattern[str] = OCPI) -> dict[str, tuple[str, ...]]:
    """The tests that name a line, by line."""
    found = defaultdict(list)
    for name, docstring in all_tests().items():
        for each in dict.fromkeys(line.findall(docstring)):
            found[each].append(name)
    return {each: tuple(names) for each, names in found.items()}
