"""What drivers and guests want while they charge: other limits, and their cable back."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from app.domain.charging import Charging, ChargingState
from app.domain.charging_steps import Verdict
from app.domain.charging_triggers import LimitsSet, Trigger, UnlockAsked
from app.domain.commands import CommandChannel
from app.domain.errors import ChargerRefused, Conflict, InvalidInput
from app.domain.money import Money
from app.domain.units import Kwh
from app.store.transaction import Transaction
from app.use_cases.charging import Chargings
from app.use_cases.charging_moved import passed
from app.use_cases.charging_steps import Steps
from app.use_cases.command_plans import goes_on
from app.use_cases.command_requests import Asker, UnlockRequest
from app.use_cases.commands import request_in
from app.use_cases.quotes import Caller

S = ChargingState

_MAY_UNLOCK = frozenset(
    {
        S.STOPPING, S.AWAITING_UNPLUG, S.SETTLING, S.COMPLETED, S.SETTLEMENT_FAILED,
        S.START_REJECTED, S.START_TIMEOUT, S.ABANDONED, S.CANCELLED,
    }
)  # fmt: skip
"""Energy does not flow any more, or never did."""

UNLOCKABLE_FOR = timedelta(hours=1)
"""How long after the end a cable may still be asked for."""

MOST_SOC = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Where a driver wants to stop; the first one that is reached counts."""

    energy: Kwh | None = None
    time: timedelta | None = None
    cost: Money | None = None
    soc: Decimal | None = None

    def check(self, charging: Charging) -> None:
        """Raise InvalidInput for what makes no sense for this session."""
        for path, number in (
            ("energy", None if self.energy is None else self.energy.value),
            ("cost", None if self.cost is None else self.cost.amount),
            ("soc", self.soc),
        ):
            if number is not None and number <= 0:
                raise InvalidInput(path, "is too small")
        if self.time is not None and self.time <= timedelta():
            raise InvalidInput("time", "is too small")
        if self.soc is not None and self.soc > MOST_SOC:
            raise InvalidInput("soc", "is more than 100 percent")
        if self.cost is not None and self.cost.currency != charging.currency:
            raise InvalidInput("cost", f"is not in {charging.currency}")


class SessionWishes:
    """Takes them, for whoever the session is."""

    def __init__(self, steps: Steps, chargings: Chargings, *, random: Random) -> None:
        self._steps = steps
        self._chargings = chargings
        self._random = random

    async def set_limits(
        self, charging_id: str, caller: Caller, limits: SessionLimits
    ) -> Charging:
        """Stop at these from now on; what is passed already stops at once, and once.

        Raises NotFound, InvalidInput, and Conflict when energy will not flow any more.
        """
        limits.check(await self._chargings.get(charging_id, caller))
        wanted = LimitsSet(limits.energy, limits.time, limits.cost, limits.soc)

        async def news(_: Transaction, __: Charging) -> list[Trigger]:
            return [wanted]

        outcome = await self._steps.take(charging_id, news)
        if outcome.verdict is Verdict.REFUSED:
            raise Conflict(f"the session is {outcome.charging.state} and has no limits any more")
        return (await self._steps.take(charging_id, self._look)).charging

    async def _look(self, tx: Transaction, charging: Charging) -> list[Trigger]:
        session = await tx.sessions.get(charging.session_id) if charging.session_id else None
        return [] if session is None else passed(charging, session, self._steps.clock.now())

    async def unlock(self, charging_id: str, caller: Caller) -> Charging:
        """Ask the charger to let go of the cable.

        Raises NotFound, Conflict while energy flows or when somebody else charges there by now,
        and ChargerRefused (`offline`) when the charger cannot be told.
        """
        await self._chargings.get(charging_id, caller)

        async def news(tx: Transaction, charging: Charging) -> list[Trigger]:
            return [UnlockAsked(await self._ask(tx, charging))]

        return (await self._steps.take(charging_id, news)).charging

    async def _ask(self, tx: Transaction, charging: Charging) -> str:
        now = self._steps.clock.now()
        over = charging.completed_at is not None and now - charging.completed_at > UNLOCKABLE_FOR
        if charging.state not in _MAY_UNLOCK or over:
            raise Conflict(f"the session is {charging.state}, its cable cannot be unlocked now")
        there = await tx.sessions.running_at(charging.cpo, charging.location_id, charging.evse_uid)
        if there is not None and goes_on(there) and there.charging_id != charging.id:
            raise ChargerRefused("occupied")
        request = UnlockRequest(
            asker=Asker(channel=CommandChannel.DRIVER, charging_id=charging.id),
            party=charging.cpo,
            location_id=charging.location_id,
            evse_uid=charging.evse_uid,
            connector_id=charging.connector_id,
        )
        return (await request_in(tx, request, now=now, random=self._random)).id
