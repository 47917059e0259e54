"""Unit tests use SQLite; `tests/store`, `tests/edge` and the journeys use PostgreSQL as well."""

import pytest


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough."""
    return sqlite_url
