"""Routes for which chargers take part, and for an operator's rules for them."""

from datetime import datetime
from typing import Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.console.api.access import Asking, Services
from app.domain.admission import ChargerRules, Unknown
from app.domain.stations import BootFacts, Station, StationState
from app.use_cases.admission import Admission

router = APIRouter()

Word = Literal["accepted", "pending", "rejected"]
_STATES: dict[Word, StationState] = {
    "accepted": StationState.REGISTERED,
    "pending": StationState.PENDING,
    "rejected": StationState.RETIRED,
}
_WORDS = {state: word for word, state in _STATES.items()}


class AdmissionIn(BaseModel):
    """What the charger is told when it boots; `heartbeat_s` null is as often as others."""

    model_config = ConfigDict(extra="forbid")

    admission: Word
    heartbeat_s: int | None = None


class AdmissionOut(BaseModel):
    """Whether a charger takes part, and what it said of itself at its last boot."""

    id: str
    admission: Word
    heartbeat_s: int | None
    connected: bool
    seen_at: datetime | None
    booted_at: datetime | None
    facts: BootFacts | None

    @classmethod
    def of(cls, station: Station) -> Self:
        """Show a charger."""
        return cls(
            id=station.id,
            admission=_WORDS[station.state],
            heartbeat_s=station.heartbeat_s,
            connected=station.node is not None,
            seen_at=station.seen_at,
            booted_at=station.booted_at,
            facts=station.facts,
        )


class RulesShape(BaseModel):
    """An operator's rules; null leaves it to the platform.

    `unknown` counts for the operator that unknown chargers are given to. With `inventory` a
    charger whose firmware is new is asked for all that it is set to.
    """

    model_config = ConfigDict(extra="forbid")

    unknown: Unknown | None = None
    heartbeat_s: int | None = None
    inventory: bool = False

    @classmethod
    def of(cls, rules: ChargerRules) -> Self:
        """Show an operator's rules."""
        return cls(unknown=rules.unknown, heartbeat_s=rules.heartbeat_s, inventory=rules.inventory)


@router.get("/chargers/{station_id}/admission")
async def get_admission(station_id: str, asking: Asking, services: Services) -> AdmissionOut:
    """Whether a charger takes part."""
    return AdmissionOut.of(await services.chargers.admissions.of(asking.party, station_id))


@router.put("/chargers/{station_id}/admission")
async def put_admission(
    station_id: str, given: AdmissionIn, asking: Asking, services: Services
) -> AdmissionOut:
    """Accept, hold or reject a charger; one that is connected is made to boot again."""
    wanted = Admission(_STATES[given.admission], given.heartbeat_s)
    found = await services.chargers.admissions.decide(asking.party, station_id, wanted)
    return AdmissionOut.of(found)


@router.get("/pending-chargers")
async def list_pending(asking: Asking, services: Services) -> list[AdmissionOut]:
    """Chargers that wait to be accepted."""
    found = await services.chargers.admissions.waiting(asking.party)
    return [AdmissionOut.of(station) for station in found]


@router.get("/charger-rules")
async def get_rules(asking: Asking, services: Services) -> RulesShape:
    """The operator's rules for its chargers."""
    return RulesShape.of(await services.chargers.admissions.rules(asking.party))


@router.put("/charger-rules")
async def put_rules(given: RulesShape, asking: Asking, services: Services) -> RulesShape:
    """Change the operator's rules for its chargers."""
    rules = ChargerRules(given.unknown, given.heartbeat_s, inventory=given.inventory)
    return RulesShape.of(await services.chargers.admissions.choose(asking.party, rules))
