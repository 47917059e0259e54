"""Families and fleets over HTTP: invited, paid for, limited, left."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.driver_notices import DriverNoticeKind
from app.domain.payments import PaymentState
from app.domain.stations import PresentedToken
from app.use_cases.card_stock import MadeCard
from tests.edge.mobile.conftest import STRANGER, Site, refused

FAMILY = {"kind": "family", "name": "Us", "currency": "EUR", "zone": "Europe/Amsterdam"}


class Household:
    """The owner "me" with a card, and a child without one."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.owner: dict[str, str] = {}
        self.child: dict[str, str] = {}
        self.group: dict[str, Any] = {}
        self.at_second = 0

    async def gather(self, **limits: int) -> None:
        self.live = await self.site.drive.floor.connect()
        self.owner = await self.site.sign_in()
        self.child = await self.site.sign_in("child", STRANGER)
        made = await self.site.post("/groups", FAMILY | limits, headers=self.owner)
        assert made.status_code == 201, made.text
        self.group = made.json()

    @property
    def at(self) -> str:
        return f"/groups/{self.group['id']}"

    async def join(self, **how: Any) -> dict[str, Any]:
        invited = await self.site.post(f"{self.at}/members", how, headers=self.owner)
        assert invited.status_code == 201, invited.text
        body = {"code": invited.json()["code"]}
        joined = await self.site.post("/group-invitations/accept", body, headers=self.child)
        assert joined.status_code == 200, joined.text
        return dict(invited.json())

    async def start(self, **changes: Any) -> Any:
        quote = await self.site.quote(self.child, **changes)
        answer = await self.site.post("/sessions", {"quote_id": quote["id"]}, headers=self.child)
        await self.site.drive.pump()
        return answer

    async def charge(self, wh: int, **changes: Any) -> None:
        """The child charges so much on the family's account."""
        drive = self.site.drive
        answer = await self.start(**changes)
        assert answer.status_code == 202, answer.text
        async with drive.store.reading() as tx:
            charging = await tx.charging.need(answer.json()["id"])
        number = await drive.plug_in(self.live, charging, self.at_second)
        self.at_second += 60
        await drive.unplug(self.live, number, self.at_second, wh)
        self.at_second += 10

    async def notices(self, driver: str) -> set[str]:
        async with self.site.drive.store.reading() as tx:
            found = await tx.drivers.driver_notices.of_driver(driver)
        return {n.subject.rpartition(":")[2] for n in found if n.kind is LIMIT}


LIMIT = DriverNoticeKind.GROUP_LIMIT


@pytest.fixture
async def home(site: Site) -> Household:
    return Household(site)


async def test_the_owner_pays_and_sees_amounts_but_no_places(home: Household) -> None:
    await home.gather(limit_minor=20_000)
    member = await home.join(label="Kim", limit_minor=5_000)
    await home.charge(10_000)
    seen = (await home.site.get(home.at, headers=home.owner)).json()
    (kim,) = seen["members"]
    assert (seen["spent"]["minor"], seen["reserved"]["minor"]) == (600, 0)
    assert (kim["label"], kim["spent"]["minor"], kim["sessions"]) == ("Kim", 600, 1)
    sessions = f"{home.at}/members/{member['id']}/sessions"
    (one,) = (await home.site.get(sessions, headers=home.owner)).json()["sessions"]
    assert (one["total"]["minor"], one["location_id"]) == (600, None)
    agreed = {"shares_places": True}
    await home.site.http.put(f"{home.at}/membership", json=agreed, headers=home.child)
    (one,) = (await home.site.get(sessions, headers=home.owner)).json()["sessions"]
    assert one["location_id"] == "L1"
    theirs = (await home.site.get(home.at, headers=home.child)).json()
    assert (theirs["owner"], theirs["limit"], len(theirs["members"])) == (False, None, 1)
    async with home.site.drive.store.reading() as tx:
        charging = await tx.charging.need(one["id"])
        payment = await tx.payments.need(charging.payment_id or "")
    assert (charging.payer_id, payment.customer) == ("d-1", "cus_1")


