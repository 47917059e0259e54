"""Our own work that follows from events: send a command, take a payment's step, pull a partner."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import singledispatch
from logging import getLogger

from app.domain.charging import ChargingState
from app.domain.errors import Conflict, DomainError, NotFound, Unavailable
from app.domain.events import (
    CdrIssued,
    CdrReceived,
    CertificateWanted,
    ChargingChanged,
    CommandRequested,
    CommandSettled,
    ConfigurationDue,
    CustomerLeft,
    DefaultsWanted,
    DomainEvent,
    EvseStatusChanged,
    HubClientConnected,
    MeterKeysChanged,
    MethodRemoved,
    PartnerRegistered,
    PartnerReturned,
    PaymentDue,
    PaymentSettled,
    ProfileDoubtful,
    SessionEvent,
    StationConnected,
    StationDisconnected,
    TokenChanged,
    VehiclePlugged,
)
from app.domain.identifiers import PartyId
from app.ports.delivery import Delivery, Done, Mode, Outcome, RefusedForGood, Retry
from app.store.charging import Watched
from app.store.locations import evse_key
from app.store.transaction import Store
from app.use_cases.local_lists import WANTED as LISTS_WANTED

log = getLogger(__name__)

Action = Callable[[str], Awaitable[None]]
"""Work for one id; repeating it is harmless. Raises DomainError."""


def _for(destination: str, action: str, subject: str, mode: Mode = Mode.LATEST) -> list[Delivery]:
    return [Delivery(destination, subject, mode, f"follow.{action}")]


@singledispatch
def wanted(event: DomainEvent) -> list[Delivery]:  # noqa: ARG001 - most events have no follow-up
    """The follow-ups of an event; everything about one driver's session queues in one line."""
    return []


@wanted.register
def _(event: CommandRequested) -> list[Delivery]:
    return _for(event.target, "send_command", event.command_id, Mode.EVERY)


@wanted.register
def _(event: CommandSettled) -> list[Delivery]:
    if event.charging_id is None:
        return []
    return _for(f"charging:{event.charging_id}", "command_settled", event.command_id)


@wanted.register
def _(event: SessionEvent) -> list[Delivery]:
    if event.charging_id is None:
        return []
    return _for(f"charging:{event.charging_id}", "session_moved", event.session_id)


@wanted.register(CdrIssued)
@wanted.register(CdrReceived)
def _(event: CdrIssued | CdrReceived) -> list[Delivery]:
    if event.charging_id is None:
        return []
    return _for(f"charging:{event.charging_id}", "bill_known", event.cdr_id)


@wanted.register
def _(event: CertificateWanted) -> list[Delivery]:
    return _for(f"certificate:{event.certificate_id}", "sign_certificate", event.certificate_id)


@wanted.register
def _(event: ConfigurationDue) -> list[Delivery]:
    return _for(f"configuration:{event.station_id}", "configure", event.station_id)


@wanted.register
def _(event: DefaultsWanted) -> list[Delivery]:
    return _for(f"configuration:{event.party}", "configure_all", str(event.party))


@wanted.register
def _(event: ProfileDoubtful) -> list[Delivery]:
    return _for(f"profile:{event.session_key}", "review_profile", event.session_key)


@wanted.register
def _(event: MeterKeysChanged) -> list[Delivery]:
    return _for(f"meter_keys:{event.station_id}", "judge_signed", event.station_id)


@wanted.register
def _(event: PaymentDue) -> list[Delivery]:
    return _for(f"payment:{event.payment_id}", "pay", event.payment_id)


@wanted.register
def _(event: PaymentSettled) -> list[Delivery]:
    return _for(f"charging:{event.charging_id}", "payment_settled", event.payment_id)


@wanted.register
def _(event: ChargingChanged) -> list[Delivery]:
    if event.state != ChargingState.COMPLETED:
        return []
    return _for(f"receipt:{event.charging_id}", "mail_receipt", event.charging_id)


@wanted.register
def _(event: CustomerLeft) -> list[Delivery]:
    return _for(f"customer:{event.customer}", "forget_customer", event.customer)


@wanted.register
def _(event: MethodRemoved) -> list[Delivery]:
    return _for(f"card:{event.reference}", "forget_card", event.reference)


@wanted.register
def _(event: VehiclePlugged) -> list[Delivery]:
    where = evse_subject(event.party, event.location_id, event.evse_uid)
    subject = json.dumps([event.vehicle_id, where], separators=(",", ":"))
    return _for(f"vehicle:{event.vehicle_id}", "vehicle_plugged", subject)


@wanted.register
def _(event: PartnerRegistered) -> list[Delivery]:
    return _for(f"pull:{event.partner_id}", "pull_partner", event.partner_id)


