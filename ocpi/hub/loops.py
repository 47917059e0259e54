"""Ends messages that go round in circles between hubs (C-264).

What a hub sends us for somebody behind that very hub, and what a platform's party sends to itself
there, has no other way than back: it is refused at once. So two hubs never begin a circle,
whatever process they meet.

A longer circle comes back while the message is still on its way, with the same correlation id and
to the same target: somebody sent it on who got it from us. A plain member may ask the same again
while it waits; that is no circle, since it comes from where it came from first. Messages from or
to other hubs are noted for all our processes, and also for those that start anew; all others in
this one, since a plain member can send in its own name only and sends nothing on.
"""

from typing import Protocol

from app.domain.partners import Partner, Role
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.faults import HubTrouble
from ocpi.hub.messages import Leg
from ocpi.hub.rewriting import asks_in_query

Key = tuple[str, ...]


class Way:
    """A message on its way, for as long as it is entered; `key` is None for the same once more.

    `note` is ours of it for other processes, where they need one.
    """

    __slots__ = ("_leg", "_loops", "key", "note")

    def __init__(self, loops: "Loops", leg: Leg) -> None:
        self._loops = loops
        self._leg = leg
        self.key: Key | None = None
        self.note = ""

    async def __aenter__(self) -> None:
        """Begin it; raises HubTrouble (4000) when it is on its way already."""
        await self._loops.begin(self, self._leg)

    async def __aexit__(self, *_: object) -> None:
        """It is not on its way any more."""
        await self._loops.end(self)


class Passing(Protocol):
    """Knows what is on its way in any process."""

    async def begin(self, message: str, partner_id: str) -> tuple[str, str]:
        """Our note of it, empty if there is one already, and whose message was first."""
        ...

    async def end(self, message: str, note: str) -> None:
        """It is not on its way any more."""
        ...


class Loops:
    """What is on its way now, and who sent it first."""

    def __init__(self, passing: Passing | None = None) -> None:
        """Without `passing` only this process knows."""
        self._passing = passing
        self._on_the_way: dict[Key, str] = {}
        self._afterwards = Afterwards()

    def passing(self, leg: Leg) -> Way:
        """The way of a message, to be entered by `async with`."""
        return Way(self, leg)

    async def begin(self, way: Way, leg: Leg) -> None:
        """Let a message be on its way; raises HubTrouble (4000) when it is already."""
        caller = leg.came.exchange.caller
        if caller is None:
            return
        if _goes_back(leg, caller.partner):
            raise _circle(leg)
        key = _key(leg)
        if key in self._on_the_way:
            if _sent_on(caller.partner, self._on_the_way[key]):
                raise _circle(leg)
            return
        way.key, self._on_the_way[key] = key, caller.partner.id
        if self._passing is None or not _hubs_meet(leg, caller.partner):
            return
        try:
            way.note = await self._begin_everywhere(self._passing, leg, caller.partner)
        except BaseException:
            del self._on_the_way[key]
            raise

    async def _begin_everywhere(self, book: Passing, leg: Leg, caller: Partner) -> str:
        """The same for all processes, where hubs are concerned."""
        note, first = await book.begin(_name(_key(leg)), caller.id)
        if not note and _sent_on(caller, first):
            raise _circle(leg)
        return note

    async def end(self, way: Way) -> None:
        """It is not on its way any more."""
        book, key, note = self._passing, way.key, way.note
        if key is None:
            return
        try:
            if book is not None and note:
                await self._afterwards.do("has passed", lambda: book.end(_name(key), note))
        finally:
            del self._on_the_way[key]


def _hubs_meet(leg: Leg, caller: Partner) -> bool:
    return bool(caller.parties(Role.HUB) or leg.partner.parties(Role.HUB))


def _goes_back(leg: Leg, caller: Partner) -> bool:
    """Whether it can only come back to us."""
    if leg.partner.id != caller.id:
        return False
    return leg.sender == leg.receiver or bool(caller.parties(Role.HUB))


def _circle(leg: Leg) -> HubTrouble:
    return HubTrouble(f"the message to {leg.receiver} goes round in a circle")


def _sent_on(caller: Partner, first: str) -> bool:
    return caller.id != first or bool(caller.parties(Role.HUB))


def _name(key: Key) -> str:
    return "\n".join(key)


def _key(leg: Leg) -> Key:
    """Without the address for results, in whose place every hub puts its own."""
    message = leg.message
    return (
        message.exchange.correlation_id,
        leg.receiver.country,
        leg.receiver.code,
        message.module,
        message.role,
        message.method,
        message.rest,
        "" if asks_in_query(message) else message.query,
    )
