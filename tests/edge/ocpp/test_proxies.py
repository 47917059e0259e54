"""A TLS proxy shows chargers' certificates, and nobody else does."""

import base64
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.adapters.clock_system import SystemClock
from app.domain.security import PLAIN, Arrival
from app.runtime.charger_tls import tls_proxies
from app.runtime.settings import Settings
from ocpp_bridge.links import Links
from ocpp_bridge.listener import Listener, ListenerOptions
from ocpp_bridge.proxies import NO_PROXIES, Proxies
from tests.edge.ocpp.conftest import KEY, basic, serving
from tests.edge.ocpp.counterpart import Hub
from tests.support.certificates import certificates

NEAR, FAR = (ip_network("127.0.0.0/8"),), (ip_network("192.0.2.7/32"),)
HEADER = "X-Client-Certificate"


async def arrived(hub: Hub, proxies: Proxies, *headers: tuple[str, str]) -> Arrival:
    """How the use-cases hear that a charger came, which was passed on with these headers."""
    options = ListenerOptions(drain_s=0.0)
    listener = Listener(
        hub.dispatch(), SystemClock(), options=options, links=Links(), proxies=proxies
    )
    async with (
        serving(listener),
        connect(
            f"ws://127.0.0.1:{listener.port}/ocpp/CP1",
            additional_headers=[("Authorization", basic("CP1", KEY)), *headers],
            subprotocols=["ocpp2.0.1"],  # type: ignore[list-item]
            proxy=None,
        ),
    ):
        return hub.arrivals[-1]


async def test_a_trusted_proxy_shows_the_certificate(hub: Hub, tmp_path: Path) -> None:
    """P-019, P-020: security profile 3 where a proxy ends TLS, in both ways of writing it."""
    pem = certificates(tmp_path).client.read_bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    proxies = Proxies(NEAR, HEADER)
    for text in (quote(pem.decode()), f":{base64.b64encode(der).decode()}:"):
        shown = await arrived(hub, proxies, (HEADER, text))
        assert shown.tls
        assert shown.certificate is not None
        assert shown.certificate.common_name == "Roamwatt"
        assert int(shown.certificate.serial, 16) > 0
        for stranger in (Proxies(FAR, HEADER), Proxies(NEAR), NO_PROXIES):
            assert (await arrived(hub, stranger, (HEADER, text))).certificate is None
    over_tls = ("X-Forwarded-Proto", "https")
    assert await arrived(hub, proxies, over_tls) == Arrival(tls=True)
    assert await arrived(hub, NO_PROXIES, over_tls) == PLAIN
    assert await arrived(hub, proxies) == PLAIN


@pytest.mark.parametrize("texts", [("nonsense",), (":bm9uZQ==:",), ("a", "b")])
async def test_a_header_that_cannot_be_read_lets_nobody_in(hub: Hub, texts: list[str]) -> None:
    headers = [(HEADER, text) for text in texts]
    with pytest.raises(InvalidStatus) as raised:
        await arrived(hub, Proxies(NEAR, HEADER), *headers)
    assert raised.value.response.status_code == 401
    assert not hub.arrivals


def test_nobody_is_believed_unless_settings_say_so() -> None:
    assert tls_proxies(Settings(_env_file=None)) == Proxies()  # type: ignore[call-arg]
    named = Settings(ocpp_tls_proxies="10.0.0.0/8, ::1", ocpp_certificate_header=HEADER)
    networks = (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert tls_proxies(named) == Proxies(networks, HEADER)
