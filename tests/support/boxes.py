"""Chargers without sockets: a command goes through the translators of its OCPP version.

What a charger answers is the simulated charger's own; what it sends is kept for the test to tell.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, cast

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.device_model import InventoryPart
from app.domain.errors import ChargerOffline
from app.domain.events import CommandRequested, ConfigurationDue, DefaultsWanted
from app.simulators.charger_dialect import Message
from app.simulators.charger_model import Outlet, utc_now
from app.simulators.charger_v2 import DialectV2
from app.simulators.charger_v16 import DialectV16
from app.store.transaction import Store
from app.use_cases.commands import Commands
from app.use_cases.configuration import Configurations
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.exchange import Answer, Refusal
from ocpp_bridge.v2.device_model import read_part
from tests.support.clock import NOON

ONE_BY_ONE = {dialect.subprotocol: dialect for dialect in DIALECTS}


class Works:
    """As much of a simulated charger as its variables need."""

    def __init__(self, protocol: str) -> None:
        self.signer = None
        self.protocol = protocol
        self.outlets = {1: Outlet(1, Decimal(1000))}
        self.settings: dict[str, str] = {}
        self.password: str | bytes = "secret"
        self.max_power_kw = Decimal(22)
        self.jobs: list[Callable[[], Awaitable[object]]] = []
        self.told: list[Message] = []

    def now(self) -> Any:
        return utc_now()

    def later(self, job: Callable[[], Awaitable[object]]) -> None:
        self.jobs.append(job)

    async def tell(self, message: Message) -> dict[str, Any]:
        self.told.append(message)
        return {}


class Box:
    """A charger of this version: the port that commands go to. `mute` answers nothing."""

    def __init__(self, protocol: str) -> None:
        self.works = Works(protocol)
        self.dialect = ONE_BY_ONE[protocol]
        works = cast("Any", self.works)
        side = DialectV16(works) if protocol == "ocpp1.6" else DialectV2(works)
        self.answers = dict(side.answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.mute = self.offline = False

    async def execute(self, command: Command) -> CommandOutcome:
        if self.offline:
            raise ChargerOffline("gone")
        ask = self.dialect.write_command(command, None)
        if isinstance(ask, CommandOutcome):
            return ask
        trouble = self.dialect.trouble(ask)
        assert trouble is None, trouble
        self.asked.append((ask.action, ask.payload))
        if self.mute:
            return CommandOutcome(CommandResult.TIMEOUT, "no answer")
        said = await self.answers[ask.action](ask.payload)
        if said is None:
            return self.dialect.read_outcome(command, Refusal("InternalError", "broken"))
        self.dialect.schemas.answer(ask.action).validate_python(said)
        return self.dialect.read_outcome(command, Answer(said))

    async def report(self) -> list[InventoryPart]:
        """The parts of the report that was asked for."""
        while self.works.jobs:
            await self.works.jobs.pop(0)()
        found = [m for m in self.works.told if m.action == "NotifyReport"]
        self.works.told.clear()
        return [read_part(message.payload) for message in found]

    @property
    def actions(self) -> list[str]:
        """What was asked, in order."""
        return [action for action, _ in self.asked]


class Hands:
    """Carries what follows from events, as the delivery machine does, until nothing is new."""

    def __init__(self, store: Store, commands: Commands, wishes: Configurations) -> None:
        self._store = store
        self._commands = commands
        self._wishes = wishes

    async def carry(self, *, at_most: int = 100) -> None:
        """Do everything that is to do."""
        for _ in range(at_most):
            async with self._store.transaction() as tx:
                stored = await tx.events.unplanned(100)
                await tx.events.claim([each.id for each in stored], NOON)
            if not stored:
                return
            for each in stored:
                match each.event:
                    case CommandRequested(command_id=command_id):
                        await self._commands.send(command_id)
                    case ConfigurationDue(station_id=station_id):
                        await self._wishes.configure(station_id)
                    case DefaultsWanted(party=party):
                        await self._wishes.configure_all(str(party))
                    case _:
                        pass
        raise AssertionError("it never comes to rest")
