"""Rules of the house that no linter knows."""

import ast
from importlib import import_module

import pytest

from app.domain.errors import DomainError
from tests.support.sources import ROOT, imported, shown, sources, tree

SHAPELESS = {"utils", "helpers", "base", "manager", "misc", "common"}
# OCPI itself calls the types that all modules share "common".
ALLOWED = {"ocpi/models/common.py"}
EXACT = ("app/domain", "app/store", "app/use_cases")
FAULT_TABLES = ("app.console.faults", "mobile_api.faults", "ocpi.wire.faults")


def test_the_revisions_folder_is_no_package() -> None:
    """With an `__init__.py` it would be imported instead of the library of the same name."""
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_the_bootstrap_needs_nothing_installed() -> None:
    """`python3 -m app` runs before anything is installed, and imports `app` first."""
    assert list(imported(ROOT / "app" / "__init__.py")) == []
    names = {name.split(".")[0] for _, name in imported(ROOT / "app" / "__main__.py")}
    assert names <= {
        "__future__", "collections", "contextlib", "fcntl", "hashlib", "importlib", "os",
        "pathlib", "shutil", "subprocess", "sys", "tempfile", "typing", "venv",
    }  # fmt: skip


def test_files_are_named_for_their_one_subject() -> None:
    vague = [
        shown(path)
        for path in sources()
        if path.stem in SHAPELESS and str(path.relative_to(ROOT)) not in ALLOWED
    ]
    assert vague == []


def test_there_is_no_float_where_money_and_energy_are() -> None:
    floats = [
        shown(path, node)
        for path in sources(*EXACT)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Name) and node.id == "float" and path.parent.name == "domain")
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "float")
    ]
    assert floats == [], "use Decimal: a float cannot hold 0.1"


def test_our_own_modules_are_never_patched() -> None:
    naming = [path for path in sources("tests") if "unittest" in path.read_text()]
    patched = [
        shown(path, node)
        for path in naming
        for node, name in imported(path)
        if name.startswith("unittest.mock")
    ]
    assert patched == [], "use the real counterpart, or an object given to the constructor"


@pytest.mark.parametrize("name", ["foreign", "chaos"])
def test_what_is_long_is_for_those_who_ask(request: pytest.FixtureRequest, name: str) -> None:
    """The plain test command installs nothing, needs no network and ends soon."""
    folder = ROOT / "tests" / name
    assert folder.is_dir()
    assert request.config.hook.pytest_ignore_collect(collection_path=folder, config=request.config)


def _subclasses(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(_subclasses(sub) for sub in kind.__subclasses__()))


@pytest.mark.parametrize("name", FAULT_TABLES)
def test_every_edge_says_every_refusal_in_its_own_words(name: str) -> None:
    module = import_module(name)
    tables = [
        value
        for value in vars(module).values()
        if isinstance(value, dict) and value and all(isinstance(k, type) for k in value)
    ]
    assert tables, f"{name} has no table from error class to its numbers"
    said = {kind for table in tables for kind in table}
    ours = {k for k in _subclasses(DomainError) if k.__module__ == "app.domain.errors"}
    unsaid = {k.__name__ for k in ours - {DomainError} if not any(s in said for s in k.__mro__)}
    assert unsaid == set()
