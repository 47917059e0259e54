"""Routes for the whole platform: roaming partners, and what does not reach its destination."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, PlatformAsking, Services
from app.console.api.book_shapes import InvitedOut, PartnerOut, PullOut, StuckOut
from app.domain.identifiers import PartyId
from app.domain.partners import QUIRKS, PartnerRole, Quirk, Role

router = APIRouter()


class OperatorOut(BaseModel):
    """Whose key it is."""

    party: str
    name: str
    website: str | None


class PlannedIn(BaseModel):
    """A party that will come with a platform, such as CPO and DE-ABC."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    party: Annotated[str, Field(min_length=5, max_length=6)]

    def read(self, name: str) -> PartnerRole:
        """As the hub's members are told of it; raises InvalidInput."""
        return PartnerRole(self.role, PartyId.parse(self.party), name)


class InvitationIn(BaseModel):
    """A partner to invite, and what it may be."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    roles: Annotated[list[Role], Field(min_length=1)]
    hub: bool = False
    counterpart: Annotated[str | None, Field(min_length=5, max_length=6)] = None
    """Of OCPI 2.1.1 at the hub: the one party that it is to meet, such as NL-RWD."""
    planned: Annotated[list[PlannedIn], Field(max_length=1_000)] = []
    """At the hub: the parties that it will be, whom the hub's members are told of now."""


class QuirksIn(BaseModel):
    """Quirks to switch: on by their number (or an empty text), off by null."""

    model_config = ConfigDict(extra="forbid")

    quirks: dict[Quirk, Annotated[str, Field(max_length=9)] | None]


class DestinationIn(BaseModel):
    """A destination as the list of stuck ones names it."""

    model_config = ConfigDict(extra="forbid")

    destination: Annotated[str, Field(min_length=1, max_length=120)]


@router.get("/operator")
async def who_am_i(asking: Asking) -> OperatorOut:
    """The operator whose key this is."""
    return OperatorOut(party=str(asking.party), name=asking.name, website=asking.website)


@router.get("/partners")
async def list_partners(_asking: Asking, services: Services) -> list[PartnerOut]:
    """All roaming partners of the platform."""
    known = await services.partners.all()
    return [PartnerOut.of(partner, services.circuits.of(partner.id)) for partner in known]


@router.get("/partners/{partner_id}/pulls")
async def list_pulls(partner_id: str, _asking: Asking, services: Services) -> list[PullOut]:
    """How far each list of a partner is pulled, and what it failed of."""
    known = await services.partners.get(partner_id)
    return [PullOut.of(progress) for progress in await services.pulls.of_partner(known.id)]


@router.get("/quirks")
async def list_quirks(_asking: Asking) -> dict[Quirk, str]:
    """What may be switched for a partner, and what each says of it."""
    return QUIRKS


@router.patch("/partners/{partner_id}/quirks")
async def switch_quirks(
    partner_id: str, given: QuirksIn, _asking: PlatformAsking, services: Services
) -> PartnerOut:
    """Do, or no longer do, what a partner needs beyond OCPI."""
    on = {quirk: value for quirk, value in given.quirks.items() if value is not None}
    off = [quirk for quirk, value in given.quirks.items() if value is None]
    partner = await services.partners.switch(partner_id, on=on, off=off)
    return PartnerOut.of(partner, services.circuits.of(partner_id))


@router.post("/partners", status_code=201)
async def invite_partner(
    given: InvitationIn, _asking: PlatformAsking, services: Services
) -> InvitedOut:
    """Let a platform register; its token is shown only now."""
    meets = PartyId.parse(given.counterpart) if given.counterpart else None
    invited = await services.partners.invite(
        given.name,
        given.roles,
        hub=given.hub,
        planned=[each.read(given.name) for each in given.planned],
        counterpart=meets,
    )
    face, side = f"/at/{meets}" if meets else "", invited.our_side
    path = f"/ocpi/hub{face}/versions" if given.hub else "/ocpi/versions"
    return InvitedOut(
        id=invited.partner.id,
        name=invited.partner.name,
        token=invited.token,
        versions_url=services.public_url + path,
        versions_url_2_1_1=f"{services.public_url}/ocpi/{side.lower()}/versions" if side else None,
    )


@router.get("/deliveries/stuck")
async def list_stuck(_asking: PlatformAsking, services: Services) -> list[StuckOut]:
    """Destinations that do not take what we send, the worst first."""
    return [StuckOut.of(stuck) for stuck in await services.operations.stuck()]


@router.post("/deliveries/retry", status_code=204)
async def retry(given: DestinationIn, _asking: PlatformAsking, services: Services) -> None:
    """Try a destination again now."""
    await services.operators.resend(given.destination)
