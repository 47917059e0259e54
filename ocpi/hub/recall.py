"""What objects do not say themselves in some versions: remembered from traffic, or asked for.

Sessions and CDRs of 2.1.1 name a contract where later versions name a token, and a session of
2.1.1 holds its whole location. Tokens are remembered durably; a location is asked of its CPO when
it did not pass lately. Source: OCPI 2.1.1, Sessions, Session object; OCPI 2.2.1, Sessions.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from logging import getLogger
from typing import Any
from urllib.parse import quote

from app.domain.errors import DomainError
from app.domain.hub_tokens import HeardToken, Reference
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner
from app.ports.clock import Clock
from app.use_cases.hub_tokens import HubTokens
from ocpi.client.exchange import PartnerCalls, Route, joined, version_of
from ocpi.models.common import read_datetime, write_datetime
from ocpi.versions.rung import Inexpressible, Json, Kind, Surroundings
from ocpi.wire.documents import NotJson, decode, encode_text

log = getLogger(__name__)

_ASK_S = 5.0
_FRESH_S = 600.0
_MOST = 2_000
_CONTRACTS = frozenset({Kind.SESSION, Kind.CDR})
_BEARERS = frozenset({Kind.START_SESSION, Kind.RESERVE_NOW, Kind.AUTHORIZATION_INFO})


@dataclass(frozen=True, slots=True)
class Place:
    """Between whom an object goes: its owner, who else it is for, and where its owner is."""

    owner: PartyId
    other: PartyId
    home: Partner | None = None

    @property
    def around(self) -> Surroundings:
        """What the connection says."""
        return Surroundings(
            owner=(self.owner.country, self.owner.code),
            provider=(self.other.country, self.other.code),
        )


class Recall:
    """Finds surroundings; nothing it does not know is made up but an unknown token."""

    def __init__(self, tokens: HubTokens, calls: PartnerCalls, clock: Clock) -> None:
        self._tokens = tokens
        self._calls = calls
        self._clock = clock
        self._locations: OrderedDict[tuple[PartyId, str], tuple[float, Json]] = OrderedDict()

    async def token_of(self, kind: Kind, document: Json, place: Place) -> Json | None:
        """The token of an older session or CDR, by its contract; None when nobody told it."""
        contract = document.get("auth_id")
        if kind not in _CONTRACTS or not isinstance(contract, str):
            return None
        return _document(await self._tokens.of_contract(place.other, contract))

    async def type_of(self, owner: PartyId, uid: str) -> str | None:
        """The type of the token of this uid that was heard last."""
        heard = await self._tokens.of_uid(owner, uid)
        return heard.type if heard else None

    async def reference_of(self, kind: Kind, canonical: Json, place: Place) -> str | None:
        """The `authorization_reference` of a session or CDR whose version has none."""
        token, began = canonical.get("cdr_token"), _moment(canonical.get("start_date_time"))
        if kind not in _CONTRACTS or not isinstance(token, dict) or began is None:
            return None
        contract = str(token.get("contract_id") or "")
        return await self._tokens.reference_of(place.owner, place.other, contract, began)

    async def note_reference(self, kind: Kind, canonical: Json, place: Place) -> None:
        """Remember by which reference a token may charge, for whoever cannot repeat it."""
        token, reference = canonical.get("token"), canonical.get("authorization_reference")
        if kind not in _BEARERS or not isinstance(token, dict) or not isinstance(reference, str):
            return
        contract = str(token.get("contract_id") or "")
        now = self._clock.now()
        given = Reference(place.owner, reference, place.other, contract, now)
        await self._tokens.note_reference(given)

    async def authorized(
        self, owner: PartyId, uid: str, kind: str | None, *, allowed: bool
    ) -> Json:
        """The token that an older answer is about, which newer ones have to repeat.

        One that was never told to us is described by what is known of it.
        """
        known = _document(await self._tokens.of_uid(owner, uid, kind))
        if known is not None:
            return known
        return {
            "country_code": owner.country,
            "party_id": owner.code,
            "uid": uid,
            "type": kind or "RFID",
            "contract_id": uid,
            "issuer": str(owner),
            "valid": allowed,
            "whitelist": "NEVER",
            "last_updated": write_datetime(self._clock.now()),
        }

    async def location_of(self, session: Json, place: Place) -> Json:
        """The location of a session; raises Inexpressible when its CPO does not tell it."""
        name = session.get("location_id")
        if not isinstance(name, str) or not name:
            raise Inexpressible
        known = self._known(place.owner, name)
        if known is None or not _has_evse(known, session.get("evse_uid")):
            known = await self._ask(name, place) or known
        if known is None:
            raise Inexpressible
        return known

    def _known(self, owner: PartyId, name: str) -> Json | None:
        at, location = self._locations.get((owner, name.casefold()), (0.0, None))
        fresh = location is not None and self._clock.monotonic() - at < _FRESH_S
        return location if fresh else None

    async def _ask(self, name: str, place: Place) -> Json | None:
        if place.home is None:
            return None
        endpoint = place.home.endpoint("locations", InterfaceRole.SENDER)
        if endpoint is None:
            return None
        url = joined(endpoint, quote(name, safe=""))
        route = Route(sender=place.other, receiver=place.owner)
        try:
            answer = await self._calls.call(place.home, "GET", url, route=route, timeout_s=_ASK_S)
            if not isinstance(answer.single, dict):
                return None
            version = version_of(place.home)
            location = version.lift(Kind.LOCATION, answer.single, place.around)
        except (DomainError, Inexpressible) as error:
            log.warning("hub.location_unknown", extra={"owner": str(place.owner), "why": error})
            return None
        self._note_location(place.owner, location)
        return location

    async def note(self, kind: Kind, documents: Sequence[Json], owner: PartyId) -> None:
        """Remember of canonical objects what others will need."""
        if kind is Kind.LOCATION:
            for location in documents:
                self._note_location(owner, location)
            return
        bearing = [d["token"] for d in documents if kind in _BEARERS and "token" in d]
        told = documents if kind is Kind.TOKEN else bearing
        heard = [token for each in told if (token := _heard(each, owner, self._clock))]
        if heard:
            await self._tokens.hear(heard)

    def _note_location(self, owner: PartyId, location: Json) -> None:
        name = location.get("id")
        if not isinstance(name, str):
            return
        key = (owner, name.casefold())
        self._locations[key] = (self._clock.monotonic(), location)
        self._locations.move_to_end(key)
        if len(self._locations) > _MOST:
            self._locations.popitem(last=False)


def _heard(token: Any, owner: PartyId, clock: Clock) -> HeardToken | None:
    if not isinstance(token, dict):
        return None
    texts = [token.get(name) for name in ("uid", "type", "contract_id")]
    if not all(isinstance(text, str) for text in texts):
        return None
    uid, kind, contract = (str(text) for text in texts)
    named = {"country_code": owner.country, "party_id": owner.code, **token}
    return HeardToken(owner, uid, kind, contract, encode_text(named), clock.now())


def _moment(text: Any) -> datetime | None:
    try:
        return read_datetime(text)
    except ValueError:
        return None


def _document(heard: HeardToken | None) -> Json | None:
    if heard is None:
        return None
    try:
        return decode(heard.document)  # type: ignore[no-any-return]
    except NotJson:
        return None


def _has_evse(location: Json, uid: Any) -> bool:
    evses = location.get("evses") or []
    return any(isinstance(each, dict) and each.get("uid") == uid for each in evses)
