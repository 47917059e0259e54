"""The book of pulls: which lists of partners are due, how far each is, what is gone from it."""

from datetime import datetime

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerState
from app.domain.pulls import Progress, PullRules
from app.domain.tokens import TokenType
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.locations import Locations
from app.use_cases.partners import call_destination, pull_destination
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens


class Pulls:
    """Queues pulls that are due as our own follow-ups, which survive us, and keeps their book."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        locations: Locations,
        tariffs: Tariffs,
        tokens: Tokens,
        rules: PullRules | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._locations = locations
        self._tariffs = tariffs
        self._tokens = tokens
        self.rules = rules or PullRules()
        self._looked: dict[str, datetime] = {}

    async def look(self) -> None:
        """Queue a pull for every partner with a list that is due, a call for those OFFLINE.

        Nothing is added where one waits or is under way, such as the first pull of a new partner:
        it would all be asked for twice. One that fails is tried again by its queue's back-off.
        """
        async with self._store.reading() as tx:
            partners = [p for p in await tx.partners.registered() if not p.hub]
            books = {p.id: await tx.pulls.of_partner(p.id) for p in partners}
            wanted = [d for p in partners if (d := self._wanted(p, books[p.id])) is not None]
            busy = await tx.deliveries.busy([d.destination for d in wanted])
        wanted = [d for d in wanted if d.destination not in busy]
        if wanted:
            async with self._store.transaction() as tx:
                await tx.deliveries.add(wanted, self._clock.now())

    def _wanted(self, partner: Partner, book: list[Progress]) -> Delivery | None:
        if partner.state is PartnerState.OFFLINE:
            return _delivery(call_destination(partner.id), partner, "call_partner")
        now = self._clock.now()
        if book:
            due = any(progress.is_due(now, self.rules) for progress in book)
        else:
            due = self._is_worth_a_look(partner, now)
        to = pull_destination(partner.id)
        return _delivery(to, partner, "refresh_partner") if due else None

    def _is_worth_a_look(self, partner: Partner, now: datetime) -> bool:
        """Of some partners there is nothing to pull, so far; we look again in its time."""
        last = self._looked.get(partner.id)
        if last is not None and now - last < self.rules.every:
            return False
        self._looked[partner.id] = now
        return True

    async def of_partner(self, partner_id: str) -> list[Progress]:
        """How far each list of a partner is."""
        async with self._store.reading() as tx:
            return await tx.pulls.of_partner(partner_id)

    async def note(self, progress: Progress) -> None:
        """Write down how far a list is, as soon as it is."""
        async with self._store.transaction() as tx:
            await tx.pulls.put(progress)

    async def held(self, module: str, party: PartyId) -> set[str]:
        """The ids, in lower case, that a whole list of a party would show."""
        async with self._store.reading() as tx:
            return await tx.pulls.held(module, party)

    async def gone(self, module: str, party: PartyId, key: str) -> None:
        """A partner's object is in its whole list no more.

        A tariff is withdrawn, a card is not valid any more, and a location's EVSEs are REMOVED,
        since locations are never deleted. All of them come back when the partner shows them again.
        """
        if module == "tariffs":
            try:
                await self._tariffs.withdraw(party, key)
            except NotFound:
                return
        elif module == "locations":
            await self._locations.vanish(party, key)
        elif module == "tokens":
            await self._tokens.vanish(party, key, TokenType.RFID)


def _delivery(destination: str, partner: Partner, action: str) -> Delivery:
    return Delivery(destination, partner.id, Mode.LATEST, f"follow.{action}")
