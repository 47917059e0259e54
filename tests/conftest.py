"""What all tests share: databases of each kind, the servers behind them, a clock that stands."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from xdist.remote import Producer

from app.store.database import Database
from app.store.ids import new_id
from app.store.transaction import Store
from tests.support.clock import FakeClock
from tests.support.frugal import (
    collect_without_gc,
    import_in_turn,
    in_memory,
    keep_what_was_collected,
    share_statements,
)
from tests.support.schema import create_tables, empty_tables
from tests.support.servers import NatsServer, PostgresServer
from tests.support.shapes import ByShape

# How long an example takes depends on the machine's other work, never on what is right.
settings.register_profile("roamwatt", deadline=None)
settings.load_profile("roamwatt")

ROOT = Path(__file__).parent.parent

# These read the material beside the repository, which a clone of it does not have.
collect_ignore = [] if (ROOT.parent / "shared" / "spec").is_dir() else ["shared"]

ASKED_FOR = tuple(Path(__file__).parent / name for name in ("foreign", "chaos"))

KINDS = ("sqlite", "postgresql")


collect_without_gc()
share_statements()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`python3 -m app test --foreign` asks for what installs others' software, or is long."""
    parser.addoption(
        "--foreign", action="store_true", help="run tests/foreign, and install for it"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Nothing is installed, and nothing foreign or long runs, unless it is asked for."""
    return True if collection_path in ASKED_FOR and not config.getoption("--foreign") else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByShape:
    """Which worker plays which test."""
    return ByShape(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Workers of a whole run share the work of preparing the tests."""
    worker = getattr(session.config, "workerinput", None)
    if worker is not None and not session.config.getoption("file_or_dir"):
        number = int(worker["workerid"].removeprefix("gw"))
        shared = Path(session.config.getoption("basetemp")).parent
        import_in_turn(ROOT, shared, worker=number, workers=worker["workercount"])


def pytest_collection_finish() -> None:
    """All tests are there."""
    keep_what_was_collected()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    """A NATS server for the whole run."""
    with NatsServer() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """The PostgreSQL database that tests share, one after the other."""
    address = postgres_server.create("shared")
    create_tables(address)
    return address


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """The address of an empty SQLite database with all tables."""
    with TemporaryDirectory(dir=in_memory(tmp_path)) as folder:
        path = Path(folder) / "test.db"
        shutil.copyfile(sqlite_template, path)
        yield f"sqlite:///{path}"


@pytest.fixture(params=KINDS)
async def url_of_each_kind(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of an empty database with all tables, of each kind in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    address: str = request.getfixturevalue("postgres_url")
    yield address
    await empty_tables(address)


@pytest.fixture
def database_url(url_of_each_kind: str) -> str:
    """Folders for which one kind is enough have a fixture of this name that says so."""
    return url_of_each_kind


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database of each kind in turn."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes a database of a kind that has no tables yet, for tests that start whole programs."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / new_id()}.db"
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.create(f"t_{new_id().replace('-', '')}")

    return make


@pytest.fixture
def clock() -> FakeClock:
    """Noon on a Monday, until the test moves it."""
    return FakeClock()


@pytest.fixture
def rng() -> Random:
    """The same random numbers in every run."""
    return Random(4)


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    """The store on an empty database; nobody is woken by its events."""

    return Store(database, clock, nobody)


@pytest.fixture
async def elsewhere(database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    """The store of another process on the same database."""
    database = Database(database_url)
    yield Store(database, clock, nobody)
    await database.close()


async def nobody() -> None:
    """Nobody waits for events."""
