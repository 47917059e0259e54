"""A driver charges with the app, a guest with a browser."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx

from app.runtime.demo.narrator import Narrator
from app.runtime.demo.scenes_operator import Chargers
from app.runtime.demo.stage import Stage
from app.simulators.charger import Charger
from app.simulators.phone import LiveEvent, Phone

GOOD_CARD = "4242424242424242"
DRIVERS_KWH = (Decimal("4.2"), Decimal("11.7"), Decimal("18.35"))
GUESTS_KWH = Decimal("6.4")

Shown = dict[str, Any]


async def driver_charges(stage: Stage, say: Narrator, chargers: Chargers) -> Phone:
    """From signing in to the receipt; gives the phone, signed in and with a card."""
    say.scene("A driver charges with the app")
    phone = stage.phone()
    await sign_in(stage, say, phone)
    code, sheet = await find_station(phone, "AMS-HARBOUR", "A1")
    say.tell(f"Found {sheet['name']} on the map and scanned the sticker on A1 (code {code})")
    quote = await ask_price(say, phone, code)
    charger = chargers["RW-AMS-01"]
    await charger.plug_in(1)
    await begin(say, phone, charger, quote)
    events = asyncio.create_task(_watch(phone, quote["id"]))  # noqa: TID251 - ended below
    last = await _charge(say, phone, charger, quote["id"])
    await phone.post(f"/sessions/{quote['id']}/stop")
    await say.until(lambda: _ended(charger), "Stop: the charger ended its transaction")
    await charger.unplug(1)
    seen = await asyncio.wait_for(events, 30)
    say.check(
        seen[-1].data["energy_kwh"] == last["energy_kwh"],
        f"The live stream told {len(seen)} states and ended by itself",
    )
    await settle(stage, say, phone, quote["id"])
    await _pushed(stage, say, phone)
    return phone


async def sign_in(stage: Stage, say: Narrator, phone: Phone) -> None:
    """OpenID Connect with PKCE, then a card saved at the provider."""
    identity = stage.services.identity
    await phone.sign_in(identity.origin, client_id=identity.client_id, provider="simulated")
    say.tell("Signed in by OpenID Connect (code + PKCE); our API gave a 10-minute access token")
    setup = await phone.post("/payment-methods/setup")
    await fill_in_card(f"{stage.services.cards.origin}/pay/{setup['client_secret']}")
    card = await phone.post("/payment-methods", {"reference": setup["reference"]})
    say.check(
        card["last4"] == GOOD_CARD[-4:], f"Saved a {card['brand']} card ending {card['last4']}"
    )


async def fill_in_card(page: str) -> None:
    """What a person does on the provider's page."""
    async with httpx.AsyncClient(trust_env=False, timeout=15) as browser:
        await browser.post(page, data={"act": "pay", "number": GOOD_CARD})


async def find_station(phone: Phone, location_id: str, label: str) -> tuple[str, Shown]:
    """The sticker's code at an EVSE, from the station's sheet."""
    sheet = await phone.get(f"/locations/NL-RW1/{location_id}")
    evse = next(e for e in sheet["evses"] if e["label"] == label)
    return evse["code"], sheet


async def ask_price(say: Narrator, phone: Phone, code: str) -> Shown:
    """The price before the start, in the order the law asks for."""
    quote: Shown = await phone.post("/quotes", {"code": code, "target_kwh": "25"})
    for line in quote["prices"]:
        say.quiet(line["words"])
    units = [line["unit"] for line in quote["prices"]]
    order = ["kwh", "minute", "session", "other"]
    say.check(
        units == sorted(units, key=order.index),
        f"Price first, in AFIR's order; about {quote['estimated']['text']} for 25 kWh, "
        f"{quote['hold']['text']} will be held",
    )
    return quote


async def begin(say: Narrator, phone: Phone, charger: Charger, quote: Shown) -> None:
    """Take the quote; the money is held, then the charger starts."""
    await phone.post("/sessions", {"quote_id": quote["id"]})
    await say.until(lambda: _running(charger), "Start: money held, then the charger started")