async def test_two_phones_do_not_overwrite_a_group(home: Household) -> None:
    """Issue D1, ETags: of the group as the caller sees it, members and what they spent with it."""
    await home.gather()
    http, member = home.site.http, await home.join()
    theirs = f"{home.at}/members/{member['id']}"
    owner, child = [
        who | {"If-Match": (await home.site.get(home.at, headers=who)).headers["etag"]}
        for who in (home.owner, home.child)
    ]
    renamed = await http.put(theirs, json={"label": "Kim"}, headers=owner)
    assert renamed.status_code == 200, renamed.text
    read = await home.site.get(home.at, headers=home.owner)
    assert renamed.headers["etag"] == read.headers["etag"]
    for method, path, who, body in (
        ("PUT", home.at, owner, FAMILY),
        ("PUT", theirs, owner, {"label": "Sam"}),
        ("DELETE", theirs, owner, None),
        ("DELETE", home.at, owner, None),
        ("PUT", f"{home.at}/membership", child, {"shares_places": True}),
        ("DELETE", f"{home.at}/membership", child, None),
    ):
        late = await http.request(method, path, json=body, headers=who)
        refused(late, 412, "changed")
    fresh = (await home.site.get(home.at, headers=home.owner)).headers["etag"]
    closed = await http.delete(home.at, headers=home.owner | {"If-Match": fresh})
    assert closed.status_code == 204


async def test_a_start_beyond_what_is_left_is_refused_before_the_hold(home: Household) -> None:
    """An estimate beyond the limit is refused; a smaller one is held, no higher than the rest."""
    await home.gather()
    await home.join(limit_minor=1_000)
    refusal = refused(await home.start(), 402, "payment_declined")
    assert refusal["reason"] == "member_limit"
    assert home.site.drive.bank.books.intents == {}
    answer = await home.start(target_kwh="10")
    assert answer.status_code == 202
    seen = (await home.site.get(home.at, headers=home.owner)).json()
    assert seen["reserved"]["minor"] == 600
    (intent,) = home.site.drive.bank.books.intents.values()
    assert intent.amount == 600


async def test_a_hold_is_no_larger_than_what_is_left(home: Household) -> None:
    await home.gather(limit_minor=2_000)
    await home.join()
    assert (await home.start()).json()["hold"]["minor"] == 2_000


async def test_limits_are_told_once_at_80_and_at_100_percent(home: Household) -> None:
    """Product §1.6: the owner hears of the group's limit, owner and member of the member's."""
    await home.gather(limit_minor=2_000)
    await home.join(limit_minor=1_900)
    await home.charge(20_000)
    assert await home.notices("d-1") == set()
    await home.charge(8_000, target_kwh="8")
    assert await home.notices("d-1") == {"80"}
    await home.charge(5_000, target_kwh="3")
    assert await home.notices("d-1") == {"80", "100"}
    async with home.site.drive.store.reading() as tx:
        (child,) = await tx.drivers.groups.members.of_group(home.group["id"])
    assert await home.notices(child.driver_id or "") == {"80", "100"}
    assert refused(await home.start(), 402, "payment_declined")["reason"] == "member_limit"


async def test_a_code_is_good_once_and_for_one_group(home: Household) -> None:
    await home.gather()
    await home.join()
    invited = await home.site.post(f"{home.at}/members", {}, headers=home.owner)
    body = {"code": invited.json()["code"].lower()}
    at = "/group-invitations/accept"
    refused(await home.site.post(at, body, headers=home.owner), 409, "conflict")
    refused(await home.site.post(at, body, headers=home.child), 409, "conflict")
    wrong = {"code": "000000000000"}
    refused(await home.site.post(at, wrong, headers=home.child), 404, "not_found")
    await home.site.http.delete(f"{home.at}/membership", headers=home.child)
    assert (await home.site.post(at, body, headers=home.child)).status_code == 200
    refused(await home.site.post(at, body, headers=home.child), 404, "not_found")


async def test_who_leaves_or_is_removed_pays_alone(home: Household) -> None:
    await home.gather()
    member = await home.join()
    gone = await home.site.http.delete(f"{home.at}/members/{member['id']}", headers=home.owner)
    assert gone.status_code == 204
    refused(await home.site.get(home.at, headers=home.child), 404, "not_found")
    assert refused(await home.start(), 402, "payment_declined")["reason"] == "no_payment_method"


async def test_invitations_are_mailed_in_the_owners_language(home: Household) -> None:
    await home.gather()
    await home.site.post(f"{home.at}/members", {"email": "kim@example.com"}, headers=home.owner)
    (mail,) = home.site.drive.mailer.sent
    assert mail.to == "kim@example.com"
    assert "Us" in mail.subject


@pytest.mark.parametrize("what", ["", "/members", "/members/x", "/membership"])
async def test_others_groups_do_not_exist(home: Household, what: str) -> None:
    await home.gather()
    at, thief = home.at + what, home.child
    if what in {"", "/membership"}:
        refused(await home.site.http.delete(at, headers=thief), 404, "not_found")
    if what == "/members":
        refused(await home.site.post(at, {}, headers=thief), 404, "not_found")
    if what == "/members/x":
        for whose in (thief, home.owner):
            refused(await home.site.http.delete(at, headers=whose), 404, "not_found")


