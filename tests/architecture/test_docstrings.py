"""Every module and every public class says what it is for."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.sources import shown, sources, tree


def _opens(path: Path) -> bool:
    """Empty files have nothing to say."""
    return not tree(path).body or bool(ast.get_docstring(tree(path)))


def test_every_module_opens_with_a_sentence() -> None:
    silent = [shown(path) for path in sources() if not _opens(path)]
    assert silent == []


def test_every_test_module_opens_with_a_sentence() -> None:
    """Reading is enough here: there are many of them, and parsing them all takes seconds."""
    written = {path: path.read_text() for path in sources("tests")}
    silent = [shown(path) for path, text in written.items() if text and text[:3] != '"""']
    assert silent == []


def _public(body: list[ast.stmt]) -> Iterator[ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node
            yield from _public(node.body)


def test_every_public_class_says_what_it_is() -> None:
    silent = [
        f"{shown(path, node)} {node.name}"
        for path in sources()
        for node in _public(tree(path).body)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_docstrings_end_with_a_full_stop() -> None:
    def first_line(path: Path) -> str:
        return (ast.get_docstring(tree(path)) or "").split("\n\n")[0].strip()

    open_ended = [
        shown(path) for path in sources() if first_line(path)[-1:] not in {"", ".", ":", "?", "!"}
    ]
    assert open_ended == []
