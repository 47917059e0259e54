"""Credentials, versions and endpoints. Source: OCPI 2.3.0, the same modules."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ocpi.models.common import (
    CiString2,
    CiString3,
    CiString5,
    OcpiObject,
    Url,
    Wire,
)
from ocpi.models.locations import BusinessDetails

Role = Annotated[Literal["CPO", "EMSP", "HUB", "NAP", "NSP", "OTHER", "SCSP"], Wire("Role")]
"""HUB is not in 2.3.0 any more; it is read and ignored there, and 2.2.1 still writes it."""

InterfaceRole = Annotated[Literal["SENDER", "RECEIVER"], Wire("InterfaceRole")]
ModuleID = Annotated[str, Wire("ModuleID")]
VersionNumber = Annotated[str, Wire("VersionNumber")]
CredentialsToken = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[!-~]+$"), Wire("string")
]


class CredentialsRole(OcpiObject):
    """One party of a platform in one role."""

    role: Role
    business_details: BusinessDetails
    party_id: CiString3
    country_code: CiString2


class Credentials(OcpiObject):
    """How to call a platform: `url` is its versions endpoint, `token` is plain, not base64."""

    token: CredentialsToken
    url: Url
    roles: list[CredentialsRole] = Field(min_length=1)
    hub_party_id: CiString5 | None = None


class Version(OcpiObject):
    """A version and where its details are."""

    version: VersionNumber
    url: Url


class Endpoint(OcpiObject):
    """One side of one module."""

    identifier: ModuleID
    role: InterfaceRole
    url: Url


class VersionDetails(OcpiObject):
    """All endpoints of one version."""

    version: VersionNumber
    endpoints: list[Endpoint] = Field(min_length=1)
