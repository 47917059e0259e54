"""Identity from the path, credentials from the header, and how often one may try."""

import base64

import pytest

from ocpp_bridge.limits import MAX_NAMES, Buckets
from ocpp_bridge.security import read_basic, station_identity

KEY = bytes(range(0xF0, 0x100)) + b"\x00\x9d"


def header(raw: bytes) -> str:
    return "Basic " + base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        ("/ocpp/CP1", "CP1"),
        ("/ocpp/CP1/", "CP1"),
        ("/ocpp/CP1?a=/b", "CP1"),
        ("/ocpp/CP1/CP1", "CP1"),
        ("/CP1", "CP1"),
        ("/ocpp/a%20b%C3%A9", "a bé"),
        ("/ocpp/%2541", "%41"),
        ("/ocpp/ocpp", "ocpp"),
    ],
)
def test_identity(target: str, identity: str) -> None:
    assert station_identity(target) == identity


@pytest.mark.parametrize(
    "target", ["/", "", "/ocpp", "/ocpp/", "/ocpp/%FF", "/ocpp/%0A", "/ocpp/" + "x" * 256]
)
def test_no_identity(target: str) -> None:
    assert station_identity(target) is None


def test_a_text_password_is_taken_as_it_is() -> None:
    credentials = read_basic(header(b"CP1:a:b"))
    assert credentials is not None
    assert (credentials.user, credentials.secrets) == ("CP1", ("a:b",))


def test_a_binary_key_is_known_by_its_digits() -> None:
    credentials = read_basic(header(b"CP1:" + KEY))
    assert credentials is not None
    assert credentials.secrets == (KEY.hex(), KEY.hex().upper())


def test_digits_are_known_in_both_cases() -> None:
    digits = KEY.hex().capitalize()
    credentials = read_basic(header(b"CP1:" + digits.encode()))
    assert credentials is not None
    assert set(credentials.secrets) == {digits, digits.lower(), digits.upper()}


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Bearer abc",
        "Basic",
        "Basic !!!",
        header(b"no colon"),
        header(b"\xff:key"),
        "Basic é",
    ],
)
def test_no_credentials(text: str | None) -> None:
    assert read_basic(text) is None


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills() -> None:
    time = Time()
    buckets = Buckets(0.5, 2, time)
    for _ in range(2):
        assert buckets.wait_s("a") == 0
        buckets.take("a")
    assert buckets.wait_s("a") == 2
    assert buckets.wait_s("b") == 0
    time.now = 2.0
    assert buckets.wait_s("a") == 0


def test_in_a_flood_of_names_all_are_forgotten() -> None:
    time = Time()
    buckets = Buckets(1, 1, time)
    for n in range(MAX_NAMES + 5):
        buckets.take(str(n))
    assert buckets.wait_s("0") == 0
    assert buckets.wait_s(str(MAX_NAMES + 4)) == 1


def test_in_a_flood_the_quiet_are_forgotten_first() -> None:
    time = Time()
    buckets = Buckets(1, 1, time)
    for n in range(MAX_NAMES - 1):
        buckets.take(str(n))
    time.now = 2.0
    buckets.take("busy")
    buckets.take("one too many")
    assert buckets.wait_s("busy") == 1
    assert buckets.wait_s("0") == 0
