"""An address inside an address, however it was written there (C-223, I-50)."""

from urllib.parse import quote

import pytest

from app.domain.errors import InvalidInput
from ocpi.wire.response_url import (
    body_with_response_url,
    check_response_url,
    read_response_url,
    with_response_url,
)

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


OURS = "https://hub.example/ocpi/hub/2.2.1/callbacks/a_b-c"


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("", WHOLE, ""),
        ("duration=60&", WHOLE, ""),
        ("", WHOLE, "&duration=60&more=%2f"),
        ("", quote(WHOLE, safe=""), ""),
        ("", LOOSE, "&duration=60"),
        ("duration=60&", URL, ""),
        ("", URL, "&duration=60"),
    ],
)
def test_another_takes_its_place_in_a_query(before: str, value: str, after: str) -> None:
    """C-256. Everything else stays as it was sent."""
    query = f"{before}response_url={value}{after}"
    changed = with_response_url(query, OURS)
    assert changed == f"{before}response_url={quote(OURS, safe='')}{after}"
    assert read_response_url(changed) == OURS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"response_url":', "}"),
        ('\n{ "response_url" : ', " }\n"),
        ('{"a":{"response_url":"x","b":[1.50,{"c":"}"}]},"response_url":', ',"z":1e2}'),
        ('{"e":[],"d":"\\"response_url\\":\\"no\\"","response\\u005furl":', ',"ü":"\\u00fc"}'),
    ],
)
def test_another_takes_its_place_in_a_body(before: str, after: str) -> None:
    """C-256. Numbers keep their zeros, texts their escapes, and what is deeper is not ours."""
    for written in ("https:\\/\\/them.example", "https://them.example"):
        changed = body_with_response_url(f'{before}"{written}"{after}', OURS)
        assert changed == f'{before}"{OURS}"{after}'


def test_a_body_that_says_it_twice_has_no_other_left() -> None:
    both = '{"response_url":"https://a.example","response_url":"https://b.example"}'
    assert body_with_response_url(both, OURS).count(OURS) == 2
    assert ".example/ocpi" in body_with_response_url(both, OURS)
    assert body_with_response_url('{"a":1}', OURS) == '{"a":1}'
    assert body_with_response_url("{}", OURS) == "{}"


def test_a_query_without_one_gets_none() -> None:
    with pytest.raises(InvalidInput, match="response_url"):
        with_response_url("duration=60", OURS)
