"""Operators see and change what chargers prove themselves with, and see no secret."""

from typing import Any

import httpx
import pytest

from app.console.api.services import OperatorServices
from app.domain.certificates import (
    CertificateDelivered,
    CertificateHash,
    CertificateInstalled,
    CertificatesListed,
    InstalledUse,
    KeptCertificate,
    SigningWanted,
)
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.stations import Station
from app.simulators.charger_keyring import Keyring
from app.store.documents import pack_one
from app.store.transaction import Store
from app.use_cases.station_news import StationReports
from tests.edge.console.conftest import HOUSE, refused
from tests.support.clock import FakeClock

CHARGER = "/chargers/ST-1"
HASH = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "ab" * 32,
    "issuer_key_hash": "cd" * 32,
    "serial_number": "2a",
}


@pytest.fixture
async def charger(store: Store) -> None:
    """The charger ST-1, which is connected."""
    async with store.transaction() as tx:
        here = Station("ST-1", HOUSE, "hash", node="here", protocol="ocpp1.6")
        await tx.stations.add(here)


async def settle(
    services: OperatorServices, command: dict[str, Any], *news: object, status: str = "Accepted"
) -> None:
    told = tuple(pack_one(each) for each in news)
    result = CommandResult.ACCEPTED if status == "Accepted" else CommandResult.REJECTED
    await services.commands.settle(command["id"], CommandOutcome(result, news=told))


@pytest.mark.usefixtures("charger")
async def test_a_profile_is_asked_for(api: httpx.AsyncClient) -> None:
    shown = (await api.get(f"{CHARGER}/security")).json()
    assert shown == {"profile": 1, "wanted": None, "reached": None, "new_passwords": []}
    shown = (await api.put(f"{CHARGER}/security", json={"profile": 2})).json()
    assert (shown["profile"], shown["wanted"]) == (1, 2)
    shown = (await api.put(f"{CHARGER}/security", json={"profile": 3, "at_once": True})).json()
    assert (shown["profile"], shown["wanted"]) == (3, None)
    for wrong in ({"profile": 4}, {"profile": "2"}, {}, {"profile": 1, "more": 1}):
        refused(await api.put(f"{CHARGER}/security", json=wrong), 422, "invalid_input")
    await api.put(f"{CHARGER}/security", json={"profile": 0})
    raised = await api.post(f"{CHARGER}/security/raise", json={"profile": 2})
    assert raised.json()["ask"] == {"RaiseProfile": {"profile": 2}}
    assert (await api.get(f"{CHARGER}/security")).json()["wanted"] == 2


@pytest.mark.usefixtures("charger")
async def test_p161_a_new_password_is_seen_by_nobody(
    api: httpx.AsyncClient, services: OperatorServices
) -> None:
    """P-161: not in the answer, not among the commands; only that there is one."""
    asked = (await api.post(f"{CHARGER}/password")).json()
    assert asked["ask"] == {"ChangePassword": {}}
    command = services.chargers.security.reveal(await services.commands.get(asked["id"]))
    assert command.ask is not None
    secret = command.ask.document.split('"')[3]
    assert len(secret) == 40
    shown = (await api.get(f"{CHARGER}/security")).json()
    assert len(shown["new_passwords"]) == 1
    for path in ("security", "commands", "facts"):
        text = (await api.get(f"{CHARGER}/{path}")).text
        assert secret not in text
        assert "secret" not in text


@pytest.mark.usefixtures("charger")
async def test_p156_certificates_are_asked_for_and_shown(
    api: httpx.AsyncClient, services: OperatorServices
) -> None:
    """P-156: what the charger keeps, as it says and as we sent it."""
    root = await api.post(f"{CHARGER}/certificates/install-root")
    pem = root.json()["ask"]["InstallCertificate"]["certificate"]
    await settle(services, root.json(), CertificateInstalled(InstalledUse.CSMS_ROOT, pem))
    [kept] = (await api.get(f"{CHARGER}/certificates")).json()["kept"]
    assert (kept["use"], kept["subject"]) == (
        "CSMSRootCertificate",
        f"Roamwatt charger root {HOUSE}",
    )
    given = {"use": "ManufacturerRootCertificate", "certificate": pem}
    assert (await api.post(f"{CHARGER}/certificates/install", json=given)).status_code == 202
    asked = (await api.post(f"{CHARGER}/certificates/refresh", json={"uses": []})).json()
    told = CertificateHash("SHA256", "ab" * 32, "cd" * 32, "2a")
    listed = CertificatesListed((), (KeptCertificate(InstalledUse.V2G_CHAIN, told, (told,)),))
    await settle(services, asked, listed)
    [kept] = (await api.get(f"{CHARGER}/certificates")).json()["kept"]
    assert (kept["use"], kept["hash"], kept["children"]) == ("V2GCertificateChain", HASH, [HASH])
    deleted = await api.post(f"{CHARGER}/certificates/delete", json=kept["hash"])
    assert "DeleteCertificate" in deleted.json()["ask"]
    wrong = {"use": "CSMSRootCertificate", "certificate": "none"}
    refused(await api.post(f"{CHARGER}/certificates/install", json=wrong), 422, "invalid_input")
    short = {**HASH, "issuer_key_hash": "xyz"}
    refused(await api.post(f"{CHARGER}/certificates/delete", json=short), 422, "invalid_input")


@pytest.mark.usefixtures("charger")
async def test_p153_a_certificate_is_shown_from_its_request_on(
    api: httpx.AsyncClient, services: OperatorServices, store: Store, clock: FakeClock
) -> None:
    """P-153: wanted, delivered, installed, revoked; when it ends is there to be seen."""
    renewed = await api.post(f"{CHARGER}/certificates/renew", json={})
    assert renewed.json()["ask"] == {"RenewCertificate": {}}
    reports = StationReports(store, clock)
    await reports.hear("ST-1", SigningWanted(Keyring("ST-1").request()))
    [own] = (await api.get(f"{CHARGER}/certificates")).json()["own"]
    assert (own["state"], own["not_after"]) == ("wanted", None)
    await services.chargers.certificates.sign(own["id"])
    commands = (await api.get(f"{CHARGER}/commands")).json()
    [command] = [each for each in commands if "DeliverCertificate" in each["ask"]]
    await settle(services, command, CertificateDelivered(own["id"], accepted=True))
    [own] = (await api.get(f"{CHARGER}/certificates")).json()["own"]
    assert (own["state"], own["subject"]) == ("installed", "O=House,CN=ST-1")
    assert own["not_after"] > own["not_before"]
    assert (await api.delete(f"{CHARGER}/certificates/{own['id']}")).status_code == 204
    [own] = (await api.get(f"{CHARGER}/certificates")).json()["own"]
    assert own["state"] == "revoked"


@pytest.mark.usefixtures("charger")
async def test_another_operators_charger_is_none(
    api: httpx.AsyncClient, other: dict[str, str]
) -> None:
    for method, path, given in (
        ("GET", "security", None),
        ("PUT", "security", {"profile": 2}),
        ("POST", "security/raise", {"profile": 2}),
        ("POST", "password", None),
        ("GET", "certificates", None),
        ("POST", "certificates/refresh", {}),
        ("POST", "certificates/install-root", None),
        ("POST", "certificates/delete", HASH),
        ("POST", "certificates/renew", {}),
        ("DELETE", "certificates/any", None),
    ):
        url = f"{CHARGER}/{path}"
        refused(await api.request(method, url, json=given, headers=other), 404, "not_found")
