"""Checks a partner's platform from outside, by reading only: is it as OCPI wants it?

What cannot be seen without writing (pushes, commands, registration) is not looked at. Every check
has the number it has in the conformance list, and each is noted for each place it was made at.
"""

from dataclasses import dataclass
from typing import Any

from app.domain.partners import InterfaceRole, Partner, Role
from app.ports.clock import Clock
from app.use_cases.partners import Partners
from ocpi.client.exchange import PartnerCalls, Route, version_of
from ocpi.client.findings import Report
from ocpi.client.keeping import Keeping, first_parties
from ocpi.client.list_checks import ListCheck
from ocpi.client.looks import Lookout, Seen

SENDER, RECEIVER = InterfaceRole.SENDER, InterfaceRole.RECEIVER
WRONG_TOKEN = "this-token-is-nobodys"  # noqa: S105 - it is to be refused
_UNAUTHORIZED = 401

_CPO_SIDES = {
    ("locations", SENDER), ("sessions", SENDER), ("cdrs", SENDER), ("tariffs", SENDER),
    ("tokens", RECEIVER), ("commands", RECEIVER),
}  # fmt: skip
_SIDES = {
    Role.CPO: ("C-053", _CPO_SIDES),
    Role.EMSP: (
        "C-054",
        {(module, RECEIVER if side is SENDER else SENDER) for module, side in _CPO_SIDES},
    ),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A partner and what was found of it."""

    partner: Partner
    report: Report


class PartnerCheck:
    """Runs every check against one partner."""

    def __init__(
        self, calls: PartnerCalls, partners: Partners, clock: Clock, *, keeping: Keeping
    ) -> None:
        self._calls = calls
        self._partners = partners
        self._clock = clock
        self._keeping = keeping

    async def run(self, partner_id: str) -> Checked:
        """Look at everything; raises PartnerUnavailable only for one that is not registered."""
        partner = await self._partners.get(partner_id)
        version_of(partner)
        self._calls.access(partner)
        report = Report()
        look = Lookout(self._calls, partner, report, self._clock)
        details = await self._versions(partner, look, report)
        if details is not None:
            await self._details(partner, look, report, url=details)
        await self._strangers(partner, look, report)
        for check in await self._lists(partner, look, report):
            await check.run()
        return Checked(partner, report)

    async def _versions(self, partner: Partner, look: Lookout, report: Report) -> str | None:
        """The list of versions; gives the address of the agreed one's details."""
        seen = await look.get("versions", partner.versions_url or "")
        if seen is None:
            return None
        listed = seen.data if seen.ok and isinstance(seen.data, list) else []
        versions = [each for each in listed if _is_version(each)]
        good = bool(listed) and versions == listed
        report.note("versions", "C-048", ok=good, said=seen.words)
        offered = {each["version"]: each["url"] for each in versions}
        said = f"offered are {', '.join(sorted(offered)) or 'none'}"
        report.note("versions", "C-049", ok=partner.version in offered, said=said)
        return offered.get(partner.version)

    async def _details(self, partner: Partner, look: Lookout, report: Report, *, url: str) -> None:
        seen = await look.get("details", url)
        if seen is None:
            return
        listed = _endpoints(seen)
        same = seen.ok and bool(listed) and seen.data.get("version") == partner.version
        report.note("details", "C-050", ok=same, said=seen.words)
        names = {str(each.get("identifier", "")).lower() for each in listed}
        said = f"listed are {', '.join(sorted(names))}"
        report.note("details", "C-051", ok="credentials" in names, said=said)
        if not version_of(partner).has_interface_roles:
            roles = [each for each in listed if "role" in each]
            report.note("details", "C-056", ok=not roles, said="endpoints have a role")
        else:
            self._sides(partner, report)
        now = {each.get("url") for each in listed}
        moved = sorted(e.url for e in partner.endpoints if e.url not in now)
        said = f"{len(moved)} moved, e.g. {moved[0]}: renew the credentials" if moved else ""
        report.note("details", "I-10", ok=not moved, said=said)

    def _sides(self, partner: Partner, report: Report) -> None:
        """Whether the endpoints of each role are there; a module that is missing is a warning."""
        has = {(e.module, e.role) for e in partner.endpoints}
        for role, (check, sides) in _SIDES.items():
            if partner.parties(role):
                missing = sorted(f"{module} {side}" for module, side in sides - has)
                report.note("details", check, ok=not missing, said=f"without {', '.join(missing)}")

    async def _strangers(self, partner: Partner, look: Lookout, report: Report) -> None:
        """Without a token, or with nobody's, everything is 401."""
        lists = [e for e in partner.endpoints if e.role is SENDER and e.module != "commands"]
        shown = [e for e in lists if e.module == "locations"] or lists[:1]
        places = [("versions", partner.versions_url or ""), *((e.module, e.url) for e in shown)]
        for where, url in places:
            for check, token in (("C-001", ""), ("C-002", WRONG_TOKEN)):
                seen = await look.get(where, url, token=token)
                if seen is not None:
                    report.note(where, check, ok=seen.http == _UNAUTHORIZED, said=seen.words)

    async def _lists(self, partner: Partner, look: Lookout, report: Report) -> list[ListCheck]:
        """A check for each module it sends, for its first party in that role."""
        ours = first_parties(await self._partners.own_roles(hub=partner.hub))
        found = []
        for source in self._keeping.sources():
            endpoint = partner.endpoint(source.module, SENDER)
            parties = partner.parties(source.role)
            if endpoint is None or not parties:
                continue
            found.append(
                ListCheck(
                    look,
                    report,
                    self._clock,
                    partner=partner,
                    source=source,
                    endpoint=endpoint,
                    route=Route(ours.get(source.asked_by) or ours.get(Role.HUB), parties[0]),
                    party=parties[0],
                )
            )
        return found


def _is_version(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and isinstance(each.get("version"), str)
        and str(each.get("url")).startswith(("https://", "http://"))
    )


def _endpoints(seen: Seen) -> list[dict[str, Any]]:
    listed = seen.data.get("endpoints") if isinstance(seen.data, dict) else None
    return [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
