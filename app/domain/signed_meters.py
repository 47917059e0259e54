"""Signed meter values: kept as they came, and what a check of their signature says.

A charger's meter signs what it shows, so that a driver can prove the bill. The text is kept byte
for byte; a copy of it is opened here. Whose key it must fit is a matter of trust: a key that the
operator registered counts before one that the charger said of itself, which is believed from the
first time on, and said to be so.
"""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from html import unescape
from typing import NamedTuple

from app.domain.errors import InvalidInput
from app.domain.ocmf import HEADER, NotOcmf, Ocmf, read_ocmf
from app.domain.public_keys import PublicKey, read_public_key
from app.domain.units import Kwh

OCMF = "OCMF"
_XML_DATA = re.compile(r"<signedData[^>]*>(.*?)</signedData>", re.DOTALL)
_XML_KEY = re.compile(r"<publicKey[^>]*>(.*?)</publicKey>", re.DOTALL)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_DEEPEST = 4


class SignedText(NamedTuple):
    """A signed text as a charger sent it, with what it said of it; "" is nothing."""

    data: str
    encoding: str = ""
    method: str = ""
    public_key: str = ""
    judgement: "Judgement | None" = None


class SignedMeter(NamedTuple):
    """A signed meter value as a CDR quotes it, byte for byte.

    `nature` is Start, Intermediate or End; `public_key` is DER in Base64, "" if it is not known.
    Source: OCPI 2.2.1, CDRs, SignedData and SignedValue classes.
    """

    nature: str
    data: str
    encoding: str = ""
    public_key: str = ""


class SignedVerdict(StrEnum):
    """What the check of a signature, or of a session's signatures, says.

    CANNOT_VERIFY: the format or the curve is one that we do not have.
    """

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN_KEY = "unknown_key"
    CANNOT_VERIFY = "cannot_verify"
    UNSIGNED = "unsigned"


class KeyTrust(StrEnum):
    """Who says that this is the meter's key, the strongest first.

    The operator, the charger's configuration, or the charger together with a signed text.
    """

    REGISTERED = "registered"
    CONFIGURED = "configured"
    LEARNED = "learned"


@dataclass(frozen=True, slots=True)
class MeterKey:
    """A meter's public key at a charger: of one meter (its serial number) and EVSE, or of any.

    `given` is the key as it was written down for us.
    """

    id: str
    station_id: str
    given: str
    trust: KeyTrust
    created_at: datetime
    meter: str = ""
    evse: int | None = None
    revoked_at: datetime | None = None

    def fits(self, meter: str, evse: int | None) -> bool:
        """Whether it may be the key of this meter there."""
        mine = not self.meter or self.meter.casefold() == meter.casefold()
        here = self.evse is None or evse is None or self.evse == evse
        return self.revoked_at is None and mine and here


class Judgement(NamedTuple):
    """What is known of a signed text; `nature` None where the text does not say.

    `key` is what it was checked by, `evse` where it was measured, 0 if nobody said. `learns` is
    set when its key is to be kept, since none was known.
    """

    verdict: SignedVerdict
    why: str = ""
    nature: str | None = None
    meter: str = ""
    pagination: str = ""
    key_id: str | None = None
    trust: KeyTrust | None = None
    key: str = ""
    evse: int = 0
    learns: bool = False


class SignedValue(NamedTuple):
    """A signed text that is kept, with the judgement of it as of now."""

    id: int
    session_id: str | None
    station_id: str
    at: datetime
    nature: str
    text: SignedText
    judgement: Judgement


Holds = Callable[[PublicKey, str, bytes, bytes], bool | None]
"""Does this key hold for a digest's name, a signature and a text; None: it cannot be told."""


class Opened(NamedTuple):
    """A text out of its wrapping; `plain` is None where it is no text at all."""

    plain: str | None
    encoding: str
    method: str
    public_key: str


