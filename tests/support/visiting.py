"""A partner's driver at one of our chargers: how it begins, and what the partner is told of it."""

from typing import Any

from app.simulators.charger import Charger
from app.simulators.partner import Partner
from tests.support.patience import until
from tests.support.world import Spot, World

Document = dict[str, Any]


async def charging(world: World, partner: Partner, charger: Charger, spot: Spot) -> Document:
    """The partner's session, once it runs and the partner was told."""
    await charger.booted()
    await charger.plug_in()
    uid = (await world.evse(spot))["uid"]
    start = await partner.start_session(spot.location, uid, "1")
    assert start.response["result"] == "ACCEPTED", start.response
    assert (await partner.result(start))["result"] == "ACCEPTED"
    (session,) = await until(lambda: partner.received.of("sessions"))
    return dict(session)


async def told(partner: Partner, **wanted: Any) -> Document:
    """The partner's one session, once it has these values."""

    def found() -> Document | None:
        sessions = partner.received.of("sessions")
        assert len(sessions) <= 1
        fits = sessions and all(sessions[0].get(key) == value for key, value in wanted.items())
        return sessions[0] if fits else None

    session: Document = await until(found)
    return session
