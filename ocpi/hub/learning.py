"""Notes whose ids pass the hub, so that later messages find their way without TO headers.

Only an owner's own word counts: what it pushes, lists, or answers as its own, and what somebody
asks for in its own name. So nobody can make others' messages come to itself.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.hub_index import Kind, Known, id_name, token_name
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from app.domain.tokens import TokenType
from app.ports.clock import Clock
from app.use_cases.hub_index import HubIndex
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.named import body_of, named_in, party_in, text_in
from ocpi.hub.relay import Broadcasting
from ocpi.models.common import read_datetime
from ocpi.wire.calls import Answer, Relayed
from ocpi.wire.faults import NotOcpi
from ocpi.wire.paging import read_query

_SUCCESSES = range(1000, 2000)
_WHOSE = "whose ids these are"
_PAGES = 2_000
"""How many pages of lists are remembered to hold nothing new."""

_PUSHES = frozenset({"PUT", "PATCH"})
_TYPE_NAMES = ("type", "token_type")


class Learning:
    """The step that notes what passes; whatever it cannot read it leaves to the receiver."""

    def __init__(self, index: HubIndex, clock: Clock) -> None:
        self._index = index
        self._clock = clock
        self._afterwards = Afterwards()
        self._pages: OrderedDict[tuple[object, ...], tuple[int, date]] = OrderedDict()

    async def outward(self, leg: Leg) -> Leg:
        """Before it is sent, since the answer to what follows from it may come first."""
        found = told(leg)
        if found:
            await self._index.note(found)
        return leg

    async def homeward(self, leg: Leg, answer: Relayed) -> Relayed:
        """What the receiver says of its own objects; what cannot be noted waits in the index."""
        if answer.status_code not in _SUCCESSES or leg.came.role is not InterfaceRole.SENDER:
            return answer
        is_list = leg.came.asked.is_list
        if is_list and self._pages.get(_page(leg)) == self._print(answer):
            return answer
        found = answered(leg, answer)

        async def note() -> None:
            await self._index.note(found)

        noted = not self._index.is_news(found) or await self._afterwards.do(_WHOSE, note)
        if is_list and noted:
            self._remember(leg, answer)
        return answer

    def _remember(self, leg: Leg, answer: Relayed) -> None:
        self._pages[_page(leg)] = self._print(answer)
        if len(self._pages) > _PAGES:
            self._pages.popitem(last=False)

    def _print(self, answer: Relayed) -> tuple[int, date]:
        """What tells a page from others; read again once a day, so that nothing is forgotten."""
        return hash(answer.body), self._clock.now().date()


def _page(leg: Leg) -> tuple[object, ...]:
    return leg.sender, leg.receiver, leg.came.module, leg.came.query


class LearningBroadcasts:
    """Broadcasts whose objects are noted as well, whoever hears of them."""

    def __init__(self, inner: Broadcasting, index: HubIndex) -> None:
        self._inner = inner
        self._index = index
        self._afterwards = Afterwards()

    async def take(self, message: HubMessage, sender: PartyId) -> Answer:
        """Let it be told, and note whose it is: the sender's, else it is refused (I-68)."""
        answer = await self._inner.take(message, sender)
        known = list(pushed(message, sender))
        await self._afterwards.do("whose object it is", lambda: self._index.note(known))
        return answer


def told(leg: Leg) -> list[Known]:
    """What a request says of whose things these are."""
    read = _TOLD.get(leg.came.module)
    if leg.came.role is not InterfaceRole.RECEIVER or read is None:
        return []
    try:
        return list(read(leg))
    except (InvalidInput, NotOcpi):
        return []


def pushed(message: HubMessage, sender: PartyId) -> Iterator[Known]:
    """The location or token that the sender tells of as its own."""
    named = named_in(message)
    if named.id is None or message.method not in _PUSHES:
        return
    if message.module == "locations":
        yield from _known(Kind.LOCATION, id_name(named.id), sender)
    elif message.module == "tokens":
        yield from _known(Kind.TOKEN, token_name(named.id, token_type_of(message)), sender)


