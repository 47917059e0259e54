"""What stands for ids of members that others have no room for: kept durably, by connection."""

from collections import OrderedDict
from collections.abc import Mapping

from app.store.transaction import Store

_REMEMBERED = 20_000
_LONGEST = 255


class HubAliases:
    """Both directions; an alias that was used lately costs nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def keep(self, partner_id: str, named: Mapping[str, str]) -> None:
        """That each alias stands for an id of this member; on return it is durable."""
        fresh = {
            alias: name
            for alias, name in named.items()
            if self._known.get((partner_id, alias.casefold())) != name and len(name) <= _LONGEST
        }
        if not fresh:
            return
        async with self._store.transaction() as tx:
            await tx.hub_aliases.put(partner_id, fresh)
        for alias, name in fresh.items():
            self._remember(partner_id, alias, name)

    async def named(self, partner_id: str, alias: str) -> str | None:
        """What an alias stands for at this member; None for one that was never given."""
        known = self._known.get((partner_id, alias.casefold()))
        if known is not None:
            return known
        async with self._store.reading() as tx:
            found = await tx.hub_aliases.named(partner_id, alias)
        if found is not None:
            self._remember(partner_id, alias, found)
        return found

    def _remember(self, partner_id: str, alias: str, name: str) -> None:
        self._known[partner_id, alias.casefold()] = name
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
