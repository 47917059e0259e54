"""Which price components are active: a tariff, sorted by what can cost something in a phase."""

from dataclasses import dataclass
from functools import lru_cache

from app.domain.bills import SliceKind
from app.domain.cuts import Bounds, Piece
from app.domain.restrictions import holds
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
)

DIMENSIONS = {
    SliceKind.CHARGING: (Dimension.FLAT, Dimension.ENERGY, Dimension.TIME),
    SliceKind.PARKING: (Dimension.FLAT, Dimension.ENERGY, Dimension.PARKING_TIME),
    SliceKind.WAIVED: (),
    SliceKind.RESERVATION: (Dimension.FLAT, Dimension.TIME),
}
UNRESTRICTED = Restrictions()


@dataclass(frozen=True, slots=True)
class Rate:
    """A price component at its place in the tariff; `restrictions` None when it always applies.

    `kind` is the part of the session its cost belongs to.
    """

    element: int
    component: PriceComponent
    kind: SliceKind
    restrictions: Restrictions | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A tariff's rates by kind of slice and, in the order of `DIMENSIONS`, by dimension."""

    rates: dict[SliceKind, tuple[tuple[Rate, ...], ...]]
    bounds: Bounds

    @staticmethod
    def of(tariff: Tariff, *, expired: bool = False) -> "Plan":
        """Read a tariff, once; `expired` when its reservation was not used."""
        return _plan(tariff, expired=expired)

    @classmethod
    def read(cls, tariff: Tariff, *, expired: bool) -> "Plan":
        """Read a tariff.

        An expired reservation is priced by RESERVATION_EXPIRES elements, and by RESERVATION ones
        for what those lack. Source: OCPI 2.2.1, Tariffs, ReservationRestrictionType enum.
        """
        elements = list(enumerate(tariff.elements))
        reserved = _of_phase(elements, ReservationPhase.RESERVATION)
        if expired:
            reserved = _of_phase(elements, ReservationPhase.RESERVATION_EXPIRES) + reserved
        session = _of_phase(elements, None)
        rates = {
            kind: tuple(
                _rates(reserved if kind is SliceKind.RESERVATION else session, dimension)
                for dimension in dimensions
            )
            for kind, dimensions in DIMENSIONS.items()
        }
        used = [rate.restrictions for rows in rates.values() for row in rows for rate in row]
        return cls(rates, Bounds.of({each for each in used if each is not None}))

    def active(self, piece: Piece) -> tuple[Rate | None, ...]:
        """The active rate of each of the piece's dimensions; None where it is free.

        Source: OCPI 2.2.1, Tariffs, TariffElement class: first in the list, each by itself.
        """
        return tuple(
            next(
                (r for r in row if r.restrictions is None or holds(r.restrictions, piece.moment)),
                None,
            )
            for row in self.rates[piece.kind]
        )


@lru_cache(maxsize=512)
def _plan(tariff: Tariff, *, expired: bool) -> Plan:
    return Plan.read(tariff, expired=expired)


def bounds_of(*tariffs: Tariff | None) -> Bounds:
    """Everywhere the price of a session under these may change; nowhere without one."""
    return Bounds.of(
        element.restrictions
        for tariff in tariffs
        if tariff is not None
        for element in tariff.elements
    )


_Numbered = list[tuple[int, TariffElement]]


def _of_phase(elements: _Numbered, phase: ReservationPhase | None) -> _Numbered:
    return [each for each in elements if each[1].restrictions.reservation is phase]


def _rates(elements: _Numbered, dimension: Dimension) -> tuple[Rate, ...]:
    """The rates of one dimension in order, up to the first that always applies."""
    rates = []
    for number, element in elements:
        component = next((c for c in element.components if c.dimension is dimension), None)
        if component is None:
            continue
        rates.append(Rate(number, component, _kind(element, dimension), _conditions(element)))
        if rates[-1].restrictions is None:
            break
    return tuple(rates)


def _conditions(element: TariffElement) -> Restrictions | None:
    """The restrictions to look at; the phase is settled by the choice of the elements."""
    bare = UNRESTRICTED
    if element.restrictions.reservation is not None:
        bare = Restrictions(reservation=element.restrictions.reservation)
    return None if element.restrictions == bare else element.restrictions


def _kind(element: TariffElement, dimension: Dimension) -> SliceKind:
    """Where the cost belongs: a fee next to nothing but a parking price is a fee of parking."""
    if element.restrictions.reservation is not None:
        return SliceKind.RESERVATION
    others = {component.dimension for component in element.components} - {Dimension.FLAT}
    if dimension is Dimension.PARKING_TIME or (
        dimension is Dimension.FLAT and others == {Dimension.PARKING_TIME}
    ):
        return SliceKind.PARKING
    return SliceKind.CHARGING
