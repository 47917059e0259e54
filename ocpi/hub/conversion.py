"""Messages between members of different versions, in the words of whoever gets them.

Between members of one version nothing is touched. Otherwise the body, the query and the answer go
up to the canonical form and down again; unknown fields stay, what has no words is left out where
that is harmless and refused where the message would become another one. What it costs is told in
`docs/hub-versions.md` and, message by message, in the log.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.partners import InterfaceRole
from app.ports.clock import Clock
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.crossing import Crossed
from ocpi.hub.faults import HubTrouble
from ocpi.hub.messages import AnsweredFor, HubMessage, Leg
from ocpi.hub.places import Parties
from ocpi.hub.recall import Recall
from ocpi.hub.retelling import End, Retelling, end_of
from ocpi.hub.shapes import Shape, shape_of
from ocpi.hub.standing_in import (
    NOT_SUPPORTED,
    NotSupportedThere,
    Untold,
    check_spoken,
    query_in,
    status_in,
    wanted_type,
)
from ocpi.models.common import write_datetime
from ocpi.versions.rung import Inexpressible, Json, Kind
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import NotJson, decode, encode
from ocpi.wire.envelope import seal
from ocpi.wire.faults import NoResource, NotOcpi

log = getLogger(__name__)

_SUCCESSES = range(1000, 2000)
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Passage:
    """What has to be converted on a leg: a request from its sender, or an answer on its way back.

    `shape` is the request's in either case; `kind` is that of the objects that pass.
    """

    leg: Leg
    shape: Shape
    kind: Kind
    source: End
    target: End

    @property
    def parties(self) -> Parties:
        """Who owns what is told: whoever the address names, else the side that sends data."""
        leg, owner = self.leg, self.shape.owner
        if leg.message.role is InterfaceRole.SENDER:
            return Parties(owner or leg.receiver, leg.sender, leg.partner)
        return Parties(owner or leg.sender, leg.receiver, _sender(leg).partner)

    def told(self) -> dict[str, str]:
        """What the log says of it."""
        return {
            "kind": self.kind.value,
            "sender": str(self.leg.sender),
            "receiver": str(self.leg.receiver),
            "partner": self.leg.partner.id,
        }


class Conversion:
    """A step of forwarding; costs nothing between members of the same version."""

    def __init__(self, recall: Recall, retelling: Retelling, clock: Clock) -> None:
        self._recall = recall
        self._retelling = retelling
        self._afterwards = Afterwards()
        self._clock = clock

    # ------------------------------------------------------------ requests

    async def outward(self, leg: Leg) -> Leg:
        """The request in the receiver's version.

        Raises Untold (2001), InvalidInput, NotOcpi, NoResource, MethodNotAllowed, and AnsweredFor
        where the receiver could only say that it does not know such a thing.
        """
        if _is_same(leg):
            return leg
        sender, receiver = _sender(leg), end_of(leg.partner)
        if receiver is None or not sender.differs(receiver):
            return leg
        message = leg.message
        shape = _shape_of(message)
        try:
            check_spoken(message, shape, receiver.version)
        except NotSupportedThere:
            raise AnsweredFor(self._not_supported(leg, shape, sender)) from None
        body, said_type = message.body, None
        if shape.body is not None and body.strip():
            document = _parsed(body)
            said_type = document.get("type")
            passage = Passage(leg, shape, shape.body, sender, receiver)
            body = encode(await self._request(passage, document))
        token_type = await self._token_type(leg, shape, said_type)
        query = query_in(receiver.version, message, token_type)
        rest = await self._retelling.address(message, by=sender, to=receiver)
        return replace(leg, message=replace(message, body=body, query=query, rest=rest))

    def _not_supported(self, leg: Leg, shape: Shape, sender: End) -> Relayed:
        kind = shape.answer or Kind.COMMAND_RESPONSE
        body = seal(self._clock.now(), sender.version.lower(kind, NOT_SUPPORTED))
        return Relayed(body=body, by=leg.receiver)

    async def _token_type(self, leg: Leg, shape: Shape, said: Any) -> str | None:
        """The type of a token whose owner's version has none in its addresses."""
        if leg.message.module != "tokens" or leg.message.role is InterfaceRole.SENDER:
            return None
        if isinstance(said, str) or shape.owner is None or not shape.keys:
            return said if isinstance(said, str) else None
        return await self._recall.type_of(shape.owner, shape.keys[0])

    async def _request(self, passage: Passage, document: Json) -> Json:
        """The body in the receiver's words; raises Untold."""
        kind, parties, target = passage.kind, passage.parties, passage.target
        partial = passage.shape.partial
        canonical = await self._retelling.heard(
            kind, document, parties, by=passage.source, partial=partial
        )
        if partial and target.version.patch_needs_last_updated:
            canonical.setdefault("last_updated", write_datetime(self._clock.now()))
        if not partial:
            await self._remember(passage, [canonical])
        try:
            crossing = await self._retelling.told(
                kind, canonical, parties, to=target, partial=partial
            )
        except Inexpressible:
            log.warning("hub.withheld", extra=passage.told())
            noun = kind.value.replace("_", " ")
            said = f"OCPI {target.version.number} of {passage.leg.receiver} cannot say this {noun}"
            raise Untold(said) from None
        _tell_lost(passage, crossing.lost)
        return crossing.document

    # ------------------------------------------------------------ answers

    async def homeward(self, leg: Leg, answer: Relayed) -> Relayed:
        """The answer in the sender's version.

        Raises HubTrouble for what cannot be read, NoResource for one object without words; of a
        list such objects are left out.
        """
        if _is_same(leg):
            return answer
        sender, receiver = _sender(leg), end_of(leg.partner)
        if receiver is None or not sender.differs(receiver):
            return answer
        shape = _shape_of(leg.came)
        status = status_in(sender.version, answer.status_code)
        envelope: Json = decode(answer.body)
        data = envelope.get("data")
        if shape.answer is not None and answer.status_code in _SUCCESSES and data is not None:
            passage = Passage(leg, shape, shape.answer, receiver, sender)
            envelope = {**envelope, "data": await self._answer(passage, data)}
        body = encode({**envelope, "status_code": status})
        return replace(answer, body=body, status_code=status)

    async def _answer(self, passage: Passage, data: Any) -> Any:
        """One object or a list of them in the sender's words; raises HubTrouble, NoResource."""
        single = not isinstance(data, list)
        lost, left_out = dict[str, None](), Counter[str]()
        canonical: list[Json] = []
        for document in [data] if single else data:
            try:
                canonical.append(await self._heard(passage, document))
            except HubTrouble as error:
                if single:
                    raise
                left_out[error.code] += 1
        await self._afterwards.do("tokens", lambda: self._remember(passage, canonical))
        kept: list[Json] = []
        for each in canonical:
            try:
                crossing = await self._told(passage, each)
            except NoResource as error:
                if single:
                    raise
                left_out[error.code] += 1
                continue
            kept.append(crossing.document)
            lost |= dict.fromkeys(crossing.lost)
        _tell_lost(passage, tuple(lost))
        if left_out:
            count = {"count": left_out.total(), "why": ", ".join(left_out)}
            log.info("hub.left_out", extra={**passage.told(), **count})
        return kept[0] if single else kept

    async def _heard(self, passage: Passage, document: Any) -> Json:
        """An object that the receiver answered, in canonical form; raises HubTrouble."""
        kind, receiver = passage.kind, passage.leg.receiver
        if not isinstance(document, dict):
            raise HubTrouble(f"{receiver} answered no {kind.value}")
        try:
            return await self._retelling.heard(kind, document, passage.parties, by=passage.source)
        except InvalidInput as error:
            raise HubTrouble(f"{receiver} answered a wrong {kind.value}: {error}") from None

    async def _told(self, passage: Passage, canonical: Json) -> Crossed:
        """The same as the sender hears it; raises NoResource where it has no words for it."""
        kind, target = passage.kind, passage.target
        if kind is Kind.AUTHORIZATION_INFO and not canonical.get("token"):
            canonical["token"] = await self._asked_for(passage, canonical)
        try:
            return await self._retelling.told(kind, canonical, passage.parties, to=target)
        except Inexpressible:
            raise NoResource(
                f"OCPI {target.version.number} cannot say this {kind.value}"
            ) from None

    async def _asked_for(self, passage: Passage, info: Json) -> Json:
        """The token that was asked about, which 2.1.1 does not repeat."""
        leg, keys = passage.leg, passage.shape.keys
        said = wanted_type(leg.came.query)
        allowed = info.get("allowed") == "ALLOWED"
        uid = keys[0] if keys else ""
        return await self._recall.authorized(leg.receiver, uid, said, allowed=allowed)

    async def _remember(self, passage: Passage, canonical: Sequence[Json]) -> None:
        """What members whose version leaves much to the connection have to be reminded of."""
        ends = (passage.source, passage.target)
        if not all(end.version.owner_in_body for end in ends):
            await self._recall.note(passage.kind, canonical, passage.parties.owner)


def _tell_lost(passage: Passage, lost: tuple[str, ...]) -> None:
    """Which fields did not come along, once for each message."""
    if lost:
        told = {"kind": passage.kind.value, "version": passage.target.version.number}
        log.info("hub.lost", extra={**told, "lost": ", ".join(lost[:_MOST_TOLD])})


def _is_same(leg: Leg) -> bool:
    """Whether both ends speak one version, which is seen without looking closely."""
    version = leg.came.exchange.version
    return version is not None and version.number == leg.partner.version


def _sender(leg: Leg) -> End:
    """The member that the message came from."""
    caller = leg.came.exchange.caller
    return End(leg.came.exchange.ocpi, caller.partner if caller else None)


def _shape_of(message: HubMessage) -> Shape:
    return shape_of(message.module, message.role, message.method, message.rest)


def _parsed(body: bytes) -> Json:
    try:
        document = decode(body)
    except NotJson as error:
        raise NotOcpi(str(error)) from None
    if not isinstance(document, dict):
        raise InvalidInput("", "a JSON object is needed")
    return document
