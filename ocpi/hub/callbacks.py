"""What members call instead of each other's addresses: results, created objects, further pages.

Only the platform that an address was made for may call it, as often as it likes; to everybody else
it is not there. The id says who is meant, so routing headers are not needed. Source: OCPI 2.2.1,
Commands, Result; Transport and format, Pagination.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs, quote, unquote, urlsplit

from app.domain.errors import InvalidInput
from app.domain.hub_callbacks import CallbackKind, HubCallback, Supplied
from app.domain.partners import InterfaceRole, Partner
from app.store.correlation import correlation_id
from app.use_cases.hub_callbacks import HubCallbacks
from app.use_cases.hub_directory import HubDirectory
from ocpi.client.exchange import is_at_home
from ocpi.hub.faults import NotConnected
from ocpi.hub.forward import Forwarding
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.rewriting import CURSOR
from ocpi.wire.addresses import CALLBACKS
from ocpi.wire.calls import Relayed
from ocpi.wire.faults import MethodNotAllowed, NoResource


class Callbacks:
    """The way back through the hub."""

    def __init__(
        self, book: HubCallbacks, directory: HubDirectory, forwarding: Forwarding
    ) -> None:
        self._book = book
        self._directory = directory
        self._forwarding = forwarding

    def takes(self, message: HubMessage) -> bool:
        """Whether its address is one that the hub made."""
        return message.module == CALLBACKS or _cursor(message) is not None

    async def answer(self, message: HubMessage) -> Relayed:
        """Call what the address stands for.

        Raises NotFound for others', forged and expired ones, and the hub's refusals.
        """
        partner = message.exchange.partner
        cursor = _cursor(message)
        if cursor is not None:
            return await self._call(message, self._book.page(cursor, partner.id))
        name = unquote(message.rest.strip("/"))
        if not name:
            raise NoResource("nothing is served at this address")
        found = await self._book.find(name, partner.id)
        if message.method != found.kind.method:
            raise MethodNotAllowed(message.method, (found.kind.method,))
        return await self._call(message, found.supplied, _place(found))

    async def _call(self, message: HubMessage, supplied: Supplied, place: str = "") -> Relayed:
        owner = await self._platform(supplied)
        exchange = replace(message.exchange, sender=supplied.caller, receiver=supplied.owner)
        if not exchange.ocpi.has_routing_headers and supplied.correlation_id:
            # The caller's version knows no ids: it is that of the message the address came with.
            exchange = replace(exchange, correlation_id=supplied.correlation_id)
        out = replace(
            message,
            exchange=exchange,
            module=supplied.module,
            role=supplied.role,
            rest=place,
            query=urlsplit(supplied.url).query,
        )
        leg = Leg(
            came=out,
            message=out,
            sender=supplied.caller,
            receiver=supplied.owner,
            partner=owner,
            url=supplied.url,
        )
        with _correlated(exchange.correlation_id):
            return await self._forwarding.send(leg)

    async def _platform(self, supplied: Supplied) -> Partner:
        """Who supplied it, if it is still there; raises NotConnected."""
        partners = await self._directory.partners()
        owner = next((p for p in partners if p.id == supplied.owner_partner), None)
        if owner is None or not owner.registered or not is_at_home(owner, supplied.url):
            raise NotConnected(f"{supplied.owner} is not connected")
        return owner


def _place(callback: HubCallback) -> str:
    """What stands for its place below the interface: of results, what they are results of."""
    if callback.kind is CallbackKind.OBJECT:
        return ""
    return f"{quote(callback.supplied.about, safe='')}/{callback.id}"


def _cursor(message: HubMessage) -> str | None:
    """The page that the address of a list names, None when it is no address of ours."""
    listed = message.role is InterfaceRole.SENDER and message.method == "GET"
    if not listed or message.rest.strip("/") or CURSOR not in message.query:
        return None
    try:
        named = parse_qs(message.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise InvalidInput("query", "has too many parameters") from None
    return next(iter(named.get(CURSOR, [])), None)


@contextmanager
def _correlated(name: str) -> Iterator[None]:
    bound = correlation_id.set(name)
    try:
        yield
    finally:
        correlation_id.reset(bound)
