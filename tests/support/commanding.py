"""Commands in tests: who asks for them, the charger ST-1, and what it is asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.domain.commands import Command, CommandChannel, CommandOutcome, CommandResult
from app.domain.errors import DomainError
from app.domain.locations import Location
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Station
from app.store.transaction import Store, assert_no_transaction
from app.use_cases.command_requests import Asker, StartRequest
from tests.support.roaming_objects import CPO, EARLIER, THEIR_EMSP, a_location, a_token

ACCEPTED = CommandOutcome(CommandResult.ACCEPTED)
DRIVER = Asker(channel=CommandChannel.DRIVER, charging_id="c1")
OPERATOR = Asker(channel=CommandChannel.OPERATOR, cpo=CPO)
PARTNER = Asker(
    channel=CommandChannel.PARTNER,
    partner_id="p1",
    emsp=THEIR_EMSP,
    callback_url="https://them.example/results/1",
)


class Charger:
    """A gateway that notes what it is asked and answers as told."""

    def __init__(self) -> None:
        self.asked: list[Command] = []
        self.answer: CommandOutcome | DomainError | None = ACCEPTED
        self.before_answer: Callable[[Command], Any] | None = None

    async def execute(self, command: Command) -> CommandOutcome | None:
        assert_no_transaction()
        self.asked.append(command)
        if self.before_answer is not None:
            await self.before_answer(command)
        if isinstance(self.answer, DomainError):
            raise self.answer
        return self.answer


async def furnish(store: Store, *locations: Location, online: bool = True) -> None:
    """Put sites there, and the charger ST-1."""
    async with store.transaction() as tx:
        for location in locations or (a_location(),):
            await tx.locations.put(location)
        await tx.stations.put(Station("ST-1", CPO, "x", node="n1" if online else None))


def a_start(asker: Asker = DRIVER, **fields: Any) -> StartRequest:
    """A wish to charge at E1."""
    given = {"party": CPO, "location_id": "L1", "evse_uid": "E1", "token": a_token(), **fields}
    return StartRequest(asker=asker, **given)


async def a_session(store: Store, **fields: Any) -> Session:
    """Put a session there that runs at E1."""
    session = Session(
        "s1", CPO, SessionStatus.ACTIVE, EARLIER, EARLIER, "EUR", "Europe/Berlin",
        station_id="ST-1", transaction="7", location_id="L1", evse_uid="E1", connector_id="1",
        token=a_token().ref,
    )  # fmt: skip
    session = replace(session, **fields)
    async with store.transaction() as tx:
        await tx.sessions.put(session)
    return session


async def events(store: Store) -> list[object]:
    """Everything that happened."""
    async with store.reading() as tx:
        return [recorded.event for recorded in await tx.events.unplanned(50)]
