"""Routes for what a charger proves itself with: profile, password and certificates."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.domain.certificates import (
    CertificateHash,
    ChargerCertificate,
    DeleteCertificate,
    InstallCertificate,
    InstalledUse,
    ListCertificates,
    SigningUse,
)
from app.domain.device_model import NetworkProfile
from app.domain.security import Security
from app.store.station_facts import Fact
from app.use_cases.certificate_news import Kept
from app.use_cases.certificates import CertificateSheet
from app.use_cases.x509 import read_certificate

router = APIRouter(prefix="/chargers/{station_id}")

Hex = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[0-9A-Fa-f]+$")]
Pem = Annotated[str, Field(min_length=1, max_length=10_000)]
Profile = Annotated[int, Field(ge=0, le=3, strict=True)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProfileIn(_In):
    """The lowest security profile to let in: once the charger comes with it, or at once."""

    profile: Profile
    at_once: bool = False


class RaiseIn(_In):
    """The security profile that the charger is to use.

    A charger of OCPP 2.x needs `url`, where it reaches us with that profile, kept in `slot`.
    """

    profile: Profile
    url: Annotated[str, Field(pattern="^wss?://", max_length=512)] | None = None
    slot: Annotated[int, Field(ge=0, le=1000)] | None = None
    interface: Annotated[str, Field(pattern="^(Wired[0-3]|Wireless[0-3]|Any)$")] = "Wired0"

    def way(self) -> NetworkProfile | None:
        """The way there, if one is told."""
        if self.url is None:
            return None
        return NetworkProfile(self.url, self.profile, interface=self.interface)


class RenewIn(_In):
    """What for."""

    use: SigningUse = SigningUse.CHARGING_STATION


class InstallIn(_In):
    """A certificate to trust, and what for."""

    use: InstalledUse
    certificate: Pem


class HashShape(_In):
    """How a certificate is named."""

    hash_algorithm: Annotated[str, Field(pattern=r"^SHA(256|384|512)$")]
    issuer_name_hash: Hex
    issuer_key_hash: Hex
    serial_number: Annotated[Hex, Field(max_length=40)]

    @classmethod
    def of(cls, named: CertificateHash) -> "HashShape":
        """Show it."""
        return cls.model_construct(
            hash_algorithm=named.algorithm,
            issuer_name_hash=named.issuer_name_hash,
            issuer_key_hash=named.issuer_key_hash,
            serial_number=named.serial,
        )

    def read(self) -> CertificateHash:
        """In the domain's words."""
        return CertificateHash(
            self.hash_algorithm, self.issuer_name_hash, self.issuer_key_hash, self.serial_number
        )


class ListIn(_In):
    """Of which uses; all when none is named. OCPP 1.6 tells of one use at a time."""

    uses: Annotated[list[InstalledUse], Field(max_length=len(InstalledUse))] = []


class SecurityOut(BaseModel):
    """What a charger is asked for; `reached` is the profile of its last connection.

    `wanted` is the profile it is being raised to, `new_passwords` since when others than the old
    one are good.
    """

    profile: int
    wanted: int | None
    reached: int | None
    new_passwords: list[datetime]

    @classmethod
    def of(cls, security: Security) -> "SecurityOut":
        """Show it; never a key, nor its hash."""
        return cls(
            profile=security.profile,
            wanted=security.wanted,
            reached=security.reached,
            new_passwords=[key.since for key in security.pending],
        )


class CertificateOut(BaseModel):
    """A certificate that we had signed for the charger, from its request on."""

    id: str
    use: SigningUse
    state: str
    subject: str
    serial: str | None
    wanted_at: datetime
    not_before: datetime | None
    not_after: datetime | None
    settled_at: datetime | None
    renewal_asked_at: datetime | None
    refusals: int
    reason: str
    chain: str | None

    @classmethod
    def of(cls, found: ChargerCertificate) -> "CertificateOut":
        """Show it."""
        return cls(
            id=found.id,
            use=found.use,
            state=found.state.value,
            subject=found.subject,
            serial=found.serial,
            wanted_at=found.wanted_at,
            not_before=found.not_before,
            not_after=found.not_after,
            settled_at=found.settled_at,
            renewal_asked_at=found.renewal_asked_at,
            refusals=found.refusals,
            reason=found.reason,
            chain=found.chain,
        )


