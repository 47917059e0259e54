"""Messages between members of different versions, in the words of whoever gets them.

Between members of one version nothing is touched. Otherwise the body, the query and the answer go
up to the canonical form and down again; unknown fields stay, what has no words is left out where
that is harmless and refused where the message would become another one. What it costs is told in
`docs/hub-versions.md` and, message by message, in the log.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from logging import getLogger
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.partners import InterfaceRole, Partner
from app.ports.clock import Clock
from ocpi.client.exchange import version_of
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.aliases import Aliases
from ocpi.hub.crossing import Crossed, crossed, crosses, lifted
from ocpi.hub.faults import HubTrouble
from ocpi.hub.messages import AnsweredFor, Leg
from ocpi.hub.recall import Place, Recall
from ocpi.hub.shapes import Shape, shape_of
from ocpi.hub.standing_in import (
    NOT_SUPPORTED,
    NotSupportedThere,
    Untold,
    check_spoken,
    query_in,
    reservation_number,
    status_in,
    wanted_type,
)
from ocpi.models.common import write_datetime
from ocpi.versions.registry import VERSIONS, Inexpressible, OcpiVersion
from ocpi.versions.rung import Json, Kind, Surroundings
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import NotJson, decode, encode
from ocpi.wire.envelope import seal
from ocpi.wire.faults import NoResource, NotOcpi

log = getLogger(__name__)

_SUCCESSES = range(1000, 2000)
_PLACE = ("location_id", "evse_uid", "connector_id")
_MOST_TOLD = 20


class Conversion:
    """A step of forwarding; costs nothing between members of the same version."""

    def __init__(self, recall: Recall, aliases: Aliases, clock: Clock) -> None:
        self._recall = recall
        self._aliases = aliases
        self._afterwards = Afterwards()
        self._clock = clock

    async def outward(self, leg: Leg) -> Leg:
        """The request in the receiver's version.

        Raises Untold (2001), InvalidInput, NotOcpi, NoResource, MethodNotAllowed, and AnsweredFor
        where the receiver could only say that it does not know such a thing.
        """
        source, target = leg.came.exchange.ocpi, _spoken_at(leg.partner)
        if target is None or not crosses(source, target):
            return leg
        message = leg.message
        shape = shape_of(message.module, message.role, message.method, message.rest)
        try:
            check_spoken(message, shape, target)
        except NotSupportedThere:
            raise AnsweredFor(self._not_supported(leg, shape, source)) from None
        body, kind = message.body, None
        if shape.body is not None and body.strip():
            document = _parsed(body)
            kind = document.get("type")
            body = encode(await self._told(leg, shape, document, (source, target)))
        known = await self._known_type(leg, shape, kind)
        query = query_in(target, message, known)
        rest = await self._aliases.in_address(message, _caller(leg), leg.partner)
        return replace(leg, message=replace(message, body=body, query=query, rest=rest))

    def _not_supported(self, leg: Leg, shape: Shape, source: OcpiVersion) -> Relayed:
        kind = shape.answer or Kind.COMMAND_RESPONSE
        body = seal(self._clock.now(), source.lower(kind, NOT_SUPPORTED))
        return Relayed(body=body, by=leg.receiver)

    async def _known_type(self, leg: Leg, shape: Shape, said: Any) -> str | None:
        """The type of a token whose owner's version has none in its addresses."""
        if leg.message.module != "tokens" or leg.message.role is InterfaceRole.SENDER:
            return None
        if isinstance(said, str) or shape.owner is None or not shape.keys:
            return said if isinstance(said, str) else None
        return await self._recall.type_of(shape.owner, shape.keys[0])

    async def _told(
        self, leg: Leg, shape: Shape, document: Json, versions: tuple[OcpiVersion, OcpiVersion]
    ) -> Json:
        source, target = versions
        kind, place = shape.body or Kind.LOCATION, _place(leg, shape)
        canonical = await self._lifted(kind, document, source, place, partial=shape.partial)
        canonical = await self._aliases.shortened(kind, canonical, _caller(leg))
        if shape.partial and target.patch_needs_last_updated:
            canonical.setdefault("last_updated", write_datetime(self._clock.now()))
        if not shape.partial:
            await self._remember(kind, [canonical], versions, place)
        canonical = await self._aliases.restored(kind, canonical, leg.partner)
        try:
            crossing = await self._lowered(kind, canonical, target, place, partial=shape.partial)
        except Inexpressible:
            log.warning("hub.withheld", extra=_told_of(leg, kind))
            noun = kind.value.replace("_", " ")
            raise Untold(
                f"OCPI {target.number} of {leg.receiver} cannot say this {noun}"
            ) from None
        _tell_lost(kind, target, crossing.lost)
        return crossing.document

    async def _lifted(
        self, kind: Kind, document: Json, source: OcpiVersion, place: Place, *, partial: bool
    ) -> Json:
        around = place.around
        if not source.owner_in_body:
            token = await self._recall.token_of(kind, document, place)
            around = replace(around, token=token)
        canonical = dict(lifted(kind, document, source, around, partial=partial))
        if not (source.owner_in_body or partial or "authorization_reference" in canonical):
            reference = await self._recall.reference_of(kind, canonical, place)
            canonical |= {"authorization_reference": reference} if reference else {}
        return canonical

    async def _lowered(
        self, kind: Kind, canonical: Json, target: OcpiVersion, place: Place, *, partial: bool
    ) -> Crossed:
        around = place.around
        if not target.owner_in_body:
            await self._afterwards.do(
                "a reference", lambda: self._recall.note_reference(kind, canonical, place)
            )
            around = await self._placed(kind, canonical, place, partial=partial)
            if kind is Kind.RESERVE_NOW and "reservation_id" in canonical:
                number = reservation_number(str(place.owner), canonical["reservation_id"])
                canonical = {**canonical, "reservation_id": number}
        return crossed(kind, canonical, target, around, partial=partial)

    async def _placed(
        self, kind: Kind, canonical: Json, place: Place, *, partial: bool
    ) -> Surroundings:
        """The surroundings of an object on its way to 2.1.1, whose sessions hold locations."""
        whole = not partial or all(name in canonical for name in _PLACE)
        if kind is not Kind.SESSION or not whole:
            return place.around
        location = await self._recall.location_of(canonical, place)
        return replace(place.around, location=location)

    async def homeward(self, leg: Leg, answer: Relayed) -> Relayed:
        """The answer in the sender's version.

        Raises HubTrouble for what cannot be read, NoResource for one object without words; of a
        list such objects are left out.
        """
        source, target = _spoken_at(leg.partner), leg.came.exchange.ocpi
        if source is None or not crosses(source, target):
            return answer
        message = leg.came
        shape = shape_of(message.module, message.role, message.method, message.rest)
        status = status_in(target, answer.status_code)
        envelope: Json = decode(answer.body)
        data = envelope.get("data")
        if shape.answer is not None and answer.status_code in _SUCCESSES and data is not None:
            data = await self._heard(leg, shape, data, (source, target))
            envelope = {**envelope, "data": data}
        body = encode({**envelope, "status_code": status})
        return replace(answer, body=body, status_code=status)

    async def _heard(
        self, leg: Leg, shape: Shape, data: Any, versions: tuple[OcpiVersion, OcpiVersion]
    ) -> Any:
        source, target = versions
        single = not isinstance(data, list)
        lost, left_out = dict[str, None](), Counter[str]()
        canonical: list[Json] = []
        for document in [data] if single else data:
            try:
                canonical.append(await self._understood(leg, shape, document, source))
            except HubTrouble as error:
                if single:
                    raise
                left_out[error.code] += 1
        place = _place(leg, shape)
        await self._afterwards.do(
            "tokens", lambda: self._remember(shape.answer, canonical, versions, place)
        )
        kept: list[Json] = []
        for each in canonical:
            try:
                crossing = await self._said(leg, shape, each, target)
            except NoResource as error:
                if single:
                    raise
                left_out[error.code] += 1
                continue
            kept.append(crossing.document)
            lost |= dict.fromkeys(crossing.lost)
        _tell_lost(shape.answer, target, tuple(lost))
        if left_out:
            count = {"count": left_out.total(), "why": ", ".join(left_out)}
            log.info("hub.left_out", extra={**_told_of(leg, shape.answer), **count})
        return kept[0] if single else kept

    async def _remember(
        self,
        kind: Kind | None,
        canonical: Sequence[Json],
        versions: tuple[OcpiVersion, OcpiVersion],
        place: Place,
    ) -> None:
        """What members that leave much to the connection will have to be reminded of."""
        if kind is not None and not all(version.owner_in_body for version in versions):
            await self._recall.note(kind, canonical, place.owner)

    async def _understood(
        self, leg: Leg, shape: Shape, document: Any, source: OcpiVersion
    ) -> Json:
        """An object that the receiver answered, in canonical form; raises HubTrouble."""
        kind, place = shape.answer or Kind.LOCATION, _place(leg, shape)
        if not isinstance(document, dict):
            raise HubTrouble(f"{leg.receiver} answered no {kind.value}")
        try:
            canonical = await self._lifted(kind, document, source, place, partial=False)
        except InvalidInput as error:
            raise HubTrouble(f"{leg.receiver} answered a wrong {kind.value}: {error}") from None
        return await self._aliases.shortened(kind, canonical, leg.partner)

    async def _said(self, leg: Leg, shape: Shape, canonical: Json, target: OcpiVersion) -> Crossed:
        """The same as the sender hears it; raises NoResource where it has no words for it."""
        kind, place = shape.answer or Kind.LOCATION, _place(leg, shape)
        if kind is Kind.AUTHORIZATION_INFO and not canonical.get("token"):
            canonical["token"] = await self._asked_for(leg, shape, canonical)
        canonical = await self._aliases.restored(kind, canonical, _caller(leg))
        try:
            return await self._lowered(kind, canonical, target, place, partial=False)
        except Inexpressible:
            raise NoResource(f"OCPI {target.number} cannot say this {kind.value}") from None

    async def _asked_for(self, leg: Leg, shape: Shape, info: Json) -> Json:
        """The token that was asked about, which 2.1.1 does not repeat."""
        uid = shape.keys[0] if shape.keys else ""
        said = wanted_type(leg.came.query)
        allowed = info.get("allowed") == "ALLOWED"
        return await self._recall.authorized(leg.receiver, uid, said, allowed=allowed)


