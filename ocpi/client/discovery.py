"""Reads a platform's versions and endpoints, and finds the form in which it takes our token."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Any

from app.domain.errors import InvalidInput, PartnerUnavailable
from app.domain.partners import Endpoint, InterfaceRole, Partner, Role
from ocpi.client.exchange import Access, Answer, ExchangeFailed, PartnerCalls
from ocpi.models.credentials import Endpoint as WireEndpoint
from ocpi.models.credentials import Version
from ocpi.versions.registry import VERSIONS, Kind, OcpiVersion, Surroundings

log = getLogger(__name__)

_TRY_OTHER_FORM = frozenset({200, 400, 401, 403})
_SENDER = {"role": InterfaceRole.SENDER.value}
"""The role of credentials, which has no meaning. Source: OCPI 2.2.1, Versions, Endpoint class."""


class NoCommonVersion(PartnerUnavailable):
    """The platform offers no version that is wanted."""


@dataclass(frozen=True, slots=True)
class Found:
    """A platform's endpoints in one version, and the access that worked."""

    version: OcpiVersion
    endpoints: tuple[Endpoint, ...]
    access: Access

    def endpoint(self, module: str) -> str | None:
        """The address of a module whose role does not matter."""
        return next((e.url for e in self.endpoints if e.module == module), None)


class Discovery:
    """Calls versions and version details."""

    def __init__(self, calls: PartnerCalls) -> None:
        self._calls = calls

    async def find(
        self, versions_url: str, access: Access, *, wanted: Collection[str], role: str | None
    ) -> Found:
        """The endpoints in the newest version that is offered and wanted.

        `role` is the part the platform plays, which 2.1.1 leaves open. Raises NoCommonVersion or
        PartnerUnavailable.
        """
        answer, access = await self._in_either_form(versions_url, access)
        offered = {v.version: v.url for v in _versions(answer.data)}
        common = [v for number, v in VERSIONS.items() if number in wanted and number in offered]
        if not common:
            raise NoCommonVersion(f"offers {', '.join(sorted(offered)) or 'no version'}")
        version = common[-1]
        details, access = await self._in_either_form(offered[version.number], access)
        endpoints = tuple(_endpoints(details.single, version, role))
        if not endpoints:
            raise PartnerUnavailable("the version details list no usable endpoint")
        return Found(version, endpoints, access)

    async def _in_either_form(self, url: str, access: Access) -> tuple[Answer, Access]:
        """What is there by the token in its right form, else in the other one seen in the field.

        Some platforms take another form for the list of versions than for a version, and some
        stumble over one with a server error in an envelope.
        """
        try:
            return await self._calls.call_as(access, "GET", url), access
        except ExchangeFailed as refused:
            if refused.http not in _TRY_OTHER_FORM:
                raise
            other = replace(access, base64_encoded=not access.base64_encoded)
            try:
                return await self._calls.call_as(other, "GET", url), other
            except ExchangeFailed:
                raise refused from None


def part_of(partner: Partner) -> str | None:
    """Which side of 2.1.1 a partner is on, which can be one only."""
    roles = [r.role for r in partner.roles] or list(partner.allowed_roles)
    return next((r.value for r in roles if r in {Role.CPO, Role.EMSP}), None)


def _versions(data: Any) -> Iterator[Version]:
    """What is readable of the list; a single object is taken for a list of one."""
    for each in data if isinstance(data, list) else [data]:
        try:
            yield Version.read(each)
        except InvalidInput as error:
            log.warning("discovery.version_skipped", extra={"why": str(error)})


def _endpoints(data: Any, version: OcpiVersion, role: str | None) -> Iterator[Endpoint]:
    """What is readable of the details; modules we do not know are kept (C-059)."""
    if not isinstance(data, dict) or not isinstance(data.get("endpoints"), list):
        return
    listed = [e for e in data["endpoints"] if isinstance(e, dict)]
    lifted = version.lift(
        Kind.VERSION_DETAILS, {**data, "endpoints": listed}, Surroundings(role=role)
    )
    for each in lifted["endpoints"]:
        roleless = str(each.get("identifier", "")).lower() == "credentials"
        try:
            endpoint = WireEndpoint.read({**each, **(_SENDER if roleless else {})})
        except InvalidInput as error:
            log.warning("discovery.endpoint_skipped", extra={"why": str(error)})
        else:
            side = InterfaceRole(endpoint.role)
            yield Endpoint(endpoint.identifier.lower(), side, endpoint.url)
