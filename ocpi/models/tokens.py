"""Tokens and authorisation. Source: OCPI 2.3.0, Tokens module."""

from typing import Annotated, Literal

from ocpi.models.common import (
    Boolean,
    CiString2,
    CiString3,
    CiString36,
    DateTime,
    DisplayText,
    OcpiObject,
    String2,
    String64,
    Wire,
)

TokenType = Annotated[str, Wire("TokenType")]
AllowedType = Annotated[
    Literal["ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"], Wire("AllowedType")
]
ProfileType = Annotated[Literal["CHEAP", "FAST", "GREEN", "REGULAR"], Wire("ProfileType")]
WhitelistType = Annotated[
    Literal["ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER"], Wire("WhitelistType")
]


class EnergyContract(OcpiObject):
    """The driver's own energy supplier."""

    supplier_name: String64
    contract_id: String64 | None = None


class TokenNames(OcpiObject):
    """What a token is known by, wherever it is quoted; key: owner, uid and type."""

    country_code: CiString2
    party_id: CiString3
    uid: CiString36
    type: TokenType
    contract_id: CiString36


class Token(TokenNames):
    """What a driver identifies with."""

    issuer: String64
    valid: Boolean
    whitelist: WhitelistType
    last_updated: DateTime
    visual_number: String64 | None = None
    group_id: CiString36 | None = None
    language: String2 | None = None
    default_profile_type: ProfileType | None = None
    energy_contract: EnergyContract | None = None


class LocationReferences(OcpiObject):
    """A location, and those of its EVSEs that are meant; none means all."""

    location_id: CiString36
    evse_uids: list[CiString36] = []


class AuthorizationInfo(OcpiObject):
    """The issuer's answer; `location` repeats only the EVSEs that are allowed."""

    allowed: AllowedType
    token: Token
    location: LocationReferences | None = None
    authorization_reference: CiString36 | None = None
    info: DisplayText | None = None
