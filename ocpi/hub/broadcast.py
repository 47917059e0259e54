"""Broadcast push: what is meant for everybody is checked, kept, and answered at once.

Who is to be told is found and told afterwards by the delivery machine, so that nobody who is slow
or gone keeps anybody waiting, and nothing of that ever reaches whoever sent it.
Source: OCPI 2.2.1, Transport and format, Broadcast push.
"""

from app.domain.errors import InvalidInput
from app.domain.hub_objects import NOUNS, listeners, roles_of
from app.domain.identifiers import PartyId
from app.ports.clock import Clock
from app.use_cases.hub_objects import HubObjects
from app.use_cases.locations import Acceptance
from ocpi.hub.messages import HubMessage
from ocpi.hub.pushes import Push, check_part, edited, read_push, whole
from ocpi.wire.calls import CREATED, Answer
from ocpi.wire.headers import routing_headers


class Broadcasts:
    """Takes pushes for everybody, in the name of the hub's own party."""

    def __init__(self, objects: HubObjects, clock: Clock, *, hub: PartyId) -> None:
        self._objects = objects
        self._clock = clock
        self._hub = hub

    async def take(self, message: HubMessage, sender: PartyId) -> Answer:
        """Keep what is told; raises InvalidInput (2001), NotFound for parts of the unknown."""
        if message.module not in NOUNS:
            raise InvalidInput("OCPI-to-party-id", f"{message.module} are not for everybody")
        push = read_push(message, sender, self._hub)
        partner = message.exchange.partner
        if not listeners(push.ref.noun, roles_of(partner, sender)):
            raise InvalidInput("OCPI-from-party-id", f"{sender} owns no {message.module}")
        return self._answered(await self._keep(push), sender)

    async def _keep(self, push: Push) -> Acceptance:
        method, now = push.message.method, self._clock.now()
        if method == "DELETE":
            await self._objects.withdraw(push.ref, push.message.exchange.partner.id)
            return Acceptance.UPDATED
        if method == "PUT" and not push.part:
            return await self._objects.accept(whole(push, now))
        document = push.document()
        if method == "PUT":
            check_part(push, document)
        return await self._objects.change(
            push.ref, lambda kept: edited(push, kept, document, now), part=push.part
        )

    def _answered(self, outcome: Acceptance, sender: PartyId) -> Answer:
        http = CREATED if outcome is Acceptance.CREATED else 200
        return Answer(http=http, headers=routing_headers(sender=self._hub, receiver=sender))
