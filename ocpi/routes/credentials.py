"""Credentials: register, renew, leave, and see what one is registered as.

Source: OCPI 2.2.1, Credentials. The handshake itself is in `client.handshake`.
"""

from dataclasses import dataclass

from app.domain.partners import InterfaceRole
from app.use_cases.partners import Partners
from app.use_cases.registration import AlreadyRegistered, NotRegistered
from ocpi.client.handshake import Handshake
from ocpi.wire.access import Caller
from ocpi.wire.addresses import Face
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.faults import MethodNotAllowed

_REGISTERED = ("DELETE", "GET", "PUT")
_INVITED = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class CredentialsRoutes:
    """The module at every face; which platform of ours is meant, the partner says."""

    handshake: Handshake
    partners: Partners

    def interface(self, face: Face) -> Interface:  # noqa: ARG002 - the same at every face
        """What is mounted; the role of this module has no meaning (OCPI 2.2.1, Versions)."""
        routes = (
            Route("GET", "", self.show),
            Route("POST", "", self.register, Body.NEEDED),
            Route("PUT", "", self.renew, Body.NEEDED),
            Route("DELETE", "", self.leave),
        )
        return Interface(
            "credentials", InterfaceRole.SENDER, routes, functional=False, open_to_invited=True
        )

    async def show(self, call: Call) -> Answer:
        """GET: our roles, and the token the caller uses (C-083)."""
        return Answer(await self.handshake.shown(_caller(call), call.version))

    async def register(self, call: Call) -> Answer:
        """POST with the token of an invitation (C-060..C-068)."""
        return await self._exchange(call, "POST", renewing=False)

    async def renew(self, call: Call) -> Answer:
        """PUT: new token, roles, endpoints or version (C-078..C-081)."""
        return await self._exchange(call, "PUT", renewing=True)

    async def _exchange(self, call: Call, method: str, *, renewing: bool) -> Answer:
        try:
            document = await self.handshake.accept(
                _caller(call), call.version, call.document(), renewing=renewing
            )
        except (AlreadyRegistered, NotRegistered) as error:
            raise _wrong_state(error, method) from None
        return Answer(document)

    async def leave(self, call: Call) -> Answer:
        """DELETE: from now on the caller's token is unknown (C-082)."""
        caller = _caller(call)
        if caller.invited or not caller.partner.registered:
            raise MethodNotAllowed("DELETE", _INVITED)
        await self.partners.suspend(caller.partner.id)
        return Answer()


def _caller(call: Call) -> Caller:
    if call.exchange.caller is None:
        raise LookupError("the exchange is not authenticated")
    return call.exchange.caller


def _wrong_state(error: Exception, method: str) -> MethodNotAllowed:
    allowed = _REGISTERED if isinstance(error, AlreadyRegistered) else _INVITED
    return MethodNotAllowed(method, allowed)
