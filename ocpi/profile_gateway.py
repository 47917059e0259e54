"""Charging profiles of our drivers' sessions at partners' chargers: asked over OCPI.

A partner answers twice, as with commands: at once whether it will try, and later, by a call to
us (`ocpi.routes.charging_profiles`), what its charger made of it. A driver's preferences are
answered once. Source: OCPI 2.2.1, ChargingProfiles, Receiver interface; Sessions, PUT method.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from app.domain.commands import Command, CommandKind
from app.domain.errors import InvalidInput, PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, Role
from app.domain.preferences import Preferences, PreferencesAnswer
from app.domain.profiles import HORIZON
from app.domain.sessions import Session
from app.store.transaction import Store
from ocpi.client.exchange import ExchangeFailed, PartnerCalls, Route, joined, version_of
from ocpi.models.profiles import ChargingProfileResponse
from ocpi.push.subjects import path_segment
from ocpi.translate.profiles import write_preferences, write_profile
from ocpi.versions.registry import Kind, OcpiVersion
from ocpi.wire.addresses import module_url

MODULE = "chargingprofiles"
RESULTS = "results"
ANSWER_S = 15.0

_NOT_FOUND = 404
_METHODS: Mapping[CommandKind, str] = {
    CommandKind.LIMIT: "PUT",
    CommandKind.UNLIMIT: "DELETE",
    CommandKind.SCHEDULE: "GET",
}


def result_url(public_url: str, version: OcpiVersion, command_id: str) -> str:
    """The `response_url` of one command of ours."""
    endpoint = module_url(public_url, version, MODULE, InterfaceRole.SENDER)
    return f"{endpoint}/{RESULTS}/{quote(command_id, safe='')}"


class ProfileExchange:
    """Asks a partner's CPO about the profile of a session."""

    def __init__(
        self,
        calls: PartnerCalls,
        *,
        public_url: str,
        emsp: PartyId,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._calls = calls
        self._answer_s = answer_s
        self._public_url = public_url
        self._emsp = emsp

    async def ask(
        self, partner: Partner, endpoint: str, command: Command
    ) -> ChargingProfileResponse:
        """One exchange; raises ExchangeFailed, or InvalidInput for what is not understood."""
        back = result_url(self._public_url, version_of(partner), command.id)
        url = joined(endpoint, path_segment(command.session_id or ""))
        body: dict[str, Any] | None = None
        if command.kind is CommandKind.LIMIT:
            if command.profile is None:
                raise InvalidInput("charging_profile", "is missing")
            body = {"charging_profile": write_profile(command.profile), "response_url": back}
        else:
            url = f"{url}?{_query(command, back)}"
        answer = await self._calls.call(
            partner,
            _METHODS[command.kind],
            url,
            body=body,
            route=Route(self._emsp, command.remote_party),
            timeout_s=self._answer_s,
        )
        return ChargingProfileResponse.read(answer.single)


def _query(command: Command, back: str) -> str:
    address = f"response_url={quote(back, safe='')}"
    if command.kind is not CommandKind.SCHEDULE:
        return address
    seconds = (command.horizon or HORIZON) // timedelta(seconds=1)
    return f"duration={seconds}&{address}"


class OcpiPreferences:
    """`ports.preferences.RemotePreferences`: the sender interface of a partner's sessions."""

    def __init__(
        self, store: Store, calls: PartnerCalls, *, emsp: PartyId, answer_s: float = ANSWER_S
    ) -> None:
        self._store = store
        self._answer_s = answer_s
        self._calls = calls
        self._emsp = emsp

    async def ask(self, session: Session, wish: Preferences) -> PreferencesAnswer:
        """An EVSE that takes no preferences is answered for by 404 (C-152)."""
        found = await self._partner_of(session.party)
        if found is None:
            return PreferencesAnswer.NOT_POSSIBLE
        partner, endpoint = found
        version = version_of(partner)
        try:
            answer = await self._calls.call(
                partner,
                "PUT",
                joined(endpoint, path_segment(session.id), "charging_preferences"),
                body=version.lower(Kind.CHARGING_PREFERENCES, write_preferences(wish)),
                route=Route(session.token.party if session.token else self._emsp, session.party),
                timeout_s=self._answer_s,
            )
            return PreferencesAnswer(str(answer.single))
        except ExchangeFailed as failure:
            if failure.http == _NOT_FOUND:
                return PreferencesAnswer.NOT_POSSIBLE
            raise
        except ValueError:
            raise PartnerUnavailable(f"{partner.name} gave an answer that OCPI has not") from None

    async def _partner_of(self, party: PartyId) -> tuple[Partner, str] | None:
        """The platform of the session's CPO, if its version knows preferences."""
        async with self._store.reading() as tx:
            partners = await tx.partners.hosting(party, Role.CPO)
        for partner in partners:
            endpoint = partner.endpoint("sessions", InterfaceRole.SENDER)
            if endpoint is None or partner.hub or not partner.registered:
                continue
            return (partner, endpoint) if version_of(partner).has_preferences else None
        return None
