"""Locations: an operator publishes its own, partners send theirs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from random import Random

from app.domain.codes import new_code, new_password
from app.domain.errors import Forbidden, InvalidInput, Problem
from app.domain.events import EvseStatusChanged, LocationChanged, TariffChanged
from app.domain.identifiers import PartyId
from app.domain.locations import Evse, EvseStatus, Location
from app.domain.operators import Operator
from app.domain.publishing import only_statuses_differ, published, status_changes
from app.domain.stations import Station
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.transaction import Store, Transaction
from app.use_cases.site_file import Charger, Site, read_location, read_site

Change = Callable[[Location], Location | None]
"""Makes the new location of the stored one; None when what was sent is older than that."""

_CODE_LENGTH = 8


class Acceptance(StrEnum):
    """What became of an object a partner sent; STALE is older than ours and was not written."""

    CREATED = "created"
    UPDATED = "updated"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed; `passwords` are those made up for new chargers, shown only here."""

    party: PartyId
    locations: tuple[str, ...]
    tariffs: tuple[str, ...]
    chargers: tuple[str, ...]
    passwords: dict[str, str]


class Locations:
    """Publish, accept, and read locations."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer, *, random: Random) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._random = random

    async def import_site(self, text: str, *, party: PartyId | None = None) -> Imported:
        """Take a whole site file or nothing of it; raises InvalidFile with every problem.

        `party` is who may be its operator; without it the file may bring a new operator.
        """
        now = self._clock.now()
        site = read_site(text, now)
        if party is not None and site.operator.party != party:
            raise Forbidden(f"the file is of {site.operator.party}, the key of {party}")
        async with self._store.transaction() as tx:
            await self._put_operator(tx, site.operator)
            return await self._load(tx, site, now)

    async def write(self, text: str, party: PartyId, location_id: str) -> Imported:
        """Publish one location as it stands in a site file; raises InvalidFile."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            operator = await tx.operators.need(str(party))
            site = read_location(text, operator, now)
            if site.locations[0].id.casefold() != location_id.casefold():
                raise InvalidInput("id", f"is not {location_id!r} as in the address")
            return await self._load(tx, site, now)

    async def get(self, party: PartyId, location_id: str) -> Location:
        """A location as it is now; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.locations.need(party, location_id)

    async def accept(self, location: Location) -> Acceptance:
        """A partner's whole location (PUT, or one of a pulled page).

        An older one than ours is not written (C-119). Raises Forbidden for our own locations.
        """
        async with self._store.transaction() as tx:
            before = await tx.locations.get(location.party, location.id, lock=True)
            _theirs(before)
            if before and location.last_updated < before.last_updated:
                return Acceptance.STALE
            await _put(tx, before, replace(location, own=False))
            return Acceptance.UPDATED if before else Acceptance.CREATED

    async def vanish(self, party: PartyId, location_id: str) -> None:
        """A partner's location is gone from its list: its EVSEs are REMOVED, and it stays.

        No time of the partner's is touched, so that it is back as soon as the list shows it.
        """
        async with self._store.transaction() as tx:
            before = await tx.locations.get(party, location_id, lock=True)
            if before is None or before.own:
                return
            gone = tuple(replace(evse, status=EvseStatus.REMOVED) for evse in before.evses)
            if gone != before.evses:
                await _put(tx, before, replace(before, evses=gone))

    async def accept_change(self, party: PartyId, location_id: str, change: Change) -> Acceptance:
        """A partner's change of a part: PUT of an EVSE or connector, PATCH on any level.

        `change` is called with the stored location. Raises NotFound when there is none (C-113,
        C-133), Forbidden when it is ours.
        """
        async with self._store.transaction() as tx:
            before = await tx.locations.need(party, location_id, lock=True)
            _theirs(before)
            after = change(before)
            if after is None:
                return Acceptance.STALE
            if (after.party, after.id.casefold()) != (before.party, before.id.casefold()):
                raise InvalidInput("id", "an object's owner and id never change")
            await _put(tx, before, replace(after, own=False))
            return Acceptance.UPDATED

    async def _put_operator(self, tx: Transaction, operator: Operator) -> None:
        before = await tx.operators.of(operator.party)
        created = before.created_at if before else operator.created_at
        await tx.operators.put(replace(operator, created_at=created))

    async def _load(self, tx: Transaction, site: Site, now: datetime) -> Imported:
        party = site.operator.party
        problems = [*await _missing_tariffs(tx, site), *await _taken_chargers(tx, site)]
        site.refuse(problems)
        for tariff in site.tariffs:
            before = await tx.tariffs.get(party, tariff.id)
            if before is None or replace(tariff, last_updated=before.last_updated) != before:
                await tx.tariffs.put(tariff)
                tx.emit(TariffChanged(party, tariff.id))
        for location in site.locations:
            await self._publish(tx, location, now)
        passwords = [await self._register(tx, charger, party) for charger in site.chargers]
        return Imported(
            party=party,
            locations=tuple(location.id for location in site.locations),
            tariffs=tuple(tariff.id for tariff in site.tariffs),
            chargers=tuple(charger.id for charger in site.chargers),
            passwords={name: password for name, password in passwords if password},
        )

    async def _publish(self, tx: Transaction, edited: Location, now: datetime) -> None:
        before = await tx.locations.get(edited.party, edited.id, lock=True)
        after = published(before, edited, now)
        if after is before:
            return
        coded = [await self._with_code(tx, evse) for evse in after.evses]
        await _put(tx, before, replace(after, evses=tuple(coded)))

    async def _with_code(self, tx: Transaction, evse: Evse) -> Evse:
        if evse.code is not None or evse.status is EvseStatus.REMOVED:
            return evse
        code = new_code(self._random, _CODE_LENGTH)
        while await tx.locations.by_code(code):
            code = new_code(self._random, _CODE_LENGTH)
        return replace(evse, code=code)

    async def _register(
        self, tx: Transaction, charger: Charger, party: PartyId
    ) -> tuple[str, str | None]:
        """Let a charger in; gives its name and the password that was made up for it, if any."""
        known = await tx.stations.get(charger.id, lock=True)
        if known and charger.password is None:
            if (treated := charger.treated(known)) != known:
                await tx.stations.secure(treated)
            return charger.id, None
        made_up = new_password(self._random)
        secret = self._sealer.fingerprint(charger.password or made_up)
        if known and secret in {known.security.given, known.password_hash}:
            await tx.stations.secure(charger.treated(known))
        elif known:
            fresh = replace(known.security, pending=(), given=None)
            treated = replace(charger.treated(known), password_hash=secret, security=fresh)
            await tx.stations.put(treated)
        else:
            await tx.stations.add(charger.treated(Station(charger.id, party, secret)))
        return charger.id, None if charger.password else made_up


def _theirs(location: Location | None) -> None:
    if location and location.own:
        raise Forbidden("the location is not the partner's")


async def _put(tx: Transaction, before: Location | None, after: Location) -> None:
    """Write a location and tell what changed: its statuses, or more than those."""
    await tx.locations.put(after)
    changed = status_changes(before, after)
    for uid in changed:
        tx.emit(EvseStatusChanged(after.party, after.id, uid))
    if before is None or not only_statuses_differ(before, after):
        tx.emit(LocationChanged(after.party, after.id))


async def _missing_tariffs(tx: Transaction, site: Site) -> list[Problem]:
    """References to tariffs that are neither in the file nor published before (C-171)."""
    wanted = [link.tariff_id for link in site.links]
    stored = await tx.tariffs.many(site.operator.party, wanted)
    known = {tariff.id.casefold() for tariff in (*stored, *site.tariffs)}
    return [
        site.text.problem(link.path, f"there is no tariff {link.tariff_id!r}")
        for link in site.links
        if link.tariff_id.casefold() not in known
    ]


async def _taken_chargers(tx: Transaction, site: Site) -> list[Problem]:
    """Chargers that are another operator's, or stand at a location the file does not mention."""
    problems = []
    mentioned = {location.id.casefold() for location in site.locations}
    for charger in site.chargers:
        station = await tx.stations.get(charger.id)
        if station and station.party != site.operator.party:
            problems.append(site.text.problem((*charger.path, "id"), "is another operator's"))
            continue
        places = await tx.locations.by_station(charger.id)
        elsewhere = {p.location.id for p in places if p.location.id.casefold() not in mentioned}
        if elsewhere:
            reason = f"stands at location {min(elsewhere)!r}, which must be in the file too"
            problems.append(site.text.problem((*charger.path, "id"), reason))
    return problems
