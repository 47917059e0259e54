"""Codes that people read off something and type in."""

from random import Random

from app.domain.codes import new_code, new_password, spoken_code


def test_codes_survive_being_read_aloud() -> None:
    code = new_code(Random(1), 8)
    assert len(code) == 8
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert spoken_code("oil1-23ab") == "011123AB"


def test_a_password_has_no_letters_that_look_alike() -> None:
    made = new_password(Random(1))
    assert len(made) == 24
    assert not set(made) & set("0O1lI")