@wanted.register
def _(event: PartnerReturned) -> list[Delivery]:
    return _for(f"pull:{event.partner_id}", "refresh_partner", event.partner_id)


@wanted.register
def _(event: HubClientConnected) -> list[Delivery]:
    subject = hub_client_subject(event.partner_id, event.party)
    return _for(f"pull:{event.partner_id}", "pull_hub_client", subject)


def hub_client_subject(partner_id: str, party: PartyId) -> str:
    """A party behind a hub as one subject."""
    return f"{partner_id}/{party}"


def read_hub_client_subject(subject: str) -> tuple[str, PartyId]:
    """What `hub_client_subject` wrote."""
    partner_id, _, party = subject.partition("/")
    return partner_id, PartyId.parse(party)


@wanted.register
def _(event: StationConnected | StationDisconnected) -> list[Delivery]:
    return _for(f"contact:{event.station_id}", "station_moved", event.station_id)


@wanted.register
def _(event: EvseStatusChanged) -> list[Delivery]:
    where = evse_subject(event.party, event.location_id, event.evse_uid)
    return _for(f"plug:{where}", "evse_moved", where)


def evse_subject(party: PartyId, location_id: str, evse_uid: str) -> str:
    """An EVSE as one subject."""
    return json.dumps([str(party), location_id, evse_uid], separators=(",", ":"))


def read_evse_subject(subject: str) -> tuple[PartyId, str, str]:
    """What `evse_subject` wrote."""
    party, location_id, evse_uid = json.loads(subject)
    return PartyId.parse(party), location_id, evse_uid


class FollowUps:
    """Audience and sender at once: plans our own work and does it.

    `actions` are use-case methods by name. A foreign system's failure is tried again; a thing
    that is gone or has moved on needs no follow-up any more.
    """

    def __init__(self, store: Store, actions: Mapping[str, Action]) -> None:
        self._store = store
        self._actions = actions
        self._watched: Watched | None = None
        self._kept: frozenset[str] = frozenset()
        self._lists: frozenset[str] | None = None

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """What we ourselves must do after this event."""
        own = wanted(event) if await self._concerns_a_driver(event) else []
        return [*own, *await self._of_kept(event), *await self._of_lists(event)]

    async def _of_lists(self, event: DomainEvent) -> list[Delivery]:
        """A token changed, or a charger came back, whose local list is kept."""
        if not isinstance(event, TokenChanged | StationConnected):
            return []
        if self._lists is None:
            async with self._store.reading() as tx:
                self._lists = frozenset(await tx.station_facts.stations_with(LISTS_WANTED))
        if isinstance(event, TokenChanged):
            return _for("lists", "list_tokens_moved", "own") if self._lists else []
        if event.station_id.casefold() not in self._lists:
            return []
        return _for(f"list:{event.station_id}", "list_charger_back", event.station_id)

    async def _of_kept(self, event: DomainEvent) -> list[Delivery]:
        """Somebody reserved the EVSE that shows something else now."""
        if not isinstance(event, EvseStatusChanged):
            return []
        await self._where_drivers_are()
        if evse_key(event.party, event.location_id, event.evse_uid) not in self._kept:
            return []
        where = evse_subject(event.party, event.location_id, event.evse_uid)
        return _for(f"kept:{where}", "kept_evse_moved", where)

    def look_again(self) -> None:
        """Read anew where drivers wait and charge; to be called before events are read.

        Then what is known is never older than the event it is asked about, as if it were read
        for every event: chargers send a thousand times more of these than concern a driver.
        """
        self._watched = None
        self._lists = None

    async def _concerns_a_driver(self, event: DomainEvent) -> bool:
        """Chargers come, go and change all day; that matters where a driver depends on it."""
        if isinstance(event, EvseStatusChanged):
            watched = await self._where_drivers_are()
            return watched.awaits_plug_at(event.party, event.location_id, event.evse_uid)
        if isinstance(event, StationConnected | StationDisconnected):
            return (await self._where_drivers_are()).runs_at(event.station_id)
        return True

    async def _where_drivers_are(self) -> Watched:
        if self._watched is None:
            async with self._store.reading() as tx:
                self._watched = await tx.charging.watched()
                self._kept = await tx.reservations.reserved_places()
        return self._watched

    async def send(self, delivery: Delivery) -> Outcome:
        """Do one piece of work."""
        action = self._actions[delivery.kind.partition(".")[2]]
        try:
            await action(delivery.subject)
        except Unavailable as error:
            return Retry(f"{error.code}: {error}", error.retry_after)
        except Conflict as error:
            return Retry(f"{error.code}: {error}")
        except NotFound as error:
            log.info("follow_up.moot", extra={"kind": delivery.kind, "why": str(error)})
        except DomainError as error:
            return RefusedForGood(f"{error.code}: {error}")
        return Done()
