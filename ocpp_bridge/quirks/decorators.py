"""What a quirk makes of a dialect: one handler does something before or after, one CALL is put
otherwise. The families themselves know no makers."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.domain.commands import Command, CommandOutcome
from app.domain.stations import Address
from ocpp_bridge.dialect import Dialect, Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Ask, Asked, Payload

Dress = Callable[[Dialect], Dialect]
Before = Callable[[Visit, Payload], Payload]
"""What the charger meant, of what it said."""


def meaning(before: Before, *actions: str) -> Dress:
    """Read what it says in these messages as it is meant."""

    def dress(dialect: Dialect) -> Dialect:
        handlers = dict(dialect.handlers)
        for action in handlers.keys() & set(actions):
            handlers[action] = _reading(before, handlers[action])
        return replace(dialect, handlers=handlers)

    return dress


def _reading(before: Before, handler: Handler) -> Handler:
    async def handle(visit: Visit, asked: Asked) -> Payload:
        return await handler(visit, replace(asked, payload=before(visit, asked.payload)))

    return handle


def answering(action: str, answer: Callable[[Visit, Asked], Awaitable[Payload]]) -> Dress:
    """Answer one message otherwise."""

    def dress(dialect: Dialect) -> Dialect:
        if action not in dialect.handlers:
            return dialect
        return replace(dialect, handlers={**dialect.handlers, action: answer})

    return dress


def putting(rewrite: Callable[[Payload], Payload], action: str) -> Dress:
    """Put one kind of CALL otherwise."""

    def dress(dialect: Dialect) -> Dialect:
        before = dialect.write_command

        def write(command: Command, place: Address | None) -> Ask | CommandOutcome:
            ask = before(command, place)
            if isinstance(ask, CommandOutcome) or ask.action != action:
                return ask
            return Ask(action, rewrite(ask.payload))

        return replace(dialect, write_command=write)

    return dress


def unpinged(dialect: Dialect) -> Dialect:
    """Leave its socket in peace: what it says by itself is its sign of life."""
    return replace(dialect, pings=False)
