"""The websocket handshake: who is it, may it come in, in which OCPP version.

Nothing of the websocket is agreed before the station is authenticated: an unknown one gets 404, a
wrong password 401, too many tries 429, all as plain HTTP. A station that offers no version spoken
here is let through the upgrade without a sub-protocol and closed (OCPP 1.6J, 3.1.2).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from app.domain.errors import (
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from app.domain.security import PLAIN, Arrival
from app.domain.stations import Credentials
from app.ports.clock import Clock
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import pick
from ocpp_bridge.dispatch import Dispatch, Visit
from ocpp_bridge.limits import Buckets
from ocpp_bridge.proxies import NO_PROXIES, Proxies
from ocpp_bridge.security import read_basic, station_identity
from ocpp_bridge.transport import Socket
from ocpp_bridge.v16.station import V16

log = logging.getLogger(__name__)

SWITCHING = 101
CLOSE_PROTOCOL_ERROR = 1002
MAX_STRANGERS = 200
FAILURES_PER_MINUTE = 5


@dataclass(frozen=True, slots=True)
class Stranger:
    """A station that knocked and is not registered."""

    identity: str
    peer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Admitted:
    """A station that is let in; `response` completes the upgrade and is still to be sent."""

    visit: Visit
    dialect: Dialect
    response: Response
    identity: str
    credentials: Credentials | None
    arrival: Arrival = PLAIN


class Door:
    """Admits stations, and remembers who failed and who is not known."""

    def __init__(
        self,
        dispatch: Dispatch,
        clock: Clock,
        *,
        per_second: float,
        burst: int,
        limit_s: float,
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        self._dispatch = dispatch
        self._clock = clock
        self._limit_s = limit_s
        self._proxies = proxies
        self._knocks = Buckets(per_second, burst, clock.monotonic)
        self._failures = Buckets(FAILURES_PER_MINUTE / 60, FAILURES_PER_MINUTE, clock.monotonic)
        self._strangers: OrderedDict[str, Stranger] = OrderedDict()

    @property
    def strangers(self) -> tuple[Stranger, ...]:
        """The last unknown stations that knocked, newest last, for the operator to register."""
        return tuple(self._strangers.values())

    async def admit(self, socket: Socket) -> Admitted | None:
        """Hear the request and decide; None when it was refused, which has been answered."""
        try:
            async with asyncio.timeout(self._limit_s):
                request = await socket.request()
        except TimeoutError:
            return None
        if request is None:
            return None
        chosen: list[Dialect] = []
        response = socket.agree(request, lambda offered: _choose(offered, chosen))
        if response.status_code != SWITCHING:
            socket.respond(response)
            return None
        try:
            return await self._enter(socket, request, response, chosen)
        except DomainError as error:
            self.refuse(socket, error)
        except TimeoutError:
            socket.respond(socket.refuse(503, "The station could not be looked up in time.\n"))
        return None

    async def admit_again(self, admitted: Admitted) -> Visit:
        """Load the station's state anew, after an older connection of it has been closed."""
        return await self._dispatch.admit(
            admitted.identity,
            admitted.credentials,
            admitted.dialect.subprotocol,
            arrival=admitted.arrival,
        )

    async def _enter(
        self, socket: Socket, request: Request, response: Response, chosen: list[Dialect]
    ) -> Admitted | None:
        self._take(self._knocks, socket.peer)
        identity = station_identity(request.path)
        if identity is None:
            raise NotFound("station", "")
        if not chosen and await self._is_silent_16(request, identity):
            chosen.append(V16)
        if not chosen:
            log.info("ocpp.no_version", extra={"station": identity, "peer": socket.peer})
            socket.respond(response)
            socket.close(CLOSE_PROTOCOL_ERROR, "no OCPP version in common")
            return None
        headers = request.headers.get_all("Authorization")
        credentials = read_basic(headers[0]) if len(headers) == 1 else None
        socket.arrival = self._proxies.arrival(socket.peer, socket.arrival, request)
        visit = await self._authenticate(socket, identity, credentials, chosen[0])
        admitted = Admitted(visit, chosen[0], response, identity, credentials, socket.arrival)
        if visit.version in {None, chosen[0].subprotocol}:
            return admitted
        return await self._bind(socket, request, admitted)

    async def _is_silent_16(self, request: Request, identity: str) -> bool:
        """Whether it names no version at all, and its operator says that it speaks 1.6 (Q-15)."""
        if request.headers.get_all("Sec-WebSocket-Protocol"):
            return False
        return await self._dispatch.version_of(identity) == V16.subprotocol

    async def _bind(self, socket: Socket, request: Request, admitted: Admitted) -> Admitted | None:
        """Agree on the version that the operator bound this charger to, if it offers that."""
        chosen: list[Dialect] = []
        bound = admitted.visit.version
        response = socket.agree(
            request, lambda offered: _choose([o for o in offered if o.lower() == bound], chosen)
        )
        if not chosen:
            log.info("ocpp.other_version", extra={"station": admitted.identity, "bound": bound})
            await admitted.visit.leave()
            socket.respond(response)
            socket.close(CLOSE_PROTOCOL_ERROR, f"this charger is to speak {bound}")
            return None
        again = replace(admitted, dialect=chosen[0], response=response)
        return replace(again, visit=await self.admit_again(again))

    async def _authenticate(
        self, socket: Socket, identity: str, credentials: Credentials | None, dialect: Dialect
    ) -> Visit:
        name = f"{identity.casefold()} {socket.peer}"
        wait_s = self._failures.wait_s(name)
        if wait_s:
            raise RateLimited(wait_s)
        try:
            _check_user(identity, credentials)
            async with asyncio.timeout(self._limit_s):
                return await self._dispatch.admit(
                    identity, credentials, dialect.subprotocol, arrival=socket.arrival
                )
        except Unauthenticated as error:
            self._failures.take(name)
            log.warning(
                "station.rejected",
                extra={"station": identity, "peer": socket.peer, "why": str(error)},
            )
            raise
        except NotFound:
            self._remember(Stranger(identity, socket.peer, self._clock.now()))
            log.warning("station.unknown", extra={"station": identity, "peer": socket.peer})
            raise

    def _take(self, buckets: Buckets, name: str) -> None:
        wait_s = buckets.wait_s(name)
        if wait_s:
            raise RateLimited(wait_s)
        buckets.take(name)

    def _remember(self, stranger: Stranger) -> None:
        self._strangers[stranger.identity] = stranger
        self._strangers.move_to_end(stranger.identity)
        if len(self._strangers) > MAX_STRANGERS:
            self._strangers.popitem(last=False)

    def refuse(self, socket: Socket, error: DomainError) -> None:
        """Answer the handshake with why it is refused."""
        response = socket.refuse(http_status(error), f"{error}\n")
        if isinstance(error, Unauthenticated):
            response.headers["WWW-Authenticate"] = 'Basic realm="ocpp", charset="UTF-8"'
        if isinstance(error, RateLimited):
            response.headers["Retry-After"] = str(error.retry_after_s)
        socket.respond(response)


def http_status(error: DomainError) -> int:
    """The one table from refusals to HTTP at this edge."""
    match error:
        case NotFound():
            return 404
        case Unauthenticated():
            return 401
        case Forbidden():
            return 403
        case RateLimited():
            return 429
        case InvalidInput():
            return 400
        case _:
            return 503


def _check_user(identity: str, credentials: Credentials | None) -> None:
    if credentials is not None and credentials.user.casefold() != identity.casefold():
        raise Unauthenticated("the user name is not the station's identity")


def _choose(offered: Sequence[Subprotocol], chosen: list[Dialect]) -> Subprotocol | None:
    picked = pick(offered)
    if picked is None:
        return None
    spelling, dialect = picked
    chosen.append(dialect)
    return Subprotocol(spelling)
