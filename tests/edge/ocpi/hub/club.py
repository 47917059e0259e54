"""The hub with everything that is about who is there, and what its members hear of it."""

from dataclasses import dataclass, field
from typing import Any

from httpx import Response

from app.adapters.clock_system import SystemClock
from app.domain.events import HubRulesChanged
from app.domain.identifiers import PartyId
from app.domain.partners import Partner as KnownPartner
from app.ports.delivery import Delivery, Done, Outcome
from app.simulators.partner import Partner
from app.use_cases.hub_members import HubMembers
from ocpi.hub.client_info_push import MemberAudience, MemberSender
from ocpi.hub.liveness import Liveness
from ocpi.hub.presence import Presence
from ocpi.translate.hub_clients import write_client
from tests.edge.ocpi.hub.conftest import HubHouse
from tests.support.clock import FakeClock
from tests.support.patience import until

LIST = "sender/hubclientinfo"


class Private:
    """Rules under which some do not talk to each other."""

    def __init__(self) -> None:
        self.apart: set[frozenset[PartyId]] = set()

    async def may_talk(self, one: PartyId, other: PartyId, /) -> bool:
        return frozenset({one, other}) not in self.apart


@dataclass
class Club(HubHouse):
    """The hub with everything that is about who is there."""

    clock: FakeClock = field(default_factory=FakeClock)
    rules: Private = field(default_factory=Private)
    _planned: int = 0

    @property
    def members_book(self) -> HubMembers:
        return HubMembers(self.store, self.clock, talks=self.rules)

    @property
    def presence(self) -> Presence:
        return Presence(self.house.partners, self.members_book, self.clock)

    async def known(self, member: Partner) -> KnownPartner:
        return await self.house.partners.need_by_name(member.name)

    async def planned(self) -> list[Delivery]:
        """What planner queues for what happened since, each once."""
        audience = MemberAudience(self.store)
        async with self.store.reading() as tx:
            recorded = [r for r in await tx.events.unplanned(1_000) if r.id > self._planned]
        found: dict[Delivery, None] = {}
        for each in recorded:
            found |= dict.fromkeys(await audience.plan(each.event))
            self._planned = each.id
        return list(found)

    async def send(self, delivery: Delivery) -> Outcome:
        house = self.house
        sender = MemberSender(
            house.calls, house.partners, self.members_book, presence=self.presence,
            clock=self.clock,
        )  # fmt: skip
        return await sender.send(delivery)

    async def tell(self) -> int:
        """What planner and worker do; how many deliveries there were."""
        planned = await self.planned()
        for delivery in planned:
            assert await self.send(delivery) == Done()
        return len(planned)

    async def check(self, member: Partner) -> None:
        """What a periodic job and a worker do about a member that is silent."""
        clock = SystemClock()
        liveness = Liveness(self.house.calls, self.house.partners, clock, again_s=0.01)
        await liveness.check((await self.known(member)).id)

    async def checks(self) -> set[str]:
        """Whom the periodic job wants to be checked, by name."""
        await self.members_book.look()
        partners = await self.house.partners.all()
        async with self.store.reading() as tx:
            busy = await tx.deliveries.busy([f"check:{p.id}" for p in partners])
        return {p.name for p in partners if f"check:{p.id}" in busy}

    async def planned_for(self, member: Partner) -> list[Delivery]:
        """What this member would be told now, whatever was planned before."""
        reader = await self.known(member)
        audience = MemberAudience(self.store)
        async with self.store.reading() as tx:
            recorded = await tx.events.unplanned(1_000)
        found = [d for each in recorded for d in await audience.plan(each.event)]
        return [d for d in dict.fromkeys(found) if d.destination.endswith(reader.id)]

    async def members_shown(self, member: Partner) -> list[Any]:
        """What this member may know of by the rules of the test."""
        found = await self.members_book.shown_to(await self.known(member))
        return [write_client(each) for each in found]

    async def rules_changed(self) -> None:
        """Somebody changed the rules, and everybody is told what follows."""
        await self.clock.advance(1)
        async with self.store.transaction() as tx:
            tx.emit(HubRulesChanged("test"))
        await self.tell()

    async def speaks(self, member: Partner) -> None:
        """The member asks for something, and that is noted, which comes after the answer."""
        await self.listed(member)

        async def noted() -> bool:
            return (await self.known(member)).last_seen == self.clock.now()

        await until(noted)

    async def listed(self, member: Partner, query: str = "") -> list[Any]:
        response = await self.ask(member, "GET", LIST + query)
        return list(answered(response))


def answered(response: Response) -> Any:
    assert (response.status_code, response.json()["status_code"]) == (200, 1000), response.text
    assert [name for name in response.headers if name.startswith("ocpi-")] == []
    assert response.headers["x-request-id"] == "req-1"
    return response.json()["data"]


def statuses(infos: list[Any]) -> dict[str, str]:
    """Party and role with their status."""
    return {f"{i['party_id']} {i['role']}": i["status"] for i in infos}
