"""`python3 -m app` knows when its environment is ready, and what it would install."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.sources import ROOT

LOCKED = """\
aiosqlite==0.22.1 \\
    --hash=sha256:aa
uv==0.13.9 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
uvicorn==0.54.0 \\
    --hash=sha256:dd
"""


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bootstrap of a project in an empty folder."""
    module = import_module("app.__main__")
    venv = tmp_path / ".venv"
    for name, path in {
        "ROOT": tmp_path,
        "PROJECT": tmp_path / "pyproject.toml",
        "LOCK": tmp_path / "requirements.lock",
        "VENV": venv,
        "STAMP": venv / ".ready",
        "PYTHON": venv / "bin" / "python",
    }.items():
        monkeypatch.setattr(module, name, path)
    module.PROJECT.write_text("[project]\n")
    module.LOCK.write_text(LOCKED)
    return module


def make_ready(bootstrap: ModuleType, *extras: str) -> None:
    bootstrap.PYTHON.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.PYTHON.touch()
    bootstrap.STAMP.write_text("\n".join([bootstrap._digest(), *extras]))


def test_an_empty_folder_is_not_ready(bootstrap: ModuleType) -> None:
    assert not bootstrap._is_ready(set())


def test_ready_until_the_lock_or_the_project_changes(bootstrap: ModuleType) -> None:
    make_ready(bootstrap)
    assert bootstrap._is_ready(set())
    for path in (bootstrap.LOCK, bootstrap.PROJECT):
        before = path.read_text()
        path.write_text(before + "# changed\n")
        assert not bootstrap._is_ready(set())
        path.write_text(before)


def test_tests_need_more_than_a_demo(bootstrap: ModuleType) -> None:
    make_ready(bootstrap)
    assert not bootstrap._is_ready(bootstrap.EXTRAS["test"])
    make_ready(bootstrap, "dev", "e2e")
    assert bootstrap._is_ready(bootstrap.EXTRAS["test"])
    assert bootstrap._is_ready(set())


def test_a_python_that_is_gone_makes_it_unready(bootstrap: ModuleType) -> None:
    make_ready(bootstrap)
    bootstrap.PYTHON.unlink()
    assert not bootstrap._is_ready(set())


def test_the_installer_is_the_one_in_the_lock(bootstrap: ModuleType) -> None:
    assert bootstrap._locked("uv").splitlines() == [
        "uv==0.13.9 \\", "    --hash=sha256:bb \\", "    --hash=sha256:cc",
    ]  # fmt: skip


def test_uv_installs_what_the_lock_says(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for uv that only notes its arguments."""
    folder = tmp_path / "path"
    folder.mkdir()
    notes = folder / "notes"
    fake = folder / "uv"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {notes}\nmkdir -p {bootstrap.VENV}/bin\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    bootstrap._prepare({"dev", "e2e"})
    made, installed = notes.read_text().splitlines()
    assert made.startswith("venv --clear --python")
    assert f"-c {bootstrap.LOCK} -e {tmp_path}[dev,e2e]" in installed
    assert bootstrap.STAMP.read_text().split() == [bootstrap._digest(), "dev", "e2e"]


def test_a_failed_step_is_shown_and_leaves_no_stamp(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "uv").write_text("#!/bin/sh\necho no luck\nexit 3\n")
    (folder / "uv").chmod(0o755)
    make_ready(bootstrap)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SystemExit, match="this did not work"):
        bootstrap._prepare({"dev"})
    assert "no luck" in capsys.readouterr().err
    assert not bootstrap.STAMP.exists()


def test_byte_code_is_kept_out_of_the_sources(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where none may be written beside them, a second start does not compile again."""
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert bootstrap._variables() == os.environ
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    kept = {"PYTHONPYCACHEPREFIX": str(bootstrap.VENV / "bytecode")}
    assert bootstrap._variables().items() >= kept.items()
    assert "PYTHONDONTWRITEBYTECODE" not in bootstrap._variables()


def test_an_old_python_is_told_so() -> None:
    """Said with words even old interpreters understand."""
    script = (
        "import sys, runpy; sys.version_info = (3, 9, 1); sys.argv = ['app'];"
        "runpy.run_module('app', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