def _tell_lost(kind: Kind | None, target: OcpiVersion, lost: tuple[str, ...]) -> None:
    """Which fields did not come along, once for each message."""
    if lost and kind is not None:
        told = {"kind": kind.value, "version": target.number}
        log.info("hub.lost", extra={**told, "lost": ", ".join(lost[:_MOST_TOLD])})


def _spoken_at(partner: Partner) -> OcpiVersion | None:
    return version_of(partner) if partner.version in VERSIONS else None


def _parsed(body: bytes) -> Json:
    try:
        document = decode(body)
    except NotJson as error:
        raise NotOcpi(str(error)) from None
    if not isinstance(document, dict):
        raise InvalidInput("", "a JSON object is needed")
    return document


def _place(leg: Leg, shape: Shape) -> Place:
    """Who owns what is told: whoever the address names, else the side that sends data."""
    if leg.message.role is InterfaceRole.SENDER:
        return Place(shape.owner or leg.receiver, leg.sender, leg.partner)
    return Place(shape.owner or leg.sender, leg.receiver, _caller(leg))


def _caller(leg: Leg) -> Partner | None:
    caller = leg.came.exchange.caller
    return caller.partner if caller else None


def _told_of(leg: Leg, kind: Kind | None) -> dict[str, str]:
    return {
        "kind": kind.value if kind else "",
        "sender": str(leg.sender),
        "receiver": str(leg.receiver),
        "partner": leg.partner.id,
    }
