"""Where things are on a sheet of stickers to print: A4, twelve stickers, in millimetres.

A sticker says its address in clear beneath the QR code, so that people can compare it with what
their phone opens, and the EVSE's label, which the page repeats.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = Decimal(210), Decimal(297)
COLUMNS, ROWS = 3, 4
ON_A_SHEET = COLUMNS * ROWS
CELL_WIDTH, CELL_HEIGHT = Decimal(63), Decimal(70)
LEFT, TOP = (WIDTH - COLUMNS * CELL_WIDTH) / 2, (HEIGHT - ROWS * CELL_HEIGHT) / 2
QR_SIDE = Decimal(44)
QR_TOP = Decimal(9)
CHARACTER = Decimal("0.6")
"""How wide a character of a fixed-width typeface is, in parts of its height."""
Matrix = Sequence[Sequence[int]]
"""A QR code by rows: 1 is dark; with its quiet zone."""


@dataclass(frozen=True, slots=True)
class Sticker:
    """What one sticker says; `address` is in clear."""

    label: str
    code: str
    address: str
    evse_id: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A black rectangle, from its upper left corner."""

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal


@dataclass(frozen=True, slots=True)
class Words:
    """Text around the middle `x`, on the line `y`."""

    x: Decimal
    y: Decimal
    size: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Where to cut."""

    x: Decimal
    y: Decimal


Shape = Bar | Words | Frame


def readable_address(public_url: str, code: str) -> str:
    """The address of an EVSE's page for people."""
    return f"{public_url.partition('://')[2]}/q/{code}"


def sheet_of(stickers: Iterable[tuple[Sticker, Matrix]]) -> list[Shape]:
    """The shapes of one sheet, for at most twelve stickers."""
    shapes: list[Shape] = []
    for at, (sticker, matrix) in enumerate(stickers):
        x = LEFT + at % COLUMNS * CELL_WIDTH
        y = TOP + at // COLUMNS * CELL_HEIGHT
        shapes += [Frame(x, y), *_bars(matrix, x + (CELL_WIDTH - QR_SIDE) / 2, y + QR_TOP)]
        shapes += _texts(sticker, x + CELL_WIDTH / 2, y)
    return shapes


def _bars(matrix: Matrix, x: Decimal, y: Decimal) -> Iterator[Bar]:
    """Dark modules, those beside each other as one bar: fewer, and without hairlines between."""
    module = QR_SIDE / len(matrix)
    for row, cells in enumerate(matrix):
        start = None
        for column, dark in enumerate([*cells, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                width = (column - start) * module
                yield Bar(x + start * module, y + row * module, width, module)
                start = None


def _texts(sticker: Sticker, middle: Decimal, top: Decimal) -> Iterator[Words]:
    lines = [
        (Decimal(8), Decimal(5), sticker.label),
        (Decimal("56.5"), Decimal(3), sticker.address),
        (Decimal("60.5"), Decimal("2.8"), sticker.evse_id or ""),
        (Decimal("65.5"), Decimal("2.4"), sticker.place),
    ]
    for y, largest, text in lines:
        if text:
            room = (CELL_WIDTH - 4) / (CHARACTER * len(text))
            yield Words(middle, top + y, min(largest, room), text)
