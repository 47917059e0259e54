"""Partners that are stopped for a while: nothing passes in either direction, nothing is forgotten.

Ending a connection for good voids the tokens of both sides (`Partners.suspend`); here they are
kept, so that the partner need not register again when a person lets it go on.
"""

from dataclasses import replace

from app.domain.errors import Conflict
from app.domain.events import PartnerLeft, PartnerReturned
from app.domain.partners import Partner, PartnerState
from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.hub_members import write_partner
from app.use_cases.partners import destination_of, pull_destination


class CannotSuspend(Conflict):
    """The partner is not registered, so there is nothing to be stopped."""

    code = "cannot_suspend"


class CannotResume(Conflict):
    """The partner is not suspended, or left for good: its tokens are void."""

    code = "cannot_resume"


class Suspensions:
    """A person's word that a partner has to wait, and that it may go on."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def suspend(self, partner_id: str) -> Partner:
        """Refuse what it sends and send it nothing; what waits for it is dropped.

        Raises NotFound, CannotSuspend. Suspending again changes nothing.
        """
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(partner_id)
            if partner.state is PartnerState.SUSPENDED:
                return partner
            if not partner.registered:
                raise CannotSuspend(f"partner {partner.name!r} is not registered")
            partner = replace(partner, state=PartnerState.SUSPENDED)
            await write_partner(tx, partner, self._clock.now())
            await tx.deliveries.forget(destination_of(partner.id))
            await tx.deliveries.forget(pull_destination(partner.id))
            if partner.hub:
                await tx.hub_objects.note_gap(partner.id, self._clock.now())
            tx.emit(PartnerLeft(partner.id))
        return partner

    async def resume(self, partner_id: str) -> Partner:
        """Let it go on with the tokens that both sides have; its lists are pulled then.

        Raises NotFound, CannotResume. Resuming one that is connected changes nothing.
        """
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(partner_id)
            if partner.registered:
                return partner
            if partner.state is not PartnerState.SUSPENDED:
                raise CannotResume(f"partner {partner.name!r} is not suspended")
            if partner.client_token is None or not partner.server_tokens:
                raise CannotResume(f"partner {partner.name!r} left for good: invite it again")
            partner = replace(partner, state=PartnerState.CONNECTED, last_seen=self._clock.now())
            await write_partner(tx, partner, self._clock.now())
            tx.emit(PartnerReturned(partner.id))
        return partner
