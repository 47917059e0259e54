"""What a meter's signatures prove, in plain words, for receipts."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from app.domain.signed_meters import KeyTrust, MeterProof, SignedVerdict
from app.domain.wording import Say

_WORDS: Mapping[SignedVerdict, str] = MappingProxyType({
    SignedVerdict.VALID: "valid",
    SignedVerdict.INVALID: "invalid",
    SignedVerdict.UNKNOWN_KEY: "unknown key",
    SignedVerdict.CANNOT_VERIFY: "cannot be verified",
    SignedVerdict.UNSIGNED: "unsigned",
})  # fmt: skip
_WHOSE: Mapping[KeyTrust, str] = MappingProxyType({
    KeyTrust.REGISTERED: "by the key that the operator registered",
    KeyTrust.CONFIGURED: "by the key in the charger's configuration",
    KeyTrust.LEARNED: "by the key that the charger itself gave",
})  # fmt: skip
_AGREES = "They show {} kWh, which is what is billed."
_DIFFERS = "They show {} kWh, which is NOT what is billed."


def in_a_word(proof: MeterProof) -> str:
    """The verdict alone."""
    return _WORDS[proof.verdict]


def proof_text(proof: MeterProof, say: Say = str) -> Iterator[str]:
    """The verdict, whose key it rests on, and whether the signed values show what is billed."""
    if proof.verdict is SignedVerdict.UNSIGNED:
        yield say("The meter values are unsigned.")
        return
    because = say(_WHOSE[proof.trust]) if proof.trust is not None else ""
    if proof.verdict is not SignedVerdict.VALID:
        because = f"({proof.why})" if proof.why else ""
    verdict = f"{say(in_a_word(proof))} {because}".rstrip()
    yield say("The meter values are signed: {}.").format(verdict)
    if proof.energy is not None:
        yield say(_AGREES if proof.agrees else _DIFFERS).format(proof.energy)
