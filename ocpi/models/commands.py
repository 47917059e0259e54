"""Commands and their two answers. Source: OCPI 2.3.0, Commands module."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from ocpi.models.common import (
    CiString36,
    DateTime,
    DisplayText,
    Integer,
    OcpiObject,
    Url,
    Wire,
)
from ocpi.models.tokens import Token

CommandResponseType = Annotated[
    Literal["NOT_SUPPORTED", "REJECTED", "ACCEPTED", "UNKNOWN_SESSION"],
    Wire("CommandResponseType"),
]
CommandResultType = Annotated[
    Literal[
        "ACCEPTED", "CANCELED_RESERVATION", "EVSE_OCCUPIED", "EVSE_INOPERATIVE", "FAILED",
        "NOT_SUPPORTED", "REJECTED", "TIMEOUT", "UNKNOWN_RESERVATION",
    ],
    Wire("CommandResultType"),
]  # fmt: skip


class StartSession(OcpiObject):
    """Start charging with a token of the asking eMSP."""

    response_url: Url
    token: Token
    location_id: CiString36
    evse_uid: CiString36 | None = None
    connector_id: CiString36 | None = None
    authorization_reference: CiString36 | None = None

    @model_validator(mode="after")
    def _connector_needs_evse(self) -> Self:
        if self.connector_id is not None and self.evse_uid is None:
            raise ValueError("evse_uid is required when connector_id is set")
        return self


class StopSession(OcpiObject):
    """Stop a session by its id."""

    response_url: Url
    session_id: CiString36


class ReserveNow(OcpiObject):
    """Reserve an EVSE, or any of the location, until `expiry_date`."""

    response_url: Url
    token: Token
    expiry_date: DateTime
    reservation_id: CiString36
    location_id: CiString36
    evse_uid: CiString36 | None = None
    authorization_reference: CiString36 | None = None


class CancelReservation(OcpiObject):
    """Give a reservation back."""

    response_url: Url
    reservation_id: CiString36


class UnlockConnector(OcpiObject):
    """Unlock a cable that is stuck; for help desks only."""

    response_url: Url
    location_id: CiString36
    evse_uid: CiString36
    connector_id: CiString36


class CommandResponse(OcpiObject):
    """The immediate answer; after `timeout` seconds no result is to be expected."""

    result: CommandResponseType
    timeout: Integer
    message: list[DisplayText] = []


class CommandResult(OcpiObject):
    """What the charger made of the command."""

    result: CommandResultType
    message: list[DisplayText] = []
