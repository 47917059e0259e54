"""P-221: who scans a charger's display is led to the page, once, and the display is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.commands import CommandChannel, CommandResult
from app.domain.errors import Forbidden, InvalidInput, NotFound
from app.domain.tokens import TokenType
from app.domain.web_payments import PAY_WITHIN_S
from app.store.transaction import Store
from app.use_cases.command_requests import Asker, StartRequest
from app.use_cases.web_payments import WebPayments
from tests.support.chargers import CPO, a_token
from tests.support.clock import FakeClock
from tests.support.kept_charger import OPERATOR, Kept, a_kept_charger

URL = "https://charge.example"
CODE = "7Q4M9XKD"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


@pytest.fixture
def web(store: Store, clock: FakeClock) -> WebPayments:
    """The use-case under test."""
    return WebPayments(store, clock, FernetSealer(["a secret of the tests"]), public_url=URL)


async def set_up(kept: Kept, web: WebPayments) -> Any:
    """The charger's display shows codes; gives what it shows there."""
    async with kept.store.transaction() as tx:
        place = await tx.locations.need(CPO, "L1")
        evses = (replace(place.evses[0], code=CODE), *place.evses[1:])
        await tx.locations.put(replace(place, evses=evses))
    command = await web.set_up(OPERATOR, "CP1", validity_s=30, length=16)
    [sent] = await kept.settle()
    assert sent.outcome is not None
    assert sent.outcome.result is CommandResult.ACCEPTED, sent.outcome
    assert sent.id == command.id
    return kept.dialect.web_paying


async def scan(web: WebPayments, url: str, **changes: str) -> str:
    """Open what the display said, as a browser does."""
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    _, _, _, station, evse = parts.path.split("/")
    return await web.scanned(station, int(evse), shown=asked["t"], version=asked["v"])


async def test_p221_the_display_leads_to_the_page_once(
    store: Store, clock: FakeClock, web: WebPayments
) -> None:
    """P-221: NotifyWebPaymentStarted follows the scan; a wrong or used code is refused."""
    async with a_kept_charger(store, clock, "ocpp2.1", reveal=web.reveal) as kept:
        display = await set_up(kept, web)
        url = display.shown("CP1", 1, clock.now())
        assert url.startswith(f"{URL}/q/d/CP1/1?t=")
        with pytest.raises(Forbidden):
            await scan(web, url, t="0" * 16)
        with pytest.raises(Forbidden):
            await scan(web, url, v="v2")
        with pytest.raises(NotFound):
            await scan(web, url.replace("/1?", "/7?"))
        assert display.paying == {}
        assert await scan(web, url) == CODE
        await kept.settle()
        assert display.paying == {1: PAY_WITHIN_S}
        with pytest.raises(Forbidden):
            await scan(web, url)


async def test_p221_codes_are_good_for_a_step_before_and_after(
    store: Store, clock: FakeClock, web: WebPayments
) -> None:
    """P-221: a charger's clock may be half a minute off, and not more."""
    async with a_kept_charger(store, clock, "ocpp2.1", reveal=web.reveal) as kept:
        display, now = await set_up(kept, web), clock.now()
        for off, good in ((-60, False), (60, False), (-30, True), (30, True), (0, False)):
            url = display.shown("CP1", 1, now + timedelta(seconds=off))
            if good:
                assert await scan(web, url) == CODE
            else:  # the last one is older than one that was used
                with pytest.raises(Forbidden):
                    await scan(web, url)


async def test_p221_a_new_secret_ends_the_old_one_when_it_has_arrived(
    store: Store, clock: FakeClock, web: WebPayments
) -> None:
    """P-221: nobody sees a secret, and no display is lost while it changes."""
    async with a_kept_charger(store, clock, "ocpp2.1", reveal=web.reveal) as kept:
        display = await set_up(kept, web)
        old = kept.charger.settings["WebPaymentsCtrlr.SharedSecret"]
        await web.set_up(OPERATOR, "CP1", validity_s=30, length=16)
        assert await scan(web, display.shown("CP1", 1, clock.now())) == CODE
        await kept.settle()
        assert kept.charger.settings["WebPaymentsCtrlr.SharedSecret"] != old
        clock.set(clock.now() + timedelta(minutes=2))
        assert await scan(web, display.shown("CP1", 1, clock.now())) == CODE
        kept.charger.settings["WebPaymentsCtrlr.SharedSecret"] = old
        clock.set(clock.now() + timedelta(minutes=2))
        with pytest.raises(Forbidden):
            await scan(web, display.shown("CP1", 1, clock.now()))
        async with store.reading() as tx:
            commands = await tx.commands.of_station("CP1", before=None, limit=50)
        assert not any(old in (c.ask.document if c.ask else "") for c in commands)
        await web.end(CPO, "CP1")
        with pytest.raises(NotFound):
            await web.of(CPO, "CP1")


@pytest.mark.parametrize(
    ("version", "kind"), [("ocpp2.0.1", "Central"), ("ocpp2.1", "DirectPayment")]
)
async def test_p221_a_guest_pays_directly(
    store: Store, clock: FakeClock, version: str, kind: str
) -> None:
    """P-221: the start that follows says so, where OCPP has a word for it."""
    async with a_kept_charger(store, clock, version) as kept:
        await kept.charger.plug_in(1)
        token = a_token("GUEST", type=TokenType.AD_HOC_USER, own=True)
        asker = Asker(channel=CommandChannel.DRIVER)
        request = StartRequest(
            asker=asker, party=CPO, location_id="L1", token=token, evse_uid="E1"
        )
        command = await kept.commands.request(request)
        await kept.commands.send(command.id)
        asked = next(
            a for a in kept.charger.journal.asked if a.action == "RequestStartTransaction"
        )
        assert asked.payload["idToken"]["type"] == kind


async def test_p221_an_older_charger_has_no_display(
    store: Store, clock: FakeClock, web: WebPayments
) -> None:
    async with a_kept_charger(store, clock, "ocpp2.0.1", reveal=web.reveal) as kept:
        await web.set_up(OPERATOR, "CP1", validity_s=30, length=16)
        [sent] = await kept.settle()
        assert sent.outcome is not None
        assert sent.outcome.result is CommandResult.REJECTED
        _, told = await web.of(CPO, "CP1")
        assert told == sent
        with pytest.raises(InvalidInput):
            await web.set_up(OPERATOR, "CP1", validity_s=5, length=16)
