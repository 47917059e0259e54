"""The versions endpoints of every face, told from what is mounted. OCPI 2.2.1, Versions."""

from app.domain.partners import Quirk
from ocpi.versions.registry import OcpiVersion
from ocpi.wire.addresses import FACES, Face
from ocpi.wire.calls import Answer, Call, Handler, Route
from ocpi.wire.mounting import Table, home_of, versions_of


def mount_versions(table: Table) -> None:
    """Mount the list of versions of each face, and the details of each version."""
    for face in FACES:
        table.add(face, ("versions",), Route("GET", "", _listing(table, face)))
        for version in versions_of(face):
            if home_of(face, version) == face:
                route = Route("GET", "", _details(table, face, version))
                table.add(face, (version.number,), route)


def _listing(table: Table, face: Face) -> Handler:
    async def answer(_call: Call) -> Answer:
        """GET: the versions and where their details are."""
        return Answer(table.versions(face))

    return answer


def _details(table: Table, face: Face, version: OcpiVersion) -> Handler:
    async def answer(call: Call) -> Answer:
        """GET: every endpoint of the version, told from what is mounted."""
        details = table.details(face, version)
        if call.partner.has(Quirk.ENDPOINT_SLASH):
            shown = [{**each, "url": f"{each['url']}/"} for each in details["endpoints"]]
            details = {**details, "endpoints": shown}
        return Answer(details)

    return answer
