"""Sealed texts open for their own context and key only; fingerprints survive a new key."""

import re
from string import ascii_letters, digits

import pytest

from app.adapters.sealing_fernet import FernetSealer

OLD, NEW = "an old secret of the house", "a new secret of the house"


def test_opens_what_it_sealed() -> None:
    sealer = FernetSealer([OLD])
    sealed = sealer.seal("tökên", "partner:1")
    assert sealer.open(sealed, "partner:1") == "tökên"
    assert "tökên" not in sealed
    assert sealed != sealer.seal("tökên", "partner:1")


def test_refuses_another_context() -> None:
    sealer = FernetSealer([OLD])
    with pytest.raises(ValueError, match="something else"):
        sealer.open(sealer.seal("x", "partner:1"), "partner:2")


@pytest.mark.parametrize("damage", [lambda s: s[:-4] + "AAAA", lambda _: "", lambda _: "x.y"])
def test_refuses_a_changed_text(damage: object) -> None:
    sealer = FernetSealer([OLD])
    with pytest.raises(ValueError):  # noqa: PT011 - which one depends on the damage
        sealer.open(damage(sealer.seal("x", "c")), "c")  # type: ignore[operator]


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    before, after = FernetSealer([OLD]), FernetSealer([NEW, OLD])
    assert after.open(before.seal("x", "c"), "c") == "x"
    assert after.seal("x", "c").split(".")[0] != before.seal("x", "c").split(".")[0]
    with pytest.raises(ValueError, match="not in the ring"):
        before.open(after.seal("x", "c"), "c")


def test_what_is_sealed_for_an_address_is_short() -> None:
    sealer = FernetSealer([OLD])
    sealed = sealer.seal_short(b"where it really is", "result of p-1")
    assert sealer.open_short(sealed, "result of p-1") == b"where it really is"
    assert re.fullmatch(r"[A-Za-z0-9_-]{46}", sealed)  # of 18 + 16 bytes


def test_a_short_text_opens_as_it_was_sealed_only() -> None:
    """Also where letters differ in bits that base64 does not need."""
    sealer = FernetSealer([OLD])
    sealed = sealer.seal_short(b"x" * 18, "c")
    changed = {sealed[:-1] + letter for letter in ascii_letters + digits} - {sealed}
    for text in (*changed, sealed + "=", "", "x", "ü" * 46, sealed[:20]):
        with pytest.raises(ValueError):  # noqa: PT011 - which one depends on the damage
            sealer.open_short(text, "c")
    with pytest.raises(ValueError, match="something else"):
        sealer.open_short(sealed, "d")
    with pytest.raises(ValueError, match="something else"):
        FernetSealer([NEW]).open_short(sealed, "c")
    assert FernetSealer([NEW, OLD]).open_short(sealed, "c") == b"x" * 18


def test_fingerprints_are_keyed_and_survive_rotation() -> None:
    one = FernetSealer([OLD]).fingerprint("token")
    assert one == FernetSealer([NEW, OLD]).fingerprint("token")
    assert one != FernetSealer([NEW]).fingerprint("token")
    assert one != FernetSealer([OLD]).fingerprint("tokem")
    assert len(one) == 64


def test_half_a_character_has_a_fingerprint_too() -> None:
    """JSON can smuggle it into a token, which is then unknown, and no defect of ours."""
    assert len(FernetSealer([OLD]).fingerprint("\ud800")) == 64


@pytest.mark.parametrize("secrets", [[], ["short"]])
def test_weak_secrets_are_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        FernetSealer(secrets)
