"""What people scan or type at a charger."""

import pytest

from app.domain.errors import InvalidInput, NotFound
from app.domain.scanned import Scanned, read_scanned

OURS = "https://charge.example"


@pytest.mark.parametrize(
    ("text", "url", "meant"),
    [
        ("7q4m9xkd", OURS, Scanned(("7Q4M9XKD",))),
        (" 7Q4M-9XKD ", OURS, Scanned(("7Q4M9XKD",))),
        ("7QOM9XID", OURS, Scanned(("7QOM9XID", "7Q0M9X1D"))),
        ("HTTPS://CHARGE.EXAMPLE/Q/7Q4M9XKD", OURS, Scanned(("7Q4M9XKD",))),
        ("https://charge.example/q/7q4m9xkd?connector=2", OURS, Scanned(("7Q4M9XKD",))),
        ("charge.example/q/7Q4M9XKD", OURS, Scanned(("7Q4M9XKD",))),
        ("https://x.eu/own/Q/7Q4M9XKD", "https://x.eu/Own", Scanned(("7Q4M9XKD",))),
        ("NL*RW1*ECP1*1", OURS, Scanned((), "NLRW1ECP11")),
        ("nl*rw1*e cp1*1", OURS, Scanned((), "NLRW1ECP11")),
        ("DEABCE12341", OURS, Scanned(("DEABCE12341",), "DEABCE12341")),
        ("DE*ABC*E1234*1", OURS, Scanned((), "DEABCE12341")),
    ],
)
def test_what_is_meant(text: str, url: str, meant: Scanned) -> None:
    """Driver E: codes in either case, EVSE ids with and without separators, our own addresses."""
    assert read_scanned(text, url) == meant


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/q/7Q4M9XKD",
        "http://charge.example/q/7Q4M9XKD",
        "https://charge.example.evil.example/q/7Q4M9XKD",
        "https://charge.example@evil.example/q/7Q4M9XKD",
        "https://charge.example:444/q/7Q4M9XKD",
        "HTTPS://EVIL.EXAMPLE",
        "bitcoin://charge.example/q/7Q4M9XKD",
    ],
)
def test_foreign_addresses_are_refused(text: str) -> None:
    """Driver E: a sticker that was pasted over ours leads nowhere."""
    with pytest.raises(InvalidInput, match="not an address of ours"):
        read_scanned(text, OURS)


@pytest.mark.parametrize("text", ["", "x", "ABCD<script", OURS, f"{OURS}/q/s/7", f"{OURS}/qq/7Q4"])
def test_nonsense_is_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        read_scanned(text, OURS)
