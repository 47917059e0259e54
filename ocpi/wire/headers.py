"""Message ids and routing headers: what one exchange is about, besides its body.

Source: OCPI 2.2.1, Transport and format, Request and response headers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Role
from ocpi.versions.registry import OcpiVersion
from ocpi.wire.access import Caller

REQUEST_ID = "x-request-id"
CORRELATION_ID = "x-correlation-id"
_ID_LENGTH = 255

ROUTING = {
    "to": ("ocpi-to-country-code", "ocpi-to-party-id"),
    "from": ("ocpi-from-country-code", "ocpi-from-party-id"),
}
_TO_COUNTRY, _TO_PARTY = ROUTING["to"]
_FROM_COUNTRY, _FROM_PARTY = ROUTING["from"]


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Exchange:
    """One request and its answer. `sender` and `receiver` are None when the request named none."""

    request_id: str
    correlation_id: str
    caller: Caller | None = None
    version: OcpiVersion | None = None
    sender: PartyId | None = None
    receiver: PartyId | None = None

    def called_by(self, caller: Caller, version: OcpiVersion | None = None) -> "Exchange":
        """The same, now that it is known who called, and in which version."""
        # Written out, as below: `dataclasses.replace` costs ten times as much, for each message.
        ids = self.request_id, self.correlation_id
        return Exchange(*ids, caller, version, self.sender, self.receiver)

    def between(self, sender: PartyId | None, receiver: PartyId | None) -> "Exchange":
        """The same, from one party to another."""
        ids = self.request_id, self.correlation_id
        return Exchange(*ids, self.caller, self.version, sender, receiver)

    @property
    def partner(self) -> Partner:
        """The partner who called; only for exchanges that passed authentication."""
        if self.caller is None:
            raise LookupError("the exchange is not authenticated")
        return self.caller.partner

    @property
    def ocpi(self) -> OcpiVersion:
        """The version of the endpoint that was called; only for exchanges of a module."""
        if self.version is None:
            raise LookupError("the exchange is of no version")
        return self.version


def identify(headers: Mapping[str, str], new_id: Callable[[], str]) -> Exchange:
    """Take over the ids of a request, or give it new ones: 2.1.1 peers never send any."""
    request = _short(headers.get(REQUEST_ID)) or new_id()
    return Exchange(request, _short(headers.get(CORRELATION_ID)) or request)


def _short(text: str | None) -> str | None:
    return text[:_ID_LENGTH] if text else None


def route(exchange: Exchange, headers: Mapping[str, str]) -> Exchange:
    """Read the routing headers of a functional module; raises InvalidInput for half a pair."""
    receiver, sender = _party(headers, "to"), _party(headers, "from")
    if sender is not None and not _may_send(exchange.partner, sender):
        raise InvalidInput("OCPI-from-party-id", f"{sender} is not a party of yours")
    return exchange.between(sender, receiver)


def sender_named(headers: Mapping[str, str]) -> PartyId | None:
    """Who says that it sends, believed or not; None where nobody does."""
    try:
        return _party(headers, "from")
    except InvalidInput:
        return None


def _may_send(partner: Partner, party: PartyId) -> bool:
    """A hub sends for parties that are not its own."""
    return partner.hosts(party) or bool(partner.parties(Role.HUB))


def _party(headers: Mapping[str, str], side: str) -> PartyId | None:
    of_country, of_party = ROUTING[side]
    country, party = headers.get(of_country), headers.get(of_party)
    if country is None and party is None:
        return None
    if not country or not party:
        raise InvalidInput(f"OCPI-{side}-party-id", "country code and party id come as a pair")
    return PartyId.of(country, party)


def routing_headers(*, sender: PartyId | None, receiver: PartyId | None) -> dict[str, str]:
    """Headers that address a message; a party that is None is left out."""
    headers: dict[str, str] = {}
    if receiver is not None:
        headers[_TO_COUNTRY], headers[_TO_PARTY] = receiver.country, receiver.code
    if sender is not None:
        headers[_FROM_COUNTRY], headers[_FROM_PARTY] = sender.country, sender.code
    return headers


def answer_headers(exchange: Exchange) -> dict[str, str]:
    """The ids repeated and the routing swapped."""
    routing = routing_headers(sender=exchange.receiver, receiver=exchange.sender)
    return {**id_headers(exchange), **routing}


def id_headers(exchange: Exchange) -> dict[str, str]:
    """The ids of an outgoing request."""
    return {REQUEST_ID: exchange.request_id, CORRELATION_ID: exchange.correlation_id}
