"""Payments: terminals of a payment terminal provider, and what it captured.

As CPO we take what a provider tells us of its terminals and captures (receiver). Our own provider
side (sender) lets CPOs activate terminals and assign them to locations and EVSEs; a terminal and
its captures are shown to the CPO that activated it only. Terminals have no owner in their
address. Source: OCPI 2.3.0, Payments.
"""

from dataclasses import dataclass, replace
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.module_objects import ModuleObject, ObjectKind
from app.domain.partners import InterfaceRole
from app.ports.clock import Clock
from app.queries.modules import ModuleLists
from app.queries.pages import Page
from app.queries.roaming import Listing
from app.store.ids import new_id
from app.use_cases.locations import Acceptance
from app.use_cases.module_objects import ModuleObjects
from ocpi.models.common import write_datetime
from ocpi.models.payments import FinancialAdviceConfirmation, Terminal
from ocpi.routes.kept import Kept, author_of, written
from ocpi.routes.listing import list_answer, plainly
from ocpi.routes.received import changed_at, stored
from ocpi.versions.registry import Kind
from ocpi.wire.calls import CREATED, Answer, Body, Call, Interface, Route

Json = dict[str, Any]

_CONFIRMATIONS = "financial-advice-confirmations"
_TERMINAL, _CONFIRMATION = "terminals/{id}", f"{_CONFIRMATIONS}/{{id}}"


@dataclass(frozen=True, slots=True)
class PaymentRoutes:
    """Both sides of the module."""

    objects: ModuleObjects
    lists: ModuleLists
    clock: Clock

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted (C-279)."""
        sender = (
            Route("GET", "terminals", self.list_terminals),
            Route("POST", "terminals/activate", self.activate, Body.NEEDED),
            Route("POST", "terminals/{id}/deactivate", self.deactivate),
            Route("GET", _TERMINAL, self.show_own_terminal),
            Route("PUT", _TERMINAL, self.put_terminal, Body.NEEDED),
            Route("PATCH", _TERMINAL, self.patch_terminal, Body.NEEDED),
            Route("GET", _CONFIRMATIONS, self.list_confirmations),
            Route("GET", _CONFIRMATION, self.show_own_confirmation),
        )
        receiver = (
            Route("POST", "terminals", self.take_terminal, Body.NEEDED),
            Route("GET", _TERMINAL, self.show_terminal),
            Route("POST", _CONFIRMATIONS, self.take_confirmation, Body.NEEDED),
            Route("GET", _CONFIRMATION, self.show_confirmation),
        )
        return (
            Interface("payments", InterfaceRole.SENDER, sender),
            Interface("payments", InterfaceRole.RECEIVER, receiver),
        )

    def _terminals(self, *, own: bool) -> Kept:
        return Kept(self.objects, ObjectKind.TERMINAL, Terminal, "terminal_id", own)

    def _confirmations(self, *, own: bool) -> Kept:
        return Kept(self.objects, ObjectKind.CONFIRMATION, FinancialAdviceConfirmation, own=own)

    # ------------------------------------------------------------ receiver

    async def take_terminal(self, call: Call) -> Answer:
        """POST: a terminal of the caller's that is for us."""
        return await _taken(call, self._terminals(own=False))

    async def show_terminal(self, call: Call) -> Answer:
        """GET of what the provider told us."""
        terminals = self._terminals(own=False)
        return Answer(await terminals.show(call, author_of(call), call.path["id"]))

    async def take_confirmation(self, call: Call) -> Answer:
        """POST: what was captured for one session of ours."""
        return await _taken(call, self._confirmations(own=False))

    async def show_confirmation(self, call: Call) -> Answer:
        """GET of what the provider told us."""
        confirmations = self._confirmations(own=False)
        return Answer(await confirmations.show(call, author_of(call), call.path["id"]))

    # ------------------------------------------------------------ sender

    async def list_terminals(self, call: Call) -> Answer:
        """GET: the terminals that the caller activated with us."""
        return await self._list(call, "terminals", ObjectKind.TERMINAL, Kind.TERMINAL)

    async def list_confirmations(self, call: Call) -> Answer:
        """GET: what we captured at the caller's terminals."""
        kind = ObjectKind.CONFIRMATION
        return await self._list(call, _CONFIRMATIONS, kind, Kind.CONFIRMATION)

    async def _list(self, call: Call, resource: str, objects: ObjectKind, kind: Kind) -> Answer:
        async def fetch(page: Page) -> Listing[ModuleObject]:
            return await self.lists.objects(objects, call.ours[:1], call.partner, page)

        at = replace(call, url=f"{call.url}/{resource}")
        return await list_answer(at, kind, fetch, plainly(written))

    async def activate(self, call: Call) -> Answer:
        """POST: a terminal begins to serve the caller; without an id it gets one."""
        now = write_datetime(self.clock.now())
        document = {"terminal_id": new_id(), "last_updated": now, **_stated(call)}
        outcome = await self._terminals(own=True).take(call, call.ours[0], document)
        shown = await self._own(call, str(document["terminal_id"]))
        return Answer(shown, http=CREATED if outcome is Acceptance.CREATED else 200)

    async def deactivate(self, call: Call) -> Answer:
        """POST: the terminal serves the caller no more."""
        await self._terminals(own=True).withdraw(call, call.ours[0], call.path["id"])
        return Answer()

    async def show_own_terminal(self, call: Call) -> Answer:
        """GET of one of the caller's terminals."""
        return Answer(await self._own(call, call.path["id"]))

    async def show_own_confirmation(self, call: Call) -> Answer:
        """GET of one capture at the caller's terminals."""
        kept = self._confirmations(own=True)
        return Answer(await kept.show(call, call.ours[0], call.path["id"]))

    async def put_terminal(self, call: Call) -> Answer:
        """PUT: the caller's data of a terminal as a whole; it exists since its activation."""
        key = call.path["id"]
        await self._own(call, key)
        document = {"terminal_id": key, **_stated(call)}
        if str(document["terminal_id"]).casefold() != key.casefold():
            raise InvalidInput("terminal_id", f"is not {key!r} as in the address")
        await self._terminals(own=True).take(call, call.ours[0], document)
        return Answer()

    async def patch_terminal(self, call: Call) -> Answer:
        """PATCH: the locations and EVSEs a terminal serves, or other fields of it."""
        before = changed_at(await self._own(call, call.path["id"]))
        now = write_datetime(max(self.clock.now(), before))
        patch = {"last_updated": now, **_stated(call)}
        changed_at(patch)
        terminals = self._terminals(own=True)
        await terminals.patch(call, call.ours[0], call.path["id"], patch=patch)
        return Answer()

    async def _own(self, call: Call, key: str) -> Json:
        return await self._terminals(own=True).show(call, call.ours[0], key)


async def _taken(call: Call, kept: Kept) -> Answer:
    outcome = await kept.take(call, author_of(call), call.document())
    return stored(created=outcome is Acceptance.CREATED)


def _stated(call: Call) -> Json:
    """The body without what it leaves open."""
    return {name: value for name, value in call.document().items() if value is not None}
