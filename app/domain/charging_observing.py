"""What is noticed of a driver's session while its state stays: progress, idle time, new limits."""

from app.domain.charging_steps import Here, Step
from app.domain.charging_triggers import (
    LimitsSet,
    NoticeKind,
    Notify,
    Observed,
    UnlockAsked,
    UnlockTried,
)

REPEATED = frozenset({NoticeKind.IDLE_WARNING, NoticeKind.IDLE_STARTED, NoticeKind.IDLE_RUNNING})
"""What may be told more than once a session, each time by a mark of its own."""

IDLE = "idle."


def observe(here: Here, trigger: Observed) -> Step:
    """Tell what was not told yet; idle time that begins anew is told of anew."""
    charging, noted = here.charging, here.charging.noted
    if not trigger.parked and not any(mark.startswith(IDLE) for _, mark in trigger.told):
        noted = frozenset(mark for mark in noted if not mark.startswith(IDLE))
    new = [each for each in trigger.told if each[1] not in noted]
    first = charging.soc_first is None and trigger.soc is not None
    return here.stay(
        *(Notify(kind, again=kind in REPEATED) for kind, _ in new),
        noted=noted | {mark for _, mark in new},
        look_at=trigger.look_at,
        soc_first=trigger.soc if first else charging.soc_first,
        soc_energy=trigger.energy if first else charging.soc_energy,
    )


def set_limits(here: Here, trigger: LimitsSet) -> Step:
    return here.stay(
        target_energy=trigger.energy,
        target_time=trigger.time,
        target_cost=trigger.cost,
        target_soc=trigger.soc,
    )


def unlock_asked(here: Here, trigger: UnlockAsked) -> Step:
    return here.stay(unlock_command_id=trigger.command_id)


def unlock_tried(here: Here, trigger: UnlockTried) -> Step:
    return here.stay() if trigger.worked else here.stay(Notify(NoticeKind.CABLE_STUCK))
