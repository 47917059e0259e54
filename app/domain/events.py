"""What happened: facts, written with the change itself and told to the world after."""

from dataclasses import dataclass
from typing import ClassVar

from app.domain.identifiers import PartyId


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """A fact. `kind` is its stable dotted name; fields hold ids only, never state that can age."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class LocationChanged(DomainEvent):
    """A location was published or edited; statuses have their own event."""

    kind: ClassVar[str] = "location.changed"
    party: PartyId
    location_id: str


@dataclass(frozen=True, slots=True)
class EvseStatusChanged(DomainEvent):
    """An EVSE's status is another one."""

    kind: ClassVar[str] = "evse.status_changed"
    party: PartyId
    location_id: str
    evse_uid: str


@dataclass(frozen=True, slots=True)
class TariffChanged(DomainEvent):
    """A tariff was written."""

    kind: ClassVar[str] = "tariff.changed"
    party: PartyId
    tariff_id: str


@dataclass(frozen=True, slots=True)
class TariffRemoved(DomainEvent):
    """A tariff is gone."""

    kind: ClassVar[str] = "tariff.removed"
    party: PartyId
    tariff_id: str


@dataclass(frozen=True, slots=True)
class TokenChanged(DomainEvent):
    """An own token was issued, blocked or edited."""

    kind: ClassVar[str] = "token.changed"
    party: PartyId
    uid: str
    type: str


@dataclass(frozen=True, slots=True)
class StationConnected(DomainEvent):
    """A station's connection is up."""

    kind: ClassVar[str] = "station.connected"
    station_id: str


@dataclass(frozen=True, slots=True)
class StationDisconnected(DomainEvent):
    """A station's connection is gone."""

    kind: ClassVar[str] = "station.disconnected"
    station_id: str


@dataclass(frozen=True, slots=True)
class ConfigurationDue(DomainEvent):
    """A charger is to be brought one step nearer to what is wanted of it."""

    kind: ClassVar[str] = "configuration.due"
    station_id: str


@dataclass(frozen=True, slots=True)
class DefaultsWanted(DomainEvent):
    """An operator wants something else of all its chargers."""

    kind: ClassVar[str] = "configuration.defaults_wanted"
    party: PartyId


@dataclass(frozen=True, slots=True)
class SessionEvent(DomainEvent):
    """Something happened to the session of this id, ours or a partner's."""

    session_id: str
    charging_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionOpened(SessionEvent):
    """A session began."""

    kind: ClassVar[str] = "session.opened"


@dataclass(frozen=True, slots=True)
class SessionProgressed(SessionEvent):
    """A session moved on enough to tell: 60 s, 0.5 kWh, or another activity."""

    kind: ClassVar[str] = "session.progressed"


@dataclass(frozen=True, slots=True)
class SessionClosed(SessionEvent):
    """A session ended and will not change any more."""

    kind: ClassVar[str] = "session.closed"


@dataclass(frozen=True, slots=True)
class CdrIssued(DomainEvent):
    """We billed a session."""

    kind: ClassVar[str] = "cdr.issued"
    cdr_id: str
    charging_id: str | None = None


@dataclass(frozen=True, slots=True)
class CdrReceived(DomainEvent):
    """A partner billed us for a session of our driver."""

    kind: ClassVar[str] = "cdr.received"
    cdr_id: str
    charging_id: str | None = None


@dataclass(frozen=True, slots=True)
class CommandRequested(DomainEvent):
    """A command waits to be sent to its charger; `target` names the queue, one per charger."""

    kind: ClassVar[str] = "command.requested"
    command_id: str
    target: str


@dataclass(frozen=True, slots=True)
class CommandSettled(DomainEvent):
    """A command's outcome is known."""

    kind: ClassVar[str] = "command.settled"
    command_id: str
    charging_id: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateWanted(DomainEvent):
    """A charger wants a key of its own certified, and the request is good."""

    kind: ClassVar[str] = "certificate.wanted"
    certificate_id: str


@dataclass(frozen=True, slots=True)
class ReservationChanged(DomainEvent):
    """A reservation entered this state, or got new terms in it."""

    kind: ClassVar[str] = "reservation.changed"
    reservation_id: str
    state: str


@dataclass(frozen=True, slots=True)
class ProfileChanged(DomainEvent):
    """Another charging profile is in force for a session; `session_key` is `sessions.key`."""

    kind: ClassVar[str] = "profile.changed"
    session_key: str


@dataclass(frozen=True, slots=True)
class ProfileDoubtful(DomainEvent):
    """A charger may limit a session otherwise than we know: it booted, or it says so."""

    kind: ClassVar[str] = "profile.doubtful"
    session_key: str


