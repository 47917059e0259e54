"""A simulated charger, the real house and real TLS: certificates, profiles and passwords."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from app.adapters.bus_local import LocalBus
from app.adapters.ca_builtin import BuiltInAuthority
from app.adapters.clock_system import SystemClock
from app.domain.certificates import (
    CertificateState,
    DeleteCertificate,
    InstallCertificate,
    InstalledUse,
    ListCertificates,
    SigningUse,
)
from app.domain.commands import Command, CommandState
from app.domain.operators import Operator
from app.runtime.charger_tls import TlsFiles
from app.simulators.charger import Charger
from app.simulators.charger_keyring import Keyring
from app.simulators.charger_link import HandshakeRefusedError
from app.simulators.ocpp_schemas import Protocol
from app.store.database import Database
from app.store.transaction import Store
from app.use_cases.certificates import Certificates
from app.use_cases.charger_security import ChargerSecurity
from app.use_cases.command_requests import BY_US, AskRequest
from app.use_cases.commands import Commands
from app.use_cases.station_news import StationReports
from ocpp_bridge.dispatch import Dispatch
from ocpp_bridge.entrances import Entrance
from ocpp_bridge.gateway import OcppGateway
from ocpp_bridge.links import Links
from ocpp_bridge.listener import Listener, ListenerOptions
from tests.edge.ocpp.conftest import serving
from tests.support.certificates import certificates
from tests.support.chargers import CPO, PASSWORD, Floor

EVERY: tuple[Protocol, ...] = get_args(Protocol)
COMPANY = "House of Charging"


async def nobody() -> None:
    """Nobody waits for what is written."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


class Yard:
    """The charger CP1's whole house, with an address for each profile."""

    def __init__(self, database: Database, folder: Path) -> None:
        clock, links, bus = SystemClock(), Links(), LocalBus()
        self.store = store = Store(database, clock, nobody)
        self.floor = floor = Floor(store, clock)  # type: ignore[arg-type]
        made = certificates(folder)
        pem = folder / "both.pem"
        pem.write_bytes(made.server.read_bytes() + made.server_key.read_bytes())
        self.trusted = made.authority.read_text()
        authority = BuiltInAuthority(store, floor.sealer, clock)
        self.certificates = Certificates(store, clock, authority)
        self.security = ChargerSecurity(store, clock, floor.sealer)
        self.wss = Entrance("127.0.0.1", 0, TlsFiles(pem))
        self.mutual = Entrance("127.0.0.1", 0, TlsFiles(pem, self.certificates.roots))
        dispatch: Any = Dispatch(
            floor.stations,
            floor.authorize,
            floor.sessions,
            None,  # type: ignore[arg-type] - nobody reserves here
            reports=StationReports(store, clock),
            node="n1",
        )
        options = ListenerOptions(drain_s=0.0, reload_s=0.02)
        self.listener = Listener(
            dispatch, clock, options=options, links=links, more=(self.wss, self.mutual)
        )
        gateway = OcppGateway(links, bus, self._node_of, reveal=self.security.reveal)
        self.commands = Commands(store, clock, gateway, random=Random(1))

    async def _node_of(self, _station: str) -> str | None:
        return None

    async def furnish(self) -> None:
        """A site, its operator, and the charger CP1 there."""
        await self.floor.furnish()
        async with self.store.transaction() as tx:
            await tx.operators.put(Operator(CPO, COMPANY, SystemClock().now()))

    @asynccontextmanager
    async def charger(
        self,
        protocol: Protocol,
        entrance: Entrance | None = None,
        keyring: Keyring | None = None,
        password: str | bytes = PASSWORD,
    ) -> AsyncIterator[Charger]:
        """A charger that has booted; raises HandshakeRefusedError when it is turned away."""
        scheme = "ws" if entrance is None else "wss"
        port = (entrance or self.listener).port
        charger = Charger(
            f"{scheme}://127.0.0.1:{port}/ocpp",
            "CP1",
            password,
            protocol=protocol,
            keyring=keyring or self.keyring(),
            first_backoff_s=0.05,
        )
        async with charger, asyncio.timeout(10):
            await charger.booted()
            yield charger
        assert not charger.violations

    def keyring(self) -> Keyring:
        """Keys of a charger that trusts this house's server."""
        made = Keyring("CP1")
        made.trust("CSMSRootCertificate", self.trusted)
        return made

    async def ask(self, ask: Any) -> Command:
        """Ask the charger, and wait."""
        request = AskRequest(asker=BY_US, station_id="CP1", ask=ask)
        return await self.commands.ask(request)

    async def go_on(self) -> None:
        """Do what the delivery machine does: sign what is wanted, send what is requested."""
        async with self.store.reading() as tx:
            wanted = await tx.certificates.in_states(CertificateState.WANTED, limit=10)
        for each in wanted:
            await self.certificates.sign(each.id)
        async with self.store.reading() as tx:
            found = await tx.commands.of_party(CPO, limit=20)
        for command in found:
            if command.state is CommandState.REQUESTED:
                await self.commands.send(command.id)

    async def until(self, *states: CertificateState) -> None:
        """Go on until the charger's certificates are in these states, the newest first."""
        async with asyncio.timeout(5):
            while await self.states() != list(states):
                await self.go_on()
                await asyncio.sleep(0.005)

    async def states(self) -> list[CertificateState]:
        """Of the charger's certificates, the newest first."""
        return [each.state for each in (await self.certificates.sheet(CPO, "CP1")).own]


