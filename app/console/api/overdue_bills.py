"""Routes for partners' bills that do not come: what a person should ask partners for."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from app.console.api.access import PlatformAsking, Services
from app.use_cases.partner_silence import OverdueBill

router = APIRouter()


class OverdueBillOut(BaseModel):
    """A driver's session whose bill did not come; `expected` is what it seemed to cost.

    `waiting_since` is when it ended. `partners` are the ids of who may be asked, none when its
    partner has left.
    """

    session_id: str
    party: str
    location_id: str
    evse_uid: str
    started_at: datetime | None
    waiting_since: datetime
    energy_kwh: str | None
    expected: str | None
    partners: list[str]

    @classmethod
    def of(cls, bill: OverdueBill) -> "OverdueBillOut":
        """As a person reads it; whose session it is stays unknown."""
        charging, session = bill.charging, bill.session
        return cls(
            session_id=charging.id,
            party=str(charging.cpo),
            location_id=charging.location_id,
            evse_uid=charging.evse_uid,
            started_at=charging.started_at,
            waiting_since=charging.state_since,
            energy_kwh=None if session is None else str(session.energy),
            expected=None if bill.expected is None else str(bill.expected),
            partners=list(bill.partners),
        )


@router.get("/roaming/overdue-bills")
async def list_overdue(_asking: PlatformAsking, services: Services) -> list[OverdueBillOut]:
    """Sessions at partners' chargers without a bill for three days, the oldest first."""
    return [OverdueBillOut.of(each) for each in await services.belongings.silence.overdue()]
