"""The recorder holds no more than it may, hides what it must, and stops nobody's work."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.exchanges import Direction, Exchange, Pushed
from app.domain.partners import Endpoint, InterfaceRole
from app.ports.delivery import Delivery, Mode
from app.ports.http import HttpAnswer, HttpFailure
from ocpi import recorder as recording
from ocpi.recorder import CROWD, MOST_BYTES, MOST_WAITING, Recorder, Talk, delivery_under_way
from ocpi.wire.redaction import HIDDEN
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_partner

CARDS = "https://them.example/cards"
PARTNER = replace(
    a_partner(), endpoints=(Endpoint("tokens", InterfaceRole.RECEIVER, CARDS),), version="2.2.1"
)
HEADERS = {
    "Authorization": "Token Y2xpZW50LXRva2VuLW9mLW91cnM=",
    "x-request-id": "req-1",
    "x-correlation-id": "corr-1",
    "ocpi-from-country-code": "NL",
    "ocpi-from-party-id": "RW1",
}


class Book:
    """Keeps what it is given, unless it is broken."""

    def __init__(self) -> None:
        self.kept: list[Exchange] = []
        self.sizes: list[int] = []
        self.broken = False

    async def keep(self, exchanges: Sequence[Exchange]) -> None:
        if self.broken:
            raise OSError("the disk is full")
        self.sizes.append(len(exchanges))
        self.kept += exchanges


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def recorder(clock: FakeClock, book: Book) -> Recorder:
    return Recorder(clock, book.keep)


def a_talk(**fields: Any) -> Talk:
    given: dict[str, Any] = {
        "direction": Direction.IN, "at": NOON, "began": 0.0, "method": "GET",
        "url": "/ocpi/cpo/2.2.1/locations", "headers": {}, "request_id": "r",
        "correlation_id": "c", "http": 200, "status": 1000,
    }  # fmt: skip
    return Talk(**given | fields)


def answer(data: object, **envelope: object) -> HttpAnswer:
    body = {"data": data, "status_code": 1000, "timestamp": "2026-05-04T12:00:00Z", **envelope}
    return HttpAnswer(200, {"content-type": "application/json"}, json.dumps(body).encode())


async def test_an_exchange_is_taken_down_with_all_that_was_said(
    recorder: Recorder, book: Book, clock: FakeClock
) -> None:
    body = b'{"uid":"04A1B2C3","type":"RFID"}'
    with recorder.outgoing(PARTNER, "PUT", f"{CARDS}/NL/RWM/04A1B2C3", HEADERS, body) as talk:
        await clock.advance(0.25)
        said = "no card 04A1B2C3 for client-token-of-ours"
        talk.answered(answer(None, status_code="2004", status_message=said))
    await recorder.flush()
    (kept,) = book.kept
    assert kept.answer is not None
    assert (kept.method, kept.url, kept.module) == ("PUT", f"{CARDS}/…", "tokens")
    assert (kept.partner_id, kept.version) == (PARTNER.id, "2.2.1")
    assert (kept.request_id, kept.correlation_id) == ("req-1", "corr-1")
    assert (kept.sender, kept.receiver) == ("NL-RW1", None)
    assert (kept.http, kept.status, kept.failed) == (200, 2004, True)
    assert (kept.at, kept.duration) == (NOON, timedelta(milliseconds=250))
    assert kept.request.body == f'{{"uid":"{HIDDEN}","type":"RFID"}}'
    assert kept.request.size == len(body)
    assert kept.request.headers["authorization"] == f"Token {HIDDEN}"
    assert json.loads(kept.answer.body)["status_message"] == f"no card {HIDDEN} for {HIDDEN}"


async def test_what_a_message_tells_of_is_remembered(recorder: Recorder, book: Book) -> None:
    ours = Delivery("partner:p-1", "c-1", Mode.EVERY, "ocpi.cdr")
    for delivery in (ours, Delivery("pull:p-1", "p-1", Mode.LATEST, "follow.pull_partner"), None):
        bound = delivery_under_way.set(delivery)
        with recorder.outgoing(PARTNER, "POST", "https://them.example/cdrs", {}, b"") as talk:
            talk.answered(HttpAnswer(201))
        delivery_under_way.reset(bound)
    await recorder.flush()
    assert [e.pushed for e in book.kept] == [Pushed("ocpi.cdr", "c-1", every=True), None, None]
    assert [e.module for e in book.kept] == ["cdrs"] * 3
    assert not any(e.failed for e in book.kept)


async def test_no_answer_is_taken_down_with_the_reason(recorder: Recorder, book: Book) -> None:
    url = f"{CARDS}/NL/RWM/04A1B2C3"

    def fail(error: BaseException) -> None:
        with recorder.outgoing(PARTNER, "GET", url, {}, b""):
            raise error

    with pytest.raises(HttpFailure):
        fail(HttpFailure("refused by them for 04A1B2C3"))
    with pytest.raises(asyncio.CancelledError):
        fail(asyncio.CancelledError())
    await recorder.flush()
    first, second = book.kept
    assert (first.failure, first.answer, first.http) == (
        f"refused by them for {HIDDEN}",
        None,
        None,
    )
    assert second.failure == "given up before an answer came"
    assert first.failed
    assert second.failed


async def test_long_bodies_are_cut_where_one_sees_it(clock: FakeClock, book: Book) -> None:
    recorder = Recorder(clock, book.keep, body_bytes=10)
    body = b'{"data":"\xc3\xbc\xc3\xbc"}'
    recorder.add(a_talk(answer=body, answer_size=5_000, body=b"short", size=5))
    await recorder.flush()
    (kept,) = book.kept
    assert kept.answer is not None
    assert kept.request.body == "short"
    assert kept.answer.body == '{"data":"�… (4990 of 5000 bytes are not kept)'
    assert kept.answer.size == 5_000


async def test_nothing_is_kept_of_bodies_that_nobody_wants(clock: FakeClock, book: Book) -> None:
    recorder = Recorder(clock, book.keep, body_bytes=0)
    recorder.add(a_talk(answer=b'{"token":"x"}', answer_size=13))
    await recorder.flush()
    assert book.kept[0].answer is not None
    assert book.kept[0].answer.body == "… (13 of 13 bytes are not kept)"


async def test_a_flood_leaves_out_bodies_and_then_exchanges(
    recorder: Recorder, book: Book
) -> None:
    page = b"x" * recorder.body_bytes
    for _ in range(MOST_WAITING + 7):
        recorder.add(a_talk(method="PUT", answer=page, answer_size=len(page)))
    assert recorder.lost == 7
    await recorder.flush()
    assert len(book.kept) == MOST_WAITING
    assert max(book.sizes) == recording.AT_ONCE
    bodies = [e.answer.body for e in book.kept if e.answer is not None]
    whole = [body for body in bodies if len(body) == len(page)]
    assert len(whole) == MOST_BYTES // len(page)
    assert set(bodies) - set(whole) == {"(16384 bytes, left out: too much was going on)"}
    recorder.add(a_talk(answer=page, answer_size=len(page)))
    await recorder.flush()
    assert book.kept[-1].answer is not None
    assert book.kept[-1].answer.body == page.decode()


async def test_in_a_crowd_lists_that_were_read_well_are_no_news(
    recorder: Recorder, book: Book
) -> None:
    for _ in range(CROWD + 5):
        recorder.add(a_talk())
    recorder.add(a_talk(status=2001))
    recorder.add(a_talk(http=500, status=3000))
    recorder.add(a_talk(method="PATCH"))
    await recorder.flush()
    assert (len(book.kept), recorder.lost) == (CROWD + 3, 5)
    assert [(e.method, e.failed) for e in book.kept[-3:]] == [
        ("GET", True), ("GET", True), ("PATCH", False),
    ]  # fmt: skip


async def test_a_broken_database_costs_the_journal_only(
    recorder: Recorder, book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    book.broken = True
    recorder.add(a_talk())
    with caplog.at_level(logging.ERROR):
        await recorder.flush()
    assert recorder.lost == 1
    assert [r.getMessage() for r in caplog.records] == ["exchanges.lost"]
    book.broken = False
    recorder.add(a_talk(request_id="next"))
    await recorder.flush()
    assert [e.request_id for e in book.kept] == ["next"]


async def test_what_is_left_is_written_when_the_process_ends(
    recorder: Recorder, book: Book
) -> None:
    running = asyncio.get_running_loop().create_task(recorder.run())
    await asyncio.sleep(0)
    recorder.add(a_talk())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(book.kept) == 1


async def test_without_a_journal_nothing_is_held(clock: FakeClock) -> None:
    recorder = Recorder(clock)
    recorder.add(a_talk(answer=b"x" * 100))
    await recorder.flush()
    assert (recorder.body_bytes, recorder.lost) == (0, 0)


async def test_odd_values_of_strangers_can_be_kept(recorder: Recorder, book: Book) -> None:
    recorder.add(
        a_talk(
            method="X" * 100,
            url="/ocpi/\0" + "y" * 5_000,
            request_id="\0" * 300,
            headers={"ocpi-to-country-code": "Z" * 50, "\0": "\0"},
            body=b"\xff\x00{",
            size=3,
        )
    )
    await recorder.flush()
    (kept,) = book.kept
    assert (len(kept.method), len(kept.url), len(kept.request_id)) == (16, 1_000, 255)
    assert kept.receiver == "Z" * 12
    assert "\0" not in json.dumps([kept.url, kept.request.body, dict(kept.request.headers)])


@pytest.mark.parametrize(
    ("url", "module"),
    [
        ("https://them.example/cards/NL/RWM/X", "tokens"),
        ("https://them.example/ocpi/2.2.1/Locations/L-1", "locations"),
        ("https://them.example/ocpi/versions", "versions"),
        ("https://them.example/call/me/back", None),
    ],
)
async def test_the_module_is_the_endpoints(
    recorder: Recorder, book: Book, *, url: str, module: str | None
) -> None:
    with recorder.outgoing(PARTNER, "GET", url, {}, b"") as talk:
        talk.answered(answer([]))
    await recorder.flush()
    assert book.kept[0].module == module


async def test_the_status_is_found_at_either_end_of_a_long_answer(
    recorder: Recorder, book: Book
) -> None:
    page = [{"id": "x" * 100}] * 400
    for body in (
        json.dumps({"status_code": 1001, "data": page}),
        json.dumps({"data": page, "status_code": 2003, "timestamp": "t"}),
        json.dumps({"data": page}),
    ):
        with recorder.outgoing(PARTNER, "GET", "https://them.example/x", {}, b"") as talk:
            talk.answered(HttpAnswer(200, {}, body.encode()))
    await recorder.flush()
    assert [(e.status, e.failed) for e in book.kept] == [
        (1001, False), (2003, True), (None, True),
    ]  # fmt: skip
