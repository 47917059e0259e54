"""What the page behind a QR code shows, worked out from a station's sheet and a quote."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from app.domain.locations import Connector, Evse, EvseStatus, Location
from app.domain.payments import PaymentMethod
from app.domain.price_lines import PriceLine, describe
from app.domain.quotes import LARGEST, duration_of, estimate
from app.domain.tariffs import Tariff
from app.domain.units import Kw, Kwh
from app.domain.wording import words
from app.queries.sheets import Point, Sheet
from mobile_api.guests import GuestQuote
from mobile_api.schemas.values import number
from mobile_api.web.speech import ENGLISH, Speech
from mobile_api.web.wording import LOOKS, NO_CONNECTION, OBSTACLES, Look

STEP = 5
TENTH = Decimal("0.1")
USUAL = 25
"""Where the slider stands at first, kWh."""

PLUGS = {
    "CHADEMO": "CHAdeMO",
    "IEC_62196_T1": "Type 1",
    "IEC_62196_T1_COMBO": "CCS 1",
    "IEC_62196_T2": "Type 2",
    "IEC_62196_T2_COMBO": "CCS 2",
    "IEC_62196_T3C": "Type 3",
    "MCS": "MCS",
    "SAE_J3400": "NACS",
    "TESLA_S": "NACS",
}
"""OCPI's connector types as people call them; a domestic socket is one of many letters."""


@dataclass(frozen=True, slots=True)
class Price:
    """One price in words; `applies` tells whether it may count in a session begun now."""

    text: str
    applies: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an energy costs and how long it takes at full power."""

    kwh: int
    cost: str
    minutes: int

    @property
    def length(self) -> str:
        """The time in words."""
        hours, minutes = divmod(self.minutes, 60)
        return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


@dataclass(frozen=True, slots=True)
class PlugView:
    """A connector to choose; `printed` is the number at it."""

    id: str
    printed: str
    name: str
    power: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Another charger at the same place, that may be free."""

    label: str
    code: str
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """The page behind a QR code. Without `quote` there is no button, and `obstacle` says why."""

    name: str
    address: str
    operator: str | None
    partner: bool
    help_phone: str | None
    zone: str
    code: str
    label: str
    look: Look
    since: datetime
    plugs: Sequence[PlugView]
    prices: Sequence[Price]
    taxed: bool
    estimates: Sequence[Estimate]
    usual: Estimate | None
    quote: GuestQuote | None
    obstacle: str | None
    plug_first: bool
    others: Sequence[Other]
    late: bool
    card: str | None

    @property
    def hold(self) -> str | None:
        """The amount to be held; None when charging here is free."""
        if self.quote is None or not self.quote.charging.hold:
            return None
        return str(self.quote.charging.hold)


def station_view(
    sheet: Sheet,
    point: Point,
    connector: Connector,
    *,
    quote: GuestQuote | None = None,
    obstacle: str | None = None,
    late: bool = False,
    card: PaymentMethod | None = None,
    say: Speech = ENGLISH,
) -> StationView:
    """Everything the page says."""
    place, evse = sheet.location, point.evse
    tariff = _tariff(point, connector) if quote is None else quote.charging.tariff
    lines = _lines(tariff, place.time_zone, sheet.as_of)
    estimates = tuple(_estimates(tariff, connector, place.time_zone, sheet.as_of))
    return StationView(
        name=place.name or place.address,
        address=_address(place),
        operator=sheet.operator_name,
        partner=sheet.partner,
        help_phone=place.help_phone,
        zone=place.time_zone,
        code=evse.code or "",
        label=evse.label,
        look=NO_CONNECTION if obstacle == "offline" else LOOKS[evse.status],
        since=evse.last_updated,
        plugs=tuple(_plugs(evse, connector)),
        prices=tuple(Price(words(line, say), _matters(line)) for line in lines),
        taxed=bool(lines) and all(line.taxed for line in lines if line.amount),
        estimates=estimates,
        usual=next((e for e in estimates if e.kwh == USUAL), None),
        quote=quote,
        obstacle=None if obstacle is None else OBSTACLES.get(obstacle, OBSTACLES["inoperative"]),
        plug_first=evse.status is EvseStatus.AVAILABLE,
        others=tuple(_others(sheet, evse)),
        late=late,
        card=None if card is None else f"{card.brand.upper()} •••• {card.last4}",
    )


def plug_name(connector: Connector) -> str:
    """What people call this kind of connector."""
    known = PLUGS.get(connector.standard)
    if known is None:
        known = "Socket" if connector.standard.startswith("DOMESTIC") else "Plug"
    return f"{known} cable" if connector.format == "CABLE" else known


def power_text(power: Kw) -> str:
    """A power as it is said, e.g. `22.1 kW`."""
    return f"{number(power.value.quantize(TENTH, ROUND_HALF_UP))} kW"


def _address(place: Location) -> str:
    town = " ".join(part for part in (place.postal_code, place.city) if part)
    street = place.address if place.name else ""
    return ", ".join(part for part in (street, town) if part)


def _tariff(point: Point, connector: Connector) -> Tariff | None:
    plugs = (plug for plug in point.plugs if plug.connector.id == connector.id)
    return next((plug.tariff for plug in plugs), None)


def _lines(tariff: Tariff | None, zone: str, now: datetime) -> tuple[PriceLine, ...]:
    return () if tariff is None else describe(tariff, zone=zone, at=now)


def _matters(line: PriceLine) -> bool:
    """Whether a session begun now may be billed by it: at once, or after some time or energy."""
    comes_later = line.when.min_duration is not None or line.when.min_kwh is not None
    return line.now is not False or comes_later


def _estimates(
    tariff: Tariff | None, connector: Connector, zone: str, now: datetime
) -> Iterator[Estimate]:
    """What the slider says at each of its steps, by the function that makes bills."""
    power = connector.power
    if tariff is None or power.value <= 0:
        return
    for kwh in range(STEP, int(LARGEST.value) + 1, STEP):
        energy = Kwh(Decimal(kwh))
        bill = estimate(tariff, zone=zone, start=now, energy=energy, power=power)
        minutes = -(-duration_of(energy, power) // timedelta(minutes=1))
        yield Estimate(kwh, str(bill.total.due), minutes)


def _plugs(evse: Evse, chosen: Connector) -> Iterator[PlugView]:
    for place, connector in enumerate(evse.connectors, start=1):
        yield PlugView(
            id=connector.id,
            printed=str(connector.number or place),
            name=plug_name(connector),
            power=power_text(connector.power),
            chosen=connector.id == chosen.id,
        )


def _others(sheet: Sheet, this: Evse) -> Iterable[Other]:
    others = (p.evse for p in sheet.points if p.evse.uid != this.uid)
    found = [Other(e.label, e.code, LOOKS[e.status]) for e in others if e.code]
    return sorted(found, key=lambda other: other.look is not LOOKS[EvseStatus.AVAILABLE])
