"""OCMF, the Open Charge Metering Format: `OCMF|{payload}|{signature}`, read without a change.

What is signed is the payload's text as it was sent, so it is never written anew.
Source: SAFE e.V., Open Charge Metering Format 1.0 to 1.3, Structure, Payload Data, Signature Data.
"""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.units import Kwh

HEADER = "OCMF|"
DEFAULT_ALGORITHM = "ECDSA-secp256r1-SHA256"
LONGEST = 100_000
_IMPORT = re.compile(r"(?:^|:)(?:0?1|98|B[0-3])\.0?8\.0?0", re.IGNORECASE)
"""OBIS codes of energy taken, over the meter's life or in the transaction.

Source: OCMF, Reserved OBIS codes.
"""
_TENS = {"wh": Decimal("0.001"), "kwh": Decimal(1), "mwh": Decimal(1000)}
_BEGINS, _ENDS = frozenset("B"), frozenset("ELRAP")
"""TX, why a value was read: begin; end, and the ways in which a transaction is broken off."""
_GOOD = ("", "G")


class NotOcmf(ValueError):
    """A text that does not hold what it says."""


@dataclass(frozen=True, slots=True)
class OcmfReading:
    """One signed value; `kwh` is None where it is no import of energy, or the meter has doubts."""

    why: str
    kwh: Kwh | None
    time: str


@dataclass(frozen=True, slots=True)
class Ocmf:
    """A signed meter text: what was signed, and how.

    `curve` and `digest` are as the format names them; `meter` is the serial number that signs,
    `pagination` counts what it signed.
    """

    signed: bytes
    signature: bytes
    curve: str
    digest: str
    meter: str
    pagination: str
    readings: tuple[OcmfReading, ...]

    @property
    def nature(self) -> str | None:
        """Whether it tells of a beginning or an end; of both it is the end."""
        reasons = {reading.why[:1] for reading in self.readings}
        if reasons & _ENDS:
            return "End"
        return "Start" if reasons & _BEGINS else None

    def at_start(self) -> Kwh | None:
        """The register when the transaction began."""
        return next((r.kwh for r in self.readings if r.why[:1] in _BEGINS), None)

    def at_end(self) -> Kwh | None:
        """The register when it ended."""
        return next((r.kwh for r in reversed(self.readings) if r.why[:1] in _ENDS), None)


def read_ocmf(text: str) -> Ocmf:
    """Read a text that begins with `OCMF|`; raises NotOcmf."""
    if not text.startswith(HEADER) or len(text) > LONGEST:
        raise NotOcmf("it is no OCMF")
    payload, signed, rest = _object(text, len(HEADER))
    if not text.startswith("|", rest):
        raise NotOcmf("it has no signature")
    signature, _, _ = _object(text, rest + 1)
    algorithm = str(signature.get("SA") or DEFAULT_ALGORITHM)
    kind, _, hashed = algorithm.partition("-")
    curve, _, digest = hashed.rpartition("-")
    if kind.upper() != "ECDSA" or not curve:
        raise NotOcmf(f"its signature is of the unknown kind {algorithm[:40]}")
    return Ocmf(
        signed=signed.encode(),
        signature=_signature(signature),
        curve=curve.lower().replace("brainpoolp", "brainpool"),
        digest=digest.upper().replace("-", ""),
        meter=str(payload.get("MS") or payload.get("GS") or ""),
        pagination=str(payload.get("PG") or ""),
        readings=_readings(payload.get("RD")),
    )


def _object(text: str, start: int) -> tuple[dict[str, Any], str, int]:
    """A JSON object with its text and where it ends."""
    try:
        value, end = json.JSONDecoder(parse_float=Decimal).raw_decode(text, start)
    except (ValueError, RecursionError):
        raise NotOcmf("a part of it is no JSON") from None
    if not isinstance(value, dict):
        raise NotOcmf("a part of it is no JSON object")
    return value, text[start:end], end


def _signature(given: dict[str, Any]) -> bytes:
    data, encoding = str(given.get("SD") or ""), str(given.get("SE") or "hex").lower()
    try:
        found = b64decode(data, validate=True) if encoding == "base64" else bytes.fromhex(data)
    except (NotBase64, ValueError):
        raise NotOcmf("its signature cannot be decoded") from None
    if not found:
        raise NotOcmf("its signature is empty")
    return found


def _readings(given: Any) -> tuple[OcmfReading, ...]:
    """The values, oldest first; what is left out is as in the one before, but for its reason.

    Source: OCMF, Payload Data, Readings.
    """
    found, before = [], dict[str, Any]()
    for each in given if isinstance(given, list) else ():
        if isinstance(each, dict):
            before = {**before, "TX": "", **each}
            why, time = str(before.get("TX") or ""), str(before.get("TM") or "")
            found.append(OcmfReading(why.upper(), _kwh(before), time))
    return tuple(found)


def _kwh(reading: dict[str, Any]) -> Kwh | None:
    factor = _TENS.get(str(reading.get("RU") or "").lower())
    identified = str(reading.get("RI") or "1.8.0")
    doubtful = str(reading.get("ST") or "").upper() not in _GOOD or "E" in str(reading.get("EF"))
    if factor is None or not _IMPORT.search(identified) or doubtful:
        return None
    try:
        value = Decimal(str(reading.get("RV")))
    except InvalidOperation:
        return None
    return Kwh(value * factor) if value.is_finite() else None
