"""Sealed texts open for their own context and key only; fingerprints survive a new key."""

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
