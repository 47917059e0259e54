"""Codes that people read off something and type in: none of their letters looks like another."""

from random import Random

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BOTH_CASES = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_PASSWORD_LENGTH = 24


def new_code(random: Random, length: int) -> str:
    """A code of this length."""
    return "".join(random.choices(_CROCKFORD, k=length))


def new_password(random: Random) -> str:
    """A charger's first password, which somebody may have to type in there."""
    return "".join(random.choices(_BOTH_CASES, k=_PASSWORD_LENGTH))


def spoken_code(text: str) -> str:
    """The code somebody typed: O is 0, I and L are 1, case and separators do not matter."""
    letters = text.upper().replace("-", "").replace(" ", "")
    return letters.replace("O", "0").replace("I", "1").replace("L", "1")
