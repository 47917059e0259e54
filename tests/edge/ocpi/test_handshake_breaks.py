"""Wherever a handshake breaks off, nobody is locked out, and doing it once more heals.

The wire is cut at each request of it, in both directions: before it had an effect, or after, so
that only the answer is lost, which is also what a process sees of a peer that was killed. A peer
may also turn a lost answer into an error and go back to what it had (OCPI 2.2.1, Credentials).
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import DomainError
from app.domain.partners import PartnerState, Role
from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from app.store.transaction import Store
from tests.edge.ocpi.house import House, a_house

Kind = Literal["reset", "lost", "error"]
KINDS: tuple[Kind, ...] = ("reset", "lost", "error")
BOTH = [Role.EMSP, Role.CPO]

THEIRS = (("GET", "/ocpi/versions"), ("GET", "/ocpi/2.2.1"), ("POST", "/credentials"))
"""What we ask of them when we register; to renew it is PUT."""
OURS = (("GET", "/ocpi/versions"), ("GET", "/ocpi/2.2.1"), ("POST", "/credentials"))


@dataclass
class Wire:
    """Stands before our site and breaks the next request that fits."""

    site: ASGIApp | None = None
    plan: list[tuple[Kind, str, str]] = field(default_factory=list)

    def around(self, site: ASGIApp) -> ASGIApp:
        """What is served."""
        self.site = site
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.site is not None
        for kind, method, path in self.plan:
            if scope["method"] == method and scope["path"].endswith(path):
                self.plan.remove((kind, method, path))
                await self._break(kind, scope, receive, send)
                return
        await self.site(scope, receive, send)

    async def _break(self, kind: Kind, scope: Scope, receive: Receive, send: Send) -> None:
        async def nobody(_: Message) -> None:
            return None

        assert self.site is not None
        if kind != "reset":
            await self.site(scope, receive, nobody)
        if kind == "error":
            await send({"type": "http.response.start", "status": 502, "headers": []})
            await send({"type": "http.response.body", "body": b"<html>Bad Gateway</html>"})
            return
        cycle: Any = getattr(send, "__self__", None)  # the server's own; ASGI knows no cutting
        cycle.transport.abort()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def house(store: Store, sealer: FernetSealer, wire: Wire) -> AsyncIterator[House]:
    async with a_house(store, sealer, around=wire.around) as house:
        yield house


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with Partner() as made:
        yield made


async def _works(house: House, partner: Partner) -> None:
    """Both let each other in, on functional modules, by the tokens that each has now."""
    assert partner.peer is not None
    known = await house.only()
    assert known.state is PartnerState.CONNECTED
    assert await partner.pull("locations") == []
    tokens = next(e.url for e in known.endpoints if e.module == "tokens" and e.role == "SENDER")
    assert (await house.calls.call(known, "GET", tokens)).data


async def _joined(house: House, partner: Partner) -> None:
    await house.handshake.join(partner.versions_url, partner.invite(), name="Them", roles=BOTH)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "path"), THEIRS)
async def test_joining_is_repeated(
    house: House, partner: Partner, *, kind: Kind, method: str, path: str
) -> None:
    """C-075, C-077: we register, and something breaks on their side or on the way back."""
    token = partner.invite()
    partner.fault(kind, times=2, method=method, path=path)
    with pytest.raises(DomainError):
        await house.handshake.join(partner.versions_url, token, name="Them", roles=BOTH)
    partner.clear_faults()
    await house.handshake.join(partner.versions_url, token, name="Them", roles=BOTH)
    await _works(house, partner)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "path"), OURS)
async def test_their_registration_is_repeated(
    house: House, partner: Partner, wire: Wire, *, kind: Kind, method: str, path: str
) -> None:
    """C-075, C-077: they register, and something breaks on our side or on the way back."""
    invited = await house.partners.invite("Them", BOTH)
    wire.plan.append((kind, method, path))
    with pytest.raises(ExchangeFailedError):
        await partner.register(house.versions_url, invited.token)
    await partner.register(house.versions_url, invited.token)
    await _works(house, partner)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "path"), [*THEIRS[:2], ("PUT", "/credentials")])
async def test_our_renewal_breaks_and_both_go_on(
    house: House, partner: Partner, *, kind: Kind, method: str, path: str
) -> None:
    """C-076, C-080: with the tokens there are, at once and without anybody's doing."""
    await _joined(house, partner)
    for _ in range(3):
        partner.fault(kind, times=2, method=method, path=path)
        with pytest.raises(DomainError):
            await house.handshake.renew((await house.only()).id)
        partner.clear_faults()
        await _works(house, partner)
    await house.handshake.renew((await house.only()).id)
    await _works(house, partner)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "path"), [("PUT", "/credentials")])
