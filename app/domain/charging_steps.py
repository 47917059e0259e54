"""One step of a driver's session: where it goes, and what must be done in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.domain.charging import ENDED, WATCHED, Charging, ChargingState
from app.domain.charging_triggers import Effect, Rules, Trigger


class Verdict(StrEnum):
    """What became of a trigger: it was acted on, there was nothing to do, or it cannot be done."""

    DONE = "done"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """The session after a trigger, and what must be done in the same transaction."""

    charging: Charging
    effects: tuple[Effect, ...] = ()
    verdict: Verdict = Verdict.DONE


@dataclass(frozen=True, slots=True)
class Here:
    """A session at the moment something happens to it."""

    charging: Charging
    now: datetime
    rules: Rules

    @property
    def age(self) -> timedelta:
        """How long the session has been in its state."""
        return self.now - self.charging.state_since

    def to(
        self, state: ChargingState, *effects: Effect, wait: timedelta | None = None, **changes: Any
    ) -> Step:
        """Enter a state, to be looked at again after `wait`."""
        changes.setdefault("reason", None)
        changes.setdefault("look_at", self.charging.look_at if state in WATCHED else None)
        after = replace(
            self.charging,
            state=state,
            state_since=self.now,
            deadline=None if wait is None else self.now + wait,
            completed_at=self.now if state in ENDED else None,
            **changes,
        )
        return Step(after, effects)

    def stay(self, *effects: Effect, **changes: Any) -> Step:
        """Remain in the state."""
        return Step(replace(self.charging, **changes), effects)

    def ignore(self) -> Step:
        """Nothing to do."""
        return Step(self.charging, verdict=Verdict.IGNORED)


Move = Callable[[Here, Any], Step]


def ignore(here: Here, _: Trigger) -> Step:
    return here.ignore()


def refuse(here: Here, _: Trigger) -> Step:
    return Step(here.charging, verdict=Verdict.REFUSED)


def forget_deadline(here: Here, _: Trigger) -> Step:
    return here.stay(deadline=None)
