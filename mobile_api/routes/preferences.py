"""Smart charging: what a driver, or a guest, wishes of the session that goes on."""

from fastapi import APIRouter

from mobile_api.dependencies import CallerOf, Deps
from mobile_api.schemas.preferences import PreferencesIn, PreferencesOut

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.put("/{session_id}/preferences")
async def wish(
    deps: Deps, session_id: str, caller: CallerOf, asked: PreferencesIn
) -> PreferencesOut:
    """Say how to charge, at our charger or at a partner's; the last word counts."""
    return PreferencesOut(result=await deps.wishes.wish(session_id, caller, asked.read()))
