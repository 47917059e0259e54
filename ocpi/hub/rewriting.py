"""Addresses in messages that pass: each becomes one of the hub's, before anybody acts on it.

A `response_url` travels in the body of commands and of SetChargingProfile, and in the query of
GET and DELETE of chargingprofiles; `Link` and `Location` come with answers. Members could not call
each other's, since they have a token for the hub only. Everything else stays to the byte.

Whose address it is has to be at home there: the hub calls it in that platform's name.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from json import detect_encoding
from logging import getLogger
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from app.domain.errors import InvalidInput
from app.domain.hub_callbacks import USUAL_WAIT, Reservation, Supplied
from app.domain.partners import InterfaceRole, Partner
from app.use_cases.hub_callbacks import HubCallbacks
from ocpi.client.exchange import is_at_home, joined
from ocpi.client.outcomes import next_page
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.faults import HubTrouble, NotConnected
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.named import body_of
from ocpi.models.common import read_datetime
from ocpi.versions.registry import VERSIONS, OcpiVersion
from ocpi.wire.addresses import hub_callbacks_url, hub_url
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import NotJson
from ocpi.wire.response_url import (
    NAME,
    body_with_response_url,
    check_response_url,
    read_response_url,
    with_response_url,
)

log = getLogger(__name__)

CURSOR = "onward"
"""The parameter of our own in a Link: where the page really is, sealed."""

_IN_BODY = frozenset({("commands", "POST"), ("chargingprofiles", "PUT")})
_IN_QUERY = frozenset({("chargingprofiles", "GET"), ("chargingprofiles", "DELETE")})
_LONGEST_LOCATION = 2048
_LONGEST_LINK = 3000
_ADDRESSES = frozenset({"link", "location"})
_SUCCESSES = range(200, 300)


class Rewriting:
    """A step of the way of every message."""

    def __init__(self, book: HubCallbacks, public_url: str) -> None:
        self._book = book
        self._public_url = public_url
        self._callbacks = {v.number: hub_callbacks_url(public_url, v) for v in VERSIONS.values()}
        self._afterwards = Afterwards()

    async def outward(self, leg: Leg) -> Leg:
        """Put an address of ours for results in the place of the sender's."""
        message = leg.message
        if asks_in_body(message):
            document = body_of(message)
            url = _at_home(leg.came.exchange.partner, check_response_url(_text(document)))
            ours = await self._result_url(leg, url, reservation_in(message, document))
            return leg.carrying(message.changed(body=_with_url(message.body, ours)))
        if asks_in_query(message):
            url = _at_home(leg.came.exchange.partner, read_response_url(message.query))
            ours = await self._result_url(leg, url, None)
            return leg.carrying(message.changed(query=with_response_url(message.query, ours)))
        return leg

    async def _result_url(self, leg: Leg, url: str, reservation: Reservation | None) -> str:
        """Good before the command is on its way, so that its result always has one to come to."""
        message, version = leg.message, _version_of(leg.partner)
        named = message.rest.split("/", 1)[0] if message.module == "commands" else message.method
        supplied = Supplied(
            url=url,
            module=message.module,
            role=InterfaceRole.SENDER,
            owner=leg.sender,
            owner_partner=leg.came.exchange.partner.id,
            caller=leg.receiver,
            caller_partner=leg.partner.id,
            about=named,
            # Whose version has ids brings one along with the result.
            correlation_id="" if version.has_routing_headers else message.exchange.correlation_id,
        )
        return self._ours(leg.partner, (await self._book.for_result(supplied, reservation)).id)

    def _ours(self, caller: Partner, name: str) -> str:
        """An address of ours that this platform can call, in its own version."""
        return f"{self._callbacks[_version_of(caller).number]}/{name}"

    async def homeward(self, leg: Leg, answer: Relayed) -> Relayed:
        """Put addresses of ours in the places of the receiver's."""
        if asks_in_body(leg.message) or asks_in_query(leg.message):
            await self._note_promise(leg, answer)
        if not _ADDRESSES & answer.headers.keys():
            return answer
        headers = dict(answer.headers)
        if link := headers.pop("link", None):
            headers |= self._link(leg, next_page(link))
        if location := headers.pop("location", None):
            headers |= await self._location(leg, answer, location)
        return replace(answer, headers=headers)

    async def _note_promise(self, leg: Leg, answer: Relayed) -> None:
        wait = promised(answer)
        if wait is not None and wait > USUAL_WAIT:
            name = _id_in(leg.message)
            await self._afterwards.do(
                "how long a result may come",
                lambda: self._book.promised(name, leg.partner.id, wait),
            )

    def _link(self, leg: Leg, following: str | None) -> Mapping[str, str]:
        """The next page, sealed into an address of the module's at the hub (C-254)."""
        if following is None:
            return {}
        asked = leg.came
        url = _page_at_home(leg, following)
        cursor = self._book.cursor(self._from_receiver(leg, url))
        version = _version_of(asked.exchange.partner)
        base = self._callbacks[version.number]
        if version.has_interface_roles:
            base = hub_url(self._public_url, version, asked.module, asked.role)
        return {"link": f'<{base}?{CURSOR}={quote(cursor, safe="")}>; rel="next"'}

    async def _location(self, leg: Leg, answer: Relayed, location: str) -> Mapping[str, str]:
        """Where what was created is, as far as it is where the receiver is at home (C-255)."""
        url = urljoin(_asked_url(leg), location)
        created = leg.message.method == "POST" and answer.http in _SUCCESSES
        if not created or not is_at_home(leg.partner, url) or len(url) > _LONGEST_LOCATION:
            log.warning("hub.location_dropped", extra={"partner": leg.partner.id})
            return {}
        made = self._book.object_address(self._from_receiver(leg, url))
        if not await self._afterwards.do("where it is", lambda: self._book.keep(made)):
            return {}
        return {"location": self._ours(leg.came.exchange.partner, made.id)}

    def _from_receiver(self, leg: Leg, url: str) -> Supplied:
        return Supplied(
            url=url,
            module=leg.came.module,
            role=leg.came.role,
            owner=leg.receiver,
            owner_partner=leg.partner.id,
            caller=leg.sender,
            caller_partner=leg.came.exchange.partner.id,
        )


