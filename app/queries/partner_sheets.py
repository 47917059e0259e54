"""One partner as the people who run the platform want to see it when something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from app.domain.exchanges import Exchange
from app.domain.hub_members import HubMember
from app.domain.hub_rules import Rule, RuleBook
from app.domain.identifiers import PartyId
from app.domain.partners import Partner
from app.store.exchanges import Wanted
from app.store.leasing import DeliveryRow, DestinationRow
from app.store.statements import table_of
from app.store.transaction import Store, Transaction

EXCHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one of a partner's destinations: `oldest` tells how far it lags behind."""

    destination: str
    pending: int
    oldest: datetime | None
    refused: int
    fails: int
    parked_at: datetime | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class PartnerSheet:
    """A partner, its parties as the hub's members know them, its queues, its last exchanges.

    `groups` are the hub's contract groups that each party of a member is in, `rules` those that
    may decide about any of them. `failures` counts its exchanges in the journal that did not
    succeed.
    """

    partner: Partner
    members: tuple[HubMember, ...]
    queues: tuple[Queue, ...]
    exchanges: tuple[Exchange, ...]
    failures: int
    groups: Mapping[PartyId, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


class PartnerSheets:
    """Looks partners up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, partner_id: str) -> PartnerSheet:
        """One partner's sheet; raises NotFound."""
        async with self._store.reading() as tx:
            partner = await tx.partners.need(partner_id)
            last = Wanted(partner_id=partner_id, limit=EXCHANGES_SHOWN)
            members = await tx.hub_members.of_partner(partner_id) if partner.hub else []
            sheet = PartnerSheet(
                partner,
                tuple(members),
                await _queues(tx, partner_id),
                tuple(await tx.exchanges.find(last)),
                await tx.exchanges.failures(partner_id),
            )
            return await _with_rules(tx, sheet) if partner.hub else sheet


async def _with_rules(tx: Transaction, sheet: PartnerSheet) -> PartnerSheet:
    book = RuleBook(await tx.hub_rules.groups(), await tx.hub_rules.rules())
    hosted = [role.party for role in sheet.partner.roles]
    parties = dict.fromkeys((*hosted, *(member.party for member in sheet.members)))
    groups = {party: tuple(sorted(book.groups_of(party))) for party in parties}
    return replace(sheet, groups=groups, rules=book.concerning(parties))


async def _queues(tx: Transaction, partner_id: str) -> tuple[Queue, ...]:
    """Every queue that ends in the partner's id, whatever brings it."""
    table, waiting = table_of(DestinationRow), table_of(DeliveryRow)
    pending = waiting.c.failed_at.is_(None)
    statement = (
        select(
            table,
            func.count(waiting.c.id).filter(pending).label("pending"),
            func.min(waiting.c.created_at).filter(pending).label("oldest"),
            func.count(waiting.c.id).filter(~pending).label("refused"),
        )
        .outerjoin(waiting, and_(waiting.c.destination == table.c.destination))
        .where(or_(*(table.c.destination == f"{kind}:{partner_id}" for kind in KINDS)))
        .group_by(*table.columns)
        .order_by(table.c.destination)
    )
    return tuple(
        Queue(r.destination, r.pending, r.oldest, r.refused, r.fails, r.parked_at, r.trouble)
        for r in await tx.connection.execute(statement)
    )


KINDS = ("partner", "pull", "call", "hub", "members", "check")
"""What we bring to a partner: pushes, pulls, calls whether it is there; the hub's the same."""
