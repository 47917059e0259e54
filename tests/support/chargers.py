"""A place with chargers: the use-cases around them on a real database, and messages to report."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.adapters.bus_local import LocalBus
from app.adapters.sealing_fernet import FernetSealer
from app.adapters.signatures_ecdsa import EcdsaSignatures
from app.domain.cdrs import Cdr
from app.domain.events import DomainEvent
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, Evse, EvsePlace, EvseStatus, GeoPoint, Location
from app.domain.metering import Reading, ReadingContext
from app.domain.sessions import Session
from app.domain.stations import (
    Address,
    ConnectorState,
    Credentials,
    Phase,
    PresentedToken,
    StatusReported,
    TransactionReported,
)
from app.domain.tariffs import Dimension, Tariff, TariffElement
from app.domain.tokens import Authorization, Token, TokenType, Whitelist
from app.domain.units import Ampere, Kw, Kwh
from app.store.batch import Batch
from app.store.ids import Blocks
from app.store.transaction import Store
from app.use_cases.authorize import Authorize, TokenRules
from app.use_cases.live_stations import LiveStation
from app.use_cases.places import Places
from app.use_cases.sessions import SessionRules, Sessions, TransactionAnswer
from app.use_cases.signed_meters import SignedMeters
from app.use_cases.stations import StationRules, Stations
from tests.support.clock import NOON, FakeClock
from tests.support.priced import a_component, a_tariff

CPO, EMSP = PartyId("NL", "RW1"), PartyId("NL", "TNM")
V16, V201 = "ocpp1.6", "ocpp2.0.1"
PASSWORD = "correct horse battery staple"
TAG = PresentedToken("0412ABCD")


@dataclass
class Issuers:
    """Partners that give one answer to everything, and remember what they were asked."""

    answer: Authorization | None = None

    def __post_init__(self) -> None:
        self.asked: list[tuple[str, Token | None, EvsePlace | None]] = []

    async def authorize(
        self, uid: str, token: Token | None, place: EvsePlace | None
    ) -> Authorization | None:
        self.asked.append((uid, token, place))
        return self.answer


def a_connector(number: int = 1, tariffs: tuple[str, ...] = ("T1",)) -> Connector:
    """A type 2 socket of 22 kW."""
    kind = ("IEC_62196_T2", "SOCKET", "AC_3_PHASE")
    return Connector(
        str(number), *kind, 400, 32, NOON - timedelta(days=1), tariff_ids=tariffs, number=number
    )


def an_evse(number: int, station_id: str = "CP1", **fields: Any) -> Evse:
    """An EVSE of a charger with one connector."""
    given = {
        "uid": f"E{number}",
        "status": EvseStatus.UNKNOWN,
        "connectors": (a_connector(),),
        "last_updated": NOON - timedelta(days=1),
        "evse_id": f"NL*RW1*E{station_id}*{number}",
        "station_id": station_id,
        "number": number,
        **fields,
    }
    return Evse(**given)


def a_location(*evses: Evse) -> Location:
    """A site in Utrecht."""
    return Location(
        CPO,
        "L1",
        "Lange Viestraat 1",
        "Utrecht",
        "NLD",
        GeoPoint(Decimal("52.0931"), Decimal("5.1152")),
        "Europe/Amsterdam",
        NOON - timedelta(days=1),
        evses or (an_evse(1), an_evse(2)),
    )


def a_parking_tariff() -> Tariff:
    """0.30 per kWh and 6.00 an hour of staying plugged in."""
    energy, idle = (
        a_component(Dimension.ENERGY, "0.30"),
        a_component(Dimension.PARKING_TIME, "6.00"),
    )
    return a_tariff(TariffElement((energy, idle)), party=CPO, id="T1")


def a_token(uid: str = TAG.uid, **fields: Any) -> Token:
    """A partner's card that we may accept by ourselves."""
    given = {
        "party": EMSP,
        "uid": uid,
        "type": TokenType.RFID,
        "contract_id": "NL-TNM-C00000001-X",
        "issuer": "TheNewMotion",
        "valid": True,
        "whitelist": Whitelist.ALLOWED,
        "last_updated": NOON,
        "own": False,
        **fields,
    }
    return Token(**given)


def at(seconds: int) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def shows(seconds: int, wh: int, context: ReadingContext = ReadingContext.PERIODIC) -> Reading:
    """A reading with register, power and current."""
    return Reading(
        at(seconds),
        register=Kwh.from_wh(wh),
        power=Kw.of("11"),
        current=Ampere.of(48),
        soc=Decimal(54),
        context=context,
    )