class KeptOut(BaseModel):
    """A certificate that the charger keeps, as it told at `at`, or as we sent it."""

    use: InstalledUse
    hash: HashShape
    children: list[HashShape]
    subject: str
    not_after: datetime | None
    at: datetime

    @classmethod
    def of(cls, fact: Fact[Kept]) -> "KeptOut":
        """Show it."""
        kept = fact.value
        return cls(
            use=kept.use,
            hash=HashShape.of(kept.hash),
            children=[HashShape.of(child) for child in kept.children],
            subject=kept.subject,
            not_after=kept.not_after,
            at=fact.at,
        )


class SheetOut(BaseModel):
    """The charger's own certificates, the newest first, and those it keeps to trust."""

    own: list[CertificateOut]
    kept: list[KeptOut]

    @classmethod
    def of(cls, sheet: CertificateSheet) -> "SheetOut":
        """Show it."""
        return cls(
            own=[CertificateOut.of(each) for each in sheet.own],
            kept=[KeptOut.of(each) for each in sheet.kept],
        )


@router.get("/security")
async def show_security(charger: Asked) -> SecurityOut:
    """What the charger must prove itself with."""
    station = await charger.services.chargers.security.of(charger.party, charger.id)
    return SecurityOut.of(station.security)


@router.put("/security")
async def ask_for_profile(charger: Asked, given: ProfileIn) -> SecurityOut:
    """Let the charger in with this profile or a higher one only; nothing is sent to it."""
    party = charger.party
    return SecurityOut.of(
        await charger.services.chargers.security.ask_for(
            party, charger.id, given.profile, at_once=given.at_once
        )
    )


@router.post("/security/raise", status_code=202)
async def raise_profile(charger: Asked, given: RaiseIn) -> AskedOut:
    """Make a charger use a higher profile: OCPP 1.6 by its key, 2.x by another way to us.

    The next steps of 2.x, to prefer that way and to restart, are asked by themselves.
    """
    raised = charger.services.chargers.security.raise_to(
        charger.asker, charger.id, given.profile, way=given.way(), slot=given.slot
    )
    return AskedOut.whole(await raised)


@router.post("/password", status_code=202)
async def rotate_password(charger: Asked) -> AskedOut:
    """Give the charger another password; the old one is good until the new one was used."""
    rotated = charger.services.chargers.security.rotate(charger.asker, charger.id)
    return AskedOut.whole(await rotated)


@router.get("/certificates")
async def list_certificates(charger: Asked) -> SheetOut:
    """What is known; ask the charger anew with `/certificates/refresh`."""
    found = await charger.services.chargers.certificates.sheet(charger.party, charger.id)
    return SheetOut.of(found)


@router.post("/certificates/refresh", status_code=202)
async def refresh_certificates(charger: Asked, given: ListIn) -> AskedOut:
    """Ask the charger which certificates it keeps."""
    return await charger.ask(ListCertificates(tuple(given.uses)))


@router.post("/certificates/install", status_code=202)
async def install_certificate(charger: Asked, given: InstallIn) -> AskedOut:
    """Let the charger trust a certificate (PEM)."""
    read_certificate(given.certificate)
    return await charger.ask(InstallCertificate(given.use, given.certificate))


@router.post("/certificates/install-root", status_code=202)
async def install_root(charger: Asked) -> AskedOut:
    """Let the charger trust the root that signs the operator's chargers."""
    asked = charger.services.chargers.certificates.install_root(charger.asker, charger.id)
    return AskedOut.whole(await asked)


@router.post("/certificates/delete", status_code=202)
async def delete_certificate(charger: Asked, given: HashShape) -> AskedOut:
    """Let the charger trust a certificate no more."""
    return await charger.ask(DeleteCertificate(given.read()))


@router.post("/certificates/renew", status_code=202)
async def renew_certificate(charger: Asked, given: RenewIn) -> AskedOut:
    """Ask the charger for a new key, which is then signed."""
    asked = charger.services.chargers.certificates.renew(charger.asker, charger.id, given.use)
    return AskedOut.whole(await asked)


@router.delete("/certificates/{certificate_id}", status_code=204)
async def revoke_certificate(charger: Asked, certificate_id: str) -> None:
    """Let nobody in with this certificate any more."""
    await charger.services.chargers.certificates.revoke(charger.party, charger.id, certificate_id)
