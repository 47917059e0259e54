"""The driver's side, wired: accounts, sessions, money, and what phones and mails are told."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from random import Random

from app.adapters.push_web import Vapid, is_known
from app.delivery.follow_ups import Action, read_evse_subject
from app.delivery.periodic import Job
from app.domain.identifiers import PartyId
from app.ports.mail import Mailer
from app.ports.payments import PaymentProvider
from app.ports.push import PushSender
from app.runtime.belongings import build_belongings
from app.runtime.outside import Outside
from app.runtime.providers import build_mailer, build_payments, build_push
from app.runtime.vapid import push_hosts, read_vapid
from app.use_cases.adoption import Adoption
from app.use_cases.autocharge import Autocharge
from app.use_cases.belongings import Belongings
from app.use_cases.cards import Cards
from app.use_cases.charging import Chargings
from app.use_cases.charging_news import ChargingNews
from app.use_cases.charging_steps import Provider, Steps
from app.use_cases.charging_wishes import SessionWishes
from app.use_cases.drivers import Drivers
from app.use_cases.finding import Finding
from app.use_cases.grants import Grants
from app.use_cases.payments import Payments
from app.use_cases.people import People, people_of
from app.use_cases.preferences import DriverWishes, Wishes
from app.use_cases.push_targets import PushTargets
from app.use_cases.quotes import HoldLimits
from app.use_cases.receipts import Receipts
from app.use_cases.reservations import Reservations
from app.use_cases.signed_meters import SignedMeters
from mobile_api.identity import IdTokens
from mobile_api.providers import read_providers
from ocpi.client.exchange import PartnerCalls
from ocpi.profile_gateway import OcpiPreferences


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSide:
    """The use-cases of drivers and guests, with the outside services they need."""

    provider: PaymentProvider
    push: PushSender
    mailer: Mailer
    vapid: Vapid
    push_targets: PushTargets
    drivers: Drivers
    people: People
    id_tokens: IdTokens
    grants: Grants
    chargings: Chargings
    session_wishes: SessionWishes
    news: ChargingNews
    wishes: DriverWishes
    reservations: Reservations
    payments: Payments
    cards: Cards
    receipts: Receipts
    belongings: Belongings
    autocharge: Autocharge
    finding: Finding

    @property
    def actions(self) -> Mapping[str, Action]:
        """Our own work after events, by name."""

        async def vehicle_plugged(subject: str) -> None:
            vehicle_id, where = json.loads(subject)
            party, location_id, evse_uid = read_evse_subject(where)
            await self.autocharge.plugged(vehicle_id, party, location_id, evse_uid=evse_uid)

        return {
            "command_settled": self.news.on_command_settled,
            "session_moved": self.news.on_session,
            "station_moved": self.news.on_station,
            "evse_moved": _of_evse(self.news.on_evse),
            "kept_evse_moved": _of_evse(self.reservations.on_evse),
            "bill_known": self.news.on_cdr,
            "vehicle_plugged": vehicle_plugged,
            "pay": self.payments.step,
            "payment_settled": self.news.on_payment,
            "mail_receipt": self.receipts.mail_receipt,
            "forget_customer": self.cards.forget_customer,
            "forget_card": self.cards.forget_card,
        }

    @property
    def jobs(self) -> list[Job]:
        """What comes round by the clock."""
        return [
            Job("charging.tick", 1, self.news.tick),
            Job("reservations.tick", 1, self.reservations.tick),
            Job("reservations.soon", 10, self.reservations.tell_soon),
            Job("roaming.silence", 30, self.belongings.silence.look),
            Job("payments.tick", 60, self.payments.tick),
            Job("waitings.tick", 2, self.finding.tick),
            Job("busy_hours.sample", 600, self.finding.sample),
            Job("drivers.tidy", 3600, self.drivers.tidy),
            Job("vehicles.tidy", 3600, self.belongings.vehicles.tidy),
            Job("cards.expiring", 3600, self.cards.tell_expiring),
            Job("drivers.grants", 60, self.grants.tick),
        ]


def _of_evse(moved: Callable[[PartyId, str, str], Awaitable[None]]) -> Action:
    async def action(subject: str) -> None:
        await moved(*read_evse_subject(subject))

    return action


def build_driver_side(
    outside: Outside,
    calls: PartnerCalls,
    *,
    wishes: Wishes,
    signed: SignedMeters,
    random: Random,
) -> DriverSide:
    """Build them."""
    settings, store, clock = outside.settings, outside.store, outside.clock
    payments = build_payments(outside)
    emsp = Provider(settings.emsp, settings.emsp_name)
    steps = Steps(store, clock, outside.bus, provider=emsp, random=random)
    limits = HoldLimits(cap=Decimal(settings.hold_cap))
    chargings = Chargings(steps, outside.sealer, limits=limits)
    preferences = OcpiPreferences(store, calls, emsp=settings.emsp)
    mailer = build_mailer(settings)
    people = people_of(
        store, clock, outside.sealer, mailer=mailer, platform=settings.platform_name
    )
    providers = read_providers(settings.identity_providers.get_secret_value())
    id_tokens = IdTokens(providers, outside.rare, clock)
    grants = Grants(store, clock, outside.sealer, revoker=id_tokens.team_clients)
    return DriverSide(
        provider=payments,
        push=build_push(outside),
        mailer=mailer,
        vapid=read_vapid(outside),
        push_targets=PushTargets(
            store, clock, accepts=partial(is_known, hosts=push_hosts(outside))
        ),
        drivers=people.drivers,
        people=people,
        id_tokens=id_tokens,
        grants=grants,
        chargings=chargings,
        session_wishes=SessionWishes(steps, chargings, random=random),
        news=ChargingNews(steps, Adoption(steps, limits).follow),
        wishes=DriverWishes(store, chargings, wishes, preferences),
        reservations=Reservations(store, clock, provider=emsp, random=random),
        payments=Payments(store, clock, payments),
        cards=Cards(store, clock, payments),
        receipts=Receipts(store, clock, mailer, signed),
        belongings=build_belongings(outside, mailer, random),
        autocharge=Autocharge(store, clock, chargings),
        finding=Finding(store, clock),
    )
