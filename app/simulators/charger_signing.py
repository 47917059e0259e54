"""A simulated charger's meter signs what it shows, in OCMF, with a key of its own.

Source: SAFE e.V., Open Charge Metering Format 1.0; OCA, Signed Meter Values in OCPP.
"""

import json
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.simulators.charger_model import Reading, wire_time
from app.simulators.ocpp_schemas import Payload

METHOD = "ECDSA-secp256r1-SHA256"
_WHY = {"Transaction.Begin": "B", "Transaction.End": "E"}


class SigningMeter:
    """Signs the register at the beginning and the end of transactions."""

    def __init__(self, serial: str = "SIM-METER-1") -> None:
        self._key = generate_private_key(SECP256R1())
        self._serial, self._page = serial, 0
        public = self._key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public_key = der.hex()

    def sign(self, reading: Reading) -> str:
        """`OCMF|…|…` of a reading."""
        self._page += 1
        shown = {
            "TM": f"{wire_time(reading.at)[:-1].replace('.', ',')}+0000 S",
            "TX": _WHY.get(reading.context, "C"),
            "RV": float(reading.register_wh / 1000),
            "RI": "1-b:1.8.0",
            "RU": "kWh",
            "ST": "G",
        }
        payload = json.dumps(
            {"FV": "1.0", "PG": f"T{self._page}", "MS": self._serial, "RD": [shown]}
        )
        made = self._key.sign(payload.encode(), ECDSA(SHA256())).hex()
        return f"OCMF|{payload}|{json.dumps({'SA': METHOD, 'SD': made})}"

    def sampled_v16(self, reading: Reading) -> Payload:
        """A signed meter value as 1.6 sends it, as the text."""
        sample = {"value": self.sign(reading), "format": "SignedData", "context": reading.context}
        return {"timestamp": wire_time(reading.at), "sampledValue": [sample]}

    def signed_v2(self, reading: Reading) -> Payload:
        """SignedMeterValueType of 2.x."""
        named = f"oca:base16:asn1:{self.public_key}"
        return {
            "signedMeterData": b64encode(self.sign(reading).encode()).decode(),
            "signingMethod": METHOD,
            "encodingMethod": "OCMF",
            "publicKey": b64encode(named.encode()).decode(),
        }


def is_signed(reading: Reading) -> bool:
    """Beginnings and ends are, and what comes between is not."""
    return reading.context in _WHY