class Floor:
    """Chargers' use-cases on one database."""

    def __init__(self, store: Store, clock: FakeClock, **rules: Any) -> None:
        self.store, self.clock = store, clock
        self.bus, self.issuers = LocalBus(), Issuers()
        self.batch = Batch(store.database, _nobody)
        tokens = TokenRules(rules.get("any_token", False), PartyId("NL", "RWM"))
        self.authorize = Authorize(store, self.issuers, bus=self.bus, clock=clock, rules=tokens)
        self.sealer = FernetSealer(["a secret of sixteen characters"])
        self.restart(**rules)

    def restart(self, **rules: Any) -> None:
        """Forget everything that is only in memory."""
        self.places = Places(self.store, self.bus, self.clock)
        self.signed = SignedMeters(self.store, self.clock, EcdsaSignatures())
        self.sessions = Sessions(
            self.store,
            self.batch,
            self.authorize,
            places=self.places,
            blocks=Blocks(self.store.database),
            signed=self.signed,
            bus=self.bus,
            clock=self.clock,
            rules=rules.get("sessions", SessionRules()),
        )
        self.stations = Stations(
            self.store,
            self.batch,
            self.sessions,
            sealer=self.sealer,
            bus=self.bus,
            clock=self.clock,
            rules=StationRules(rules.get("any_charger", False), CPO),
        )

    async def furnish(
        self, location: Location | None = None, tariff: Tariff | None = None, *tokens: Token
    ) -> None:
        """Put a site, its tariff, a token and the charger CP1 there."""
        async with self.store.transaction() as tx:
            await tx.locations.put(location or a_location())
            await tx.tariffs.put(tariff or a_tariff(party=CPO))
            for token in tokens or (a_token(),):
                await tx.tokens.put(token)
        await self.stations.register("CP1", CPO, PASSWORD)

    async def connect(self, protocol: str = V16, station_id: str = "CP1") -> LiveStation:
        """The charger comes online with its password."""
        credentials = Credentials(station_id, (PASSWORD,))
        return await self.stations.connect(station_id, credentials, protocol=protocol, node="n1")

    async def start(self, live: LiveStation, seconds: int = 0, **fields: Any) -> TransactionAnswer:
        """A 1.6 StartTransaction at connector 1 with meterStart 1,000 Wh."""
        return await self.tell(
            live,
            Phase.STARTED,
            seconds,
            **{
                "address": Address(0, 1),
                "token": TAG,
                "readings": (shows(seconds, 1_000, ReadingContext.BEGIN),),
                **fields,
            },
        )

    async def tell(
        self, live: LiveStation, phase: Phase, seconds: int, **fields: Any
    ) -> TransactionAnswer:
        """Report something at so many seconds after noon, the clock moving there."""
        moment = fields.pop("when", at(seconds))
        self.clock.set(max(self.clock.now(), moment))
        raw = fields.pop("raw", f'{{"told":{seconds}}}')
        return await self.sessions.report(live, TransactionReported(phase, moment, raw, **fields))

    async def show(self, live: LiveStation, seconds: int, state: ConnectorState) -> None:
        """Connector 1 reports a state."""
        self.clock.set(max(self.clock.now(), at(seconds)))
        address = Address(0, 1) if live.flat else Address(1, 1)
        await self.stations.status(live, StatusReported(address, state, at(seconds)))

    async def session(self, live: LiveStation, transaction: str) -> Session:
        """The session of a transaction, as the database has it."""
        async with self.store.reading() as tx:
            found = await tx.sessions.by_transaction(live.id, transaction)
        assert found is not None
        return found

    async def count(self) -> int:
        """How many sessions there are."""
        async with self.store.reading() as tx:
            return len(await tx.sessions.running_of("CP1")) + len(
                await tx.sessions.ended_of("CP1")
            )

    async def events(self) -> list[DomainEvent]:
        """Everything that happened, but connections."""
        async with self.store.reading() as tx:
            recorded = await tx.events.unplanned(1_000)
        return [r.event for r in recorded if not r.event.kind.startswith("station.")]

    async def kinds(self) -> list[str]:
        """The names of what happened to sessions."""
        return [e.kind for e in await self.events() if not e.kind.startswith("evse.")]

    async def cdrs(self, session: Session) -> list[Cdr]:
        """The CDRs of a session."""
        async with self.store.reading() as tx:
            return await tx.cdrs.of_session(session.id)

    async def evse(self, uid: str = "E1") -> Evse:
        """An EVSE as the map shows it."""
        async with self.store.reading() as tx:
            found = (await tx.locations.need(CPO, "L1")).evse(uid)
        assert found is not None
        return found


@asynccontextmanager
async def a_floor(store: Store, clock: FakeClock) -> AsyncIterator[Floor]:
    """A floor whose group commit runs; nothing is furnished yet."""
    made = Floor(store, clock)
    writing = asyncio.create_task(made.batch.run())
    yield made
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing


async def _nobody() -> None:
    return None
