"""What may be asked of a charger, by whichever channel: the requests that `commands` takes.

`emsp` is the party that asks on behalf of a partner's driver, and may only touch its own sessions;
`cpo` is the operator that asks, and may only touch its own chargers. Who sets neither is trusted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.asks import StationAsk
from app.domain.commands import CommandChannel
from app.domain.identifiers import PartyId
from app.domain.profiles import ChargingProfile
from app.domain.tokens import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and where the outcome goes. `callback_url` is a partner's `response_url`.

    `key_id` is the API key that an operator asked with.
    """

    channel: CommandChannel
    partner_id: str | None = None
    emsp: PartyId | None = None
    cpo: PartyId | None = None
    callback_url: str | None = None
    charging_id: str | None = None
    key_id: str | None = None


BY_US = Asker(channel=CommandChannel.SYSTEM)
"""Nobody asks: something happened that makes us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """Start charging at a location of `party`, ours or a partner's.

    Without `evse_uid` the EVSE is the one a vehicle is plugged in at. `id_tag` is what the charger
    will present instead of the token; one is made when none is given. `profile` limits the session
    from its beginning, which only our own chargers can be asked for.
    """

    asker: Asker
    party: PartyId
    location_id: str
    token: Token
    evse_uid: str | None = None
    connector_id: str | None = None
    id_tag: str | None = None
    authorization_reference: str | None = None
    profile: ChargingProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequest:
    """End a session, ours or our driver's at a partner's charger."""

    asker: Asker
    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockRequest:
    """Let go of a cable."""

    asker: Asker
    party: PartyId
    location_id: str
    evse_uid: str
    connector_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRequest:
    """Restart a charger, or one EVSE of it; `hard` without waiting for what it does."""

    asker: Asker
    station_id: str
    hard: bool = False
    location_id: str | None = None
    evse_uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRequest:
    """Ask a charger to send a message again, by its name in OCPP, e.g. `StatusNotification`."""

    asker: Asker
    station_id: str
    message: str
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveRequest:
    """Keep an EVSE free for a token until `expires_at`, or change that of the same `name`.

    `name` is what the asker calls the reservation; without one it gets a name of ours. Without
    `evse_uid` any free EVSE of the location will do. `tag` is what an own charger lets start; one
    is made when none is given.
    """

    asker: Asker
    party: PartyId
    location_id: str
    token: Token
    expires_at: datetime
    name: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None
    tag: str | None = None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreserveRequest:
    """Give a reservation back: by the asking eMSP's `name` for it, or by our `reservation_id`.

    `party` is who was asked, and answers also when there is no such reservation.
    """

    asker: Asker
    party: PartyId | None = None
    name: str | None = None
    reservation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRequest:
    """Ask something of an own charger, or of one part of it."""

    asker: Asker
    station_id: str
    ask: StationAsk
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None


CommandRequest = (
    StartRequest
    | StopRequest
    | UnlockRequest
    | ResetRequest
    | TriggerRequest
    | ReserveRequest
    | UnreserveRequest
    | AskRequest
)

ANSWER_WITHIN = timedelta(seconds=30)
"""How long an own charger may take to answer a command."""

PARTNER_ANSWERS_WITHIN = timedelta(seconds=60)
"""How long a partner's charger may take, unless the partner says otherwise."""
