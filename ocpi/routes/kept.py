"""One kind of object of the rarely used modules: read, checked against its address, kept.

The modules exist in one version only, so what a partner sent is kept and given back verbatim.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.module_objects import ModuleObject, ObjectKind
from app.use_cases.locations import Acceptance
from app.use_cases.module_objects import ModuleObjects
from ocpi.models.common import OcpiObject
from ocpi.routes.received import changed_at
from ocpi.wire.calls import Call
from ocpi.wire.documents import decode, encode_text
from ocpi.wire.merge import merge

Json = dict[str, Any]
Edit = Callable[[Json], Json | None]
"""Makes the object that is to be kept; None leaves the one that is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Objects of one kind, named by their field `name`; `own` are those we serve as senders."""

    objects: ModuleObjects
    kind: ObjectKind
    model: type[OcpiObject]
    name: str = "id"
    own: bool = False

    async def take(self, call: Call, party: PartyId, document: Json) -> Acceptance:
        """Keep a whole object; raises InvalidInput with the field's path."""
        return await self.objects.accept(self._object(call, party, document))

    async def show(self, call: Call, party: PartyId, key: str) -> Json:
        """The object as it came; raises NotFound."""
        found = await self.objects.find(self.kind, call.partner, party, key, own=self.own)
        return written(found)

    async def patch(self, call: Call, party: PartyId, key: str, *, patch: Json) -> Json:
        """The object after some of its fields were changed; an older change changes nothing.

        `patch` says when the change was made. Raises NotFound, InvalidInput.
        """

        def patched(document: Json) -> Json | None:
            if changed_at(patch) < changed_at(document):
                return None
            return merge(document, patch, also_fixed=(self.name,))

        return await self.change(call, party, key, edit=patched)

    async def change(self, call: Call, party: PartyId, key: str, *, edit: Edit) -> Json:
        """The object after an edit of what came; raises NotFound and what the edit raises."""

        def changed(before: ModuleObject) -> ModuleObject | None:
            document = edit(written(before))
            return None if document is None else self._object(call, party, document)

        after = await self.objects.change(
            self.kind, call.partner, party, key, change=changed, own=self.own
        )
        return written(after)

    async def withdraw(self, call: Call, party: PartyId, key: str) -> None:
        """Forget the object; raises NotFound."""
        await self.objects.withdraw(self.kind, call.partner, party, key, own=self.own)

    def _object(self, call: Call, party: PartyId, document: Json) -> ModuleObject:
        read = self.model.read(document)
        return ModuleObject(
            kind=self.kind,
            party=party,
            id=str(getattr(read, self.name)),
            partner_id=call.partner.id,
            last_updated=changed_at(document),
            document=encode_text(document),
            version=call.version.number,
            own=self.own,
        )


def written(kept: ModuleObject) -> Json:
    """A kept object as JSON values."""
    document: Json = decode(kept.document)
    return document


def author_of(call: Call) -> PartyId:
    """Whose an object without an owner is: the party that sent it, else the caller's first.

    Raises InvalidInput for a caller that has none.
    """
    if call.exchange.sender is not None:
        return call.exchange.sender
    if not call.partner.roles:
        raise InvalidInput("OCPI-from-party-id", "you have no party that could send")
    return call.partner.roles[0].party