async def _charge(say: Narrator, phone: Phone, charger: Charger, session_id: str) -> Shown:
    shown: Shown = {}
    for kwh in DRIVERS_KWH:
        await charger.meter(1, energy_kwh=kwh, power_kw=Decimal("10.8"), soc=Decimal(50) + kwh)
        shown = await say.until(
            lambda kwh=kwh: _at(phone, session_id, kwh),  # type: ignore[misc]  # the default
            f"Live: {kwh} kWh at 10.8 kW",
        )
        say.quiet(f"cost so far {shown['cost']['text']}, battery at {shown['soc']} %")
    return shown


async def _at(phone: Phone, session_id: str, kwh: Decimal) -> Shown | None:
    shown: Shown = await phone.get(f"/sessions/{session_id}")
    reached = shown["energy_kwh"] is not None and Decimal(shown["energy_kwh"]) >= kwh
    return shown if reached and shown["state"] == "charging" else None


async def _watch(phone: Phone, session_id: str) -> list[LiveEvent]:
    path = f"/sessions/{session_id}/events"
    return [event async for event in phone.events(path) if event.data and "state" in event.data]


async def _running(charger: Charger) -> bool:
    await asyncio.sleep(0)
    return charger.running(1) is not None


async def _ended(charger: Charger) -> bool:
    return not await _running(charger)


async def settle(stage: Stage, say: Narrator, phone: Phone, session_id: str) -> Shown:
    """The hold is captured for the exact amount, and the receipt explains it."""

    async def done() -> Shown | None:
        shown: Shown = await phone.get(f"/sessions/{session_id}")
        return shown if shown["state"] == "completed" else None

    shown = await say.until(done, "The session is settled")
    receipt: Shown = await phone.get(f"/sessions/{session_id}/receipt")
    for line in receipt["lines"]:
        say.quiet(f"{line['words']}: {line['amount']['text']}")
    total = receipt["total"]["minor"]
    say.check(
        total == sum(line["amount"]["minor"] for line in receipt["lines"])
        and total == shown["cost"]["minor"],
        f"Receipt {receipt['number']}: {receipt['total']['text']}, every line adds up",
    )
    intents = stage.services.cards.intents.values()
    intent = next(i for i in intents if i.total("captured") == total and not i.capturable)
    say.check(
        intent.total("held") == receipt["held"]["minor"]
        and intent.total("released") == receipt["released"]["minor"],
        f"At the card provider: held {receipt['held']['text']}, captured "
        f"{receipt['captured']['text']}, released {receipt['released']['text']}",
    )
    return receipt


async def _pushed(stage: Stage, say: Narrator, phone: Phone) -> None:
    push = stage.services.push

    async def all_told() -> list[str] | None:
        titles = [pushed.title for pushed in push.to(phone.push_token)]
        return titles if len(titles) >= 2 else None  # noqa: PLR2004 - started, receipt

    titles = await say.until(all_told, "Pushes went out through Firebase")
    say.check(len(titles) == len(set(titles)), f"Each once: {', '.join(titles)}")


async def guest_charges(stage: Stage, say: Narrator, chargers: Chargers) -> None:
    """No account: the sticker, the provider's page, the same session."""
    say.scene("A guest charges in the browser, without an account")
    async with stage.phone() as phone:
        code, _ = await find_station(phone, "AMS-HARBOUR", "B1")
        page = f"{stage.url}/q/{code}"
        async with httpx.AsyncClient(trust_env=False) as browser:
            shown = await browser.get(page)
        say.check(
            "per kWh" in shown.text, f"The price stands first on the page of the code, {page}"
        )
        quote = await phone.post("/guest/quotes", {"code": code, "email": "guest@example.com"})
        phone.access_token = quote["secret"]
        charger = chargers["RW-AMS-02"]
        await charger.plug_in(1)
        await phone.post("/guest/sessions", {"quote_id": quote["id"]})

        async def asked_for_card() -> str | None:
            payment = (await phone.get(f"/sessions/{quote['id']}"))["payment"]
            url: str | None = payment and payment["action_url"]
            return url

        page = await say.until(asked_for_card, "The card is asked for on the provider's own page")
        await fill_in_card(page)
        await say.until(lambda: _running(charger), "Paid: the charger started")
        await charger.meter(1, energy_kwh=GUESTS_KWH, power_kw=Decimal(11))
        await phone.post(f"/sessions/{quote['id']}/stop")
        await say.until(lambda: _ended(charger), "Stopped from the page")
        await charger.unplug(1)
        await settle(stage, say, phone, quote["id"])
