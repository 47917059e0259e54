"""Routes for connections with partners: our own at the hub, stopped, told anew, and followed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from app.console.api.access import PlatformAsking, Services
from app.console.api.book_shapes import PartnerOut
from app.console.api.exchanges import ExchangeOut
from app.console.api.hub_rules import RuleOut
from app.domain.hub_clients import ClientStatus
from app.domain.partners import Role
from app.queries.partner_sheets import PartnerSheet, Queue
from app.use_cases.traces import Trace, TraceLeg

router = APIRouter()


class MemberOut(BaseModel):
    """A party of a hub's member and how it stands."""

    role: Role
    party: str
    status: ClientStatus
    last_updated: datetime


class QueueOut(BaseModel):
    """What waits for one of a partner's destinations; `refused` were understood and not taken."""

    destination: str
    pending: int
    oldest: datetime | None
    refused: int
    fails: int
    parked_at: datetime | None
    trouble: str | None

    @classmethod
    def of(cls, queue: Queue) -> "QueueOut":
        """Show a queue."""
        return cls(
            destination=queue.destination,
            pending=queue.pending,
            oldest=queue.oldest,
            refused=queue.refused,
            fails=queue.fails,
            parked_at=queue.parked_at,
            trouble=queue.trouble,
        )


class PartnerSheetOut(BaseModel):
    """A partner with its parties at the hub, its queues and its last exchanges.

    `groups` are the contract groups of each of its parties there, `rules` those that may decide
    about any of them; both are empty for partners that are no members of the hub.
    """

    partner: PartnerOut
    members: Sequence[MemberOut]
    groups: Mapping[str, Sequence[str]]
    rules: Sequence[RuleOut]
    queues: Sequence[QueueOut]
    exchanges: Sequence[ExchangeOut]
    failures: int


class LegOut(BaseModel):
    """One leg of a message; `depth` is 1 for what went out for a request that came in."""

    partner: str | None
    hub: bool
    depth: int
    exchange: ExchangeOut

    @classmethod
    def of(cls, leg: TraceLeg) -> "LegOut":
        """Show a leg."""
        exchange = ExchangeOut.of(leg.exchange)
        return cls(partner=leg.partner, hub=leg.hub, depth=leg.depth, exchange=exchange)


class TraceOut(BaseModel):
    """A message over all its legs, the first one first."""

    correlation_id: str
    failed: int
    took_ms: int
    legs: Sequence[LegOut]

    @classmethod
    def of(cls, trace: Trace) -> "TraceOut":
        """Show a message."""
        return cls(
            correlation_id=trace.correlation_id,
            failed=trace.failed,
            took_ms=round(trace.took.total_seconds() * 1000),
            legs=[LegOut.of(leg) for leg in trace.legs],
        )


@router.post("/hub/membership")
async def join_hub(_asking: PlatformAsking, services: Services) -> PartnerOut:
    """Make our own parties members of our hub, or see to it that they are; gives the hub."""
    hub = await services.connections.membership.join()
    return PartnerOut.of(hub, services.circuits.of(hub.id))


@router.get("/partners/{partner_id}")
async def get_partner(
    partner_id: str, _asking: PlatformAsking, services: Services
) -> PartnerSheetOut:
    """One partner with all that is known of how it does."""
    sheet = await services.connections.sheets.of(partner_id)
    return _sheet(sheet, PartnerOut.of(sheet.partner, services.circuits.of(partner_id)))


def _sheet(sheet: PartnerSheet, partner: PartnerOut) -> PartnerSheetOut:
    return PartnerSheetOut(
        partner=partner,
        members=[
            MemberOut(
                role=m.role, party=str(m.party), status=m.status, last_updated=m.last_updated
            )
            for m in sheet.members
        ],
        groups={str(party): groups for party, groups in sheet.groups.items()},
        rules=[RuleOut.of(rule) for rule in sheet.rules],
        queues=[QueueOut.of(queue) for queue in sheet.queues],
        exchanges=[ExchangeOut.of(exchange) for exchange in sheet.exchanges],
        failures=sheet.failures,
    )


@router.post("/partners/{partner_id}/suspend")
async def suspend(partner_id: str, _asking: PlatformAsking, services: Services) -> PartnerOut:
    """Refuse what a partner sends and send it nothing, until it is resumed."""
    partner = await services.connections.suspensions.suspend(partner_id)
    return PartnerOut.of(partner, services.circuits.of(partner_id))


@router.post("/partners/{partner_id}/resume")
async def resume(partner_id: str, _asking: PlatformAsking, services: Services) -> PartnerOut:
    """Let a suspended partner go on with the tokens that both sides have."""
    partner = await services.connections.suspensions.resume(partner_id)
    return PartnerOut.of(partner, services.circuits.of(partner_id))


@router.post("/partners/{partner_id}/resync", status_code=202)
async def resync(partner_id: str, _asking: PlatformAsking, services: Services) -> None:
    """Tell a member of the hub all that was broadcast again, as it is now; once its turn comes."""
    await services.connections.objects.resync(partner_id)


@router.get("/messages/{correlation_id}")
async def follow(
    correlation_id: Annotated[str, Path(max_length=255)],
    _asking: PlatformAsking,
    services: Services,
) -> TraceOut:
    """One message over all its legs; those of the last second may not be there yet."""
    return TraceOut.of(await services.connections.traces.follow(correlation_id))
