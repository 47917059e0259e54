"""Phones are told each thing once, in their language, and never what is over (product §1.6)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.drivers import Device, PushKind
from app.domain.events import ChargingChanged, StationConnected
from app.domain.notice_rules import Urgency
from app.domain.push_targets import WebSubscription
from app.ports.delivery import Delivery, Done, Mode, Retry
from app.ports.push import ActivityUpdate, Notification, PushResult
from app.store.transaction import Store
from app.use_cases.drivers import Drivers
from app.use_cases.notice_parts import Leg
from app.use_cases.notices import Notices
from app.use_cases.push_targets import PushTargets
from app.use_cases.quotes import Caller
from mobile_api.push import SESSION, Phones, Ways, kind_of
from tests.support.chargers import a_floor
from tests.support.clock import NOON, FakeClock
from tests.support.drive import ME, Drive

K = NoticeKind
OK = PushResult(delivered=True)
KIND = kind_of(Leg.PHONES, SESSION)


class Service:
    """A push service with an answer per target."""

    def __init__(self) -> None:
        self.answers: dict[str, PushResult] = {}
        self.sent: list[tuple[str, Notification]] = []

    async def send(self, target: str | WebSubscription, notification: Notification) -> PushResult:
        token = target.endpoint if isinstance(target, WebSubscription) else target
        self.sent.append((token, notification))
        return self.answers.get(token, OK)

    async def show(self, token: str, update: ActivityUpdate) -> PushResult:
        raise NotImplementedError

    @property
    def kinds(self) -> list[str]:
        return [notification.data["kind"] for _, notification in self.sent]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def drive(store: Store, clock: FakeClock) -> AsyncIterator[Drive]:
    async with a_floor(store, clock) as floor:
        made = Drive(floor)
        await made.furnish()
        async with store.transaction() as tx:
            await tx.drivers.devices.put(a_device("one", language="nl"))
        yield made


@pytest.fixture
def phones(drive: Drive, service: Service) -> Phones:
    drivers = Drivers(drive.store, drive.clock, drive.floor.sealer)
    notices = Notices(drive.store, drive.clock)
    targets = PushTargets(drive.store, drive.clock, accepts=bool)
    return Phones(notices, drivers, targets, Ways(service, service), clock=drive.clock)


def a_device(name: str, **changes: object) -> Device:
    device = Device(name, "d-1", "android", NOON, language="en", push_target=f"target-{name}")
    return replace(device, **changes)  # type: ignore[arg-type]


def the_delivery(charging: Charging) -> Delivery:
    return Delivery("phone:d-1", charging.id, Mode.LATEST, KIND)


async def failed_start(drive: Drive) -> Charging:
    drive.chargers.outcome = CommandOutcome(CommandResult.REJECTED)
    await drive.floor.connect()
    return await drive.started()


async def test_what_the_ledger_holds_is_planned_for_the_driver(
    drive: Drive, phones: Phones
) -> None:
    charging = await failed_start(drive)
    changed = ChargingChanged(charging.id, charging.state)
    assert list(await phones.plan(changed)) == [the_delivery(charging)]
    assert await phones.send(the_delivery(charging)) == Done()
    assert list(await phones.plan(changed)) == []
    assert list(await phones.plan(ChargingChanged("nobody", "quoted"))) == []
    assert list(await phones.plan(StationConnected("CP1"))) == []


async def test_a_guest_has_no_phone(drive: Drive, phones: Phones, service: Service) -> None:
    drive.chargers.outcome = CommandOutcome(CommandResult.REJECTED)
    await drive.floor.connect()
    guest = Caller(secret="a guest's secret")
    quoted = await drive.quote(caller=guest)
    await drive.chargings.start(quoted.id, guest, method_reference="pm_card_visa")
    await drive.pump()
    planned = await phones.plan(ChargingChanged(quoted.id, "start_rejected"))
    assert [each.kind for each in planned] == [kind_of(Leg.MAIL, SESSION)]
    assert await phones.send(the_delivery(quoted)) == Done()
    assert service.sent == []


async def test_a_start_that_failed_is_told_once_in_the_devices_language(
    drive: Drive, phones: Phones, service: Service
) -> None:
    charging = await failed_start(drive)
    for _ in range(2):
        assert await phones.send(the_delivery(charging)) == Done()
    target, first = service.sent[0]
    assert (target, first.title) == ("target-one", "Laden niet gestart")
    assert first.body == "De laadpaal weigerde. Er is niets in rekening gebracht."
    assert (first.urgency, first.collapse) == (Urgency.HIGH, f"session:{charging.id}")
    assert service.kinds == [K.START_FAILED]


async def test_the_way_of_a_session_on_the_lock_screen(
    drive: Drive, phones: Phones, service: Service
) -> None:
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await phones.send(the_delivery(charging))
    await drive.meter(live, number, 1200, 15_000)
    await drive.chargings.stop(charging.id, ME)
    await drive.pump()
    await drive.unplug(live, number, 1260, 15_630)
    await phones.send(the_delivery(charging))
    assert service.kinds[0] == K.STARTED
    assert service.kinds[-1] == K.RECEIPT_READY
    receipt = service.sent[-1][1]
    assert (receipt.title, receipt.urgency) == ("Bon: 9,38 EUR", Urgency.NORMAL)
    assert receipt.body == "15,6 kWh bij Lange Viestraat 1"
    assert receipt.collapse == f"receipt:{charging.id}"
    token = charging.token
    assert token is not None
    assert all(token.uid not in str(n) for _, n in service.sent)


async def test_what_is_over_is_not_told(drive: Drive, phones: Phones, service: Service) -> None:
    """A start that is told after the end, or ten minutes late, only disturbs."""
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.plug_in(live, charging, 20)
    await drive.clock.advance(601)
    assert await phones.send(the_delivery(charging)) == Done()
    assert service.sent == []
    assert list(await phones.plan(ChargingChanged(charging.id, "charging"))) == []


async def test_a_dead_target_is_forgotten(drive: Drive, phones: Phones, service: Service) -> None:
    async with drive.store.transaction() as tx:
        await tx.drivers.devices.put(a_device("two"))
        await tx.drivers.devices.put(a_device("silent", push_target=None))
    service.answers["target-one"] = PushResult(delivered=False, gone=True)
    charging = await failed_start(drive)
    assert await phones.send(the_delivery(charging)) == Done()
    async with drive.store.reading() as tx:
        targets = {d.id: d.push_target for d in await tx.drivers.devices.of_driver("d-1")}
    assert targets == {"one": None, "two": "target-two", "silent": None}
    assert [target for target, _ in service.sent] == ["target-one", "target-two"]


async def test_when_no_device_can_be_reached_it_is_tried_again(
    drive: Drive, phones: Phones, service: Service
) -> None:
    service.answers["target-one"] = PushResult(delivered=False, retry_after_s=30, reason="quota")
    charging = await failed_start(drive)
    outcome = await phones.send(the_delivery(charging))
    assert isinstance(outcome, Retry)
    assert outcome.after is not None
    assert (outcome.why, outcome.after.total_seconds()) == ("quota", 30)
    service.answers.clear()
    assert await phones.send(the_delivery(charging)) == Done()
    assert len(service.kinds) == 1 + len(set(service.kinds))


async def test_one_reached_device_is_enough(
    drive: Drive, phones: Phones, service: Service
) -> None:
    """The person knows; the same words again on the first device would be a second telling."""
    async with drive.store.transaction() as tx:
        await tx.drivers.devices.put(a_device("two"))
    service.answers["target-two"] = PushResult(delivered=False, retry_after_s=0, reason="down")
    charging = await failed_start(drive)
    assert await phones.send(the_delivery(charging)) == Done()
    assert await phones.send(the_delivery(charging)) == Done()
    assert len(service.kinds) == 2 * len(set(service.kinds))


async def test_what_the_service_refuses_for_good_is_not_repeated(
    drive: Drive, phones: Phones, service: Service
) -> None:
    service.answers["target-one"] = PushResult(delivered=False, reason="bad payload")
    charging = await failed_start(drive)
    assert await phones.send(the_delivery(charging)) == Done()
    count = len(service.sent)
    assert await phones.send(the_delivery(charging)) == Done()
    assert len(service.sent) == count


async def test_an_installation_id_is_named_as_one(
    drive: Drive, phones: Phones, service: Service
) -> None:
    async with drive.store.transaction() as tx:
        await tx.drivers.devices.put(a_device("one", push_kind=PushKind.FID, language="sv"))
    charging = await failed_start(drive)
    await phones.send(the_delivery(charging))
    target, told = service.sent[0]
    assert (target, told.title) == ("fid:target-one", "Charging did not start")


async def test_what_cannot_be_paid_afterwards_names_the_amount(
    drive: Drive, phones: Phones, service: Service
) -> None:
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    reference = (await drive.payment(charging)).reference or ""
    await drive.bank.release("the bank took it back", reference)
    drive.bank.books.cards["pm_card_visa"] = "pm_card_chargeDeclined"
    await drive.unplug(live, number, 500, 5_000)
    await phones.send(the_delivery(charging))
    told = {n.data["kind"]: n for _, n in service.sent}[K.PAYMENT_FAILED]
    assert told.body == "3,00 EUR staat open. Kies een andere kaart."
    assert (told.collapse, told.urgency) == (f"pay:{charging.id}", Urgency.HIGH)
