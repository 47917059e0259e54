"""A receipt says whether the meter's signatures bear out what is billed."""

from dataclasses import replace

import pytest

from app.domain.metering import ReadingContext
from app.domain.signed_meters import UNPROVEN, KeyTrust, MeterProof, SignedVerdict
from app.domain.stations import Phase
from app.domain.units import Kwh
from app.use_cases.proof_text import in_a_word, proof_text
from app.use_cases.receipt_text import as_text
from tests.support.chargers import shows
from tests.support.drive import Drive
from tests.support.signing import SigningMeter

FITS = {"energy": Kwh.of("1.50"), "agrees": True}


@pytest.mark.parametrize(
    ("proof", "text"),
    [
        (UNPROVEN, "The meter values are unsigned."),
        (
            MeterProof(SignedVerdict.VALID, trust=KeyTrust.REGISTERED, **FITS),
            (
                "The meter values are signed: valid by the key that the operator registered. "
                "They show 1.5 kWh, which is what is billed."
            ),
        ),
        (
            MeterProof(SignedVerdict.VALID, trust=KeyTrust.LEARNED),
            "The meter values are signed: valid by the key that the charger itself gave.",
        ),
        (
            MeterProof(SignedVerdict.INVALID, "it does not fit", energy=Kwh.of(2), agrees=False),
            (
                "The meter values are signed: invalid (it does not fit). "
                "They show 2 kWh, which is NOT what is billed."
            ),
        ),
        (
            MeterProof(SignedVerdict.UNKNOWN_KEY),
            "The meter values are signed: unknown key.",
        ),
        (
            MeterProof(SignedVerdict.CANNOT_VERIFY, "secp192k1"),
            "The meter values are signed: cannot be verified (secp192k1).",
        ),
    ],
)
def test_words(proof: MeterProof, text: str) -> None:
    assert " ".join(proof_text(proof)) == text
    assert in_a_word(proof) in text


@pytest.mark.parametrize("signs", [True, False])
async def test_the_receipt_of_a_session(drive: Drive, *, signs: bool) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 1200, 15_630)
    last = shows(1260, 16_630, ReadingContext.END)
    if signs:
        meter = SigningMeter()
        last = replace(last, signed=(meter.v2(meter.signs(("B", "0"), ("E", "15.63"))),))
    await drive.floor.tell(live, Phase.ENDED, 1260, transaction=number, readings=(last,))
    await drive.pump()
    receipt = await drive.receipts.receipt(charging.id)
    assert receipt.proof.verdict is (SignedVerdict.VALID if signs else SignedVerdict.UNSIGNED)
    assert ("which is what is billed" in as_text(receipt)) is signs
