"""One exchange: what we send, and what becomes of every kind of answer."""

from base64 import b64decode
from datetime import timedelta

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import PartnerUnavailable
from app.domain.partners import Endpoint, InterfaceRole
from app.store.correlation import correlation_id
from ocpi.client.exchange import ExchangeFailed, PartnerCalls, Route, is_at_home, joined
from tests.support.roaming_objects import CPO, THEIR_EMSP, a_partner
from tests.support.scripted_partner import SENT_TOKEN, Say, ScriptedPartner
from tests.unit.adapters.http_server import SILENCE


async def call(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer, method: str = "PUT"
) -> ExchangeFailed | None:
    body = None if method == "GET" else {"a": 1}
    try:
        await calls.call(them.partner(sealer), method, f"{them.url}/x", body=body)
    except ExchangeFailed as failure:
        return failure
    return None


async def test_what_a_request_carries(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    """C-008, C-039, C-043, §10.28."""
    bound = correlation_id.set("corr-7")
    try:
        for _ in range(2):
            await calls.call(
                them.partner(sealer),
                "PUT",
                f"{them.url}/x",
                body={"a": 1},
                route=Route(CPO, THEIR_EMSP),
            )
    finally:
        correlation_id.reset(bound)
    first, second = (r.headers for r in them.received)
    scheme, encoded = first["authorization"].split(" ")
    assert (scheme, b64decode(encoded, validate=True)) == ("Token", SENT_TOKEN.encode())
    assert first["x-request-id"] != second["x-request-id"]
    assert first["x-correlation-id"] == second["x-correlation-id"] == "corr-7"
    assert first["content-type"] == "application/json"
    assert first["ocpi-from-party-id"] + first["ocpi-from-country-code"] == "RW1NL"
    assert first["ocpi-to-party-id"] + first["ocpi-to-country-code"] == "TNMDE"


async def test_configuration_and_old_versions_have_no_routing(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    """C-044, C-045, and the raw token of 2.1.1 (C-008)."""
    await calls.call(them.partner(sealer), "GET", f"{them.url}/x")
    old = them.partner(sealer, version="2.1.1", raw_token=True)
    await calls.call(old, "GET", f"{them.url}/x", route=Route(CPO, THEIR_EMSP))
    assert not any(name.startswith("ocpi-") for r in them.received for name in r.headers)
    assert them.received[1].headers["authorization"] == f"Token {SENT_TOKEN}"
    assert "content-type" not in them.received[1].headers


@pytest.mark.parametrize(
    ("say", "refused"),
    [
        (Say(code=2001), True),
        (Say(code=2004, http=404), True),
        (Say(http=400, raw=b"no"), True),
        (Say(code=2001, http=409), True),
        (Say(code=3000), False),
        (Say(code=4003), False),
        (Say(code=2001, http=500), False),
        (Say(http=502, raw=b"<html>"), False),
        (Say(code=2001, http=401), False),
        (Say(code=2000, http=429), False),
        (Say(http=302, raw=b"", headers=("Location: http://127.0.0.1:1/",)), False),
        (Say(http=200, raw=b"plain text"), False),
        (Say(http=200, raw=b'{"status_code": "x"}'), False),
    ],
)
async def test_both_statuses_have_to_be_good(
    calls: PartnerCalls,
    them: ScriptedPartner,
    sealer: FernetSealer,
    say: Say,
    *,
    refused: bool,
) -> None:
    """OCPI 2.2.1, Status codes: HTTP and envelope are evaluated both (I-12, I-13, C-287)."""
    them.answers = lambda _: say
    failure = await call(calls, them, sealer)
    assert failure is not None
    assert (failure.http, failure.is_refusal) == (say.http, refused)
    assert len(them.received) == 1


async def test_success_may_have_no_body(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    """I-12, I-14: tolerated for writing, not for reading."""
    them.answers = lambda _: Say(raw=b"", http=204)
    assert await call(calls, them, sealer, "PATCH") is None
    assert await call(calls, them, sealer, "GET") is not None


async def test_a_token_is_in_no_message(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    """C-285: not even when the partner repeats it."""
    them.answers = lambda _: Say(code=2001, message=f"bad token {SENT_TOKEN}")
    failure = await call(calls, them, sealer)
    assert failure is not None
    assert SENT_TOKEN not in str(failure)
    assert "bad token" in str(failure)


async def test_a_drivers_token_is_in_no_message(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    """Neither from the address, nor from the body, nor from what the partner repeats of them."""
    them.answers = lambda _: Say(code=2001, message="CARD-1 and DE-C-1 are unknown")
    token = {"uid": "CARD-1", "contract_id": "DE-C-1"}
    for url, body in (
        (f"{them.url}/tokens/NL/RWD/CARD-1", None),
        (f"{them.url}/tokens/CARD%2D1/authorize?type=RFID", None),
        (f"{them.url}/commands/START_SESSION", {"token": token, "items": [token]}),
    ):
        with pytest.raises(ExchangeFailed) as failure:
            await calls.call(them.partner(sealer), "PUT", url, body=body)
        assert "CARD" not in str(failure.value)
    assert "DE-C-1" not in str(failure.value)
    assert "are unknown" in str(failure.value)


@pytest.mark.parametrize("answer", [Say(code=2001, message="no CARD-1"), None])
async def test_a_drivers_token_is_in_no_message_wherever_it_was_sent(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer, *, answer: Say | None
) -> None:
    """A partner's tokens module is where its version details say, under whatever name."""
    them.answers = lambda _: answer
    cards = f"{them.url}/our/cards"
    endpoints = (Endpoint("tokens", InterfaceRole.RECEIVER, cards),)
    partner = them.partner(sealer, endpoints=endpoints)
    with pytest.raises(ExchangeFailed) as failure:
        await calls.call(partner, "PUT", f"{cards}/NL/RWD/CARD-1?type=RFID")
    assert "CARD-1" not in str(failure.value)
    assert str(failure.value).startswith("PUT /our/cards/…:")


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("9" * 5_000, timedelta(hours=24)),
        ("soon", None),
        ("²", None),
    ],
)
async def test_the_partner_says_when_to_come_back(
    calls: PartnerCalls,
    them: ScriptedPartner,
    sealer: FernetSealer,
    *,
    text: str,
    wait: timedelta | None,
) -> None:
    them.answers = lambda _: Say(http=503, headers=(f"Retry-After: {text}",))
    failure = await call(calls, them, sealer)
    assert failure is not None
    assert failure.retry_after == wait


async def test_a_past_date_means_now(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    header = "Retry-After: Mon, 05 Jan 2026 08:00:00 GMT"
    them.answers = lambda _: Say(http=429, headers=(header,))
    failure = await call(calls, them, sealer)
    assert failure is not None
    assert failure.retry_after == timedelta()


async def test_silence_and_absence(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    """§10.16: whether the request may have arrived is told apart."""
    them.answers = lambda _: SILENCE
    silent = await call(calls, them, sealer)
    assert silent is not None
    assert (silent.http, silent.sent) == (None, True)
    with pytest.raises(ExchangeFailed) as absent:
        await calls.call(them.partner(sealer), "GET", "http://127.0.0.1:1/x")
    assert not absent.value.sent


async def test_partners_that_left_are_not_called(
    calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> None:
    with pytest.raises(PartnerUnavailable):
        await calls.call(them.partner(sealer, client_token=None), "GET", f"{them.url}/x")
    with pytest.raises(PartnerUnavailable):
        await calls.call(them.partner(sealer, version=None), "GET", f"{them.url}/x")
    assert not them.received


def test_home_is_where_the_partner_said() -> None:
    """C-284."""
    partner = a_partner(versions_url="https://Them.example/versions")
    assert is_at_home(partner, "https://them.example/callback/1")
    assert not is_at_home(partner, "http://them.example/callback/1")
    assert not is_at_home(partner, "https://them.example.evil/")
    assert not is_at_home(partner, "https://[broken")


def test_one_slash_joins() -> None:
    """OCPI's URL shapes differ about the slash."""
    assert joined("https://x/a/", "b", "c") == joined("https://x/a", "b", "c") == "https://x/a/b/c"