def opened(text: SignedText) -> Opened:
    """Take a text out of Base64, hexadecimal, JSON or XML, whichever it came in.

    OCPP 2.x sends Base64 and OCPP 1.6 the text, either bare or as a SignedMeterValueType in JSON.
    Source: OCPP 2.0.1, SignedMeterValueType; OCA, Signed Meter Values in OCPP.
    """
    data, encoding = text.data.strip(), text.encoding
    method, key = text.method, text.public_key
    for _ in range(_DEEPEST):
        if data.startswith(HEADER):
            return Opened(data, OCMF, method, key)
        inner = _out_of_json(data) or _out_of_xml(data)
        if inner is not None:
            data = inner.data.strip()
            encoding, method = inner.encoding or encoding, inner.method or method
            key = inner.public_key or key
            continue
        decoded = _decoded(data)
        if decoded is None:
            break
        data = decoded
    return Opened(data or None, encoding or "unknown", method, key)


def looks_signed(text: str) -> bool:
    """Whether a sampled value that is no number is a signed text, though nobody says so."""
    return text.startswith(HEADER) or (
        len(text) > len(HEADER) and (opened(SignedText(text)).plain or "").startswith(HEADER)
    )


def _out_of_json(data: str) -> SignedText | None:
    if not data.startswith("{"):
        return None
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    inner = said.get("signedMeterData")
    if not isinstance(inner, str):
        return None
    names = ("encodingMethod", "signingMethod", "publicKey")
    encoding, method, key = (str(said.get(name) or "") for name in names)
    return SignedText(inner, encoding, method, key)


def _out_of_xml(data: str) -> SignedText | None:
    """The form that transparency software reads: signedData and publicKey elements."""
    if not data.startswith("<"):
        return None
    inner, key = _XML_DATA.search(data), _XML_KEY.search(data)
    if inner is None:
        return None
    return SignedText(unescape(inner[1]), public_key=unescape(key[1]).strip() if key else "")


def _decoded(data: str) -> str | None:
    packed = "".join(data.split())
    try:
        raw = bytes.fromhex(packed) if _HEX.fullmatch(packed) else b64decode(packed, validate=True)
        text = raw.decode().strip()
    except (NotBase64, ValueError):
        return None
    return text if text.isprintable() or text.startswith(("<", "{")) else None


def judge(text: SignedText, keys: Sequence[MeterKey], evse: int | None, holds: Holds) -> Judgement:
    """Check a signed text by the keys that are known at the charger, else by its own."""
    found = opened(text)
    if found.plain is None or not found.plain.startswith(HEADER):
        return Judgement(SignedVerdict.CANNOT_VERIFY, f"the format {found.encoding} is not read")
    try:
        ocmf = read_ocmf(found.plain)
    except NotOcmf as error:
        return Judgement(SignedVerdict.INVALID, str(error))
    known = Judgement(
        SignedVerdict.UNKNOWN_KEY, "", ocmf.nature, ocmf.meter[:64], ocmf.pagination[:32]
    )
    mine = [key for key in keys if key.fits(ocmf.meter, evse)]
    for trust in KeyTrust:
        of_trust = [key for key in mine if key.trust is trust]
        if of_trust:
            return _by_keys(known, ocmf, of_trust, own=found.public_key, holds=holds)
    if _is_revoked(found.public_key, keys):
        return known._replace(why="its key was revoked")
    return _by_its_own(known, ocmf, found.public_key, holds)


def _by_keys(
    known: Judgement, ocmf: Ocmf, keys: Sequence[MeterKey], *, own: str, holds: Holds
) -> Judgement:
    answer = known
    for key in keys:
        each = _checked(known, ocmf, key.given, holds)
        answer = each._replace(key_id=key.id, trust=key.trust)
        if each.verdict in (SignedVerdict.VALID, SignedVerdict.CANNOT_VERIFY):
            return answer
    changed = keys[0].trust is KeyTrust.LEARNED and own
    if changed and _checked(known, ocmf, own, holds).verdict is SignedVerdict.VALID:
        return known._replace(why="it is signed with another key than before")
    return answer


def _is_revoked(own: str, keys: Sequence[MeterKey]) -> bool:
    try:
        mine = read_public_key(own)
        return any(
            key.revoked_at and read_public_key(key.given).point == mine.point for key in keys
        )
    except InvalidInput:
        return False


def _by_its_own(known: Judgement, ocmf: Ocmf, own: str, holds: Holds) -> Judgement:
    if not own:
        return known._replace(why="no key is known and none came with it")
    found = _checked(known, ocmf, own, holds)
    if found.verdict is SignedVerdict.VALID:
        return found._replace(trust=KeyTrust.LEARNED, learns=True)
    return found