def _pushed(leg: Leg) -> Iterator[Known]:
    if named_in(leg.came).owner == leg.sender:
        yield from pushed(leg.came, leg.sender)


def _session(leg: Leg) -> Iterator[Known]:
    named = named_in(leg.came)
    if named.id is not None and named.owner == leg.sender and leg.came.method in _PUSHES:
        yield from _known(Kind.SESSION, id_name(named.id), leg.sender, leg.receiver)


def _cdr(leg: Leg) -> Iterator[Known]:
    if leg.came.method != "POST":
        return
    cdr = body_of(leg.came)
    if party_in(cdr) in {None, leg.sender}:
        name = id_name(text_in(cdr, "session_id"))
        yield from _known(Kind.SESSION, name, leg.sender, leg.receiver)


def _command(leg: Leg) -> Iterator[Known]:
    """A provider asks with its own tokens; its reservation lasts as long as it says."""
    if leg.came.method != "POST":
        return
    wish = body_of(leg.came)
    token = wish.get("token")
    if party_in(token) == leg.sender:
        kind = text_in(token, "type") or TokenType.RFID.value
        yield from _known(Kind.TOKEN, token_name(text_in(token, "uid"), kind), leg.sender)
    if leg.came.rest.strip("/").upper() == "RESERVE_NOW":
        name = id_name(text_in(wish, "reservation_id"))
        if name is not None:
            until = _moment(text_in(wish, "expiry_date"))
            yield Known(Kind.RESERVATION, name, leg.sender, leg.receiver, until)


def _moment(text: str) -> datetime | None:
    try:
        return read_datetime(text)
    except ValueError:
        return None


_TOLD: dict[str, Callable[[Leg], Iterator[Known]]] = {
    "locations": _pushed,
    "tokens": _pushed,
    "sessions": _session,
    "cdrs": _cdr,
    "commands": _command,
}


def answered(leg: Leg, answer: Relayed) -> list[Known]:
    """What the receiver's answer says of its own things."""
    message = leg.came
    if message.role is not InterfaceRole.SENDER:
        return []
    if message.method == "POST" and message.module == "tokens":
        named = named_in(message)
        name = token_name(named.id or "", token_type_of(message))
        return list(_known(Kind.TOKEN, name, leg.receiver))
    if message.method != "GET":
        return []
    if message.module == "locations" and (named := named_in(message)).id is not None:
        return list(_known(Kind.LOCATION, id_name(named.id), leg.receiver))
    read = _LISTED.get(message.module) if message.asked.is_list else None
    if read is None:
        return []
    items = [item for item in _items(answer) if party_in(item) in {None, leg.receiver}]
    return [known for item in items for known in read(item, leg)]


def _items(answer: Relayed) -> list[Any]:
    """The objects of a page."""
    data = answer.document().get("data")
    return data if isinstance(data, list) else []


def _location_item(item: Any, leg: Leg) -> Iterator[Known]:
    yield from _known(Kind.LOCATION, id_name(text_in(item, "id")), leg.receiver)


def _session_item(item: Any, leg: Leg) -> Iterator[Known]:
    token = item.get("cdr_token") if isinstance(item, dict) else None
    whose = party_in(token) or leg.sender
    yield from _known(Kind.SESSION, id_name(text_in(item, "id")), leg.receiver, whose)


def _token_item(item: Any, leg: Leg) -> Iterator[Known]:
    kind = text_in(item, "type") or TokenType.RFID.value
    yield from _known(Kind.TOKEN, token_name(text_in(item, "uid"), kind), leg.receiver)


_LISTED: dict[str, Callable[[Any, Leg], Iterator[Known]]] = {
    "locations": _location_item,
    "sessions": _session_item,
    "tokens": _token_item,
}


def token_type_of(message: HubMessage) -> str:
    """The type in the query; RFID when there is none. Source: OCPI 2.2.1, Tokens."""
    query = read_query(message.query)
    return next((query[n] for n in _TYPE_NAMES if query.get(n)), TokenType.RFID.value)


def _known(
    kind: Kind, name: str | None, owner: PartyId, other: PartyId | None = None
) -> Iterator[Known]:
    if name is not None:
        yield Known(kind, name, owner, other)
