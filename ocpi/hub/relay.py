"""The hub's decision on each message: who sends, by which way, and who takes care of that way."""

from typing import Protocol

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import Partner
from app.domain.routing import Mode, mode_of
from app.use_cases.hub_directory import HubDirectory
from ocpi.hub.faults import Unroutable
from ocpi.hub.forward import Forwarding
from ocpi.hub.messages import HubMessage, Leg
from ocpi.wire.calls import Answer, Relayed


class Broadcasting(Protocol):
    """Tells everybody."""

    async def take(self, message: HubMessage, sender: PartyId) -> Answer:
        """Keep it, answer, and let it be told."""
        ...


class GettingAll(Protocol):
    """Shows the lists of all members in one."""

    async def page(self, message: HubMessage, sender: PartyId) -> Answer | Relayed:
        """One page of what the sender may see."""
        ...


class OpenRouting(Protocol):
    """Finds receivers by what messages are about."""

    async def receiver_of(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        """The one receiver; None when the content does not tell."""
        ...

    async def ask_around(self, message: HubMessage, sender: PartyId) -> Relayed | None:
        """The answer of whoever knows, where several may be asked; None where they may not."""
        ...


class PassedOn(Protocol):
    """Knows the addresses of ours that stand for members' own."""

    def takes(self, message: HubMessage) -> bool:
        """Whether the message came to one of them."""
        ...

    async def answer(self, message: HubMessage) -> Relayed:
        """The answer of whoever is behind it."""
        ...


class Relay:
    """Answers what members ask of the hub."""

    def __init__(
        self,
        hub: PartyId,
        directory: HubDirectory,
        forwarding: Forwarding,
        *,
        broadcasts: Broadcasting,
        lists: GettingAll,
        open_routes: OpenRouting,
        passed_on: PassedOn | None = None,
    ) -> None:
        """Without `passed_on` no address of a member's is given to others."""
        self.hub = hub
        self._passed_on = passed_on
        self._directory = directory
        self._forwarding = forwarding
        self._broadcasts = broadcasts
        self._lists = lists
        self._open_routes = open_routes

    def passes_on(self, message: HubMessage) -> bool:
        """Whether it says whom it is for, so that only that one's answer is shown."""
        if self._passed_on is not None and self._passed_on.takes(message):
            return True
        return message.exchange.receiver not in {None, self.hub}

    async def answer(self, message: HubMessage) -> Answer | Relayed:
        """Pass a message on; raises the hub's refusals, and InvalidInput (2001).

        Members and rules are those of the last look, which the site makes; lists need one that
        began after the message came, unless the hub `passes_on`.
        """
        if self._passed_on is not None and self._passed_on.takes(message):
            return await self._passed_on.answer(message)
        sender = sender_of(message)
        receiver = message.exchange.receiver
        mode = mode_of(message.asked, self.hub)
        if mode is Mode.DIRECT and receiver is not None:
            return await self.pass_on(message, sender, receiver)
        if mode is Mode.GET_ALL:
            return await self._lists.page(message, sender)
        if mode is Mode.BROADCAST:
            return await self._broadcasts.take(message, sender)
        return await self._openly(message, sender)

    async def _openly(self, message: HubMessage, sender: PartyId) -> Answer | Relayed:
        receiver = await self._open_routes.receiver_of(message, sender)
        if receiver is not None:
            return await self.pass_on(message, sender, receiver)
        if message.asked.is_for_everybody:
            return await self._broadcasts.take(message, sender)
        found = await self._open_routes.ask_around(message, sender)
        if found is None:
            raise Unroutable("nothing in the message tells whom it is for")
        return found

    async def pass_on(self, message: HubMessage, sender: PartyId, receiver: PartyId) -> Relayed:
        """Send it to one party; raises Unroutable when there is no such party."""
        partner = await self._directory.serving(
            receiver, message.module, message.role, sender=sender
        )
        if partner is None:
            raise Unroutable(f"no party {receiver} is behind this hub")
        exchange = message.exchange
        out = message.changed(exchange=exchange.between(exchange.sender, receiver))
        leg = Leg(came=message, message=out, sender=sender, receiver=receiver, partner=partner)
        return await self._forwarding.send(leg)


def sender_of(message: HubMessage) -> PartyId:
    """Who sends: as FROM says, else the platform's only party; raises InvalidInput.

    That FROM is a party of the calling platform is checked where the headers are read.
    """
    if message.exchange.sender is not None:
        return message.exchange.sender
    parties = _parties(message.exchange.partner)
    if len(parties) != 1:
        raise InvalidInput("OCPI-from-party-id", "say which of your parties sends this")
    return parties.pop()


def _parties(partner: Partner) -> set[PartyId]:
    return {role.party for role in partner.roles}
