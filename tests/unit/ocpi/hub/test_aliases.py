"""Long ids of older members have an alias at newer ones, and come back as they were."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.hub_index import Kind as IndexKind
from app.domain.hub_index import id_name
from app.domain.partners import InterfaceRole, Partner
from app.store.transaction import Store
from app.use_cases.hub_aliases import HubAliases
from app.use_cases.hub_index import HubIndex
from ocpi.hub.aliases import LONGEST, Aliases, alias_of
from ocpi.hub.messages import HubMessage
from ocpi.versions.registry import V211, V221
from ocpi.versions.rung import Kind
from ocpi.wire.access import Caller
from ocpi.wire.headers import Exchange
from tests.support.clock import FakeClock
from tests.support.roaming_objects import THEIR_CPO, a_partner

PLACE = "Parkhaus am Hauptbahnhof, Ebene 2/Ost"
EVSE = "DE*ABC*E0001*0002*0003*0004*0005*0006*7"
OLD = a_partner(version="2.1.1", hub=True)
NEW = a_partner(id="p-2", name="New", version="2.3.0", hub=True)
SHORT = {"location_id": alias_of(PLACE), "evse_uid": alias_of(EVSE)}
LONG = {"location_id": PLACE, "evse_uid": EVSE}


@pytest.fixture
async def aliases(store: Store, clock: FakeClock) -> Aliases:
    async with store.transaction() as tx:
        await tx.partners.put(OLD)
        await tx.partners.put(NEW)
    return fresh(store, clock)


def fresh(store: Store, clock: FakeClock) -> Aliases:
    """As a process that has just begun has it."""
    return Aliases(HubAliases(store), HubIndex(store, clock))


def test_an_alias_fits_and_is_the_same_whatever_the_case() -> None:
    assert len(EVSE) == 39
    assert len(alias_of(EVSE)) == len(alias_of(PLACE)) == LONGEST
    assert alias_of(EVSE.lower()).casefold() == alias_of(EVSE).casefold()
    assert alias_of(EVSE) != alias_of(EVSE[:-1] + "8")


@pytest.mark.parametrize(
    ("kind", "said", "heard"),
    [
        (Kind.SESSION, LONG | {"id": "x" * 40}, SHORT | {"id": "x" * 40}),
        (Kind.EVSE, {"uid": EVSE}, {"uid": alias_of(EVSE)}),
        (Kind.START_SESSION, LONG | {"token": {"uid": EVSE}}, SHORT | {"token": {"uid": EVSE}}),
        (
            Kind.LOCATION,
            {"id": PLACE, "evses": [{"uid": EVSE}, {"uid": "short"}, 5]},
            {"id": alias_of(PLACE), "evses": [{"uid": alias_of(EVSE)}, {"uid": "short"}, 5]},
        ),
        (
            Kind.CDR,
            {"cdr_location": {"id": PLACE, "evse_uid": EVSE, "evse_id": EVSE}},
            {"cdr_location": {"id": SHORT["location_id"], "evse_uid": SHORT["evse_uid"],
                              "evse_id": EVSE}},
        ),
        (
            Kind.AUTHORIZATION_INFO,
            {"location": {"location_id": PLACE, "evse_uids": [EVSE, 7]}},
            {"location": {"location_id": SHORT["location_id"],
                          "evse_uids": [SHORT["evse_uid"], 7]}},
        ),
        (Kind.TARIFF, {"id": PLACE}, {"id": PLACE}),
        (Kind.LOCATION, {"id": None, "evses": "none"}, {"id": None, "evses": "none"}),
    ],
)  # fmt: skip
async def test_ids_go_there_and_back(  # noqa: PLR0917 - a table
    store: Store, clock: FakeClock, aliases: Aliases, kind: Kind, said: Any, heard: Any
) -> None:
    """C-262: also after the process ended; nobody else's ids are touched."""
    assert await aliases.shortened(kind, said, OLD) == heard
    for again in (aliases, fresh(store, clock)):
        assert await again.restored(kind, heard, OLD) == said
        assert await again.restored(kind, heard, NEW) == heard
        assert await again.restored(kind, heard, replace(OLD, id="p-3")) == heard
    assert await aliases.shortened(kind, said, NEW) == said
    assert await aliases.shortened(kind, said, None) == said


async def test_messages_without_a_receiver_find_it_by_its_alias(
    store: Store, clock: FakeClock, aliases: Aliases
) -> None:
    await aliases.shortened(Kind.LOCATION, {"id": PLACE}, OLD)
    found = await HubIndex(store, clock).find(IndexKind.LOCATION, id_name(alias_of(PLACE)))
    assert [known.owner for known in found] == [THEIR_CPO]


@pytest.mark.parametrize(
    ("role", "module", "rest", "other"),
    [
        ("RECEIVER", "locations", "DE/TNC/{0}/{1}/1", "DE/TNC/{2}/{3}/1"),
        ("SENDER", "locations", "{0}/{1}", "{2}/{3}"),
        ("SENDER", "locations", "", ""),
        ("RECEIVER", "locations", "DE/TNC/a%20b", "DE/TNC/a%20b"),
        ("RECEIVER", "sessions", "DE/TNC/{0}", "DE/TNC/{0}"),
    ],
)
async def test_addresses_change_with_them(  # noqa: PLR0917 - a table
    aliases: Aliases, role: str, module: str, rest: str, other: str
) -> None:
    await aliases.shortened(Kind.SESSION, LONG, OLD)
    names = (
        "Parkhaus%20am%20Hauptbahnhof%2C%20Ebene%202%2FOst", EVSE.replace("*", "%2A"),
        "Parkhaus%20am%20Hauptba" + alias_of(PLACE)[19:], alias_of(EVSE).replace("*", "%2A"),
    )  # fmt: skip

    def message(version: Any, text: str) -> HubMessage:
        caller: Partner = OLD if version is V211 else NEW
        exchange = Exchange("r", "c", Caller(caller, "t", invited=False), version)
        return HubMessage(
            exchange=exchange, module=module, role=InterfaceRole(role), method="GET", rest=text
        )

    long, short = rest.format(*names), other.format(*names)
    assert await aliases.in_address(message(V211, long), OLD, NEW) == short
    assert await aliases.in_address(message(V221, short), NEW, OLD) == long
    assert await aliases.in_address(message(V221, short), NEW, NEW) == short
