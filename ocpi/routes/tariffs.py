"""Tariffs: partners list ours (sender) and tell us theirs (receiver). OCPI 2.2.1, Tariffs."""

from dataclasses import dataclass
from typing import Any

from app.domain.errors import NotFound
from app.domain.partners import InterfaceRole, Role
from app.ports.clock import Clock
from app.queries.roaming import Roaming
from app.use_cases.locations import Acceptance
from app.use_cases.tariffs import Tariffs
from ocpi.models.tariffs import Tariff as WireTariff
from ocpi.routes.listing import shelf_answer
from ocpi.routes.received import (
    check_address,
    owner_of,
    patch_of,
    stored,
    stored_document,
    verbatim,
)
from ocpi.translate.tariffs import read_tariff, write_tariff
from ocpi.versions.registry import Inexpressible, Kind, OcpiVersion
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.merge import merge

_ONE = "{country}/{party}/{tariff}"


def _patches(version: OcpiVersion) -> bool:
    return version.patches_tariffs


@dataclass(frozen=True, slots=True)
class TariffRoutes:
    """Both sides of the module. GET of one tariff is an extra that the sender side lacks."""

    roaming: Roaming
    tariffs: Tariffs
    clock: Clock

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted."""
        sender = (Route("GET", "", self.list), Route("GET", "{tariff}", self.show))
        receiver = (
            Route("GET", _ONE, self.show_stored),
            Route("PUT", _ONE, self.put, Body.NEEDED),
            Route("PATCH", _ONE, self.patch, Body.NEEDED, exists=_patches),
            Route("DELETE", _ONE, self.delete),
        )
        return (
            Interface("tariffs", InterfaceRole.SENDER, sender),
            Interface("tariffs", InterfaceRole.RECEIVER, receiver),
        )

    async def list(self, call: Call) -> Answer:
        """GET: our tariffs."""
        return await shelf_answer(call, Kind.TARIFF, self.roaming.tariffs, write_tariff)

    async def show(self, call: Call) -> Answer:
        """GET of one of our tariffs."""
        tariff = await self.roaming.tariff(call.ours, call.path["tariff"])
        try:
            return Answer(call.version.lower(Kind.TARIFF, write_tariff(tariff)))
        except Inexpressible:
            raise NotFound("tariff", tariff.id) from None

    async def show_stored(self, call: Call) -> Answer:
        """GET of what the owner sent us."""
        tariff = await self._kept(call)
        return Answer(stored_document(call, Kind.TARIFF, tariff))

    async def put(self, call: Call) -> Answer:
        """PUT of a whole tariff."""
        owner_of(call, Role.CPO)
        document = call.lifted(Kind.TARIFF)
        tariff = WireTariff.read(document)
        check_address(call, document, id="tariff")
        outcome = await self.tariffs.accept(read_tariff(tariff, verbatim(call)))
        return stored(created=outcome is Acceptance.CREATED)

    async def patch(self, call: Call) -> Answer:
        """PATCH, which only 2.1.1 has: lists are replaced as a whole."""
        tariff = await self._kept(call)
        patch = patch_of(call, self.clock.now())
        document = merge(stored_document(call, Kind.TARIFF, tariff), patch)
        lifted = call.version.lift(Kind.TARIFF, document, call.around)
        changed = read_tariff(WireTariff.read(lifted), verbatim(call, document))
        await self.tariffs.accept(changed)
        return Answer()

    async def delete(self, call: Call) -> Answer:
        """DELETE: the tariff is gone."""
        await self.tariffs.withdraw(owner_of(call, Role.CPO), call.path["tariff"])
        return Answer()

    async def _kept(self, call: Call) -> Any:
        party = owner_of(call, Role.CPO)
        tariff = await self.tariffs.get(party, call.path["tariff"])
        if tariff.own or tariff.document is None:
            raise NotFound("tariff", call.path["tariff"])
        return tariff
