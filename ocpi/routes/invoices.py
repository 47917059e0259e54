"""Invoice Reconciliation: which CDRs an invoice is about, from whoever wrote the invoice.

That is the CPO, or in reverse billing the eMSP, so both our sides take records.
Source: OCPI 2.3.0, Invoice Reconciliation.
"""

from dataclasses import dataclass

from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.module_objects import ModuleObject, ObjectKind
from app.domain.partners import InterfaceRole, Role
from app.queries.modules import ModuleLists
from app.queries.pages import Page
from app.queries.roaming import Listing
from app.use_cases.locations import Acceptance
from app.use_cases.module_objects import ModuleObjects
from ocpi.models.invoices import InvoiceReconciliationRecord
from ocpi.routes.kept import Kept, written
from ocpi.routes.listing import list_answer, plainly
from ocpi.routes.received import check_address, stored
from ocpi.versions.registry import Kind
from ocpi.wire.calls import Answer, Body, Call, Interface, Route

_ONE = "{country}/{party}/{record}"


@dataclass(frozen=True, slots=True)
class InvoiceRoutes:
    """Both sides of the module."""

    objects: ModuleObjects
    lists: ModuleLists

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted (C-278)."""
        receiver = (
            Route("POST", "", self.post, Body.NEEDED),
            Route("GET", _ONE, self.show),
            Route("PUT", _ONE, self.put, Body.NEEDED),
            Route("DELETE", _ONE, self.delete),
        )
        return (
            Interface(
                "invoicereconciliation",
                InterfaceRole.SENDER,
                (Route("GET", "", self.list),),
                either_side=True,
            ),
            Interface("invoicereconciliation", InterfaceRole.RECEIVER, receiver, either_side=True),
        )

    @property
    def _records(self) -> Kept:
        return Kept(self.objects, ObjectKind.INVOICE_RECORD, InvoiceReconciliationRecord)

    async def list(self, call: Call) -> Answer:
        """GET: the records of our invoices to the caller."""

        async def fetch(page: Page) -> Listing[ModuleObject]:
            kind = ObjectKind.INVOICE_RECORD
            return await self.lists.objects(kind, call.ours, call.partner, page)

        return await list_answer(call, Kind.INVOICE_RECORD, fetch, plainly(written))

    async def post(self, call: Call) -> Answer:
        """POST of a record; the same again is fine."""
        document = call.document()
        record = InvoiceReconciliationRecord.read(document)
        party = PartyId.of(record.country_code, record.party_id)
        if not _speaks_for(call, party):
            raise InvalidInput("party_id", f"{party} is not a party of yours")
        outcome = await self._records.take(call, party, document)
        return stored(created=outcome is Acceptance.CREATED)

    async def show(self, call: Call) -> Answer:
        """GET of a record as its author sent it."""
        return Answer(await self._records.show(call, _owner(call), call.path["record"]))

    async def put(self, call: Call) -> Answer:
        """PUT of a whole record."""
        party, document = _owner(call), call.document()
        InvoiceReconciliationRecord.read(document)
        check_address(call, document, id="record")
        outcome = await self._records.take(call, party, document)
        return stored(created=outcome is Acceptance.CREATED)

    async def delete(self, call: Call) -> Answer:
        """DELETE: the record was an error."""
        await self._records.withdraw(call, _owner(call), call.path["record"])
        return Answer()


def _owner(call: Call) -> PartyId:
    party = call.owner()
    if not _speaks_for(call, party):
        raise NotFound("party of this platform", str(party))
    return party


def _speaks_for(call: Call, party: PartyId) -> bool:
    return any(call.partner.speaks_for(party, role) for role in (Role.CPO, Role.EMSP))
