"""A meter that signs what it shows, in OCMF, with a key of its own."""

import json
from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurve,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.signed_meters import SignedText


class SigningMeter:
    """Signs with a key of the curve, named in OCMF's way, e.g. `secp256r1`."""

    def __init__(
        self,
        curve: type[EllipticCurve] = SECP256R1,
        name: str = "secp256r1",
        *,
        digest: type[HashAlgorithm] = SHA256,
        serial: str = "M-1",
    ) -> None:
        self._key = generate_private_key(curve())
        self._digest = digest
        self.algorithm = f"ECDSA-{name}-{digest.name.upper()}"
        self.serial = serial
        self._page = 0
        public = self._key.public_key()
        self.der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        self.point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.key = self.der.hex()
        self.oca = b64encode(f"oca:base16:asn1:{self.key}".encode()).decode()

    def signs(self, *shown: tuple[str, str], **fields: Any) -> str:
        """The text that signs these values: why, and kWh."""
        self._page += 1
        readings = [
            {"TM": "2026-05-04T12:00:00,000+0000 S", "TX": why, "RV": float(kwh),
             "RI": "1-b:1.8.0", "RU": "kWh", "ST": "G"}
            for why, kwh in shown
        ]  # fmt: skip
        payload = {
            "FV": "1.0", "PG": f"T{self._page}", "MS": self.serial, "RD": readings, **fields
        }  # fmt: skip
        return self.signs_text(json.dumps(payload, ensure_ascii=False))

    def signs_text(self, payload: str, *, raw: bool = False, in_base64: bool = False) -> str:
        """The payload as it is, signed; `raw` as two numbers instead of DER."""
        made = self._key.sign(payload.encode(), ECDSA(self._digest()))
        if raw:
            size = (self._key.key_size + 7) // 8
            made = b"".join(number.to_bytes(size) for number in decode_dss_signature(made))
        data = b64encode(made).decode() if in_base64 else made.hex()
        signature = {"SA": self.algorithm, "SD": data}
        if in_base64:
            signature["SE"] = "base64"
        return f"OCMF|{payload}|{json.dumps(signature)}"

    def v2(self, text: str, *, with_key: bool = True) -> SignedText:
        """The text as OCPP 2.x sends it."""
        blob = b64encode(text.encode()).decode()
        return SignedText(blob, "OCMF", "ECDSA-secp256r1-SHA256", self.oca if with_key else "")
