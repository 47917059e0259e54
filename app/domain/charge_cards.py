"""Charge cards: ordered by drivers, made and sent by the operator, linked by what is printed.

A card carries a visual number and a check code. Both together prove that somebody holds it in
their hands; after a few wrong codes the card can only be unlocked by the operator.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId

MOST_WRONG = 5
"""How many wrong check codes a card bears before it is locked."""

_CODE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class OrderState(StrEnum):
    """Where the order of a card is."""

    ORDERED = "ordered"
    PRODUCED = "produced"
    SENT = "sent"
    CANCELLED = "cancelled"


ORDER_STEPS = {
    OrderState.ORDERED: frozenset({OrderState.PRODUCED, OrderState.CANCELLED}),
    OrderState.PRODUCED: frozenset({OrderState.SENT, OrderState.CANCELLED}),
    OrderState.SENT: frozenset[OrderState](),
    OrderState.CANCELLED: frozenset[OrderState](),
}
"""What may follow what."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a card is sent; `country` is ISO 3166-1 alpha-2."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class CardOrder:
    """One card that a driver asked for; the address is forgotten when the order is over."""

    id: str
    driver_id: str
    state: OrderState
    created_at: datetime
    changed_at: datetime
    address: Address | None = None
    label: str | None = None
    visual_number: str | None = None
    version: int = 0


class CardState(StrEnum):
    """What a card is good for; whether it charges is said by its token.

    Its driver has it `BLOCKED` and may unblock it; what the operator has `SUSPENDED` only the
    operator gives back.
    """

    FREE = "free"
    LOCKED = "locked"
    LINKED = "linked"
    BLOCKED = "blocked"
    SUSPENDED = "suspended"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ChargeCard:
    """A plastic card by its printed number; `check_hash` is the keyed hash of its check code.

    With `meant_for` only this driver may link it: it was made for their order.
    """

    visual_number: str
    uid: str
    check_hash: str
    state: CardState
    created_at: datetime
    changed_at: datetime
    order_id: str | None = None
    meant_for: str | None = None
    driver_id: str | None = None
    name: str | None = None
    contract_id: str | None = None
    wrong: int = 0
    version: int = 0


def number_key(visual_number: str) -> str:
    """The comparable form of a printed number: upper case, without separators."""
    return "".join(each for each in visual_number.upper() if each.isalnum())


def contract_id(party: PartyId, serial: int) -> str:
    """A contract's id with its check digit, such as NL-RWM-C00000A1Z-H.

    Source: eMI3, Electric Vehicle ICT Interface Specifications, Part 2, Contract ID: `C` and
    eight characters; the digit is that of DIN SPEC 91286.
    """
    if not 0 <= serial < len(_CODE) ** 8:
        raise InvalidInput("contract", "there are no more numbers")
    made = ""
    for _ in range(8):
        serial, rest = divmod(serial, len(_CODE))
        made = _CODE[rest] + made
    digit = check_digit(f"{party.country}{party.code}C{made}")
    return f"{party.country}-{party.code}-C{made}-{digit}"


Vector = tuple[int, int]
Matrix = tuple[int, int, int, int]

_FIRST: Matrix = (0, 1, 1, 1)
_SECOND: Matrix = (0, 1, 1, 2)
_BACK: Matrix = (0, 2, 2, 1)
"""Minus the fifteenth power of the second matrix, modulo 3."""


def check_digit(text: str) -> str:
    """The check digit of fourteen digits and capital letters.

    Each is a matrix of two by two; the sums of its rows, multiplied by rising powers of one matrix
    modulo 2 and of another modulo 3, make the digit. Source: DIN SPEC 91286, Annex.
    """
    first, second = (0, 0), (0, 0)
    power1, power2 = _FIRST, _SECOND
    for each in text:
        value = _CODE.index(each)
        first = _sum(first, _times((value // 18, value // 9 % 2), power1))
        second = _sum(second, _times((value // 3 % 3, value % 3), power2))
        power1, power2 = _product(power1, _FIRST, 2), _product(power2, _SECOND, 3)
    tail = _times(second, _BACK)
    value = first[0] % 2 * 18 + first[1] % 2 * 9 + tail[0] % 3 * 3 + tail[1] % 3
    return _CODE[value]


def _sum(one: Vector, other: Vector) -> Vector:
    return one[0] + other[0], one[1] + other[1]


def _times(vector: Vector, matrix: Matrix) -> Vector:
    a, b, c, d = matrix
    return vector[0] * a + vector[1] * c, vector[0] * b + vector[1] * d


def _product(one: Matrix, other: Matrix, modulus: int) -> Matrix:
    a, b, c, d = one
    e, f, g, h = other
    made = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
    return made[0] % modulus, made[1] % modulus, made[2] % modulus, made[3] % modulus
