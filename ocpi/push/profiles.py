"""What limits a session, told to the partner that once put a profile on it (C-220)."""

from collections.abc import Sequence

from app.domain.partners import InterfaceRole, Partner
from app.store.transaction import Store
from app.use_cases.command_plans import goes_on
from ocpi.client.exchange import Route, joined
from ocpi.push.messages import Message
from ocpi.push.subjects import path_segment
from ocpi.translate.profiles import write_active


async def active_profile(store: Store, partner: Partner, session_key: str) -> Sequence[Message]:
    """PUT of the profile in force, as long as the session goes on.

    Source: OCPI 2.2.1, ChargingProfiles, Sender interface, PUT method.
    """
    async with store.reading() as tx:
        row, session = await tx.profiles.get(session_key), await tx.sessions.get(session_key)
    endpoint = partner.endpoint("chargingprofiles", InterfaceRole.SENDER)
    if row is None or row.watcher != partner.id or row.told is None or endpoint is None:
        return ()
    if session is None or session.token is None or not goes_on(session):
        return ()
    url = joined(endpoint, path_segment(session.id))
    return [Message("PUT", url, write_active(row.told), Route(session.party, session.token.party))]
