"""A transaction: every noun's repository on one connection, and the events it makes facts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import cached_property

from sqlalchemy import ClauseElement
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import InvalidInput
from app.domain.events import DomainEvent
from app.ports.clock import Clock
from app.store.bookings import Bookings
from app.store.cdrs import Cdrs
from app.store.certificates import Authorities, Certificates
from app.store.changes import Changes, has_decided
from app.store.charger_rules import ChargerRulesBook
from app.store.charging import Chargings
from app.store.commands import Commands
from app.store.database import Database
from app.store.deliveries import Deliveries
from app.store.device_model import Configurations, DeviceModels
from app.store.drivers import Drivers
from app.store.events import Events
from app.store.exchanges import Exchanges
from app.store.frames import FramePages
from app.store.hub_aliases import HubAliases
from app.store.hub_callbacks import HubCallbacks
from app.store.hub_clients import HubClients
from app.store.hub_index import HubIndex
from app.store.hub_members import HubMembers
from app.store.hub_objects import HubObjects
from app.store.hub_rules import HubRules
from app.store.hub_tokens import HubTokens
from app.store.inbox import Inbox
from app.store.leases import Leases
from app.store.locations import Locations
from app.store.map_rows import MapRows
from app.store.meters import Meters
from app.store.module_objects import ModuleObjects
from app.store.operators import Operators
from app.store.partners import Partners
from app.store.payments import Payments
from app.store.profiles import Profiles
from app.store.pulls import Pulls
from app.store.reservations import Reservations
from app.store.sessions import Sessions
from app.store.signed_meters import MeterKeys, SignedValues
from app.store.station_facts import StationFacts
from app.store.station_log import StationLog
from app.store.stations import Stations
from app.store.sticker_reports import StickerReports
from app.store.straight import Found, Values
from app.store.tariffs import Tariffs
from app.store.tokens import Tokens
from app.store.watch import Watch
from app.store.web_payments import WebPayments

in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)
"""True while a writing transaction is open in this task."""


def assert_no_transaction() -> None:
    """For adapters: nothing foreign may be awaited while a transaction holds locks."""
    if in_transaction.get():
        raise RuntimeError("a transaction is open while the network is used")


DATA_EXCEPTION = "22"
"""The class of SQLSTATEs that blame a value: NUL in a text, a number or a text too long."""


_BEYOND = (OverflowError, UnicodeEncodeError)
"""What types and SQLite's driver say: a time, a number or a character beyond what there is."""


@contextmanager
def blaming_values() -> Iterator[None]:
    """Say in the domain's words that a value is of a kind that no database keeps."""
    try:
        yield
    except StatementError as error:
        if not _blames_a_value(error.orig):
            raise
        raise InvalidInput("", "a value cannot be stored") from error
    except _BEYOND as error:
        raise InvalidInput("", "a value cannot be stored") from error


def _blames_a_value(error: BaseException | None) -> bool:
    code = getattr(error, "sqlstate", None) or ""
    return isinstance(error, _BEYOND) or str(code).startswith(DATA_EXCEPTION)


