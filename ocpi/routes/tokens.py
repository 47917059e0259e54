"""Tokens: partners tell us theirs (receiver), list ours and ask about them (sender).

Source: OCPI 2.2.1, Tokens.
"""

from dataclasses import dataclass, replace

from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Role
from app.domain.tokens import Token, TokenType
from app.ports.clock import Clock
from app.queries.roaming import Roaming
from app.use_cases.tokens import Tokens
from ocpi.models.tokens import LocationReferences
from ocpi.models.tokens import Token as WireToken
from ocpi.routes.listing import shelf_answer
from ocpi.routes.received import (
    changed_at,
    check_address,
    owner_of,
    patch_of,
    stored,
    stored_document,
    verbatim,
)
from ocpi.translate.tokens import read_token, token_type, write_authorization, write_token
from ocpi.versions.registry import Kind
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.merge import merge

_ONE = "{country}/{party}/{token}"
_TYPE_NAMES = ("type", "token_type")
"""What peers call the type in an address, whatever their version."""


@dataclass(frozen=True, slots=True)
class TokenRoutes:
    """Both sides of the module."""

    roaming: Roaming
    tokens: Tokens
    clock: Clock

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted."""
        sender = (
            Route("GET", "", self.list),
            Route("POST", "{token}/authorize", self.authorize, Body.OPTIONAL),
        )
        receiver = (
            Route("GET", _ONE, self.show_stored),
            Route("PUT", _ONE, self.put, Body.NEEDED),
            Route("PATCH", _ONE, self.patch, Body.NEEDED),
        )
        return (
            Interface("tokens", InterfaceRole.SENDER, sender),
            Interface("tokens", InterfaceRole.RECEIVER, receiver),
        )

    async def list(self, call: Call) -> Answer:
        """GET: our drivers' cards, which are the business of platforms with chargers only."""
        seen = call if _has_chargers(call) else replace(call, ours=())
        return await shelf_answer(seen, Kind.TOKEN, self.roaming.tokens, write_token)

    async def authorize(self, call: Call) -> Answer:
        """POST: may this token of ours charge, there? An unknown one is 404 and 2004."""
        place = None
        if call.body is not None:
            place = LocationReferences.read(call.lifted(Kind.LOCATION_REFERENCES))
        if not _has_chargers(call):
            raise NotFound("token", call.path["token"])
        answer = await self.tokens.authorize(call.path["token"], _wanted_type(call))
        if answer.token is None:
            raise NotFound("token", call.path["token"])
        document = write_authorization(answer, answer.token, place)
        return Answer(call.version.lower(Kind.AUTHORIZATION_INFO, document))

    async def show_stored(self, call: Call) -> Answer:
        """GET of what the owner sent us."""
        kept = await self.tokens.find(*_key(call))
        if kept.own or kept.document is None:
            raise NotFound("token", call.path["token"])
        return Answer(stored_document(call, Kind.TOKEN, kept))

    async def put(self, call: Call) -> Answer:
        """PUT of a whole token; the `type` of the query, if given, has to be the body's."""
        document = call.lifted(Kind.TOKEN)
        token = WireToken.read(document)
        check_address(call, document, uid="token")
        named = call.query.get("type")
        if named and named != token.type:
            raise InvalidInput("type", f"{token.type!r} is not {named!r} as in the address")
        created = await self.tokens.accept_put(call.partner, read_token(token, verbatim(call)))
        return stored(created=created)

    async def patch(self, call: Call) -> Answer:
        """PATCH of some fields; what identifies a token is none of them."""
        patch = patch_of(call, self.clock.now())
        moment = changed_at(patch)

        def changed(before: Token) -> Token | None:
            if before.document is None or moment < before.last_updated:
                return None
            kept = stored_document(call, Kind.TOKEN, before)
            document = merge(kept, patch, also_fixed=("type",))
            lifted = call.version.lift(Kind.TOKEN, document, call.around)
            return read_token(WireToken.read(lifted), verbatim(call, document))

        await self.tokens.accept_patch(call.partner, _key(call), changed)
        return Answer()


def _has_chargers(call: Call) -> bool:
    return any(call.partner.parties(role) for role in (Role.CPO, Role.HUB))


def _key(call: Call) -> tuple[PartyId, str, TokenType]:
    return owner_of(call, Role.EMSP), call.path["token"], _wanted_type(call)


def _wanted_type(call: Call) -> TokenType:
    """The type in the query, RFID when there is none; raises InvalidInput for an unknown one."""
    name = call.version.token_type_parameter
    said = (call.query.get(each) for each in (name, *_TYPE_NAMES))
    text = next((each for each in said if each), TokenType.RFID.value)
    found = token_type(text)
    if found.value != text:
        raise InvalidInput(name, f"{text[:40]!r} is no token type")
    return found