def _version_of(partner: Partner) -> OcpiVersion:
    version = VERSIONS.get(partner.version or "")
    if version is None:
        raise NotConnected(f"{partner.name} is not connected")
    return version


def asks_in_body(message: HubMessage) -> bool:
    """Whether its body names a `response_url`."""
    to_receiver = message.role is InterfaceRole.RECEIVER
    return to_receiver and (message.module, message.method) in _IN_BODY


def asks_in_query(message: HubMessage) -> bool:
    """Whether its query does."""
    to_receiver = message.role is InterfaceRole.RECEIVER
    return to_receiver and (message.module, message.method) in _IN_QUERY


def _text(document: dict[str, Any]) -> str:
    url = document.get(NAME)
    if not isinstance(url, str):
        raise InvalidInput(NAME, "is required")
    return url


def _at_home(partner: Partner, url: str) -> str:
    if not is_at_home(partner, url):
        raise InvalidInput(NAME, "is not on a host that you have told the hub of")
    return url


def _with_url(body: bytes, url: str) -> bytes:
    """Some write JSON in its other encodings, which not everybody reads."""
    text = body.decode(detect_encoding(body))
    return body_with_response_url(text, url).encode()


def reservation_in(message: HubMessage, document: dict[str, Any]) -> Reservation | None:
    """What RESERVE_NOW wants kept, as far as it can be read; judging it is the receiver's."""
    name, until = document.get("reservation_id"), document.get("expiry_date")
    if not message.rest.startswith("RESERVE_NOW") or not isinstance(name, str | int):
        return None
    try:
        moment: datetime | None = read_datetime(until)
    except ValueError:
        return None
    return None if moment is None else Reservation(str(name), moment)


def promised(answer: Relayed) -> timedelta | None:
    """How long the receiver of a command asks to wait for its result; None when it does not."""
    try:
        data = answer.document().get("data")
    except (NotJson, AttributeError):
        return None
    wait = data.get("timeout") if isinstance(data, dict) else None
    if isinstance(wait, bool) or not isinstance(wait, int):
        return None
    return timedelta(seconds=min(max(wait, 0), 10**9))


def _id_in(message: HubMessage) -> str:
    """The id in the address that the message took along."""
    if asks_in_query(message):
        return read_response_url(message.query).rpartition("/")[2]
    return _text(body_of(message)).rpartition("/")[2]


def _asked_url(leg: Leg) -> str:
    endpoint = leg.partner.endpoint(leg.message.module, leg.message.role) or ""
    return leg.url or (joined(endpoint, leg.message.rest) if leg.message.rest else endpoint)


def _page_at_home(leg: Leg, following: str) -> str:
    """The page's address; where its host is none of the receiver's, its query where we asked.

    Platforms are seen that name their inner host. Raises HubTrouble rather than end a list early.
    """
    asked = _asked_url(leg)
    url = urljoin(asked, following)
    if not is_at_home(leg.partner, url):
        query = urlsplit(url).query
        url = urlunsplit(urlsplit(asked)._replace(query=query, fragment="")) if query else ""
    if not url or len(url) > _LONGEST_LINK:
        raise HubTrouble(f"{leg.receiver} says that the list goes on where it is not at home")
    return url
