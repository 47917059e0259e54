"""Public keys of meters, however they are written: a curve and a point on it.

Chargers, stickers and makers' sheets give the same key as PEM, as DER in hexadecimal or Base64, as
the bare point, or as OCPP's `oca:base16:asn1:…` (OCA, Signed Meter Values in OCPP, Public key).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import NamedTuple

from app.domain.errors import InvalidInput

_CURVES = {
    "1.2.840.10045.3.1.1": "secp192r1",
    "1.2.840.10045.3.1.7": "secp256r1",
    "1.3.132.0.31": "secp192k1",
    "1.3.132.0.33": "secp224r1",
    "1.3.132.0.10": "secp256k1",
    "1.3.132.0.34": "secp384r1",
    "1.3.132.0.35": "secp521r1",
    "1.3.36.3.3.2.8.1.1.7": "brainpool256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpool384r1",
    "1.3.36.3.3.2.8.1.1.13": "brainpool512r1",
}
"""Object identifiers of curves (RFC 5480, RFC 5639, SEC 2), by OCMF's names of them."""

_IDENTIFIERS = {name: identifier for identifier, name in _CURVES.items()}
_EC_KEY = "1.2.840.10045.2.1"
_SEQUENCE, _BITS, _OBJECT = 0x30, 0x03, 0x06
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", re.DOTALL)
_OCA = re.compile(r"oca:(base16|base64):(asn1|der|raw):(.+)", re.IGNORECASE | re.DOTALL)
_HEX = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})+)")
_COMPRESSED, _UNCOMPRESSED = (2, 3), 4
_COORDINATES = (24, 28, 32, 48, 64, 66)
"""How many bytes a coordinate has on the curves there are."""
LONGEST = 4_000


class PublicKey(NamedTuple):
    """A point (X9.62 bytes) on a curve of OCMF's name; "" when only the signer knows which."""

    curve: str
    point: bytes

    @property
    def spki(self) -> str:
        """The key as others read it: DER (SubjectPublicKeyInfo, RFC 5480) in Base64.

        The bare point where the curve is not known.
        """
        if self.curve not in _IDENTIFIERS:
            return b64encode(self.point).decode()
        kind = _wrapped(_OBJECT, _object(_EC_KEY))
        curve = _wrapped(_OBJECT, _object(_IDENTIFIERS[self.curve]))
        bits = _wrapped(_BITS, b"\0" + self.point)
        return b64encode(_wrapped(_SEQUENCE, _wrapped(_SEQUENCE, kind + curve) + bits)).decode()


def read_public_key(text: str) -> PublicKey:
    """Read a key in any of its spellings; raises InvalidInput."""
    if len(text) > LONGEST:
        raise InvalidInput("public_key", f"more than {LONGEST} characters")
    raw = _bytes_of(text.strip())
    if raw is None:
        raise InvalidInput("public_key", "neither PEM, DER nor a point on a curve")
    return raw


def _bytes_of(text: str) -> PublicKey | None:
    pem = _PEM.search(text)
    if pem is not None:
        return _of_raw(_base64(pem[1]))
    oca = _OCA.fullmatch(text)
    if oca is not None:
        body = oca[3].strip()
        return _of_raw(_base16(body) if oca[1].lower() == "base16" else _base64(body))
    found = _of_raw(_base16(text))
    if found is not None:
        return found
    raw = _base64(text)
    if raw is None:
        return None
    inner = _text(raw)
    if inner is not None and (
        _OCA.fullmatch(inner) or _PEM.search(inner) or _HEX.fullmatch(inner)
    ):
        return _bytes_of(inner)
    return _of_raw(raw)


def _base16(text: str) -> bytes | None:
    found = _HEX.fullmatch("".join(text.split()))
    return None if found is None else bytes.fromhex(found[1])


def _base64(text: str) -> bytes | None:
    try:
        return b64decode("".join(text.split()), validate=True)
    except (NotBase64, ValueError):
        return None


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode("ascii").strip()
    except UnicodeDecodeError:
        return None


def _of_raw(raw: bytes | None) -> PublicKey | None:
    """DER, or a point as it is, or its two coordinates alone."""
    if not raw:
        return None
    if raw[0] == _SEQUENCE and (known := _of_der(raw)) is not None:
        return known  # else it may be coordinates that happen to begin as DER does
    if raw[0] == _UNCOMPRESSED and (len(raw) - 1) // 2 in _COORDINATES and len(raw) % 2:
        return PublicKey("", raw)
    if raw[0] in _COMPRESSED and len(raw) - 1 in _COORDINATES:
        return PublicKey("", raw)
    if len(raw) % 2 == 0 and len(raw) // 2 in _COORDINATES:
        return PublicKey("", bytes([_UNCOMPRESSED]) + raw)
    return None


def _of_der(raw: bytes) -> PublicKey | None:
    """SubjectPublicKeyInfo of RFC 5480; named curves only."""
    try:
        body, _ = _opened(raw, _SEQUENCE)
        algorithm, rest = _opened(body, _SEQUENCE)
        kind, parameters = _opened(algorithm, _OBJECT)
        curve, _ = _opened(parameters, _OBJECT)
        bits, _ = _opened(rest, _BITS)
    except (IndexError, ValueError):
        return None
    name = _CURVES.get(_dotted(curve))
    if _dotted(kind) != _EC_KEY or name is None or not bits[1:] or bits[0]:
        return None
    return PublicKey(name, bits[1:])


def _opened(raw: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first DER value, and what follows it; raises ValueError, IndexError."""
    if raw[0] != tag:
        raise ValueError("another kind of value")
    length, start = raw[1], 2
    if length > 127:  # noqa: PLR2004 - the long form: so many bytes of length follow
        start += length - 128
        length = int.from_bytes(raw[2:start])
    content = raw[start : start + length]
    if len(content) != length:
        raise ValueError("cut short")
    return content, raw[start + length :]


def _dotted(raw: bytes) -> str:
    """An object identifier in numbers with dots."""
    numbers, value = [raw[0] // 40, raw[0] % 40] if raw else [], 0
    for byte in raw[1:]:
        value = value << 7 | byte & 127
        if byte < 128:  # noqa: PLR2004 - the last byte of a number
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def _object(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    written = bytes([first * 40 + second])
    for number in others:
        groups = [number & 127]
        while number := number >> 7:
            groups.append(number & 127 | 128)
        written += bytes(reversed(groups))
    return written


def _wrapped(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:  # noqa: PLR2004 - the short form
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 128 + len(size)]) + size + content
