"""Where a session shall stop, as a form: one kind of limit at a time, by number or by slider.

Without scripts it is a choice and a number. With them a slider goes along, from what is charged
already to what is possible at all; the others of the session's limits stay as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal

from starlette.datastructures import FormData

from app.domain.charging import PREPARING, RUNNING, Charging
from app.domain.errors import InvalidInput
from app.domain.money import Money
from app.domain.units import Kwh, plain
from app.queries.history import Snapshot
from app.use_cases.charging_wishes import SessionLimits
from mobile_api.web.wording import LIMITS

LIMITABLE = RUNNING | PREPARING
MOST_KWH, MOST_MINUTES, MOST_SOC, MOST_COST = 100, 720, 100, 100
_NUMBER = re.compile(r"\d{1,5}(?:[.,]\d{1,3})?")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A kind of limit, where it is now (empty when it is not set), and how far it can go."""

    kind: str
    name: str
    unit: str
    amount: str
    least: int
    most: int
    step: int


@dataclass(frozen=True, slots=True)
class LimitForm:
    """What can be chosen; `chosen` is the kind that is shown first, `now` are all in words."""

    choices: Sequence[Choice]
    chosen: Choice
    now: str


def limit_form(snapshot: Snapshot) -> LimitForm | None:
    """None when energy will not flow any more."""
    charging = snapshot.charging
    if charging.state not in LIMITABLE:
        return None
    choices = (_energy(snapshot), _cost(snapshot), _time(snapshot), _soc(snapshot))
    given = [each for each in choices if each.amount]
    now = ", ".join(f"{each.amount} {each.unit}" for each in given)
    return LimitForm(choices, given[0] if given else choices[0], now)


def read_limits(form: FormData, charging: Charging) -> SessionLimits:
    """The session's limits with what was chosen; raises InvalidInput for what is no number.

    Without a kind there shall be none, without a number none of this kind.
    """
    kind, text = str(form.get("kind", "?")), str(form.get("amount", "")).strip()
    if kind not in LIMITS:
        raise InvalidInput("kind", "is none of the choices")
    if not kind:
        return SessionLimits()
    if text and not _NUMBER.fullmatch(text):
        raise InvalidInput("amount", "is no number")
    number = Decimal(text.replace(",", ".")) if text else None
    known = SessionLimits(
        energy=charging.target_energy,
        time=charging.target_time,
        cost=charging.target_cost,
        soc=charging.target_soc,
    )
    match kind:
        case "energy":
            return replace(known, energy=None if number is None else Kwh(number))
        case "cost":
            cost = None if number is None else Money(number, charging.currency)
            return replace(known, cost=cost)
        case "time":
            minutes = None if number is None else int(number) * _MINUTE
            return replace(known, time=minutes)
        case _:
            return replace(known, soc=number)


def _energy(snapshot: Snapshot) -> Choice:
    session, target = snapshot.session, snapshot.charging.target_energy
    so_far = None if session is None else session.energy.value
    amount = None if target is None else target.value
    return _choice("energy", "kWh", amount, so_far=so_far, most=MOST_KWH)


def _cost(snapshot: Snapshot) -> Choice:
    """At most what is held, when something is."""
    charging, bill = snapshot.charging, snapshot.bill
    priced = bill is not None and bill.is_priced
    so_far = bill.total.due.amount if bill is not None and priced else None
    amount = None if charging.target_cost is None else charging.target_cost.amount
    most = _floor(charging.hold.amount) or MOST_COST
    return _choice("cost", charging.currency, amount, so_far=so_far, most=most)


def _time(snapshot: Snapshot) -> Choice:
    session, target = snapshot.session, snapshot.charging.target_time
    passed = None
    if session is not None:
        passed = Decimal((session.last_updated - session.started_at) // _MINUTE)
    amount = None if target is None else Decimal(target // _MINUTE)
    return _choice("time", "min", amount, so_far=passed, most=MOST_MINUTES, step=5)


def _soc(snapshot: Snapshot) -> Choice:
    so_far = None if snapshot.session is None else snapshot.session.soc
    amount = snapshot.charging.target_soc
    return _choice("soc", "%", amount, so_far=so_far, most=MOST_SOC, step=5)


def _choice(
    kind: str,
    unit: str,
    amount: Decimal | None,
    *,
    so_far: Decimal | None,
    most: int,
    step: int = 1,
) -> Choice:
    """Below what there is already nothing can be chosen by the slider: it would end at once."""
    least = (_floor(so_far or Decimal(0)) // step + 1) * step
    return Choice(
        kind=kind,
        name=LIMITS[kind],
        unit=unit,
        amount="" if amount is None else str(plain(amount)),
        least=least,
        most=max(most // step * step, least),
        step=step,
    )


def _floor(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_FLOOR))
