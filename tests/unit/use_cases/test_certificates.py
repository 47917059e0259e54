"""Chargers' certificates from the request to their renewal, with an authority that may be away."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.adapters.ca_builtin import BuiltInAuthority
from app.domain.asks import ASKS
from app.domain.certificates import (
    MOST_REFUSALS,
    CertificateDelivered,
    CertificateState,
    ChargerCertificate,
    DeliverCertificate,
    RenewCertificate,
    SigningAnswer,
    SigningUse,
    SigningWanted,
    shortened,
)
from app.domain.commands import Command, CommandOutcome, CommandResult, CommandState
from app.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from app.domain.identifiers import PartyId
from app.domain.operators import Operator
from app.domain.stations import Booted, BootFacts
from app.ports.certificates import Signed, SigningOrder
from app.store.documents import pack_one, unpack_one
from app.store.station_log import Sought
from app.use_cases.certificates import Certificates
from app.use_cases.commands import settle_in
from app.use_cases.station_logs import ALARMS
from app.use_cases.station_news import StationReports
from app.use_cases.x509 import client_of, read_certificate
from tests.support.chargers import CPO, Floor, at

COMPANY = "House of Charging"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def a_csr(
    *names: str,
    company: str | None = COMPANY,
    key: Key | None = None,
    ca: bool = False,
) -> str:
    """A signing request, of an elliptic key unless told otherwise."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names or ("CP1",)]
    if company is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, company))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts))
    if ca:
        limits = x509.BasicConstraints(ca=True, path_length=None)
        builder = builder.add_extension(limits, critical=True)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.PEM).decode()


def tampered(csr: str) -> str:
    """The request with its signature broken."""
    raw = bytearray(x509.load_pem_x509_csr(csr.encode()).public_bytes(Encoding.DER))
    raw[-1] ^= 1
    return x509.load_der_x509_csr(bytes(raw)).public_bytes(Encoding.PEM).decode()


class Away:
    """An authority outside that does not answer, or does not want to."""

    def __init__(self, inner: BuiltInAuthority) -> None:
        self.inner, self.error = inner, None
        self.error: Exception | None = None

    async def sign(self, order: SigningOrder) -> Signed:
        if self.error is not None:
            raise self.error
        return await self.inner.sign(order)

    async def roots(self) -> Sequence[str]:
        return await self.inner.roots()

    async def renew(self, party: PartyId) -> str:
        return await self.inner.renew(party)