@dataclass(frozen=True, slots=True)
class MeterKeysChanged(DomainEvent):
    """A charger's configuration holds another public key of a meter."""

    kind: ClassVar[str] = "meter_keys.changed"
    station_id: str


@dataclass(frozen=True, slots=True)
class ChargingChanged(DomainEvent):
    """A driver's session is in another state; `state` is the one it entered with this event."""

    kind: ClassVar[str] = "charging.changed"
    charging_id: str
    state: str


@dataclass(frozen=True, slots=True)
class DriverNoticed(DomainEvent):
    """A person is to be told something: of this session, or of what belongs to none."""

    kind: ClassVar[str] = "driver.noticed"
    driver_id: str
    charging_id: str = ""


@dataclass(frozen=True, slots=True)
class CustomerLeft(DomainEvent):
    """A driver's account is gone; the card provider still knows them by this name of its own."""

    kind: ClassVar[str] = "customer.left"
    customer: str


@dataclass(frozen=True, slots=True)
class MethodRemoved(DomainEvent):
    """A driver removed a saved card; the card provider still keeps it by this name of its own."""

    kind: ClassVar[str] = "method.removed"
    reference: str


@dataclass(frozen=True, slots=True)
class VehiclePlugged(DomainEvent):
    """A charger reported a vehicle whose driver wants it to start by itself."""

    kind: ClassVar[str] = "vehicle.plugged"
    vehicle_id: str
    party: PartyId
    location_id: str
    evse_uid: str


@dataclass(frozen=True, slots=True)
class PaymentDue(DomainEvent):
    """A payment has a step to take with the provider: hold, capture or release."""

    kind: ClassVar[str] = "payment.due"
    payment_id: str


@dataclass(frozen=True, slots=True)
class PaymentSettled(DomainEvent):
    """The provider's answer to a payment's step is known and stored."""

    kind: ClassVar[str] = "payment.settled"
    payment_id: str
    charging_id: str


@dataclass(frozen=True, slots=True)
class PartnerRegistered(DomainEvent):
    """A partner completed the handshake, or renewed it."""

    kind: ClassVar[str] = "partner.registered"
    partner_id: str


@dataclass(frozen=True, slots=True)
class HubClientConnected(DomainEvent):
    """A party behind a hub of ours can be reached, for the first time or again."""

    kind: ClassVar[str] = "hub_client.connected"
    partner_id: str
    party: PartyId


@dataclass(frozen=True, slots=True)
class HubMemberChanged(DomainEvent):
    """A party behind our own hub stands otherwise than before, or is new."""

    kind: ClassVar[str] = "hub_member.changed"
    party: PartyId
    role: str


@dataclass(frozen=True, slots=True)
class HubRulesChanged(DomainEvent):
    """A contract group of our hub (by its name) or a rule (by its scope) is not what it was.

    `change_id` names the record of it.
    """

    kind: ClassVar[str] = "hub_rules.changed"
    key: str
    change_id: str = ""


@dataclass(frozen=True, slots=True)
class HubObjectChanged(DomainEvent):
    """A member of our hub told everybody of an object: `noun` and `type` as in `HubRef`.

    `part` names what of it changed, an EVSE or its connector; empty is the whole.
    """

    kind: ClassVar[str] = "hub_object.changed"
    noun: str
    party: PartyId
    object_id: str
    partner_id: str
    type: str = ""
    part: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartnerReturned(DomainEvent):
    """A partner that could not be reached answers again."""

    kind: ClassVar[str] = "partner.returned"
    partner_id: str


@dataclass(frozen=True, slots=True)
class PartnerLeft(DomainEvent):
    """A partner unregistered or was suspended."""

    kind: ClassVar[str] = "partner.left"
    partner_id: str


EVENTS: dict[str, type[DomainEvent]] = {
    event.kind: event
    for event in (
        LocationChanged, EvseStatusChanged, TariffChanged, TariffRemoved, TokenChanged,
        StationConnected, StationDisconnected, SessionOpened, SessionProgressed, SessionClosed,
        CdrIssued, CdrReceived, CommandRequested, CommandSettled, ReservationChanged,
        ProfileChanged, ProfileDoubtful, CertificateWanted, MeterKeysChanged,
        ChargingChanged, DriverNoticed, PaymentDue, PaymentSettled, PartnerRegistered, PartnerLeft,
        PartnerReturned, VehiclePlugged, CustomerLeft, MethodRemoved,
        HubClientConnected, HubMemberChanged, HubRulesChanged,
        HubObjectChanged, ConfigurationDue, DefaultsWanted,
    )
}  # fmt: skip
