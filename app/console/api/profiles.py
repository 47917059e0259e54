"""Routes for charging profiles: of sessions at own chargers, and of our drivers' at partners'.

The second are the platform's business, since no operator owns our drivers.
"""

from typing import Annotated

from fastapi import APIRouter, Path

from app.console.api.access import (
    Asking,
    OwnAsker,
    PlatformAsker,
    PlatformAsking,
    Services,
)
from app.console.api.book_shapes import CommandOut
from app.console.api.profile_shapes import ProfileShape, SessionProfileOut
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.store.sessions import foreign_session_key
from app.use_cases.profile_requests import (
    PROFILE_KINDS,
    LimitRequest,
    ScheduleRequest,
    UnlimitRequest,
)

router = APIRouter()

OWN = "/sessions/{session_id}/profile"
THEIRS = "/roaming/{party}/sessions/{session_id}/profile"
Text = Annotated[str, Path(max_length=255)]


def _key(party: str, session_id: str) -> str:
    """A partner's session; raises InvalidInput for what is no party."""
    return foreign_session_key(PartyId.parse(party), session_id)


@router.get(OWN)
async def show(session_id: Text, asking: Asking, services: Services) -> SessionProfileOut:
    """What is known of a session's profile; ask the charger anew with `/refresh`."""
    session = await services.operations.session(asking.party, session_id)
    return SessionProfileOut.of(session.id, await services.profiles.of_session(session.id))


@router.put(OWN, status_code=202)
async def limit(
    session_id: Text, given: ProfileShape, asker: OwnAsker, services: Services
) -> CommandOut:
    """Limit a session; the command tells what became of it."""
    request = LimitRequest(asker=asker, session_key=session_id, profile=given.read())
    return CommandOut.of(await services.profiles.request(request))


@router.delete(OWN, status_code=202)
async def unlimit(session_id: Text, asker: OwnAsker, services: Services) -> CommandOut:
    """Take the limit away."""
    request = UnlimitRequest(asker=asker, session_key=session_id)
    return CommandOut.of(await services.profiles.request(request))


@router.post(f"{OWN}/refresh", status_code=202)
async def refresh(session_id: Text, asker: OwnAsker, services: Services) -> CommandOut:
    """Ask the charger what limits the session."""
    request = ScheduleRequest(asker=asker, session_key=session_id)
    return CommandOut.of(await services.profiles.request(request))


@router.get(THEIRS)
async def show_theirs(
    party: Text, session_id: Text, _asking: PlatformAsking, services: Services
) -> SessionProfileOut:
    """What is known of the profile of our driver's session at a partner's charger."""
    known = await services.profiles.of_session(_key(party, session_id))
    return SessionProfileOut.of(session_id, known)


@router.put(THEIRS, status_code=202)
async def limit_theirs(
    *,
    party: Text,
    session_id: Text,
    given: ProfileShape,
    asker: PlatformAsker,
    services: Services,
) -> CommandOut:
    """Ask the partner to limit our driver's session."""
    key = _key(party, session_id)
    request = LimitRequest(asker=asker, session_key=key, profile=given.read())
    return CommandOut.of(await services.profiles.request(request))


@router.delete(THEIRS, status_code=202)
async def unlimit_theirs(
    party: Text, session_id: Text, asker: PlatformAsker, services: Services
) -> CommandOut:
    """Ask the partner to take our limit away."""
    request = UnlimitRequest(asker=asker, session_key=_key(party, session_id))
    return CommandOut.of(await services.profiles.request(request))


@router.post(f"{THEIRS}/refresh", status_code=202)
async def refresh_theirs(
    party: Text, session_id: Text, asker: PlatformAsker, services: Services
) -> CommandOut:
    """Ask the partner what limits our driver's session."""
    request = ScheduleRequest(asker=asker, session_key=_key(party, session_id))
    return CommandOut.of(await services.profiles.request(request))


@router.get("/roaming/profile-commands/{command_id}")
async def command_of_theirs(
    command_id: Text, _asking: PlatformAsking, services: Services
) -> CommandOut:
    """What became of a request to a partner."""
    command = await services.commands.get(command_id)
    if command.remote_party is None or command.kind not in PROFILE_KINDS:
        raise NotFound("command", command_id)
    return CommandOut.of(command)
