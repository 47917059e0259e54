"""GET-all: the lists of all members in one, of what they told everybody and the reader may see.

What one member sent to one other is in no list (ocpi issue 507). Sessions and CDRs are told to
nobody but the eMSP that they are for, and the hub keeps none of them: their lists are empty, and
whoever wants some asks their CPO. Texts are what the owners sent, to the byte, where the reader
speaks their version; what its version has no words for is neither shown nor counted.
Source: OCPI 2.2.1, Transport and format, GET All via Hubs.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.domain.hub_objects import NOUNS, HubNoun, HubObject, roles_of
from app.domain.hub_rules import RuleBook
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Role
from app.queries.hub_lists import HubLists
from app.queries.pages import Page
from app.queries.shelves import Entry, Shelf, cut
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_rules import HubRules
from ocpi.hub.messages import HubMessage
from ocpi.hub.pushes import lowered
from ocpi.routes.listing import Wording
from ocpi.versions.registry import Inexpressible, Kind, OcpiVersion
from ocpi.wire.addresses import hub_url
from ocpi.wire.calls import Answer
from ocpi.wire.headers import routing_headers
from ocpi.wire.paging import page_headers, read_page, read_query

_ACCEPTERS = frozenset({Role.CPO, Role.HUB, Role.OTHER})
"""Tokens are their business only."""


_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class _Sight:
    """Whose objects somebody may see, by these rules and among these members.

    `partly` tells which of them, None when it is all.
    """

    book: RuleBook
    members: tuple[Partner, ...]
    owners: tuple[PartyId, ...]
    partly: Callable[[Entry], bool] | None


class GetAll:
    """Shows pages of the merged lists."""

    def __init__(
        self,
        lists: HubLists,
        directory: HubDirectory,
        rules: HubRules,
        *,
        hub: PartyId,
        public_url: str,
    ) -> None:
        self._lists = lists
        self._directory = directory
        self._rules = rules
        self._hub = hub
        self._public_url = public_url
        self._sights: OrderedDict[tuple[str, str, PartyId], _Sight] = OrderedDict()

    async def page(self, message: HubMessage, sender: PartyId) -> Answer:
        """One page, exact as of the request's look at the changes; raises InvalidInput."""
        version, query = message.exchange.ocpi, read_query(message.query)
        page = read_page(query)
        url = hub_url(self._public_url, version, message.module, message.role)
        from_hub = routing_headers(sender=self._hub, receiver=sender)
        noun = NOUNS.get(message.module)
        if noun is None or not _may_read(noun, roles_of(message.exchange.partner, sender)):
            return Answer([], headers={**page_headers(url, query, page, 0), **from_hub})
        shelf = self._lists.of(noun)
        wording = KeptWording(shelf, version, Kind(noun.value))
        part = cut(await self._entries(message, sender, shelf, page), page)
        texts = await wording.texts(part.items)
        last = str(part.items[-1].place) if part.items else None
        shown = replace(page, offset=part.start)
        paging = page_headers(url, query, shown, part.total, last=last)
        return Answer(b"[" + b",".join(texts) + b"]", headers={**paging, **from_hub})

    async def _entries(
        self, message: HubMessage, sender: PartyId, shelf: Shelf[HubObject], page: Page
    ) -> Sequence[Entry]:
        sight = await self._sight(message, sender)
        version = message.exchange.ocpi.number
        entries = await shelf.entries(sight.owners, page, version=version)
        partly = sight.partly
        return entries if partly is None else [e for e in entries if partly(e)]

    async def _sight(self, message: HubMessage, sender: PartyId) -> "_Sight":
        """What the reader may see, which is found anew when members or rules are others."""
        book, members = await self._rules.book(), await self._directory.partners()
        name = (message.module, message.exchange.partner.id, sender)
        known = self._sights.get(name)
        if known is None or known.book is not book or known.members is not members:
            reader, module = message.exchange.partner, message.module
            found = {role.party for p in members if _shows(p, reader) for role in p.roles}
            owners = tuple(sorted(o for o in found if book.may_see(module, o, sender)))
            partly = _partly(module, owners, sender, book)
            known = self._sights[name] = _Sight(book, members, owners, partly)
            if len(self._sights) > _REMEMBERED:
                self._sights.popitem(last=False)
        return known


class KeptWording(Wording):
    """What objects are called in one version: as they were sent, or else converted."""

    def __init__(self, shelf: Shelf[HubObject], version: OcpiVersion, kind: Kind) -> None:
        super().__init__(shelf, version, kind, _never)
        self._reader = version

    def _text(self, item: HubObject) -> bytes | None:
        try:
            return lowered(item, self._reader)
        except Inexpressible:
            return None


def _never(_item: HubObject) -> dict[str, object]:
    raise LookupError("these are worded from what was sent")


def _may_read(noun: HubNoun, roles: frozenset[Role]) -> bool:
    return noun is not HubNoun.TOKEN or bool(roles & _ACCEPTERS)


def _shows(partner: Partner, reader: Partner) -> bool:
    if partner.id == reader.id or not partner.registered:
        return False
    return not any(reader.hosts(role.party) for role in partner.roles)


def _partly(
    module: str, owners: Sequence[PartyId], sender: PartyId, book: RuleBook
) -> Callable[[Entry], bool] | None:
    """What tells the objects that may be seen, where some owner's may not all be; else None."""
    decisions = {str(o): book.decide(module, o, sender) for o in owners}
    if all(decision.whole for decision in decisions.values()):
        return None

    def shows(entry: Entry) -> bool:
        decision = decisions[entry.party]
        return decision.whole or decision.shows(entry.key.split("/", 2)[2])

    return shows
