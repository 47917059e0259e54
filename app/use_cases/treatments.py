"""How a charger is treated: held to the letter of OCPP or not, bound to one version or not."""

from dataclasses import dataclass, replace
from typing import get_args

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.stations import Version
from app.store.transaction import Store

VERSIONS: tuple[Version, ...] = get_args(Version)


@dataclass(frozen=True, slots=True)
class Treatment:
    """`strict`: what OCPP forbids is refused even where it does no harm, as certifiers expect.

    `version` is the only one the charger may speak, None for any.
    """

    strict: bool = False
    version: Version | None = None


class Treatments:
    """Operators say how their chargers are treated, from the next connection or boot on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, party: PartyId, station_id: str) -> Treatment:
        """How an own charger is treated; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
        return Treatment(station.strict, station.version)

    async def change(self, party: PartyId, station_id: str, wanted: Treatment) -> Treatment:
        """Treat an own charger so; raises NotFound, or InvalidInput for an unknown version."""
        if wanted.version is not None and wanted.version not in VERSIONS:
            raise InvalidInput("version", f"none of {', '.join(VERSIONS)}")
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id, lock=True)
            await tx.stations.secure(
                replace(station, strict=wanted.strict, version=wanted.version)
            )
        return wanted
