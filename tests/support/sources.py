"""The source files as syntax trees, for the tests that look after their form."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "ocpi", "ocpp_bridge", "mobile_api")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    """All Python files of the folders, of our packages without an argument."""
    found = (ROOT / folder for folder in folders or PACKAGES)
    return tuple(sorted(path for folder in found for path in folder.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text(), str(path))


def shown(path: Path, node: ast.AST | None = None) -> str:
    """Where something is, as editors understand it."""
    line = getattr(node, "lineno", 1)
    return f"{path.relative_to(ROOT)}:{line}"


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a file."""
    return (n for n in ast.walk(tree(path)) if isinstance(n, Function))


def imported(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Every import of a file with the module it names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