class Transaction:
    """The repositories of one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.emitted: list[DomainEvent] = []

    def emit(self, event: DomainEvent) -> None:
        """Let this be known if the transaction commits."""
        self.emitted.append(event)

    @cached_property
    def bookings(self) -> Bookings:
        """Bookings of our EVSEs ahead of time."""
        return Bookings(self.connection)

    @cached_property
    def cdrs(self) -> Cdrs:
        """CDRs, ours and partners'."""
        return Cdrs(self.connection)

    @cached_property
    def authorities(self) -> Authorities:
        """Certificate authorities of the house."""
        return Authorities(self.connection)

    @cached_property
    def certificates(self) -> Certificates:
        """Chargers' certificates."""
        return Certificates(self.connection)

    @cached_property
    def changes(self) -> Changes:
        """The feed of changes."""
        return Changes(self.connection)

    @cached_property
    def charger_rules(self) -> ChargerRulesBook:
        """Operators' choices about their chargers."""
        return ChargerRulesBook(self.connection)

    @cached_property
    def charging(self) -> Chargings:
        """Drivers' sessions."""
        return Chargings(self.connection)

    @cached_property
    def commands(self) -> Commands:
        """Commands to chargers."""
        return Commands(self.connection)

    @cached_property
    def configurations(self) -> Configurations:
        """How far chargers are from what is wanted of them."""
        return Configurations(self.connection)

    @cached_property
    def device_models(self) -> DeviceModels:
        """What chargers are set to, and are wanted to be."""
        return DeviceModels(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        """What waits to be sent."""
        return Deliveries(self.connection)

    @cached_property
    def drivers(self) -> Drivers:
        """Drivers, their devices and sign-ins."""
        return Drivers(self.connection)

    @cached_property
    def events(self) -> Events:
        """The event log."""
        return Events(self.connection)

    @cached_property
    def hub_callbacks(self) -> HubCallbacks:
        """Addresses of the hub that stand for members' own."""
        return HubCallbacks(self.connection)

    @cached_property
    def hub_clients(self) -> HubClients:
        """Parties behind hubs."""
        return HubClients(self.connection)

    @cached_property
    def hub_members(self) -> HubMembers:
        """Members of our hub."""
        return HubMembers(self.connection)

    @cached_property
    def hub_index(self) -> HubIndex:
        """Whose ids passed our hub."""
        return HubIndex(self.connection)

    @cached_property
    def hub_rules(self) -> HubRules:
        """Who behind our hub may talk to whom."""
        return HubRules(self.connection)

    @cached_property
    def hub_objects(self) -> HubObjects:
        """What members of our hub told everybody."""
        return HubObjects(self.connection)

    @cached_property
    def hub_aliases(self) -> HubAliases:
        """What stands for members' ids that are too long for others."""
        return HubAliases(self.connection)

    @cached_property
    def hub_tokens(self) -> HubTokens:
        """Tokens that members of our hub told each other."""
        return HubTokens(self.connection)

    @cached_property
    def exchanges(self) -> Exchanges:
        """The journal of exchanges with partners."""
        return Exchanges(self.connection)

    @cached_property
    def inbox(self) -> Inbox:
        """Outside messages already handled."""
        return Inbox(self.connection)

    @cached_property
    def leases(self) -> Leases:
        """Rights that one process has at a time."""
        return Leases(self.connection)

    @cached_property
    def locations(self) -> Locations:
        """Locations with EVSEs and connectors."""
        return Locations(self.connection)

    @cached_property
    def map_rows(self) -> MapRows:
        """Locations as the map reads them."""
        return MapRows(self.connection)

    @cached_property
    def meters(self) -> Meters:
        """Meter samples."""
        return Meters(self.connection)

    @cached_property
    def module_objects(self) -> ModuleObjects:
        """Objects of the rarely used modules."""
        return ModuleObjects(self.connection)

    @cached_property
    def frames(self) -> FramePages:
        """The journal of chargers' frames."""
        return FramePages(self.connection)

    @cached_property
    def operators(self) -> Operators:
        """Operators and their API keys."""
        return Operators(self.connection)

    @cached_property
    def partners(self) -> Partners:
        """Roaming partners."""
        return Partners(self.connection)

    @cached_property
    def payments(self) -> Payments:
        """Payments and payment methods."""
        return Payments(self.connection)

    @cached_property
    def reservations(self) -> Reservations:
        """EVSEs kept free."""
        return Reservations(self.connection)

    @cached_property
    def profiles(self) -> Profiles:
        """Charging profiles of sessions."""
        return Profiles(self.connection)

    @cached_property
    def pulls(self) -> Pulls:
        """How far partners' lists are pulled."""
        return Pulls(self.connection)

    @cached_property
    def sessions(self) -> Sessions:
        """Charging sessions, ours and partners'."""
        return Sessions(self.connection)

    @cached_property
    def meter_keys(self) -> MeterKeys:
        """Public keys of chargers' meters."""
        return MeterKeys(self.connection)

    @cached_property
    def signed_values(self) -> SignedValues:
        """Signed meter values."""
        return SignedValues(self.connection)

    @cached_property
    def station_facts(self) -> StationFacts:
        """What chargers tell beyond charging."""
        return StationFacts(self.connection)

    @cached_property
    def station_log(self) -> StationLog:
        """What chargers tell one thing after the other."""
        return StationLog(self.connection)

    @cached_property
    def stations(self) -> Stations:
        """Charging stations."""
        return Stations(self.connection)

    @cached_property
    def web_payments(self) -> WebPayments:
        """Codes on chargers' displays."""
        return WebPayments(self.connection)

    @cached_property
    def sticker_reports(self) -> StickerReports:
        """Stickers that are not ours."""
        return StickerReports(self.connection)

    @cached_property
    def tariffs(self) -> Tariffs:
        """Tariffs, ours and partners'."""
        return Tariffs(self.connection)

    @cached_property
    def tokens(self) -> Tokens:
        """Tokens, ours and partners'."""
        return Tokens(self.connection)


class Store:
    """Opens transactions on a database and wakes the delivery machine after they committed."""

    def __init__(
        self, database: Database, clock: Clock, wake: Callable[[], Awaitable[None]]
    ) -> None:
        self.database = database
        self.watch = Watch(database.feed, clock)
        self._clock = clock
        self._wake = wake
        self._heeding: list[Callable[[Sequence[DomainEvent]], None]] = []

    def heed(self, listener: Callable[[Sequence[DomainEvent]], None]) -> None:
        """Show it the events of every transaction here, before whoever committed goes on."""
        self._heeding.append(listener)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Read and write; commits at the end, rolls back on an exception.

        Whoever changes who may do what goes on when every process heeds it (`store.watch`).
        """
        token = in_transaction.set(True)
        try:
            with blaming_values():
                async with self.database.writing() as connection:
                    tx = Transaction(connection)
                    yield tx
                    if tx.emitted:
                        await tx.events.append(tx.emitted, self._clock.now())
                    decided = has_decided(connection)
        finally:
            in_transaction.reset(token)
        try:
            if decided:
                await self.watch.outlast()
        finally:
            await self._tell(tx.emitted)

    async def _tell(self, events: Sequence[DomainEvent]) -> None:
        if events:
            for listener in self._heeding:
                listener(events)
            await self._wake()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Look only."""
        with blaming_values():
            async with self.database.reading() as connection:
                yield Transaction(connection)

    async def ask(self, statement: ClauseElement, values: Values) -> Found:
        """The rows that one statement finds which is met with every request."""
        with blaming_values():
            return await self.database.ask(statement, values)

    async def add(self, statement: ClauseElement, values: Values) -> bool:
        """Write by one statement; False when that needs a transaction. No event comes of it."""
        return await self.database.add(statement, values)
