"""Files and functions stay small enough to be read in one go."""

import ast

from tests.support.sources import PACKAGES, functions, imported, shown, sources

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MOST_IMPORTS = 15
# The domain's words are everybody's; what counts is who else a file knows.
WORDS = ("app.domain.", "app.ports.")
# These wire the whole program together, which is their one subject.
WIRING = ("app/runtime/", "mobile_api/parts.py", "app/store/transaction.py", "ocpi/server.py")
FLAT_LIST = "app/runtime/container.py"


def test_no_file_is_too_long() -> None:
    long = [
        f"{shown(path)} has {lines} lines: cut it along a natural unit"
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    ]
    assert long == []


def test_no_function_is_too_long() -> None:
    long = [
        f"{shown(path, each)} {each.name} has {length} lines"
        for path in sources()
        for each in functions(path)
        if (length := (each.end_lineno or each.lineno) - each.lineno + 1) > LONGEST_FUNCTION
        and not shown(path).startswith(FLAT_LIST)
    ]
    assert long == []


def test_no_file_knows_too_many_others() -> None:
    many = []
    for path in sources():
        ours = {name for _, name in imported(path) if name.split(".")[0] in PACKAGES}
        ours = {name for name in ours if not name.startswith(WORDS)}
        whole = shown(path).split(":")[0]
        if len(ours) > MOST_IMPORTS and not whole.startswith(WIRING):
            many.append(f"{whole} imports {len(ours)} modules of ours: it has several subjects")
    assert many == []


def test_nothing_is_imported_inside_functions() -> None:
    hidden = [
        shown(path, node)
        for path in sources()
        for each in functions(path)
        for node in ast.walk(each)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == [], "an import in a function hides a dependency from the import contracts"
