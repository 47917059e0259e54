"""A driver's world in a test: the use-cases around a session, and what carries events to them."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from random import Random
from typing import Any

from app.adapters.mail_log import LogMailer
from app.adapters.payments_sandbox import SandboxPayments
from app.domain.charging import Charging, ChargingState
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.drivers import Driver
from app.domain.errors import ProviderUnavailable
from app.domain.events import (
    CdrIssued,
    CdrReceived,
    ChargingChanged,
    CommandRequested,
    CommandSettled,
    DomainEvent,
    EvseStatusChanged,
    MethodRemoved,
    PaymentDue,
    PaymentSettled,
    SessionEvent,
    StationConnected,
    StationDisconnected,
    VehiclePlugged,
)
from app.domain.identifiers import PartyId
from app.domain.payments import Payment, PaymentMethod
from app.domain.preferences import Preferences, PreferencesAnswer
from app.domain.sessions import Session
from app.domain.stations import Address, Phase, PresentedToken
from app.domain.tariffs import Dimension, Tariff, TariffElement
from app.use_cases.adoption import Adoption
from app.use_cases.autocharge import Autocharge
from app.use_cases.cards import Cards
from app.use_cases.charging import Chargings
from app.use_cases.charging_news import ChargingNews
from app.use_cases.charging_steps import Provider, Steps
from app.use_cases.charging_wishes import SessionWishes
from app.use_cases.commands import Commands
from app.use_cases.live_stations import LiveStation
from app.use_cases.payments import Payments
from app.use_cases.preferences import DriverWishes, Wishes
from app.use_cases.quotes import Caller, EvseIds, HoldLimits, QuoteRequest
from app.use_cases.receipts import Receipts
from app.use_cases.reservations import Reservations
from tests.support.belongings import some_belongings
from tests.support.chargers import CPO, Floor, shows
from tests.support.clock import NOON
from tests.support.priced import a_component, a_tariff

ACCEPTED = CommandOutcome(CommandResult.ACCEPTED)
ME = Caller(driver_id="d-1")
CARD = PaymentMethod("m-1", "d-1", "pm_card_visa", "cus_1", "visa", "4242", NOON, default=True)


def prices() -> Tariff:
    """0.50 EUR per kWh, 20 % VAT on top."""
    return a_tariff(TariffElement((a_component(Dimension.ENERGY, "0.50"),)), party=CPO, id="T1")


class Chargers:
    """Answers every command with `outcome`; None means that the answer comes later."""

    def __init__(self) -> None:
        self.outcome: CommandOutcome | None = ACCEPTED
        self.told: list[Command] = []

    async def execute(self, command: Command) -> CommandOutcome | None:
        self.told.append(command)
        return self.outcome


class Cpos:
    """Partners' CPOs, which give one answer to every wish, and remember them."""

    def __init__(self) -> None:
        self.answer = PreferencesAnswer.ACCEPTED
        self.wished: list[tuple[Session, Preferences]] = []

    async def ask(self, session: Session, wish: Preferences) -> PreferencesAnswer:
        self.wished.append((session, wish))
        return self.answer


