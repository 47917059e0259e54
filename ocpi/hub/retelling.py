"""One object of a member in another's words, with what neither of them says itself.

`crossing` converts what an object says. Around that comes what it leaves to its connection: who
owns it, which token a contract has, where a session is (`recall`), and ids that only older
versions have room for (`aliases`).
"""

from dataclasses import dataclass, replace

from app.domain.partners import Partner
from ocpi.client.exchange import version_of
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.aliases import Aliases
from ocpi.hub.crossing import Crossed, crossed, crosses, lifted
from ocpi.hub.messages import HubMessage
from ocpi.hub.places import Parties
from ocpi.hub.recall import Recall
from ocpi.hub.standing_in import reservation_number
from ocpi.versions.registry import VERSIONS, OcpiVersion
from ocpi.versions.rung import Json, Kind, Surroundings

_PLACE = ("location_id", "evse_uid", "connector_id")


@dataclass(frozen=True, slots=True)
class End:
    """A member at one end of a message's way, and the version that it speaks there."""

    version: OcpiVersion
    partner: Partner | None

    def differs(self, other: "End") -> bool:
        """Whether anything has to be converted between the two."""
        return crosses(self.version, other.version)


def end_of(partner: Partner) -> End | None:
    """A member as it is registered; None for one whose version is none of ours."""
    return End(version_of(partner), partner) if partner.version in VERSIONS else None


class Retelling:
    """Hears objects from members and tells them to others; in between they are canonical."""

    def __init__(self, recall: Recall, aliases: Aliases) -> None:
        self._recall = recall
        self._aliases = aliases
        self._afterwards = Afterwards()

    async def heard(
        self, kind: Kind, document: Json, parties: Parties, *, by: End, partial: bool = False
    ) -> Json:
        """A member's object in canonical form; raises InvalidInput in the member's own words."""
        around = parties.around
        if not by.version.owner_in_body:
            token = await self._recall.token_of(kind, document, parties)
            around = replace(around, token=token)
        canonical = dict(lifted(kind, document, by.version, around, partial=partial))
        if not (by.version.owner_in_body or partial or "authorization_reference" in canonical):
            reference = await self._recall.reference_of(kind, canonical, parties)
            canonical |= {"authorization_reference": reference} if reference else {}
        return await self._aliases.shortened(kind, canonical, by.partner)

    async def told(
        self, kind: Kind, canonical: Json, parties: Parties, *, to: End, partial: bool = False
    ) -> Crossed:
        """A canonical object in a member's words; raises Inexpressible."""
        canonical = await self._aliases.restored(kind, canonical, to.partner)
        if to.version.owner_in_body:
            return crossed(kind, canonical, to.version, parties.around, partial=partial)
        await self._afterwards.do(
            "a reference", lambda: self._recall.note_reference(kind, canonical, parties)
        )
        around = await self._placed(kind, canonical, parties, partial=partial)
        if kind is Kind.RESERVE_NOW and "reservation_id" in canonical:
            number = reservation_number(str(parties.owner), canonical["reservation_id"])
            canonical = {**canonical, "reservation_id": number}
        return crossed(kind, canonical, to.version, around, partial=partial)

    async def address(self, message: HubMessage, *, by: End, to: End) -> str:
        """What follows the endpoint, by the ids that the receiver knows."""
        return await self._aliases.in_address(message, by.partner, to.partner)

    async def _placed(
        self, kind: Kind, canonical: Json, parties: Parties, *, partial: bool
    ) -> Surroundings:
        """The surroundings of an object on its way to 2.1.1, whose sessions hold locations."""
        whole = not partial or all(name in canonical for name in _PLACE)
        if kind is not Kind.SESSION or not whole:
            return parties.around
        location = await self._recall.places.of(canonical, parties)
        return replace(parties.around, location=location)
