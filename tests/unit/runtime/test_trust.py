"""Mutual TLS with partners, against a server that lets nobody in without a certificate."""

import ssl
from pathlib import Path

import pytest

from app.adapters.addresses import AddressGuard
from app.adapters.clock_system import SystemClock
from app.adapters.http_httpx import HttpxClient
from app.adapters.http_pooled import PooledHttpClient
from app.domain.errors import InvalidInput
from app.ports.http import HttpClient, HttpFailure
from app.runtime.settings import Settings, read_settings
from app.runtime.trust import partner_trust
from tests.support.certificates import Certified, certificates
from tests.unit.adapters.http_server import ok, serve


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certificates(tmp_path_factory.mktemp("certificates"))


def server_side(made: Certified) -> ssl.SSLContext:
    """Asks for a certificate of our authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=made.authority)
    context.load_cert_chain(made.server, made.server_key)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def settings(**given: Path) -> Settings:
    return read_settings(**{f"partner_{name}": path for name, path in given.items()})


@pytest.mark.parametrize("build", ["pooled", "httpx"])
async def test_who_has_the_certificate_gets_in(made: Certified, build: str) -> None:
    guard = AddressGuard(["127.0.0.0/8"])

    def client(**given: Path) -> HttpClient:
        trust = partner_trust(settings(**given))
        if build == "httpx":
            return HttpxClient(guard, trust=trust)
        return PooledHttpClient(guard, SystemClock(), trust=trust)

    both = {"client_certificate": made.client, "client_key": made.client_key}
    known = {"ca_bundle": made.authority}
    async with serve(lambda _: ok(b"in"), tls=server_side(made)) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        for given in (known, both):
            strange = client(**given)
            with pytest.raises(HttpFailure):
                await strange.request("GET", url, headers={}, timeout=2)
            await strange.close()
        partner = client(**both, **known)
        answer = await partner.request("GET", url, headers={}, timeout=2)
        assert answer.body == b"in"
        await partner.close()


def test_a_bad_file_is_named_at_the_start(made: Certified, tmp_path: Path) -> None:
    nothing, nonsense = tmp_path / "nothing.pem", tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    for given, name in (
        ({"ca_bundle": nothing}, "CA_BUNDLE"),
        ({"ca_bundle": nonsense}, "CA_BUNDLE"),
        ({"client_certificate": nothing}, "CLIENT_CERTIFICATE"),
        ({"client_certificate": made.client, "client_key": nonsense}, "CLIENT_CERTIFICATE"),
        ({"client_certificate": made.client, "client_key": made.locked_key}, "CLIENT_KEY"),
        ({"client_key": made.client_key}, "CLIENT_KEY"),
    ):
        with pytest.raises(InvalidInput, match=f"ROAMWATT_PARTNER_{name}"):
            partner_trust(settings(**given))
