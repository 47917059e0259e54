"""Which tokens an Authorization header may mean."""

import base64

import pytest

from app.domain.errors import Unauthenticated
from app.domain.partners import Partner
from ocpi.wire.access import authenticate, authorization, candidates
from tests.support.roaming_objects import a_partner


def _encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (f"Token {_encoded(b'example-token')}", "example-token"),
        (f"tOkEn {_encoded(b'example-token')}  ", "example-token"),
        (f"Token {_encoded(b'example-token' + bytes([10]))}", "example-token"),
        ("Token ZXhhbXBsZS10b2tlbg", "example-token"),
        ("Token Pz8_Pj4-", "???>>>"),
        ("Token example-token", "example-token"),
        (f"Token {_encoded(_encoded(b'example-token').encode())}", "example-token"),
    ],
)
def test_all_forms_are_considered(header: str, token: str) -> None:
    """C-003 to C-006, I-01."""
    assert token in candidates(header)


def test_the_literal_value_comes_first() -> None:
    """A raw token that happens to be Base64 is meant as it is."""
    assert candidates("Token ZXhhbXBsZS10b2tlbg==")[0] == "ZXhhbXBsZS10b2tlbg=="


@pytest.mark.parametrize(
    "header",
    [None, "", "Token", "Token ", "Bearer abc", "Basic abc", "Token a b", f"Token {'x' * 300}"],
)
def test_what_is_no_token_header_means_nothing(header: str | None) -> None:
    """C-007."""
    assert candidates(header) == ()


def test_our_own_header_holds_the_exact_token() -> None:
    """C-008."""
    assert authorization("example-token", base64_encoded=True) == "Token ZXhhbXBsZS10b2tlbg=="
    assert authorization("example-token", base64_encoded=False) == "Token example-token"


async def test_the_first_known_candidate_counts() -> None:
    async def recognise(token: str) -> tuple[Partner, bool] | None:
        return (a_partner(), True) if token == "example-token" else None

    caller = await authenticate("Token ZXhhbXBsZS10b2tlbg==", recognise)
    assert (caller.token, caller.invited, caller.partner.id) == ("example-token", True, "p-1")
    with pytest.raises(Unauthenticated):
        await authenticate("Token other", recognise)
