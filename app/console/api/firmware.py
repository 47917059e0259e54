"""Routes for firmware of one charger."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.console.api.maintenance_shapes import AttemptsIn, ErrandOut, Given, Url
from app.domain.errands import ErrandKind
from app.domain.errors import InvalidInput
from app.domain.firmware import (
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
    UpdateSignedFirmware,
)

router = APIRouter(prefix="/chargers/{station_id}/firmware")

Checksum = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{32}$")]


class FirmwareIn(AttemptsIn):
    """Where the firmware is; with `signature` (base64) and `certificate` (PEM) it is signed."""

    location: Url
    retrieve_at: AwareDatetime | None = None
    install_at: AwareDatetime | None = None
    signature: Annotated[str, Field(min_length=1, max_length=800)] | None = None
    certificate: Annotated[str, Field(min_length=1, max_length=5500)] | None = None

    @property
    def ask(self) -> UpdateFirmware | UpdateSignedFirmware:
        """What is asked of the charger; raises InvalidInput."""
        if (self.signature is None) != (self.certificate is None):
            raise InvalidInput("signature", "a signature and its certificate come together")
        times = (self.retrieve_at, self.install_at, self.retries, self.retry_after)
        if self.signature is None or self.certificate is None:
            return UpdateFirmware(self.location, *times)
        return UpdateSignedFirmware(self.location, self.signature, self.certificate, *times)


class PublishIn(AttemptsIn):
    """Firmware for the chargers behind this one; `checksum` is its MD5."""

    location: Url
    checksum: Checksum


class UnpublishIn(Given):
    """Which firmware."""

    checksum: Checksum


@router.get("")
async def list_updates(charger: Asked) -> list[ErrandOut]:
    """Updates, the newest first, with all that the charger told of them."""
    party = charger.party
    found = await charger.services.chargers.records.errands(party, charger.id, ErrandKind.FIRMWARE)
    return [ErrandOut.of(each) for each in found]


@router.post("", status_code=202)
async def update(charger: Asked, given: FirmwareIn) -> AskedOut:
    """Update a charger's firmware."""
    return await charger.ask(given.ask)


@router.post("/{request_id}/retry", status_code=202)
async def retry_update(charger: Asked, request_id: int) -> AskedOut:
    """Ask for the same update once more."""
    party, records = charger.party, charger.services.chargers.records
    ask = await records.errand_again(party, charger.id, ErrandKind.FIRMWARE, request_id=request_id)
    return await charger.ask(ask)


@router.get("/published")
async def list_published(charger: Asked) -> list[ErrandOut]:
    """What the charger was asked to publish, the newest first."""
    party = charger.party
    found = await charger.services.chargers.records.errands(party, charger.id, ErrandKind.PUBLISH)
    return [ErrandOut.of(each) for each in found]


@router.post("/publish", status_code=202)
async def publish(charger: Asked, given: PublishIn) -> AskedOut:
    """Let a local controller offer firmware to the chargers behind it."""
    ask = PublishFirmware(given.location, given.checksum, given.retries, given.retry_after)
    return await charger.ask(ask)


@router.post("/unpublish", status_code=202)
async def unpublish(charger: Asked, given: UnpublishIn) -> AskedOut:
    """Let it stop offering it."""
    ask = UnpublishFirmware(given.checksum)
    return await charger.ask(ask)