class Drive:
    """One driver with a card, at the charger CP1."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.store, self.clock = floor, floor.store, floor.clock
        self.chargers, self.mailer = Chargers(), LogMailer()
        self.bank = SandboxPayments(self.clock)
        random = Random(7)
        provider = Provider(PartyId("NL", "RWM"), "Roamwatt Drive")
        self.steps = Steps(self.store, self.clock, floor.bus, provider=provider, random=random)
        self.reservations = Reservations(self.store, self.clock, provider=provider, random=random)
        limits = HoldLimits(cap=Decimal(30))
        self.chargings = Chargings(self.steps, floor.sealer, limits=limits)
        self.session_wishes = SessionWishes(self.steps, self.chargings, random=random)
        self.news = ChargingNews(self.steps, Adoption(self.steps, limits).follow)
        self.payments = Payments(self.store, self.clock, self.bank)
        self.cards = Cards(self.store, self.clock, self.bank)
        self.cpos = Cpos()
        wishes = Wishes(self.store, self.clock)
        self.wishes = DriverWishes(self.store, self.chargings, wishes, self.cpos)
        self.belongings = some_belongings(
            self.store, self.clock, floor.sealer, bus=floor.bus, mailer=self.mailer
        )
        self.autocharge = Autocharge(self.store, self.clock, self.chargings)
        self.commands = Commands(self.store, self.clock, self.chargers, random=random)
        self.receipts = Receipts(self.store, self.clock, self.mailer, self.floor.signed)
        self.seen: list[DomainEvent] = []
        self.twice = False

    async def furnish(self, tariff: Tariff | None = None, card: PaymentMethod = CARD) -> None:
        """The site, its tariff, and a driver with a card."""
        await self.floor.furnish(tariff=tariff or prices())
        async with self.store.transaction() as tx:
            await tx.drivers.add(Driver("d-1", NOON, email="driver@example.com"))
            await tx.payments.methods.add(card)

    async def quote(self, **changes: Any) -> Charging:
        """A quote at EVSE E1."""
        here = {"party": CPO, "location_id": "L1", "evse_uid": "E1"}
        ids = [changes.pop(name, given) for name, given in here.items()]
        given = {"caller": ME, "evse": EvseIds(*ids), **changes}
        return await self.chargings.quote(QuoteRequest(**given))

    async def started(self, **changes: Any) -> Charging:
        """A quote that was taken, with everything done that follows at once."""
        quoted = await self.quote(**changes)
        await self.chargings.start(quoted.id, changes.get("caller", ME))
        await self.pump()
        return await self.now(quoted)

    async def now(self, charging: Charging) -> Charging:
        """The session as it is now."""
        async with self.store.reading() as tx:
            return await tx.charging.need(charging.id)

    async def payment(self, charging: Charging) -> Payment:
        """The session's present payment."""
        current = await self.now(charging)
        async with self.store.reading() as tx:
            return await tx.payments.need(current.payment_id or "")

    async def told(self, charging: Charging) -> set[NoticeKind]:
        """What the driver is told of the session."""
        async with self.store.reading() as tx:
            return {n.kind for n in await tx.drivers.notices.of_charging(charging.id)}

    def states(self, charging: Charging) -> list[ChargingState]:
        """The states the session went through, as far as events were pumped."""
        changed = [e for e in self.seen if isinstance(e, ChargingChanged)]
        return [ChargingState(e.state) for e in changed if e.charging_id == charging.id]

    async def pump(self) -> None:
        """Carry every event to who wants it, until nothing is new; `twice` repeats each."""
        while True:
            async with self.store.reading() as tx:
                new = await tx.events.unplanned(1_000)
            if not new:
                return
            async with self.store.transaction() as tx:
                await tx.events.claim([r.id for r in new], self.clock.now())
            for recorded in new:
                self.seen.append(recorded.event)
                for _ in range(2 if self.twice else 1):
                    await self._carry(recorded.event)

    async def _carry(self, event: DomainEvent) -> None:
        for kinds, work in self._work():
            if isinstance(event, kinds):
                await self._until_done(work, event)

    def _work(self) -> list[tuple[Any, Callable[[Any], Awaitable[Any]]]]:
        return [
            (CommandRequested, lambda e: self.commands.send(e.command_id)),
            (CommandSettled, lambda e: self.news.on_command_settled(e.command_id)),
            (SessionEvent, lambda e: self.news.on_session(e.session_id)),
            ((CdrIssued, CdrReceived), lambda e: self.news.on_cdr(e.cdr_id)),
            (
                VehiclePlugged,
                lambda e: self.autocharge.plugged(
                    e.vehicle_id, e.party, e.location_id, evse_uid=e.evse_uid
                ),
            ),
            (PaymentDue, lambda e: self.payments.step(e.payment_id)),
            (MethodRemoved, lambda e: self.cards.forget_card(e.reference)),
            (PaymentSettled, lambda e: self.news.on_payment(e.payment_id)),
            (
                EvseStatusChanged,
                lambda e: self.reservations.on_evse(e.party, e.location_id, e.evse_uid),
            ),
            (
                (StationConnected, StationDisconnected),
                lambda e: self.news.on_station(e.station_id),
            ),
        ]

    async def _until_done(self, work: Callable[[Any], Awaitable[Any]], event: Any) -> None:
        """As the delivery machine does: what is unavailable is tried again."""
        for _ in range(5):
            try:
                await work(event)
            except ProviderUnavailable:
                continue
            return
        raise AssertionError(f"{event} could not be carried")

    async def pass_time(self, seconds: int) -> None:
        """Let time pass, and everything that waits for it happen."""
        await self.clock.advance(seconds)
        await self.news.tick()
        await self.reservations.tick()
        await self.payments.tick()
        await self.pump()

    async def plug_in(self, live: LiveStation, charging: Charging, seconds: int = 0) -> int:
        """The charger opens its transaction for the remote start; gives its number."""
        current = await self.now(charging)
        assert current.token is not None
        tag = PresentedToken(current.token.uid)
        answer = await self.floor.start(live, seconds, token=tag)
        assert answer.number is not None
        await self.pump()
        return answer.number

    async def meter(self, live: LiveStation, number: int, seconds: int, wh: int) -> None:
        """A meter value; the register began at 1,000 Wh."""
        await self.floor.tell(
            live,
            Phase.UPDATED,
            seconds,
            transaction=str(number),
            address=Address(0, 1),
            readings=(shows(seconds, 1_000 + wh),),
        )
        await self.pump()

    async def unplug(
        self, live: LiveStation, number: int, seconds: int, wh: int, *, reason: str = "Remote"
    ) -> None:
        """The transaction ends with this energy, and the vehicle leaves."""
        await self.floor.tell(
            live,
            Phase.ENDED,
            seconds,
            transaction=str(number),
            readings=(shows(seconds, 1_000 + wh),),
            stop_reason=reason,
        )
        await self.pump()
