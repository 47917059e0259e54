"""What a driver does with a phone, step by step, and what must be true of the money in the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.simulators.charger import Charger
from app.simulators.charger_socket import Asked
from app.simulators.phone import LiveEvent, Phone
from app.simulators.provider_ledger import Intent
from tests.support.loopback import a_client
from tests.support.patience import until
from tests.support.world import Spot, World

Document = dict[str, Any]
BERLIN = "52.4,13.3,52.6,13.5"
GOOD_CARD = "4242424242424242"
DECLINED_LATER = "4000000000000341"
"""Can be saved, and is declined when it is charged."""


async def pay_on_page(url: str, act: str, **form: str) -> int:
    """What a person does on the provider's page; the status of its answer."""
    async with a_client() as browser:
        return (await browser.post(url, data={"act": act, **form})).status_code


async def save_card(world: World, phone: Phone, number: str = GOOD_CARD) -> Document:
    """Save a card: the provider's form takes the number, our API only hears of it."""
    setup = await phone.post("/payment-methods/setup")
    page = f"{world.provider.origin}/pay/{setup['client_secret']}"
    assert await pay_on_page(page, "pay", number=number) == 200
    saved: Document = await phone.post("/payment-methods", {"reference": setup["reference"]})
    assert saved["last4"] == number[-4:]
    return saved


async def code_of(world: World, spot: Spot) -> str:
    """What the sticker's QR code says."""
    return str((await world.evse(spot))["qr_url"]).rsplit("/", 1)[-1]


async def quoted(world: World, phone: Phone, spot: Spot, **wish: Any) -> Document:
    """The price at a spot, from its QR code."""
    quote: Document = await phone.post("/quotes", {"code": await code_of(world, spot), **wish})
    return quote


async def quoted_elsewhere(phone: Phone, partner: str) -> Document:
    """The price at the location of a simulated partner, by its party, once it is on the map."""
    party, location_id = f"DE-{partner}", f"{partner}-LOC1"

    async def pin() -> object:
        pins = (await phone.get(f"/map?bbox={BERLIN}"))["pins"]
        found = [pin for pin in pins if pin["id"] == location_id]
        return found and found[0]["price"]

    await until(pin)
    sheet = await phone.get(f"/locations/{party}/{location_id}")
    assert sheet["partner"]
    wish = {"party": party, "location_id": sheet["id"], "evse_uid": sheet["evses"][0]["uid"]}
    quote: Document = await phone.post("/quotes", wish)
    assert quote["partner"]
    return quote


async def started(world: World, phone: Phone, spot: Spot) -> Document:
    """Scan, agree to the price, start."""
    quote = await quoted(world, phone, spot)
    session: Document = await phone.post("/sessions", {"quote_id": quote["id"]})
    return session


async def in_state(
    phone: Phone, session_id: str, *states: str, timeout_s: float = 30.0
) -> Document:
    """The session once it is in one of these states."""

    async def there() -> Document | None:
        shown: Document = await phone.get(f"/sessions/{session_id}")
        return shown if shown["state"] in states else None

    found: Document = await until(there, timeout_s)
    return found


@dataclass
class Follower:
    """The live screen: all events of a session so far, through broken connections."""

    phone: Phone
    session_id: str
    events: list[LiveEvent] = field(default_factory=list)

    @property
    def last(self) -> Document:
        """The newest state."""
        states = [event for event in self.events if event.kind == "session"]
        return dict(states[-1].data) if states else {}

    @property
    def ended(self) -> bool:
        """Whether the stream told that the session is over."""
        return bool(self.events) and self.events[-1].kind == "end"

    async def follow(self) -> None:
        """Read on after the last event known, until the session is over."""
        known = [event.id for event in self.events if event.id is not None]
        after = known[-1] if known else None
        path = f"/sessions/{self.session_id}/events"
        async with aclosing(self.phone.events(path, after=after)) as stream:  # type: ignore[type-var]
            async for event in stream:
                self.events.append(event)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow as long as the block lasts."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self.follow())
            try:
                yield
            finally:
                reading.cancel()

    async def until(self, **wanted: Any) -> Document:
        """The newest state once it has these values."""
        await until(lambda: all(self.last.get(key) == value for key, value in wanted.items()))
        return self.last

    def check_order(self) -> None:
        """No state was told twice, none after a later one."""
        ids = [int(event.id) for event in self.events if event.id is not None]
        assert ids == sorted(ids)
        positions = [event.data["position"] for event in self.events if event.kind == "session"]
        assert positions == sorted(positions)


class Purse:
    """The payments at the provider that were made since this was made."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = set(world.provider.intents)

    @property
    def payments(self) -> list[Intent]:
        """Without the setups of cards."""
        found = self._world.provider.intents
        return [i for key, i in found.items() if key not in self._before and not i.is_setup]

    def captured(self) -> list[int]:
        """All that was captured, in order, in cents."""
        return [amount for kind, amount in self.movements() if kind == "captured"]

    def movements(self) -> list[tuple[str, int]]:
        """All that was held, captured and released, in order, in cents."""
        return [(m.kind, m.amount) for intent in self.payments for m in intent.movements]


def pushes(world: World, phone: Phone) -> list[str]:
    """The kinds of the notifications a phone was sent, in order."""
    return [pushed.data["kind"] for pushed in world.push.to(phone.push_token)]


def shown(world: World, phone: Phone) -> list[str]:
    """The kinds of the notifications on a phone's screen, in order.

    What is sent again, since we died before we could write down that it was taken, takes its own
    place there.
    """
    sent = [
        (pushed.data["kind"], pushed.message["android"]["notification"]["tag"])
        for pushed in world.push.to(phone.push_token)
    ]
    return [kind for kind, _ in dict.fromkeys(sent)]


async def cdr_of(world: World, spot: Spot) -> Document:
    """The newest CDR of a spot's EVSE."""
    uid = (await world.evse(spot))["uid"]
    found = (await world.operator.get("/cdrs")).raise_for_status().json()
    cdr: Document = next(each for each in found if each["evse_uid"] == uid)
    return cdr


def start_requests(charger: Charger) -> list[Asked]:
    """The remote starts that a 2.x charger was asked for."""
    return [a for a in charger.journal.asked if a.action == "RequestStartTransaction"]


async def start_as_asked(charger: Charger, asked: Asked) -> None:
    """Start as a request wanted that the charger has not answered."""
    token = asked.payload["idToken"]
    remote_start = asked.payload["remoteStartId"]
    await charger.start(1, token["idToken"], kind=token["type"], remote_start=remote_start)
