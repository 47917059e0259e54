"""Who is behind the hub, kept in memory: its members by their parties, as of the last look."""

from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, Role
from app.domain.routing import serving_roles
from app.store.nouns import Noun
from app.store.transaction import Store

_REMEMBERED = 50_000

_Asked = tuple[PartyId, str, InterfaceRole, PartyId | None]


class HubDirectory:
    """The partners of the hub platform; nothing is older than the last look at the changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._members: tuple[Partner, ...] | None = None
        self._serving: dict[_Asked, Partner] = {}
        self._edition = 0
        store.watch.follow({Noun.PARTNER}, self._forget)

    async def look(self) -> None:
        """Be no older than what was committed before."""
        await self._store.watch.look()

    async def partners(self) -> tuple[Partner, ...]:
        """Every partner of the hub, also those that are not connected, the oldest first."""
        known = self._members
        if known is None:
            edition = self._edition
            async with self._store.reading() as tx:
                known = tuple(p for p in await tx.partners.all() if p.hub)
            if edition == self._edition:
                self._members = known
        return known

    async def serving(
        self,
        party: PartyId,
        module: str,
        role: InterfaceRole,
        *,
        sender: PartyId | None = None,
    ) -> Partner | None:
        """The platform where this party serves this side of a module.

        A party may be on two platforms in two roles; without a fitting one the first that hosts
        it at all, without any where it was last; None for a party that never was here. One that
        has a connection for each of its counterparts is there for `sender` over that one's only.
        """
        asked = (party, module, role, sender)
        found = self._serving.get(asked)
        if found is None:
            edition = self._edition
            found = await self._host(party, serving_roles(module, role), sender)
            if len(self._serving) >= _REMEMBERED:
                self._serving.clear()
            if found is not None and edition == self._edition:
                self._serving[asked] = found
        return found or await self._former(party, sender)

    async def _host(
        self, party: PartyId, roles: frozenset[Role], sender: PartyId | None
    ) -> Partner | None:
        reachable = (p for p in await self.partners() if p.counterpart in {None, sender})
        hosts = [p for p in reachable if p.hosts(party)]
        hosts.sort(key=lambda p: not p.registered)
        fitting = (p for p in hosts if any(r.party == party and r.role in roles for r in p.roles))
        return next(fitting, hosts[0] if hosts else None)

    async def _former(self, party: PartyId, sender: PartyId | None) -> Partner | None:
        """The platform that a party has left, by the book of members."""
        async with self._store.reading() as tx:
            entries = await tx.hub_members.of_party(party)
            ids = [m.partner_id for m in entries if m.counterpart in {None, sender}]
            return await tx.partners.get(ids[0]) if ids else None

    async def _forget(self, _ids: frozenset[str] | None) -> None:
        self._edition += 1
        self._members = None
        self._serving = {}
