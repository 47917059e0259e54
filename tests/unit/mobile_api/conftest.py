"""One kind of database is enough for what is told; the store's own tests run on both."""

import pytest

from app.store.transaction import Store
from tests.support.clock import FakeClock
from tests.support.telling import Telling


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite."""
    return sqlite_url


@pytest.fixture
def telling(store: Store, clock: FakeClock) -> Telling:
    """What tells drivers."""
    return Telling(store, clock)
