"""An address inside an address, however it was written there (C-223, I-50)."""

from urllib.parse import quote

import pytest

from app.domain.errors import InvalidInput
from ocpi.wire.response_url import check_response_url, read_response_url

URL = "https://them.example:8443/back/a%2Fb?x=1&y=%26&z=a+b"
WHOLE, LOOSE = quote(URL, safe=""), quote(URL, safe=":/")


@pytest.mark.parametrize(
    "query",
    [
        f"response_url={WHOLE}",
        f"duration=60&response_url={WHOLE}",
        f"response_url={WHOLE}&duration=60",
        f"response_url={quote(WHOLE, safe='')}",
        f"response_url={LOOSE}&duration=60",
        f"response_url={URL}",
        f"duration=60&response_url={URL}",
        f"response_url={URL}&duration=60",
    ],
)
def test_it_stays_whole(query: str) -> None:
    assert read_response_url(query) == URL


@pytest.mark.parametrize(
    "url",
    [
        "http://them.example",
        "HTTPS://them.example/a",
        "https://them.example/callback%20one",
        "https://them.example/?response_url=x",
    ],
)
def test_addresses_as_they_are(url: str) -> None:
    assert read_response_url(f"response_url={url}") == url
    assert read_response_url(f"response_url={quote(url, safe='')}") == url


@pytest.mark.parametrize(
    "query",
    [
        "",
        "duration=60",
        "my_response_url=https://them.example",
        "response_url=",
        "response_url=them.example",
        "response_url=ftp%3A%2F%2Fthem.example",
        "response_url=https%3A%2F%2F",
        "response_url=https://[",
        f"response_url=https://them.example/{'x' * 255}",
    ],
)
def test_what_is_none(query: str) -> None:
    with pytest.raises(InvalidInput, match="response_url"):
        read_response_url(query)


def test_the_same_is_asked_of_an_address_in_a_body() -> None:
    assert check_response_url(URL) == URL
    with pytest.raises(InvalidInput):
        check_response_url("/relative")