async def test_their_renewal_breaks_and_both_go_on(
    house: House, partner: Partner, wire: Wire, *, kind: Kind, method: str, path: str
) -> None:
    """C-076, C-080: also when they take a lost answer for a failure and go back (`error`)."""
    await _joined(house, partner)
    for _ in range(3):
        wire.plan.append((kind, method, path))
        with pytest.raises(ExchangeFailedError):
            await partner.rotate()
        await _works(house, partner)
    await partner.rotate()
    await _works(house, partner)


async def test_a_partner_that_has_used_up_its_invitation_renews(
    house: House, partner: Partner
) -> None:
    """Their answer to our POST is lost and they take no second one: the token we gave is good."""
    token = partner.invite()
    partner.fault("lost", method="POST", path="/credentials")
    with pytest.raises(DomainError):
        await house.handshake.join(partner.versions_url, token, name="Them", roles=BOTH)
    partner.invitations.clear()
    with pytest.raises(DomainError):
        await house.handshake.join(partner.versions_url, token, name="Them", roles=BOTH)
    await partner.rotate()
    await _works(house, partner)


async def test_an_invitation_outlives_our_own_attempt(house: House, partner: Partner) -> None:
    """Both sides may begin; who fails does not spoil it for the other."""
    invited = await house.partners.invite("Them", BOTH)
    with pytest.raises(DomainError):
        await house.handshake.join(partner.versions_url, "wrong", name="Them", roles=BOTH)
    await partner.register(house.versions_url, invited.token)
    await _works(house, partner)


@pytest.mark.parametrize("kind", KINDS)
async def test_leaving_breaks(house: House, partner: Partner, wire: Wire, kind: Kind) -> None:
    """C-082: who left is gone whatever the answer was, and both can begin anew."""
    await _joined(house, partner)
    partner.fault(kind, method="DELETE", path="/credentials")
    await house.handshake.leave((await house.only()).id)
    assert (await house.only()).state is PartnerState.SUSPENDED
    partner.forget_peer()
    await _joined(house, partner)
    wire.plan.append((kind, "DELETE", "/credentials"))
    with pytest.raises(ExchangeFailedError):
        await partner.unregister()
    with suppress(ExchangeFailedError):
        await partner.unregister()
    partner.forget_peer()
    assert (await house.only()).state is PartnerState.SUSPENDED
    await _joined(house, partner)
    await _works(house, partner)


STEP = st.tuples(
    st.sampled_from(["we", "they"]),
    st.sampled_from([None, *KINDS]),
    st.sampled_from(["/ocpi/versions", "/ocpi/2.2.1", "/credentials"]),
)


@given(steps=st.lists(STEP, min_size=1, max_size=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_series_of_broken_renewals_locks_anybody_out(
    house: House, partner: Partner, wire: Wire, steps: list[tuple[str, Kind | None, str]]
) -> None:
    """Whoever renews, however often, wherever it breaks: both sides go on after each."""
    if partner.peer is None:
        await _joined(house, partner)
    for who, kind, path in steps:
        method = "PUT" if path == "/credentials" else "GET"
        if kind is not None and who == "we":
            partner.fault(kind, method=method, path=path)
        elif kind is not None:
            wire.plan.append((kind, method, path))
        with suppress(DomainError, ExchangeFailedError):
            if who == "we":
                await house.handshake.renew((await house.only()).id)
            else:
                await partner.rotate()
        partner.clear_faults()
        wire.plan.clear()
        await _works(house, partner)
