"""What objects do not say themselves in some versions, remembered from what passed.

Sessions and CDRs of 2.1.1 name a contract where later versions name a token, by which a driver
also has a reference; both are kept durably. Where a session is, `places` knows. Source: OCPI
2.1.1, Sessions, Session object; OCPI 2.2.1, Sessions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain.hub_tokens import HeardToken, Reference
from app.domain.identifiers import PartyId
from app.ports.clock import Clock
from app.use_cases.hub_tokens import HubTokens
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.places import Parties, Places
from ocpi.models.common import read_datetime, write_datetime
from ocpi.versions.rung import Json, Kind
from ocpi.wire.documents import NotJson, decode, encode_text

_CONTRACTS = frozenset({Kind.SESSION, Kind.CDR})
_BEARERS = frozenset({Kind.START_SESSION, Kind.RESERVE_NOW, Kind.AUTHORIZATION_INFO})


class Recall:
    """Finds surroundings; nothing it does not know is made up but an unknown token."""

    def __init__(self, tokens: HubTokens, calls: PartnerCalls, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock
        self.places = Places(calls, clock)

    async def token_of(self, kind: Kind, document: Json, parties: Parties) -> Json | None:
        """The token of an older session or CDR, by its contract; None when nobody told it."""
        contract = document.get("auth_id")
        if kind not in _CONTRACTS or not isinstance(contract, str):
            return None
        return _document(await self._tokens.of_contract(parties.other, contract))

    async def type_of(self, owner: PartyId, uid: str) -> str | None:
        """The type of the token of this uid that was heard last."""
        heard = await self._tokens.of_uid(owner, uid)
        return heard.type if heard else None

    async def reference_of(self, kind: Kind, canonical: Json, parties: Parties) -> str | None:
        """The `authorization_reference` of a session or CDR whose version has none."""
        token, began = canonical.get("cdr_token"), _moment(canonical.get("start_date_time"))
        if kind not in _CONTRACTS or not isinstance(token, dict) or began is None:
            return None
        contract = str(token.get("contract_id") or "")
        return await self._tokens.reference_of(parties.owner, parties.other, contract, began)

    async def note_reference(self, kind: Kind, canonical: Json, parties: Parties) -> None:
        """Remember by which reference a token may charge, for whoever cannot repeat it."""
        token, reference = canonical.get("token"), canonical.get("authorization_reference")
        if kind not in _BEARERS or not isinstance(token, dict) or not isinstance(reference, str):
            return
        contract = str(token.get("contract_id") or "")
        now = self._clock.now()
        given = Reference(parties.owner, reference, parties.other, contract, now)
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

    async def note(self, kind: Kind, documents: Sequence[Json], owner: PartyId) -> None:
        """Remember of canonical objects what others will need."""
        if kind is Kind.LOCATION:
            for location in documents:
                self.places.note(owner, location)
            return
        bearing = [d["token"] for d in documents if kind in _BEARERS and "token" in d]
        told = documents if kind is Kind.TOKEN else bearing
        heard = [token for each in told if (token := _heard(each, owner, self._clock))]
        if heard:
            await self._tokens.hear(heard)


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