@pytest.fixture
async def yard(database: Database, tmp_path: Path) -> AsyncIterator[Yard]:
    made = Yard(database, tmp_path)
    writing = asyncio.create_task(made.floor.batch.run())
    await made.furnish()
    async with serving(made.listener):
        yield made
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing


@pytest.mark.parametrize("protocol", EVERY)
async def test_p153_from_a_password_to_a_certificate_of_its_own(
    yard: Yard, protocol: Protocol
) -> None:
    """P-153, P-019, P-021: signed, delivered, used; and from then on nothing less is enough."""
    keyring = yard.keyring()
    keyring.organisation = COMPANY
    async with yard.charger(protocol, keyring=keyring):
        await yard.certificates.renew(BY_US, "CP1", SigningUse.CHARGING_STATION)
        await yard.until(CertificateState.INSTALLED)
        assert (await yard.security.ask_for(CPO, "CP1", 3)).wanted == 3
    [own] = (await yard.certificates.sheet(CPO, "CP1")).own
    assert (own.subject, own.refusals) == (f"O={COMPANY},CN=CP1", 0)
    async with asyncio.timeout(3):
        while not yard.listener.counts["certificates_changed"]:
            await asyncio.sleep(0.005)
    async with yard.charger(protocol, yard.mutual, keyring):
        security = (await yard.security.of(CPO, "CP1")).security
        assert (security.profile, security.wanted, security.reached) == (3, None, 3)
    for entrance in (None, yard.wss):
        with pytest.raises(HandshakeRefusedError, match="401"):
            async with yard.charger(protocol, entrance, keyring):
                pass
    await yard.certificates.revoke(CPO, "CP1", own.id)
    with pytest.raises(HandshakeRefusedError, match="401"):
        async with yard.charger(protocol, yard.mutual, keyring):
            pass


async def test_p212_a_certificate_for_vehicles_is_another_one(yard: Yard) -> None:
    """P-212: V2G and ChargingStation are delivered by their type, and neither replaces the other.

    A charger comes in with its own certificate, and never with the one that it shows vehicles.
    """
    keyring = yard.keyring()
    async with yard.charger("ocpp2.1", keyring=keyring):
        for use in (SigningUse.CHARGING_STATION, SigningUse.V2G, SigningUse.V2G_20):
            await yard.certificates.renew(BY_US, "CP1", use)
            await yard.go_on()
        await yard.until(*[CertificateState.INSTALLED] * 3)
    assert set(keyring.own) == {use.value for use in SigningUse}
    async with asyncio.timeout(3):
        while not yard.listener.counts["certificates_changed"]:
            await asyncio.sleep(0.005)
    keyring.own["ChargingStationCertificate"] = keyring.own["V2GCertificate"]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4), yard.charger("ocpp2.1", yard.mutual, keyring):
            pass


