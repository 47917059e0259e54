"""What a signed meter value proves: by whose key, in which wrapping, together with others."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from json import dumps

import pytest

from app.adapters.signatures_ecdsa import EcdsaSignatures
from app.domain.signed_meters import (
    UNPROVEN,
    KeyTrust,
    MeterKey,
    SignedMeter,
    SignedText,
    SignedVerdict,
    as_base64,
    as_plain,
    encoding_of,
    judge,
    looks_signed,
    opened,
    proof,
    quoted,
)
from app.domain.units import Kwh
from tests.support.signing import SigningMeter

HOLDS = EcdsaSignatures().holds
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
METER, OTHER = SigningMeter(), SigningMeter()
BEGIN, END = METER.signs(("B", "10")), METER.signs(("E", "12.5"))
VALID, INVALID = SignedVerdict.VALID, SignedVerdict.INVALID
UNKNOWN, CANNOT = SignedVerdict.UNKNOWN_KEY, SignedVerdict.CANNOT_VERIFY


def a_key(of: SigningMeter = METER, **fields: object) -> MeterKey:
    given = {
        "id": "k",
        "station_id": "CP1",
        "given": of.key,
        "trust": KeyTrust.REGISTERED,
        "created_at": NOW,
        **fields,
    }
    return MeterKey(**given)  # type: ignore[arg-type]


def learned(meter: SigningMeter = METER) -> MeterKey:
    return a_key(meter, id="l", trust=KeyTrust.LEARNED)


def revoked(meter: SigningMeter = METER) -> MeterKey:
    return a_key(meter, id="r", revoked_at=NOW)


TAMPERED = BEGIN.replace('"RV": 10.0', '"RV": 11.0')
ALONE, WITH_KEY = SignedText(BEGIN), METER.v2(BEGIN)
MISNAMED = BEGIN.replace("secp256r1", "secp192k1")


@pytest.mark.parametrize(
    ("text", "keys", "verdict", "trust", "learns"),
    [
        (ALONE, [a_key()], VALID, KeyTrust.REGISTERED, False),
        (ALONE, [a_key(OTHER), a_key()], VALID, KeyTrust.REGISTERED, False),
        (ALONE, [a_key(OTHER)], INVALID, KeyTrust.REGISTERED, False),
        (ALONE, [a_key(OTHER), learned()], INVALID, KeyTrust.REGISTERED, False),
        (SignedText(TAMPERED), [a_key()], INVALID, KeyTrust.REGISTERED, False),
        (ALONE, [], UNKNOWN, None, False),
        (ALONE, [a_key(meter="M-2")], UNKNOWN, None, False),
        (ALONE, [a_key(meter="m-1", evse=1)], VALID, KeyTrust.REGISTERED, False),
        (ALONE, [a_key(evse=2)], UNKNOWN, None, False),
        (ALONE, [revoked()], UNKNOWN, None, False),
        (ALONE, [learned()], VALID, KeyTrust.LEARNED, False),
        (ALONE, [learned(OTHER)], INVALID, KeyTrust.LEARNED, False),
        (WITH_KEY, [], VALID, KeyTrust.LEARNED, True),
        (WITH_KEY, [revoked()], UNKNOWN, None, False),
        (WITH_KEY, [learned(OTHER)], UNKNOWN, None, False),
        (WITH_KEY, [a_key(OTHER)], INVALID, KeyTrust.REGISTERED, False),
        (METER.v2(TAMPERED), [], INVALID, None, False),
        (METER.v2(TAMPERED), [learned(OTHER)], INVALID, KeyTrust.LEARNED, False),
        (SignedText(BEGIN, public_key="?"), [], UNKNOWN, None, False),
        (SignedText(BEGIN, public_key="?"), [revoked()], UNKNOWN, None, False),
        (SignedText("OCMF|{}"), [a_key()], INVALID, None, False),
        (SignedText("<signed/>"), [a_key()], CANNOT, None, False),
        (SignedText("QUJD", "EDL"), [a_key()], CANNOT, None, False),
        (SignedText("/w==", "SML"), [a_key()], CANNOT, None, False),
        (SignedText(MISNAMED), [a_key()], VALID, KeyTrust.REGISTERED, False),
    ],
    ids=range(25),
)  # fmt: skip
def test_by_whose_key(
    text: SignedText,
    keys: list[MeterKey],
    *,
    verdict: SignedVerdict,
    trust: KeyTrust | None,
    learns: bool,
) -> None:
    """P-118, P-192: a registered key counts before a learned one, a tampered text never."""
    found = judge(text, keys, 1, HOLDS)
    assert (found.verdict, found.trust, found.learns) == (verdict, trust, learns), found
    assert bool(found.why) is (verdict is not VALID)


def test_a_curve_that_is_not_here_is_said_to_be_so() -> None:
    """Neither invalid nor an unknown key: it cannot be verified here."""
    point = a_key(given=METER.point[1:49].hex())
    text = SignedText(BEGIN.replace("secp256r1", "secp192k1"))
    found = judge(text, [point], None, HOLDS)
    assert found.verdict is CANNOT
    assert "secp192k1" in found.why
    assert judge(SignedText(text.data, public_key=point.given), [], None, HOLDS).verdict is CANNOT


WRAPPINGS: list[Callable[[str], SignedText]] = [
    SignedText,
    lambda text: SignedText(f" {text}\n"),
    lambda text: SignedText(text.encode().hex()),
    lambda text: SignedText(b64encode(text.encode()).decode()),
    lambda text: SignedText(b64encode(text.encode()).decode(), "OCMF", "", "key"),
    lambda text: SignedText(dumps({"signedMeterData": text, "publicKey": METER.oca})),
    lambda text: SignedText(
        dumps({"signedMeterData": b64encode(text.encode()).decode(), "encodingMethod": "OCMF"})
    ),
    lambda text: SignedText(
        '<?xml version="1.0"?><values><value><signedData format="OCMF" encoding="plain">'
        + text.replace('"', "&quot;")
        + "</signedData><publicKey>ab</publicKey></value></values>"
    ),
]


@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_wrappings(wrap: Callable[[str], SignedText]) -> None:
    """What it came in is kept, and what is inside is what the key holds for."""
    text = wrap(BEGIN)
    assert opened(text)[:2] == (BEGIN, "OCMF")
    assert judge(text, [a_key()], None, HOLDS).verdict is VALID
    assert looks_signed(text.data)
    told = SignedMeter("Start", text.data)
    assert (as_plain(told), encoding_of(told)) == (BEGIN, "OCMF")
    assert b64decode(as_base64(told)).decode() == BEGIN


@pytest.mark.parametrize(
    "text", ["", "nan", "null", "{", "{}", "[1]", "<a>", "ab" * 40, "QUJD" * 20, "Wh 12"]
)
def test_what_is_no_signed_text(text: str) -> None:
    assert not looks_signed(text)


def test_base64_that_came_so_stays_so() -> None:
    odd = b64encode(BEGIN.encode() + b"\n").decode()
    assert as_base64(SignedMeter("Start", odd)) == b64encode(BEGIN.encode()).decode()
    same = b64encode(BEGIN.encode()).decode()
    assert as_base64(SignedMeter("Start", same)) == same
    assert as_plain(SignedMeter("Start", "")) == ""


def test_a_session_is_proven_by_its_worst_value() -> None:
    def together(*texts: SignedText, keys: tuple[MeterKey, ...] = ()) -> object:
        judged = [(text, judge(text, keys, None, HOLDS)) for text in texts]
        found = proof(judged, Kwh.of("2.5"))
        return found.verdict, found.trust, found.energy, found.agrees

    begin, end = METER.v2(BEGIN), METER.v2(END, with_key=False)
    registered = (a_key(),)
    energy = Kwh.of("2.5")
    assert together(begin, end, keys=registered) == (VALID, KeyTrust.REGISTERED, energy, True)
    assert together(begin, end) == (UNKNOWN, KeyTrust.LEARNED, energy, True)
    bad = SignedText(TAMPERED)
    assert together(bad, end, keys=registered) == (
        INVALID, KeyTrust.REGISTERED, Kwh.of("1.5"), False,
    )  # fmt: skip
    assert together(begin) == (VALID, KeyTrust.LEARNED, None, None)
    assert together(SignedText("x", "EDL")) == (CANNOT, None, None, None)
    assert proof([], None) == UNPROVEN
    whole = SignedText(METER.signs(("B", "0"), ("E", "2.4")))
    found = proof([(whole, judge(whole, registered, None, HOLDS))], None)
    assert (found.energy, found.agrees, found.texts) == (Kwh.of("2.4"), None, (whole.data,))


def test_what_a_cdr_quotes() -> None:
    text = METER.v2(BEGIN)
    told = quoted(text._replace(judgement=judge(text, [], None, HOLDS)), "Start")
    assert told[:3] == ("Start", text.data, "OCMF")
    assert b64decode(told.public_key) == METER.der
    assert quoted(SignedText("x"), "End") == SignedMeter("End", "x", "unknown", "")