async def test_a_card_is_paid_by_the_group_and_stops_with_it(home: Household) -> None:
    """A card at the reader: nothing left, no session."""
    await home.gather(limit_minor=100)
    await home.join()
    site = home.site
    await site.drive.belongings.stock.take_in([MadeCard("RW-7", "04070707", "SCRATCH9")])
    body = {"visual_number": "RW-7", "check": "SCRATCH9"}
    await site.post("/charge-cards", body, headers=home.child)
    token = PresentedToken("04070707")
    answer = await site.drive.floor.start(home.live, token=token)
    await site.drive.pump()
    seen = (await site.get(home.at, headers=home.owner)).json()
    assert seen["reserved"]["minor"] == 100
    await site.drive.unplug(home.live, answer.number or 0, 600, 5_000)
    again = await site.drive.floor.start(home.live, 700, token=token)
    assert again.authorization is not None
    assert again.authorization.info == "group_limit"


async def test_the_owner_pays_what_is_owed_without_seeing_where(home: Household) -> None:
    """A debt of the group blocks its starts until the owner pays; the member is no debtor."""
    await home.gather()
    member = await home.join()
    drive, site = home.site.drive, home.site
    answer = await home.start(target_kwh="10")
    async with drive.store.reading() as tx:
        charging = await tx.charging.need(answer.json()["id"])
        payment = await tx.payments.need(charging.payment_id or "")
    number = await drive.plug_in(home.live, charging, 0)
    drive.bank.books.cards[payment.method_reference] = "pm_card_chargeDeclined"
    async with drive.store.transaction() as tx:
        await tx.payments.save(replace(payment, blocked=False, state=PaymentState.RELEASED))
    await drive.unplug(home.live, number, 60, 8_000)
    told = await news(home, home.child, "payment.failed")
    assert told == ["4.80 EUR is open. The owner of your group was asked to pay."]
    asked = await news(home, home.owner, "group.payment_failed")
    assert asked == ["Us: 4.80 EUR. Please check your cards, and pay what is open in the app."]
    at = f"{home.at}/members/{member['id']}/sessions"
    (owed,) = (await site.get(at, headers=home.owner)).json()["sessions"]
    assert (owed["state"], owed["location_id"]) == ("settlement_failed", None)
    assert refused(await home.start(), 402, "payment_declined")["reason"] == "group_unpaid"
    mine = f"/sessions/{owed['id']}/pay"
    for whose in (home.owner, home.child):
        refused(await site.post(mine, headers=whose), 404, "not_found")
    refused(await site.post(f"{at}/{owed['id']}/pay", headers=home.child), 404, "not_found")
    refused(await site.post(f"{at}/nobody/pay", headers=home.owner), 404, "not_found")
    drive.bank.books.cards[payment.method_reference] = "pm_card_visa"
    paid = await site.post(f"{at}/{owed['id']}/pay", headers=home.owner)
    assert paid.status_code == 202, paid.text
    await drive.pump()
    (owed,) = (await site.get(at, headers=home.owner)).json()["sessions"]
    assert owed["state"] == "completed"


async def news(home: Household, who: dict[str, str], kind: str) -> list[str]:
    """What somebody was told of a kind, as the app lists it."""
    listed = (await home.site.get("/notices", headers=who)).json()["notices"]
    return [each["body"] for each in listed if each["kind"] == kind]


@pytest.mark.parametrize("card", ["pm_card_chargeDeclined", "pm_card_authenticationRequired"])
async def test_a_group_whose_card_is_declined_starts_nothing(home: Household, card: str) -> None:
    """Product §1.5, payment declined: both hear of it; the holder is not there to confirm."""
    await home.gather()
    await home.join(label="Kim")
    drive = home.site.drive
    async with drive.store.reading() as tx:
        (method,) = await tx.payments.methods.of_driver("d-1")
    drive.bank.books.cards[method.reference] = card
    answer = await home.start(target_kwh="10")
    session = (await home.site.get(f"/sessions/{answer.json()['id']}", headers=home.child)).json()
    assert session["state"] == "payment_declined"
    assert await news(home, home.child, "payment.failed") == [
        "Your group's card was declined. You can pay with a card of your own."
    ]
    (asked,) = await news(home, home.owner, "group.payment_failed")
    assert asked.startswith("Us: ")
    titles = [
        each["title"]
        for each in (await home.site.get("/notices", headers=home.owner)).json()["notices"]
    ]
    assert "Your card was declined for Kim" in titles
    drive.bank.books.cards[method.reference] = "pm_card_visa"
    again = await home.start(target_kwh="10")
    assert again.status_code == 202, "a declined start is no debt"
