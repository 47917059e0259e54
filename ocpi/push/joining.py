"""What a hub is told once we are its client: everything of ours that is for everybody.

A hub shows its other clients only what it was told, and asks nobody for lists. Everybody else
pulls after the handshake, so that nothing has to be pushed to begin with.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.domain.events import DomainEvent, PartnerRegistered
from app.domain.partners import InterfaceRole, Partner, Role
from app.ports.delivery import Delivery, Mode
from app.queries.shelves import Shelved
from app.store.transaction import Store
from app.use_cases.partners import destination_of
from ocpi.push.subjects import LOCATION, TARIFF, TOKEN, subject_of

AT_ONCE = 500
"""Objects read in one go."""

Subject = Callable[[Any], str]


class JoiningAudience:
    """Plans the first telling of a hub."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """One delivery for each tariff, published location and card of ours; tariffs first."""
        if not isinstance(event, PartnerRegistered):
            return ()
        async with self._store.reading() as tx:
            hub = await tx.partners.get(event.partner_id)
            if hub is None or hub.hub or not hub.registered or not hub.parties(Role.HUB):
                return ()
            told = [
                *await _all("tariffs", hub, tx.tariffs, _owned),
                *await _all("locations", hub, tx.locations, _owned),
                *await _all("tokens", hub, tx.tokens, _token),
            ]
        to = destination_of(hub.id)
        return [Delivery(to, subject, Mode.LATEST, _KINDS[module]) for module, subject in told]


_KINDS = {"tariffs": TARIFF, "locations": LOCATION, "tokens": TOKEN}


async def _all(
    module: str, hub: Partner, shelf: Shelved[Any], subject: Subject
) -> list[tuple[str, str]]:
    """The subjects of all that partners may see, if the hub takes the module."""
    if hub.endpoint(module, InterfaceRole.RECEIVER) is None:
        return []
    keys = [each.key for each in sorted(await shelf.index(), key=lambda each: each.place)]
    found: list[tuple[str, str]] = []
    for some in _portions(keys):
        shown = await shelf.shown(some)
        found += [(module, subject(shown[key])) for key in some if key in shown]
    return found


def _portions(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[begin : begin + AT_ONCE] for begin in range(0, len(keys), AT_ONCE))


def _owned(found: Any) -> str:
    return subject_of(found.party, found.id)


def _token(token: Any) -> str:
    return subject_of(token.party, token.type, token.uid)
