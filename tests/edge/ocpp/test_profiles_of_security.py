"""Chargers come in by TLS and by certificate, and the server's certificates change meanwhile."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from app.adapters.clock_system import SystemClock
from app.domain.errors import InvalidInput, Unauthenticated
from app.domain.security import Arrival, IdentityContended
from app.runtime.charger_tls import TlsFiles, further_entrances, main_tls
from app.runtime.settings import Settings
from ocpp_bridge.entrances import Entrance
from ocpp_bridge.links import Links
from ocpp_bridge.listener import Listener, ListenerOptions
from tests.edge.ocpp.conftest import KEY, Bench, Charger, basic, serving
from tests.edge.ocpp.counterpart import Hub
from tests.support.certificates import Certified, certificates

TURNED_AWAY = (OSError, InvalidMessage)
"""By TLS: with TLS 1.3 a client believes that it is in until it reads."""


class House:
    """A listener with all three addresses."""

    def __init__(self, folder: Path, hub: Hub) -> None:
        self.hub, self.shown = hub, folder / "shown.pem"
        self.made = certificates(folder)
        self.roots = [self.made.authority.read_text()]
        self.show(self.made)
        wss = Entrance("127.0.0.1", 0, TlsFiles(self.shown))
        mutual = Entrance("127.0.0.1", 0, TlsFiles(self.shown, self._roots))
        self.wss, self.mutual = wss, mutual
        options = ListenerOptions(drain_s=0.0, reload_s=0.02, handshake_s=2.0)
        self.listener = Listener(
            hub.dispatch(), SystemClock(), options=options, links=Links(), more=(wss, mutual)
        )

    async def _roots(self) -> Sequence[str]:
        return self.roots

    def show(self, made: Certified) -> None:
        """Show this server certificate from now on; written as a careful tool does."""
        fresh = self.shown.with_suffix(".new")
        fresh.write_bytes(made.server.read_bytes() + made.server_key.read_bytes())
        fresh.replace(self.shown)

    def trusting(self, made: Certified | None = None, *, own: Certified | None = None) -> Any:
        """What a charger trusts, and shows."""
        context = ssl.create_default_context(cafile=str((made or self.made).authority))
        if own is not None:
            context.load_cert_chain(own.client, own.client_key)
        return context

    @asynccontextmanager
    async def charger(
        self, entrance: Entrance, context: Any, *, key: str | None = KEY
    ) -> AsyncIterator[Charger]:
        """A charger that calls this address."""
        headers = {} if key is None else {"Authorization": basic("CP1", key)}
        async with connect(
            f"wss://127.0.0.1:{entrance.port}/ocpp/CP1",
            ssl=context,
            additional_headers=headers,
            subprotocols=["ocpp2.0.1"],
            proxy=None,
        ) as socket:
            yield Charger(socket)

    async def changed(self, times: int) -> None:
        """Wait until the listener has noticed."""
        async with asyncio.timeout(3):
            while self.listener.counts["certificates_changed"] < times:
                await asyncio.sleep(0.005)


@pytest.fixture
async def house(tmp_path: Path, hub: Hub) -> AsyncIterator[House]:
    made = House(tmp_path, hub)
    async with serving(made.listener):
        yield made


async def test_what_the_door_learns_of_a_connection(house: House) -> None:
    """The certificate's names and its serial number reach whoever decides."""
    house.hub.keys["CP1"] = None
    async with house.charger(house.wss, house.trusting()) as charger:
        assert await charger.alive()
    own = house.trusting(own=house.made)
    async with house.charger(house.mutual, own, key=None) as charger:
        assert await charger.alive()
    plain, shown = house.hub.arrivals
    assert plain == Arrival(tls=True)
    assert shown.certificate is not None
    assert shown.certificate.common_name == "Roamwatt"
    assert int(shown.certificate.serial, 16) > 0


async def test_p019_no_certificate_no_entry(house: House) -> None:
    """P-019: where certificates are asked for, a charger without one is not heard at all."""
    with pytest.raises(TURNED_AWAY):
        async with house.charger(house.mutual, house.trusting()):
            pass
    assert not house.hub.arrivals


async def test_a_certificate_of_somebody_elses_authority(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = certificates(folder)
    context = house.trusting(own=other)
    with pytest.raises(TURNED_AWAY):
        async with house.charger(house.mutual, context):
            pass
    assert not house.hub.arrivals


async def test_p020_a_certificate_that_names_another(house: House) -> None:
    """P-020: whom the use-cases turn away for its certificate gets 401."""
    house.hub.refusal = Unauthenticated("the certificate is of 'Roamwatt'")
    with pytest.raises(InvalidStatus) as raised:
        async with house.charger(house.mutual, house.trusting(own=house.made), key=None):
            pass
    assert raised.value.response.status_code == 401


async def test_certificates_change_while_chargers_are_connected(
    house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "renewed"
    folder.mkdir()
    renewed = certificates(folder)
    async with house.charger(house.wss, house.trusting()) as before:
        assert await before.alive()
        house.show(renewed)
        house.roots = [renewed.authority.read_text()]
        await house.changed(2)
        async with house.charger(house.wss, house.trusting(renewed)) as after:
            assert await after.alive()
        with pytest.raises(ssl.SSLCertVerificationError):
            async with house.charger(house.wss, house.trusting()):
                pass
        async with house.charger(house.mutual, house.trusting(renewed, own=renewed)) as new:
            assert await new.alive()
    house.roots = []
    await house.changed(3)
    with pytest.raises(TURNED_AWAY):
        async with house.charger(house.mutual, house.trusting(renewed, own=renewed)):
            pass


async def test_a_broken_file_is_not_taken(house: House, tmp_path: Path) -> None:
    async with house.charger(house.wss, house.trusting()) as before:
        house.shown.write_text("no certificate")
        await asyncio.sleep(0.06)
        assert await before.alive()
    async with house.charger(house.wss, house.trusting()) as after:
        assert await after.alive()
    with pytest.raises(InvalidInput, match="CERTIFICATE"):
        await TlsFiles(house.shown).fresh()
    with pytest.raises(InvalidInput, match="No such file"):
        await TlsFiles(tmp_path / "none.pem").fresh()


def test_which_addresses_there_are(tmp_path: Path) -> None:
    async def none() -> Sequence[str]:
        return ()

    pem = tmp_path / "both.pem"
    assert main_tls(Settings()) is None
    assert main_tls(Settings(ocpp_tls_certificate=pem)) is not None
    both = Settings(
        ocpp_tls_certificate=pem, ocpp_tls_bind="[::1]:1", ocpp_mutual_tls_bind="127.0.0.1:2"
    )
    assert main_tls(both) is None
    assert [(e.host, e.port) for e in further_entrances(both, none)] == [
        ("::1", 1),
        ("127.0.0.1", 2),
    ]
    with pytest.raises(InvalidInput, match="ROAMWATT_OCPP_TLS_BIND: needs"):
        further_entrances(Settings(ocpp_tls_bind="127.0.0.1:1"), none)


async def test_an_identity_that_two_fight_for_is_an_alarm(bench: Bench) -> None:
    """More than five takeovers a minute: a copy of a charger, or a router's loop; told once."""
    async with AsyncExitStack() as stack:
        for _ in range(9):
            charger = await stack.enter_async_context(bench.charger())
            assert await charger.alive()
    told = [news for _, news in bench.hub.told if isinstance(news, IdentityContended)]
    assert told == [IdentityContended("127.0.0.1")]
