"""Unit tests use SQLite; `tests/store`, `tests/edge` and the journeys use PostgreSQL as well."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an empty database with all tables."""
    shutil.copyfile(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"
