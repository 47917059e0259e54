"""Joining a platform that answers oddly; the whole handshake is tried at the edge."""

from app.adapters.sealing_fernet import FernetSealer
from app.domain.partners import PartnerRole, Role
from app.store.transaction import Store
from app.use_cases.partners import Partners, Platform
from app.use_cases.registration import Registrations
from ocpi.client.exchange import PartnerCalls
from ocpi.client.handshake import Handshake
from tests.support.clock import FakeClock
from tests.support.roaming_objects import AN_OPERATOR, EMSP
from tests.support.scripted_partner import Received, Say, ScriptedPartner


async def test_credentials_may_come_as_a_list(
    store: Store, calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    """I-15: an array of one instead of an object, at every step."""
    role = {"role": "CPO", "country_code": "DE", "party_id": "TNC"}
    credentials = {
        "token": "token-for-us",
        "url": f"{them.url}/versions",
        "roles": [{**role, "business_details": {"name": "Them"}}],
    }
    endpoints = [
        {"identifier": module, "role": "SENDER", "url": f"{them.url}/{module}"}
        for module in ("credentials", "locations")
    ]

    def answer(request: Received) -> Say:
        if request.path == "/versions":
            return Say({"version": "2.2.1", "url": f"{them.url}/2.2.1"})
        if request.path == "/2.2.1":
            return Say([{"version": "2.2.1", "endpoints": endpoints}])
        return Say([credentials])

    them.answers = answer
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    clock = FakeClock()
    partners = Partners(store, sealer, clock, platform=platform)
    registrations = Registrations(store, sealer, clock, platform=platform)
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    handshake = Handshake(calls, partners, registrations, public_url="https://hub.example")
    joined = await handshake.join(f"{them.url}/versions", "invitation", name="Them")
    assert joined.registered
    assert calls.access(joined).token == "token-for-us"
