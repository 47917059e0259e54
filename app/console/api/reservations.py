"""Routes for reservations: at own chargers by the operator, at partners' by the platform."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import (
    Asking,
    OwnAsker,
    PlatformAsker,
    PlatformAsking,
    Services,
)
from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.reservations import Reservation
from app.domain.tokens import Token
from app.use_cases.command_requests import Asker, ReserveRequest

router = APIRouter()

Name = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Path(max_length=255)]


class ReserveIn(BaseModel):
    """What to keep free and until when; `token_uid` is whose card may start there.

    Without it the operator's own token may. Without `evse_uid` any free EVSE will do.
    """

    model_config = ConfigDict(extra="forbid")

    location_id: Name
    evse_uid: Name | None = None
    token_uid: Name | None = None
    expires_at: datetime

    def request(self, asker: Asker, party: PartyId, token: Token) -> ReserveRequest:
        """What is asked of a party; raises InvalidInput for a time without a zone."""
        if self.expires_at.tzinfo is None:
            raise InvalidInput("expires_at", "needs a time zone")
        return ReserveRequest(
            asker=asker,
            party=party,
            location_id=self.location_id,
            evse_uid=self.evse_uid,
            token=token,
            expires_at=self.expires_at,
        )


class ReservationOut(BaseModel):
    """A reservation as it is now; `command_id` is the command that asked for it last."""

    id: str
    state: str
    number: int
    party: str
    location_id: str
    evse_uid: str | None
    station_id: str | None
    token_uid: str
    channel: str
    partner_id: str | None
    created_at: datetime
    expires_at: datetime
    active_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    session_id: str | None
    command_id: str | None

    @classmethod
    def of(cls, found: Reservation) -> Self:
        """As the operator sees it."""
        return cls(
            id=found.id,
            state=found.state,
            number=found.number,
            party=str(found.party),
            location_id=found.location_id,
            evse_uid=found.evse_uid,
            station_id=found.station_id,
            token_uid=found.token.uid,
            channel=found.channel,
            partner_id=found.partner_id,
            created_at=found.created_at,
            expires_at=found.expires_at,
            active_at=found.active_at,
            ended_at=found.ended_at,
            reason=found.reason,
            session_id=found.session_id,
            command_id=found.command_id,
        )


@router.get("/reservations")
async def list_reservations(
    asking: Asking, services: Services, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[ReservationOut]:
    """Reservations at own chargers, the newest first."""
    found = await services.reservations.of_party(asking.party, limit=limit)
    return [ReservationOut.of(each) for each in found]


@router.get("/reservations/{reservation_id}")
async def show(reservation_id: Text, asking: Asking, services: Services) -> ReservationOut:
    """One reservation."""
    found = (await services.reservations.get(reservation_id)).reservation
    if found.party != asking.party:
        raise NotFound("reservation", reservation_id)
    return ReservationOut.of(found)


@router.post("/reservations", status_code=202)
async def reserve(
    given: ReserveIn, asking: Asking, asker: OwnAsker, services: Services
) -> ReservationOut:
    """Ask a charger to keep an EVSE free; ask for the reservation again to see its answer."""
    token = await services.operators.charging_token(asking, given.token_uid)
    request = given.request(asker, asking.party, token)
    _, made = await services.reservations.order(request)
    return ReservationOut.of(made)


@router.delete("/reservations/{reservation_id}", status_code=202)
async def cancel(reservation_id: Text, asker: OwnAsker, services: Services) -> ReservationOut:
    """Take a reservation back; who made it is told."""
    return ReservationOut.of(await services.reservations.give_back(reservation_id, asker))


@router.post("/roaming/{party}/reservations", status_code=202)
async def reserve_theirs(
    *,
    party: Text,
    given: ReserveIn,
    asking: PlatformAsking,
    asker: PlatformAsker,
    services: Services,
) -> ReservationOut:
    """Ask a partner to keep one of its EVSEs free for a token of ours."""
    if given.token_uid is None:
        raise InvalidInput("token_uid", "is needed: a partner keeps an EVSE free for a card")
    token = await services.operators.charging_token(asking, given.token_uid)
    request = given.request(asker, PartyId.parse(party), token)
    _, made = await services.reservations.order(request)
    return ReservationOut.of(made)


@router.get("/roaming/{party}/reservations/{reservation_id}")
async def show_theirs(
    party: Text, reservation_id: Text, _asking: PlatformAsking, services: Services
) -> ReservationOut:
    """One reservation at a partner's charger."""
    found = (await services.reservations.get(reservation_id)).reservation
    if found.remote_party != PartyId.parse(party):
        raise NotFound("reservation", reservation_id)
    return ReservationOut.of(found)


@router.delete("/roaming/{party}/reservations/{reservation_id}", status_code=202)
async def cancel_theirs(
    party: Text, reservation_id: Text, asker: PlatformAsker, services: Services
) -> ReservationOut:
    """Give a reservation at a partner's charger back."""
    theirs = replace(asker, cpo=PartyId.parse(party))
    return ReservationOut.of(await services.reservations.give_back(reservation_id, theirs))
