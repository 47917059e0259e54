"""What hubs tell us of the parties behind them, and whom we may send to for that reason."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from app.domain.errors import NotFound
from app.domain.events import HubClientConnected
from app.domain.hub_clients import ClientStatus, HubClient
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerRole, Role
from app.store.transaction import Store, Transaction
from app.use_cases.locations import Acceptance

LISTED = datetime(1970, 1, 1, tzinfo=UTC)
"""When a party was heard of that only its hub's credentials list: before anything told of it."""


class HubClients:
    """Keeps the connection states; each hub's word counts for its own clients only."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def accept(self, client: HubClient, *, told: bool = True) -> Acceptance:
        """Keep a party's state; an older one than ours is not written (C-119).

        A party that becomes CONNECTED is pulled anew (C-273), unless not `told`: whoever reads a
        hub's whole list pulls everybody anyway.
        """
        async with self._store.transaction() as tx:
            before = await _of_role(tx, client)
            if before is not None and client.last_updated < before.last_updated:
                return Acceptance.STALE
            await tx.hub_clients.put(client)
            if told and client.connected and not (before is not None and before.connected):
                tx.emit(HubClientConnected(client.partner_id, client.party))
        return Acceptance.CREATED if before is None else Acceptance.UPDATED

    async def of_party(self, hub: Partner, party: PartyId) -> Sequence[HubClient]:
        """A party behind a hub, once for each of its roles; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.hub_clients.of_party(hub.id, party)
        if not found:
            raise NotFound("client", str(party))
        return found

    async def connected(self, hub: Partner, role: Role) -> tuple[PartyId, ...]:
        """Who in this role can be reached through the hub now."""
        async with self._store.reading() as tx:
            clients = await tx.hub_clients.of_hub(hub.id)
        return tuple(c.party for c in clients if c.role is role and c.connected)


async def _of_role(tx: Transaction, client: HubClient) -> HubClient | None:
    known = await tx.hub_clients.of_party(client.partner_id, client.party)
    return next((c for c in known if c.role is client.role), None)


async def keep_listed(tx: Transaction, hub_id: str, roles: Iterable[PartnerRole]) -> None:
    """Keep whom a hub lists in its credentials as CONNECTED, and whom it lists no more as gone.

    Only of those that it never told us of by HubClientInfo, which knows more. Source: OCPI 2.3.0,
    Credentials object, `roles`: for platforms that do not know HubClientInfo.
    """
    known = {(c.party, c.role): c for c in await tx.hub_clients.of_hub(hub_id)}
    listed = {(role.party, role.role) for role in roles}
    for party, role in known.keys() | listed:
        before = known.get((party, role))
        if before is None or before.last_updated == LISTED:
            here = (party, role) in listed
            status = ClientStatus.CONNECTED if here else ClientStatus.SUSPENDED
            await tx.hub_clients.put(HubClient(hub_id, party, role, status, LISTED))


async def partners_reaching(tx: Transaction, party: PartyId, role: Role) -> list[Partner]:
    """Platforms through which a party can be reached: its own first, else hubs it is behind.

    Hubs count only while they say that the party is CONNECTED (C-273).
    """
    hosts = await tx.partners.hosting(party, role, hub=False)
    if hosts:
        return hosts
    clients = await tx.hub_clients.connected(party, role)
    hubs = [await tx.partners.need(client.partner_id) for client in clients]
    return [hub for hub in hubs if hub.registered]