class Desk:
    """The certificates of the charger CP1, which is connected."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.store, self.clock = floor, floor.store, floor.clock
        self.authority = Away(BuiltInAuthority(floor.store, floor.sealer, floor.clock))
        self.certificates = Certificates(floor.store, floor.clock, self.authority)
        self.reports = StationReports(floor.store, floor.clock)

    async def wants(
        self, csr: str, use: SigningUse = SigningUse.CHARGING_STATION
    ) -> SigningAnswer:
        answer = await self.reports.hear("CP1", SigningWanted(csr, use))
        assert isinstance(answer, SigningAnswer)
        return answer

    async def own(self) -> list[ChargerCertificate]:
        return list((await self.certificates.sheet(CPO, "CP1")).own)

    async def newest(self) -> ChargerCertificate:
        return (await self.own())[0]

    async def asked(self) -> list[Command]:
        """The commands that wait to be sent, the oldest first."""
        async with self.store.reading() as tx:
            found = await tx.commands.of_party(CPO, limit=20)
        return [c for c in reversed(found) if c.state is CommandState.REQUESTED]

    async def answer(self, result: CommandResult, *, accepted: bool | None = None) -> None:
        """The charger answers the oldest command; `accepted` None is a CALLERROR, or silence."""
        [command, *_] = await self.asked()
        assert command.ask is not None
        ask = unpack_one(ASKS, command.ask)
        news = ()
        if accepted is not None:
            told = CertificateDelivered(ask.certificate_id, accepted, result.value)
            news = (pack_one(told),)
        async with self.store.transaction() as tx:
            outcome = CommandOutcome(result, result.value, news=news)
            await settle_in(tx, command.id, outcome, now=self.clock.now())

    async def install(self) -> ChargerCertificate:
        """A certificate that the charger took."""
        assert (await self.wants(a_csr())).accepted
        await self.certificates.sign((await self.newest()).id)
        await self.answer(CommandResult.ACCEPTED, accepted=True)
        return await self.newest()

    async def pass_by(self, time: timedelta) -> None:
        self.clock.set(self.clock.now() + time)
        await self.certificates.look()


@pytest.fixture
async def desk(floor: Floor) -> Desk:
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.operators.put(Operator(CPO, COMPANY, at(0)))
    live = await floor.connect()
    await floor.stations.boot(live, Booted(BootFacts("Roam", "Box", serial="SER-1")))
    return Desk(floor)


async def test_p153_a_good_request_is_signed_and_delivered(desk: Desk) -> None:
    """P-153: the answer comes at once; the certificate names the charger and its operator."""
    assert await desk.wants(a_csr()) == SigningAnswer(accepted=True)
    wanted = await desk.newest()
    assert wanted.state is CertificateState.WANTED
    assert "certificate.wanted" in await desk.floor.kinds()
    await desk.certificates.sign(wanted.id)
    await desk.certificates.sign(wanted.id)
    [command] = await desk.asked()
    assert command.ask is not None
    ask: DeliverCertificate = unpack_one(ASKS, command.ask)
    named = client_of(read_certificate(ask.chain))
    assert (named.common_name, named.organisation) == ("CP1", COMPANY)
    assert named.serial == (await desk.newest()).serial
    await desk.answer(CommandResult.ACCEPTED, accepted=True)
    installed = await desk.newest()
    assert installed.state is CertificateState.INSTALLED
    assert installed.not_after is not None
    assert installed.due_at == installed.not_after - timedelta(days=30)
    root = read_certificate((await desk.certificates.roots())[0])
    read_certificate(ask.chain).verify_directly_issued_by(root)


@pytest.mark.parametrize(
    ("csr", "why"),
    [
        (a_csr("CP2"), "'CP2'"),
        (a_csr("CP1", "CP2"), "one common name"),
        (a_csr(company="Else"), "company 'Else'"),
        (a_csr(key=rsa.generate_private_key(65537, 1024)), "1024 bits"),  # noqa: S505
        (a_csr(key=ec.generate_private_key(ec.SECP192R1())), "192 bits"),
        (a_csr(key=ed25519.Ed25519PrivateKey.generate()), "Ed25519"),
        (a_csr(ca=True), "no certificate authority"),
        (tampered(a_csr()), "not signed with its own key"),
        ("no request", "is no certificate signing request"),
    ],
)
async def test_p154_a_bad_request_is_refused(desk: Desk, csr: str, why: str) -> None:
    """P-154: another's name, a weak key, a wrong signature; told why, and that is all."""
    answer = await desk.wants(csr)
    assert not answer.accepted
    assert why in answer.reason
    assert await desk.own() == []


@pytest.mark.parametrize("csr", [a_csr(company=None), a_csr("cp1"), a_csr("SER-1")])
async def test_names_a_charger_goes_by(desk: Desk, csr: str) -> None:
    """Whatever of its names it asked with, the certificate bears the one it connects with."""
    assert (await desk.wants(csr)).accepted
    await desk.certificates.sign((await desk.newest()).id)
    assert (await desk.newest()).subject == f"O={COMPANY},CN=CP1"


async def test_a_repeated_request_is_one_and_few_may_wait(desk: Desk) -> None:
    """A charger repeats its request when we are slow, with the same key or with a new one."""
    same = a_csr()
    for _ in range(3):
        assert (await desk.wants(same)).accepted
    assert len(await desk.own()) == 1
    answers = [(await desk.wants(a_csr())).accepted for _ in range(4)]
    assert answers == [True, True, True, False]


async def test_an_authority_that_is_away_is_asked_again(desk: Desk) -> None:
    await desk.wants(a_csr())
    desk.authority.error = Unavailable("the authority is away")
    with pytest.raises(Unavailable):
        await desk.certificates.sign((await desk.newest()).id)
    await desk.pass_by(timedelta(minutes=2))
    assert (await desk.newest()).state is CertificateState.WANTED
    desk.authority.error = None
    await desk.pass_by(timedelta(minutes=2))
    assert (await desk.newest()).state is CertificateState.DELIVERING
    await desk.wants(a_csr())
    desk.authority.error = InvalidInput("csr", "not by our policy")
    await desk.certificates.sign((await desk.newest()).id)
    failed = await desk.newest()
    assert (failed.state, failed.reason) == (CertificateState.FAILED, "csr: not by our policy")


