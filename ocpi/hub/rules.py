"""The hub's rules on every message that passes: what is forbidden meets nobody.

A party that may not be talked to answers as one that does not exist, and an object that may not
be seen as one that its owner does not have; so a refusal tells nothing (C-263).
"""

from app.domain.errors import InvalidInput, NotFound
from app.domain.hub_rules import BY_OBJECT, Decision, Pair, pair_of
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from app.use_cases.hub_rules import HubRules
from ocpi.hub.faults import Unroutable
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.named import body_of, named_in, text_in
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import encode
from ocpi.wire.faults import NotOcpi

_TOTAL = "x-total-count"
_AT_LOCATIONS = frozenset({"commands", "bookings"})


class Rules:
    """The step that has to be the first outward: nothing may be looked up or noted before it."""

    def __init__(self, rules: HubRules, *, hub: PartyId) -> None:
        """`hub` is the hub's own party, which sends what others told everybody."""
        self._rules = rules
        self._hub = hub

    async def outward(self, leg: Leg) -> Leg:
        """Raises Unroutable for a receiver, NotFound for an object, that is not the sender's."""
        pair = self._pair(leg)
        if pair is None:
            return leg
        book = await self._rules.book()
        decision = book.decide(leg.came.module, pair.owner, pair.reader)
        if not decision.allowed:
            raise no_such_party(leg.receiver)
        if not decision.whole:
            _check_named(leg, decision)
        if leg.came.method == "POST" and leg.came.module in _AT_LOCATIONS:
            _check_place(leg, book.decide("locations", leg.receiver, leg.sender))
        return leg

    async def homeward(self, leg: Leg, answer: Relayed) -> Relayed:
        """Leave out of a list what the sender may not see."""
        pair = self._pair(leg) if _is_list(leg.came) else None
        if pair is None:
            return answer
        book = await self._rules.book()
        decision = book.decide(leg.came.module, pair.owner, pair.reader)
        return answer if decision.whole else without_hidden(answer, decision)

    def _pair(self, leg: Leg) -> Pair | None:
        """What the hub itself sends is its owner's, as the address says; None if it says none."""
        if leg.sender != self._hub:
            return pair_of(leg.came.role, leg.sender, leg.receiver)
        owner = named_in(leg.came).owner
        return None if owner is None else Pair(owner, leg.receiver)


def _check_named(leg: Leg, decision: Decision) -> None:
    """Whether the object of the address may be seen; raises NotFound, Unroutable."""
    wanted = named_in(leg.came).id
    if wanted is None or decision.shows(wanted):
        return
    if leg.came.method == "GET" and leg.came.role is InterfaceRole.SENDER:
        raise NotFound(leg.came.module.removesuffix("s"), wanted)
    raise no_such_party(leg.receiver)


def _check_place(leg: Leg, decision: Decision) -> None:
    """Whether the location that shall be used may be seen; raises NotFound.

    Where a reader may see none at all, it may still use those that it was told of otherwise.
    """
    if decision.whole or not decision.allowed:
        return
    try:
        place = text_in(body_of(leg.came), "location_id")
    except (InvalidInput, NotOcpi):
        return
    if place and not decision.shows(place):
        raise NotFound("location", place)


def no_such_party(party: PartyId) -> Unroutable:
    """What is said of a party that is not there, and of one that may not be talked to."""
    return Unroutable(f"no party {party} is behind this hub")


def _is_list(message: HubMessage) -> bool:
    return message.module in BY_OBJECT and message.asked.is_list


def without_hidden(answer: Relayed, decision: Decision) -> Relayed:
    """A page without what may not be seen; the same bytes where that is nothing.

    A list that is whole on this page has the total of what is shown. Of a longer one only this
    page is known, and offsets count all that its owner has: there the total stays the owner's on
    every page, since whoever counts pages by a smaller one would miss the end of the list.
    """
    envelope = answer.document()
    items = envelope.get("data")
    if not isinstance(items, list):
        return answer
    shown = [item for item in items if decision.shows(text_in(item, "id"))]
    if len(shown) == len(items):
        return answer
    headers = dict(answer.headers)
    if headers.get(_TOTAL) == str(len(items)):
        headers[_TOTAL] = str(len(shown))
    body = encode({**envelope, "data": shown})
    return Relayed(
        body=body, by=answer.by, status_code=answer.status_code, http=answer.http, headers=headers
    )
