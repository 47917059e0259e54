"""Ends messages that go round in circles between hubs (C-264).

A message that comes back while it is still on its way, with the same correlation id and to the
same target, was sent on by somebody who got it from us. A plain member may ask the same again
while it waits; that is no circle, since it comes from where it came from first. What is on its
way is known to this process only, so a circle over several processes takes as many rounds.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.partners import Partner, Role
from ocpi.hub.faults import HubTrouble
from ocpi.hub.messages import Leg
from ocpi.hub.rewriting import asks_in_query

Key = tuple[str, ...]


class Loops:
    """What is on its way now, and who sent it first."""

    def __init__(self) -> None:
        self._on_the_way: dict[Key, str] = {}

    @contextmanager
    def passing(self, leg: Leg) -> Iterator[None]:
        """Let a message be on its way; raises HubTrouble (4000) when it is already."""
        caller = leg.came.exchange.caller
        key = _key(leg)
        if caller is None or key in self._on_the_way:
            if caller is not None and _sent_on(caller.partner, self._on_the_way[key]):
                raise HubTrouble(f"the message to {leg.receiver} goes round in a circle")
            yield
            return
        self._on_the_way[key] = caller.partner.id
        try:
            yield
        finally:
            del self._on_the_way[key]


def _sent_on(caller: Partner, first: str) -> bool:
    return caller.id != first or bool(caller.parties(Role.HUB))


def _key(leg: Leg) -> Key:
    """Without the address for results, in whose place every hub puts its own."""
    message = leg.message
    return (
        message.exchange.correlation_id,
        str(leg.receiver),
        message.module,
        message.role.value,
        message.method,
        message.rest,
        "" if asks_in_query(message) else message.query,
    )