async def test_p155_a_certificate_for_another_key_is_refused(yard: Yard) -> None:
    """P-155: the refusal is kept with the certificate, which is delivered again, later."""
    async with yard.charger("ocpp2.0.1") as charger:
        charger.script["CertificateSigned"] = {"status": "Rejected"}
        await yard.certificates.renew(BY_US, "CP1", SigningUse.CHARGING_STATION)
        async with asyncio.timeout(5):
            while not [s for s in await yard.states() if s is CertificateState.SIGNED]:
                await yard.go_on()
                await asyncio.sleep(0.005)
    [own] = (await yard.certificates.sheet(CPO, "CP1")).own
    assert (own.refusals, own.reason) == (1, "Rejected")
    assert own.due_at is not None


@pytest.mark.parametrize("protocol", EVERY)
async def test_p156_certificates_to_trust_go_there_and_back(
    yard: Yard, protocol: Protocol
) -> None:
    """P-156: installed, listed and deleted; what we know is what the charger says."""
    keyring = yard.keyring()
    async with yard.charger(protocol, keyring=keyring):
        if protocol == "ocpp1.6":
            keyring.trusted.clear()  # 1.6 has another word for it
        installed = await yard.certificates.install_root(BY_US, "CP1")
        await yard.go_on()
        assert (await yard.commands.get(installed.id)).outcome is not None
        listed = await yard.ask(ListCertificates((InstalledUse.CSMS_ROOT,)))
        assert listed.outcome is not None
        assert listed.outcome.accepted
        kept = (await yard.certificates.sheet(CPO, "CP1")).kept
        known = [each.value for each in kept if each.value.certificate is not None]
        assert [each.subject for each in known] == [f"Roamwatt charger root {CPO}"]
        assert len(kept) == (1 if protocol == "ocpp1.6" else 2)
        for each in kept:
            deleted = await yard.ask(DeleteCertificate(each.value.hash))
            assert deleted.outcome is not None
            assert deleted.outcome.accepted
        assert not (await yard.certificates.sheet(CPO, "CP1")).kept
        none = await yard.ask(ListCertificates((InstalledUse.MANUFACTURER_ROOT,)))
        assert none.outcome is not None
        assert (none.outcome.accepted, none.outcome.message) == (True, "NotFound")
        wrong = await yard.ask(InstallCertificate(InstalledUse.CSMS_ROOT, "no certificate"))
        assert wrong.outcome is not None
        assert not wrong.outcome.accepted


@pytest.mark.parametrize("protocol", EVERY)
async def test_p160_a_new_password_and_the_old_until_it_was_used(
    yard: Yard, protocol: Protocol, caplog: pytest.LogCaptureFixture
) -> None:
    """P-160, P-161: 40 hex digits; both are good until the new one was used, and none is seen."""
    caplog.set_level(logging.DEBUG)
    async with yard.charger(protocol) as charger:
        asked = await yard.security.rotate(BY_US, "CP1")
        await yard.go_on()
        [told] = [
            each.payload
            for each in charger.journal.asked
            if each.action in {"ChangeConfiguration", "SetVariables"}
        ]
        fresh = charger.password
        ring = yard.listener.journal.ring("CP1")
    told = told.get("setVariableData", [told])[0]
    secret = told.get("attributeValue") or told["value"]
    assert len(bytes.fromhex(secret)) == 20
    assert len((await yard.security.of(CPO, "CP1")).security.pending) == 1
    async with yard.charger(protocol):
        assert len((await yard.security.of(CPO, "CP1")).security.pending) == 1
    async with yard.charger(protocol, password=fresh):
        assert not (await yard.security.of(CPO, "CP1")).security.pending
    with pytest.raises(HandshakeRefusedError, match="401"):
        async with yard.charger(protocol):
            pass
    command = await yard.commands.get(asked.id)
    seen = [str(command), caplog.text, *(each.text for each in ring.entries())]
    assert not [text for text in seen if secret in text or PASSWORD in text]
