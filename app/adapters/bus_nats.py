"""The bus between processes: NATS core, no persistence; an absent responder is known at once."""

import asyncio
import logging
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription
from nats.errors import Error, NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError

from app.domain.errors import Unavailable
from app.ports.bus import Handler, NoResponder, ReplyTimeout, Responder
from app.store.transaction import assert_no_transaction

log = logging.getLogger(__name__)

RECONNECT_S = 1
CONNECT_TIMEOUT_S = 5
JOIN_WITHIN_S = 10


class _Standing:
    """A subscription at the server that can end."""

    def __init__(self, subscription: NatsSubscription) -> None:
        self._subscription = subscription

    async def close(self) -> None:
        """Stop receiving."""
        try:
            await self._subscription.unsubscribe()
        except Error as error:
            log.info("bus.unsubscribe_failed", extra={"error": str(error)})


class NatsBus:
    """Reconnects by itself for ever; what is published while it is away is lost, as hints may be.

    Responders run in the task group of `run`, since NATS calls a subscription's handler serially.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tasks: asyncio.TaskGroup | None = None

    @classmethod
    async def connect(cls, address: str) -> "NatsBus":
        """Join the bus at an address such as `nats://127.0.0.1:4222`.

        Raises Unavailable when it is not there within ten seconds.
        """

        async def note(error: Exception) -> None:
            log.warning("bus.trouble", extra={"error": str(error)})

        async def lost() -> None:
            log.warning("bus.disconnected")

        async def back() -> None:
            log.info("bus.reconnected")

        try:
            async with asyncio.timeout(JOIN_WITHIN_S):
                client = await nats.connect(
                    address,
                    error_cb=note,
                    disconnected_cb=lost,
                    reconnected_cb=back,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_S,
                    connect_timeout=CONNECT_TIMEOUT_S,
                    allow_reconnect=True,
                )
        except (TimeoutError, OSError, Error) as error:
            raise Unavailable("the NATS server cannot be reached") from error
        return cls(client)

    async def run(self) -> None:
        """Own the tasks of responders until cancelled."""
        async with asyncio.TaskGroup() as self._tasks:
            await asyncio.Event().wait()

    @property
    def connected(self) -> bool:
        """Whether the server can be reached now."""
        return bool(self._client.is_connected)

    async def publish(self, subject: str, data: bytes = b"") -> None:
        """Tell whoever listens; lost when the server is away."""
        try:
            await self._client.publish(subject, data)
        except Error as error:
            log.info("bus.publish_lost", extra={"bus_subject": subject, "error": str(error)})

    async def subscribe(self, pattern: str, handler: Handler) -> _Standing:
        """Call the handler from now on."""

        async def deliver(message: Msg) -> None:
            await handler(message.subject, message.data)

        return _Standing(await self._client.subscribe(pattern, cb=deliver))

    async def respond(self, subject: str, responder: Responder) -> _Standing:
        """Answer requests from now on, several at a time."""

        async def answer(message: Msg) -> None:
            try:
                await message.respond(await responder(message.data))
            except Exception:  # the asker runs into its timeout and knows the outcome is unknown
                log.exception("bus.responder_failed", extra={"bus_subject": subject})

        async def take(message: Msg) -> None:
            if self._tasks is None:
                await answer(message)
            else:
                self._tasks.create_task(answer(message))

        return _Standing(await self._client.subscribe(subject, cb=take))

    async def request(self, subject: str, data: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - the port's word
        """Ask; nobody there is known at once."""
        assert_no_transaction()
        try:
            reply: Any = await self._client.request(subject, data, timeout=timeout)
        except NoRespondersError as error:
            raise NoResponder(subject) from error
        except (NatsTimeoutError, Error) as error:
            raise ReplyTimeout(subject) from error
        return bytes(reply.data)

    async def close(self) -> None:
        """Leave, letting what was published go out first."""
        try:
            await self._client.drain()
        except Error as error:
            log.info("bus.drain_failed", extra={"error": str(error)})
