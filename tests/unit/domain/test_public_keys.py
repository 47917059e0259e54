"""The public keys of meters, in every spelling in which they are handed around."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.domain.errors import InvalidInput
from app.domain.public_keys import LONGEST, PublicKey, read_public_key
from tests.support.signing import SigningMeter

CURVES = [
    (ec.SECP192R1, "secp192r1"),
    (ec.SECP224R1, "secp224r1"),
    (ec.SECP256R1, "secp256r1"),
    (ec.SECP256K1, "secp256k1"),
    (ec.SECP384R1, "secp384r1"),
    (ec.SECP521R1, "secp521r1"),
    (ec.BrainpoolP256R1, "brainpool256r1"),
    (ec.BrainpoolP384R1, "brainpool384r1"),
    (ec.BrainpoolP512R1, "brainpool512r1"),
]


@pytest.mark.parametrize(("curve", "name"), CURVES)
def test_every_spelling_is_the_same_key(curve: type[ec.EllipticCurve], name: str) -> None:
    meter = SigningMeter(curve, name)
    known = PublicKey(name, meter.point)
    blob = b64encode(meter.der).decode()
    for spelled in (
        meter.key, meter.key.upper(), "0x" + meter.key, blob, f" {blob[:20]}\n{blob[20:]} ",
        meter.pem, meter.oca, f"oca:base16:asn1:{meter.key}", f"OCA:base64:asn1:{blob}",
        b64encode(meter.pem.encode()).decode(), b64encode(meter.key.encode()).decode(),
    ):  # fmt: skip
        assert read_public_key(spelled) == known, spelled
    assert b64decode(known.spki) == meter.der
    bare = PublicKey("", meter.point)
    for spelled in (meter.point.hex(), meter.point[1:].hex(), b64encode(meter.point).decode()):
        assert read_public_key(spelled) == bare, spelled
    assert b64decode(bare.spki) == meter.point


@pytest.mark.parametrize("first", ["02", "03", "04", "30", "303e02"])
def test_coordinates_may_begin_with_any_byte(first: str) -> None:
    coordinates = bytes.fromhex(first).ljust(64, b"\xe5")
    assert read_public_key(coordinates.hex()) == PublicKey("", b"\x04" + coordinates)


DER = bytes.fromhex(SigningMeter().key)


@pytest.mark.parametrize(
    "text",
    [
        "", "key", "MEUC", "30", "3003020101", "oca:base16:asn1:xyz", "ab" * 30, "05" * 65,
        "-----BEGIN PUBLIC KEY-----!!-----END PUBLIC KEY-----",
        DER[:-1].hex(), DER.replace(b"\xce\x3d\x02", b"\xce\x3d\x03").hex(),
        DER.replace(b"\x03\x01\x07", b"\x03\x01\x06").hex(), "x" * (LONGEST + 1),
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_public_key(text)


def test_a_compressed_point_is_a_point() -> None:
    raw = b"\x02" + SigningMeter().point[1:33]
    assert read_public_key(raw.hex()) == PublicKey("", raw)