async def test_p155_a_refused_certificate_is_not_delivered_for_ever(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """P-155: tried again with growing pauses, then given up with an alarm."""
    await desk.wants(a_csr())
    await desk.certificates.sign((await desk.newest()).id)
    for turn in range(1, MOST_REFUSALS + 1):
        await desk.answer(CommandResult.REJECTED, accepted=False)
        assert (await desk.newest()).refusals == turn
        await desk.pass_by(timedelta(hours=1))
    given_up = await desk.newest()
    assert (given_up.state, given_up.due_at) == (CertificateState.REFUSED, None)
    assert not await desk.asked()
    assert "station.alarm" in caplog.text
    async with desk.store.reading() as tx:
        [alarm] = await tx.station_log.find("CP1", ALARMS, Sought())
    assert (alarm.kind, "REJECTED" in alarm.document) == ("certificate.refused", True)


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (CommandResult.TIMEOUT, CertificateState.SIGNED),
        (CommandResult.FAILED, CertificateState.SIGNED),
        (CommandResult.NOT_SUPPORTED, CertificateState.REFUSED),
    ],
)
async def test_a_certificate_that_nobody_answered_is_delivered_again(
    desk: Desk, result: CommandResult, state: CertificateState
) -> None:
    await desk.wants(a_csr())
    await desk.certificates.sign((await desk.newest()).id)
    await desk.pass_by(timedelta(minutes=2))
    assert (await desk.newest()).state is CertificateState.DELIVERING
    await desk.answer(result)
    await desk.pass_by(timedelta(minutes=2))
    assert (await desk.newest()).state is state
    await desk.pass_by(timedelta(minutes=5))
    again = CertificateState.DELIVERING if state is CertificateState.SIGNED else state
    assert (await desk.newest()).state is again


async def test_a_charger_that_is_away_gets_it_when_it_is_back(desk: Desk) -> None:
    await desk.wants(a_csr())
    async with desk.store.transaction() as tx:
        station = await tx.stations.need("CP1")
        await tx.stations.put(replace(station, node=None))
    await desk.certificates.sign((await desk.newest()).id)
    assert (await desk.newest()).state is CertificateState.SIGNED
    await desk.floor.connect()
    await desk.pass_by(timedelta(minutes=2))
    assert (await desk.newest()).state is CertificateState.DELIVERING


async def test_a_certificate_is_renewed_before_it_ends(desk: Desk) -> None:
    """The charger is asked for a new key in time, and again when it did nothing."""
    first = await desk.install()
    assert first.not_after is not None
    desk.clock.set(first.not_after - timedelta(days=31))
    await desk.certificates.look()
    assert not await desk.asked()
    await desk.pass_by(timedelta(days=2))
    [command] = await desk.asked()
    assert command.ask is not None
    assert isinstance(unpack_one(ASKS, command.ask), RenewCertificate)
    assert (await desk.newest()).renewal_asked_at == desk.clock.now()
    async with desk.store.transaction() as tx:
        told = CommandOutcome(CommandResult.ACCEPTED)
        await settle_in(tx, command.id, told, now=desk.clock.now())
    await desk.pass_by(timedelta(hours=1))
    assert not await desk.asked()
    second = await desk.install()
    assert second.id != first.id
    assert [each.state for each in await desk.own()] == [
        CertificateState.INSTALLED,
        CertificateState.REPLACED,
    ]
    await desk.pass_by(timedelta(days=1))
    assert not await desk.asked()


async def test_revoking(desk: Desk) -> None:
    await desk.wants(a_csr())
    wanted = await desk.newest()
    with pytest.raises(Conflict):
        await desk.certificates.revoke(CPO, "CP1", wanted.id)
    installed = await desk.install()
    for party, station, name in (
        (PartyId("DE", "OTH"), "CP1", installed.id),
        (CPO, "CP9", installed.id),
        (CPO, "CP1", "none"),
    ):
        with pytest.raises(NotFound):
            await desk.certificates.revoke(party, station, name)
    await desk.certificates.revoke(CPO, "CP1", installed.id)
    assert (await desk.newest()).state is CertificateState.REVOKED


async def test_a_new_root_signs_and_the_old_one_still_vouches(desk: Desk) -> None:
    """The key is sealed at rest, and another house's key ring cannot open it."""
    first = await desk.install()
    fresh = await desk.authority.renew(CPO)
    assert len(await desk.certificates.roots()) == 2
    second = await desk.install()
    read_certificate(second.chain or "").verify_directly_issued_by(read_certificate(fresh))
    assert first.chain is not None
    async with desk.store.reading() as tx:
        kept = await tx.authorities.list(CPO)
    assert not [each for each in kept if "PRIVATE" in each.sealed_key]


def test_a_chain_is_shortened_from_its_root() -> None:
    """Chargers take 10,000 characters at most; the root is what they have already."""
    one, two = ("-----BEGIN CERTIFICATE-----\n" + c * 40 + "\n-----END CERTIFICATE-----"
                for c in "AB")  # fmt: skip
    both = f"{one}\n{two}"
    assert shortened(both, 1_000) == both
    assert shortened(both, 150) == one
    assert shortened(both, 10) is None
    assert shortened("nothing", 10) is None
