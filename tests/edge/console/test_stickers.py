"""Stickers to print, and reports of stickers that are not ours (issue D1, QR)."""

import re

import httpx
import pytest
import segno

from app.console.api.services import OperatorServices
from app.domain.sticker_reports import MOST_OPEN
from app.domain.sticker_sheets import HEIGHT, QR_SIDE
from app.use_cases.sticker_art import POINTS, sticker_address
from tests.edge.console.conftest import TEXT, refused

URL = "https://hub.example"


@pytest.fixture
async def codes(api: httpx.AsyncClient) -> list[str]:
    """The codes of the example site."""
    assert (await api.post("/import", content=TEXT)).status_code == 200
    return [each["code"] for each in (await api.get("/stickers")).json()]


async def test_stickers_say_the_same_as_their_codes(
    api: httpx.AsyncClient, codes: list[str]
) -> None:
    """Driver E: one https address for each EVSE, in clear beneath its code."""
    listed = (await api.get("/stickers")).json()
    assert len(set(codes)) == len(codes) > 1
    for each in listed:
        assert each["address"] == f"hub.example/q/{each['code']}"
        assert each["qr"].casefold() == f"{URL}/q/{each['code']}".casefold()
        assert each["sheet"] == 1
    drawn = (await api.get("/stickers.svg")).text
    texts = re.findall(r">([^<>]+)</text>", drawn)
    assert {each["label"] for each in listed} <= set(texts)
    assert {each["address"] for each in listed} <= set(texts)


async def test_the_pdf_draws_the_codes(api: httpx.AsyncClient, codes: list[str]) -> None:
    """Its table leads to its objects, and its bars are the modules of the code."""
    answer = await api.get("/stickers.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    pdf = answer.content
    table = int(pdf.split()[-2])
    places = re.findall(rb"(\d{10}) 00000 n", pdf[table:])
    for number, place in enumerate(places, start=1):
        assert pdf[int(place) :].startswith(b"%d 0 obj" % number)
    bars = [
        [float(part) for part in bar.split()[:4]]
        for bar in re.findall(rb"^[\d. ]+ re f$", pdf, re.MULTILINE)
    ]
    code = segno.make(sticker_address(URL, codes[0]), error="q", micro=False)
    rows = list(code.matrix_iter(border=4))
    module = float(QR_SIDE * POINTS) / len(rows)
    left, top = min(x for x, *_ in bars), max(y + h for _, y, _, h in bars)
    lit = {
        (round((top - y - h) / module), round((x - left) / module) + step)
        for x, y, w, h in bars
        for step in range(round(w / module))
    }
    size = len(rows) - 8
    first = {place for place in lit if max(place) < size}
    expected = {
        (row - 4, column - 4)
        for row, cells in enumerate(rows)
        for column, dark in enumerate(cells)
        if dark
    }
    assert first == expected
    assert f"/MediaBox[0 0 595.28 {HEIGHT * POINTS:.2f}]".encode() in pdf


async def test_only_ones_own_stickers(
    api: httpx.AsyncClient, codes: list[str], other: dict[str, str]
) -> None:
    assert (await api.get("/stickers", headers=other)).json() == []
    refused(await api.get("/stickers.pdf", headers=other), 404, "not_found")
    refused(await api.get("/stickers.svg", params={"sheet": 9}), 404, "not_found")
    refused(await api.get("/stickers", params={"location_id": "NONE"}), 404, "not_found")
    location = (await api.get("/locations")).json()[0]["id"]
    some = (await api.get("/stickers", params={"location_id": location})).json()
    assert {each["code"] for each in some} <= set(codes)


async def test_a_report_reaches_its_operator(
    services: OperatorServices,
    api: httpx.AsyncClient,
    codes: list[str],
    other: dict[str, str],
) -> None:
    """Driver E: a sticker that was pasted over ours is reported, looked after, and remembered."""
    reports = services.stickers.reports
    await reports.report(codes[0], seen="https://evil.example/q/\x00\u202eABC", note="pasted over")
    await reports.report(codes[1])
    first = (await api.get("/sticker-reports", params={"limit": 1})).json()
    assert [each["code"] for each in first] == [codes[1]]
    rest = (await api.get("/sticker-reports", params={"after": first[0]["id"]})).json()
    assert rest[0]["seen"] == "https://evil.example/q/ ABC"
    assert (await api.get("/sticker-reports", headers=other)).json() == []
    at = f"/sticker-reports/{rest[0]['id']}/settle"
    refused(await api.post(at, json={}, headers=other), 404, "not_found")
    settled = (await api.post(at, json={"answer": "removed"})).json()
    assert settled["settled_at"] is not None
    assert (await api.post(at, json={"answer": "again"})).json() == settled
    left = (await api.get("/sticker-reports", params={"open": True})).json()
    assert [each["code"] for each in left] == [codes[1]]


async def test_a_report_is_an_issue_and_an_alarm_too(
    services: OperatorServices, api: httpx.AsyncClient, codes: list[str], other: dict[str, str]
) -> None:
    """Driver E: it comes to where all reports come; done with one is done with the other."""
    reports = services.stickers.reports
    made = [await reports.report(code, seen="evil.example", note="odd") for code in codes[:2]]
    ids = [each.id for each in made if each is not None]
    listed = (await api.get("/reports", params={"state": "open"})).json()
    assert [each["id"] for each in listed] == ids
    assert {each["kind"] for each in listed} == {"sticker_doubtful"}
    assert listed[0]["remarks"][0]["text"] == "evil.example\nodd"
    assert (await api.get("/reports", headers=other)).json() == []
    alarms = (await api.get("/chargers/RW-AMS-01/told/alarms")).json()
    assert {each["kind"] for each in alarms} == {"sticker.doubtful"}
    await api.post(f"/sticker-reports/{ids[0]}/settle", json={"answer": "removed"})
    done = (await api.get(f"/reports/{ids[0]}")).json()
    assert (done["state"], done["remarks"][-1]["text"]) == ("closed", "removed")
    said = {"text": "It is ours", "close": True}
    assert (await api.post(f"/reports/{ids[1]}/answers", json=said)).status_code == 200
    (newest, _) = (await api.get("/sticker-reports")).json()
    assert newest["settled_at"] is not None
    assert newest["answer"] == "It is ours"
    assert (await api.get("/sticker-reports", params={"open": True})).json() == []


async def test_reports_without_end_are_not_kept(
    services: OperatorServices, codes: list[str]
) -> None:
    reports = services.stickers.reports
    made = [await reports.report(codes[0]) for _ in range(MOST_OPEN + 1)]
    assert made[-1] is None
    assert None not in made[:-1]
