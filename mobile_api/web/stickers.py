"""The sticker at a charger: its QR code, and the same address in clear for people to compare."""

from html import escape

import segno

MODULE = 8
LINE = 40
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


def sticker(public_url: str, code: str, label: str) -> str:
    """An SVG with the QR code (error correction Q, quiet zone of four) and two lines of text."""
    drawn = segno.make(sticker_address(public_url, code), error="q", micro=False)
    side, _ = drawn.symbol_size(scale=MODULE, border=4)
    inner = drawn.svg_inline(scale=MODULE, border=4, light="#fff")
    readable = f"{public_url.partition('://')[2]}/q/{code}"
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
