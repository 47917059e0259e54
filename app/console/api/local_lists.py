"""Routes for the list of tokens that a charger lets in by itself."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.console.api.maintenance_shapes import Given, shown
from app.domain.local_lists import (
    GetLocalListVersion,
    ListEntry,
    ListStatus,
    SendLocalList,
    WantedList,
)

router = APIRouter(prefix="/chargers/{station_id}/local-list")

Tag = Annotated[str, Field(min_length=1, max_length=36)]


class WantedIn(Given):
    """Whether the list is kept, and whether partners' tokens are in it."""

    kept: Annotated[bool, Field(strict=True)]
    partners: Annotated[bool, Field(strict=True)] = False


class EntryIn(Given):
    """A token of a list."""

    tag: Tag
    status: ListStatus = ListStatus.ACCEPTED
    group: Tag | None = None
    expires_at: AwareDatetime | None = None


class SendIn(Given):
    """A list to send by hand: all of it (`full`), or changes; without a version the next one."""

    full: bool
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    entries: Annotated[list[EntryIn], Field(max_length=500)] = []
    removed: Annotated[list[Tag], Field(max_length=500)] = []


class LocalListOut(BaseModel):
    """What a charger holds; `certain` is False until it has agreed to all of it.

    `told` is its last word, `awaited` whether an answer is.
    """

    kept: bool
    partners: bool
    version: int
    certain: bool
    awaited: bool
    told: str | None
    at: datetime | None
    entries: list[dict[str, Any]]


@router.get("")
async def get_list(charger: Asked) -> LocalListOut:
    """A charger's list, as far as it is known."""
    found = await charger.services.chargers.local_lists.standing(charger.party, charger.id)
    return LocalListOut(
        kept=found.wanted is not None,
        partners=found.wanted is not None and found.wanted.partners,
        version=found.state.version,
        certain=found.state.certain,
        awaited=found.state.is_awaited(charger.services.clock.now()),
        told=found.state.told,
        at=found.at,
        entries=[shown(entry) for entry in found.state.held.values()],
    )


@router.put("")
async def keep_list(charger: Asked, given: WantedIn) -> LocalListOut:
    """Keep a charger's list as the tokens are, or leave it alone."""
    wanted = WantedList(given.partners) if given.kept else None
    await charger.services.chargers.local_lists.want(charger.party, charger.id, wanted)
    return await get_list(charger)


@router.post("/resend", status_code=202)
async def resend_list(charger: Asked) -> LocalListOut:
    """Send all of a list that is kept once more."""
    await charger.services.chargers.local_lists.resend(charger.party, charger.id)
    return await get_list(charger)


@router.post("/version", status_code=202)
async def ask_version(charger: Asked) -> AskedOut:
    """Ask which version a charger holds."""
    return await charger.ask(GetLocalListVersion())


@router.post("/send", status_code=202)
async def send_list(charger: Asked, given: SendIn) -> AskedOut:
    """Send a list by hand."""
    lists, party = charger.services.chargers.local_lists, charger.party
    version = given.version or await lists.version_for(party, charger.id)
    entries = tuple(ListEntry(e.tag, e.status, e.group, e.expires_at) for e in given.entries)
    ask = SendLocalList(version, given.full, entries, tuple(given.removed))
    return await charger.ask(ask)