def _checked(known: Judgement, ocmf: Ocmf, given: str, holds: Holds) -> Judgement:
    try:
        key = read_public_key(given)
    except InvalidInput:
        return known._replace(why="its key cannot be read")
    key = key if key.curve else key._replace(curve=ocmf.curve)
    held = holds(key, ocmf.digest, ocmf.signature, ocmf.signed)
    if held is None:
        why = f"keys of {key.curve} with {ocmf.digest} cannot be checked here"
        return known._replace(verdict=SignedVerdict.CANNOT_VERIFY, why=why, key=key.spki)
    if held:
        return known._replace(verdict=SignedVerdict.VALID, key=key.spki)
    why = "the signature does not fit the text and the key"
    return known._replace(verdict=SignedVerdict.INVALID, why=why, key=key.spki)


@dataclass(frozen=True, slots=True)
class MeterProof:
    """What a session's signed values prove together.

    `trust` is the lesser of the keys'. `energy` is by the signed values of beginning and end,
    None where they do not tell; `agrees` whether that is the session's energy.
    """

    verdict: SignedVerdict
    why: str = ""
    trust: KeyTrust | None = None
    energy: Kwh | None = None
    agrees: bool | None = None
    texts: tuple[str, ...] = ()


_WORST = (
    SignedVerdict.INVALID,
    SignedVerdict.UNKNOWN_KEY,
    SignedVerdict.CANNOT_VERIFY,
    SignedVerdict.VALID,
)
UNPROVEN = MeterProof(SignedVerdict.UNSIGNED)
_ENDS_DIFFER = Kwh.of("0.001")
"""Source: OCPP 1.6, StopTransaction, meterStop: whole watt-hours."""


def proof(values: Iterable[tuple[SignedText, Judgement]], billed: Kwh | None) -> MeterProof:
    """The worst that is said of any signed value, and the energy they show."""
    kept = tuple(values)
    if not kept:
        return UNPROVEN
    verdicts = {judgement.verdict: judgement for _, judgement in reversed(kept)}
    worst = next(verdict for verdict in _WORST if verdict in verdicts)
    trusts = {judgement.trust for _, judgement in kept}
    trust = next((each for each in reversed(KeyTrust) if each in trusts), None)
    found = MeterProof(
        worst, verdicts[worst].why, trust, texts=tuple(text.data for text, _ in kept)
    )
    shown = _energy_of([text for text, _ in kept])
    if shown is None:
        return found
    agrees = None if billed is None else abs(shown.value - billed.value) <= _ENDS_DIFFER.value
    return replace(found, energy=shown, agrees=agrees)


def _energy_of(texts: Iterable[SignedText]) -> Kwh | None:
    start = end = None
    for text in texts:
        plain = opened(text).plain or ""
        try:
            ocmf = read_ocmf(plain)
        except NotOcmf:
            continue
        began, ended = ocmf.at_start(), ocmf.at_end()
        start, end = began if start is None else start, end if ended is None else ended
    return None if start is None or end is None else end - start


def quoted(text: SignedText, nature: str) -> SignedMeter:
    """A judged text as session and CDR keep it."""
    key = text.judgement.key if text.judgement else ""
    return SignedMeter(nature, text.data, opened(text).encoding, key)


def encoding_of(value: SignedMeter) -> str:
    """What the signed text is written in."""
    return value.encoding or opened(SignedText(value.data)).encoding


def as_plain(value: SignedMeter) -> str:
    """The signed text outside of what it was wrapped in, for people."""
    plain = opened(SignedText(value.data)).plain
    return value.data if plain is None else plain


def as_base64(value: SignedMeter) -> str:
    """The signed text in Base64, as it came where it came so."""
    plain = as_plain(value)
    if plain != value.data and _is_base64_of(value.data, plain):
        return value.data
    return b64encode(plain.encode()).decode()


def _is_base64_of(data: str, plain: str) -> bool:
    try:
        return b64decode(data, validate=True) == plain.encode()
    except (NotBase64, ValueError):
        return False
