"""Draws stickers: one as SVG for a screen, sheets of them as SVG and as PDF for a printer.

The PDF is made of filled rectangles and of the typeface that every reader has (ISO 32000-1,
9.6.2.2), so it is sharp at every size and nothing has to be embedded.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

import segno

from app.domain.sticker_sheets import (
    CELL_HEIGHT,
    CELL_WIDTH,
    CHARACTER,
    HEIGHT,
    ON_A_SHEET,
    WIDTH,
    Bar,
    Matrix,
    Shape,
    Sticker,
    Words,
    readable_address,
    sheet_of,
)

MODULE = 8
LINE = 40
BORDER = 4
POINTS = 72 / Decimal("25.4")
_LARGEST_ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def sticker_address(public_url: str, code: str) -> str:
    """What the QR code says.

    Scheme and host read the same in capital letters, which need fewer and so bigger modules; a
    path of the operator's own does not.
    """
    scheme, _, rest = public_url.partition("://")
    address = f"{public_url}/q/{code}"
    if "/" in rest or not scheme or set(address.upper()) - _LARGEST_ALPHANUMERIC:
        return address
    return address.upper()


def sticker_svg(public_url: str, code: str, label: str) -> str:
    """An SVG with the QR code (error correction Q, quiet zone of four) and two lines of text."""
    drawn = segno.make(sticker_address(public_url, code), error="q", micro=False)
    side, _ = drawn.symbol_size(scale=MODULE, border=BORDER)
    inner = drawn.svg_inline(scale=MODULE, border=BORDER, light="#fff")
    readable = readable_address(public_url, code)
    texts = "".join(
        f'<text x="{side // 2}" y="{side + LINE * row}" text-anchor="middle" fill="#000" '
        f'font-family="sans-serif" font-weight="{weight}" font-size="{size}">{escape(text)}</text>'
        for row, (text, weight, size) in enumerate(
            [(label, 700, 30), (readable, 400, max(12, min(22, 2 * side // (len(readable) + 1))))]
        )
    )
    height = side + 2 * LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {height}" '
        f'width="{side}" height="{height}"><title>{escape(label)}: {escape(readable)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{inner}{texts}</svg>'
    )


def sheets(public_url: str, stickers: Sequence[Sticker]) -> list[list[Shape]]:
    """As many sheets as are needed."""
    return [
        sheet_of((s, _matrix(public_url, s.code)) for s in stickers[first : first + ON_A_SHEET])
        for first in range(0, len(stickers), ON_A_SHEET)
    ]


def _matrix(public_url: str, code: str) -> Matrix:
    drawn = segno.make(sticker_address(public_url, code), error="q", micro=False)
    return [tuple(row) for row in drawn.matrix_iter(border=BORDER)]


def sheet_svg(shapes: Iterable[Shape]) -> str:
    """One sheet as SVG, in millimetres."""
    parts = "".join(_svg(shape) for shape in shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'width="{WIDTH:g}mm" height="{HEIGHT:g}mm"><title>QR stickers</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{parts}</svg>'
    )


def _svg(shape: Shape) -> str:
    if isinstance(shape, Bar):
        at = f'x="{shape.x:.3f}" y="{shape.y:.3f}"'
        return f'<rect {at} width="{shape.width:.3f}" height="{shape.height:.3f}"/>'
    if isinstance(shape, Words):
        return (
            f'<text x="{shape.x:.2f}" y="{shape.y:.2f}" font-size="{shape.size:.2f}" '
            'font-family="Courier, monospace" font-weight="700" text-anchor="middle">'
            f"{escape(shape.text)}</text>"
        )
    size = f'width="{CELL_WIDTH:g}" height="{CELL_HEIGHT:g}"'
    line = 'fill="none" stroke="#999" stroke-width="0.1"'
    return f'<rect x="{shape.x:.2f}" y="{shape.y:.2f}" {size} {line}/>'


def sheets_pdf(pages: Sequence[Iterable[Shape]]) -> bytes:
    """Sheets as one PDF. Letters beyond Western European ones become question marks."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", _FONT]
    for shapes in pages:
        drawing = "\n".join(["0.25 w", *(_pdf(shape) for shape in shapes)]).encode("cp1252")
        content = len(objects) + 2
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R"
            b"/Resources<</Font<</F 3 0 R>>>>>>" % (WIDTH * POINTS, HEIGHT * POINTS, content)
        )
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing))
    kids = b" ".join(b"%d 0 R" % number for number in range(4, len(objects) + 1, 2))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pages), kids)
    return _file(objects)


_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Courier-Bold/Encoding/WinAnsiEncoding>>"


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects with the table that says where each begins (ISO 32000-1, 7.5)."""
    written, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(written + trailer % (len(objects) + 1, table))


def _pdf(shape: Shape) -> str:
    """PDF counts points from the lower left corner."""
    x = shape.x * POINTS
    if isinstance(shape, Bar):
        y = (HEIGHT - shape.y - shape.height) * POINTS
        return f"{x:.3f} {y:.3f} {shape.width * POINTS:.3f} {shape.height * POINTS:.3f} re f"
    if isinstance(shape, Words):
        text = shape.text.encode("cp1252", "replace").decode("cp1252")
        text = "".join(f"\\{sign}" if sign in r"\()" else sign for sign in text if sign >= " ")
        size, y = shape.size * POINTS, (HEIGHT - shape.y) * POINTS
        begin = x - len(shape.text) * size * CHARACTER / 2
        return f"BT /F {size:.2f} Tf {begin:.2f} {y:.2f} Td ({text}) Tj ET"
    y = (HEIGHT - shape.y - CELL_HEIGHT) * POINTS
    return f"0.6 G {x:.2f} {y:.2f} {CELL_WIDTH * POINTS:.2f} {CELL_HEIGHT * POINTS:.2f} re S"
