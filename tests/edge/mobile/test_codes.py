"""What is printed at a charger, over the API; and the files by which phones open our addresses."""

from urllib.parse import quote

import pytest
from httpx import ASGITransport, AsyncClient

from app.simulators.phone import CallFailedError, Phone
from mobile_api.access import AccessTokens
from mobile_api.app_links import AppLinks, read_app_links
from mobile_api.site import build_well_known
from tests.edge.mobile.conftest import CODE, Site
from tests.support.clock import FakeClock

IOS, PRINT = "TEAM123456.example.charge", ":".join(["AB"] * 32)


async def test_whatever_is_printed_names_the_evse(phone: Phone) -> None:
    """Driver E: the code in either case, the printed EVSE id, and an address of ours."""
    for text in (CODE.lower(), "NL*RW1*ECP1*1", "nlrw1ecp11", f" {CODE[:4]}-{CODE[4:]} "):
        found = await phone.get(f"/codes?text={quote(text)}")
        assert found["evse"]["code"] == CODE, text


async def test_foreign_codes_are_refused(phone: Phone) -> None:
    """Driver E: the app does not follow a sticker that was pasted over ours."""
    address = quote("https://evil.example/q/7Q4M9XKD", safe="")
    with pytest.raises(CallFailedError, match="not an address of ours") as refused:
        await phone.get(f"/codes?text={address}")
    assert (refused.value.status, refused.value.problem["code"]) == (400, "invalid_input")


async def test_an_odd_sticker_is_reported_once(phone: Phone, site: Site) -> None:
    path, seen = f"/codes/{CODE}/sticker-reports", {"seen": "evil.example"}
    for _ in range(2):
        told = await phone.post(path, seen, key="a key of the phone's own")
        assert told == {"code": CODE}
    async with site.drive.store.reading() as tx:
        assert await tx.sticker_reports.count_open(CODE) == 1
    with pytest.raises(CallFailedError):
        await phone.post("/codes/NOBODYS1/sticker-reports", {})


async def test_phones_learn_which_app_opens_our_addresses(clock: FakeClock) -> None:
    """Apple's and Android's files, without a redirect, as JSON."""
    tokens = AccessTokens(["a secret of thirty-two characters"], "https://x.example", clock)
    links = read_app_links(IOS, f"example.charge={PRINT.lower()},{PRINT}")
    site = ASGITransport(app=build_well_known(tokens, links))
    async with AsyncClient(transport=site, base_url="https://x.example") as http:
        apple = await http.get("/apple-app-site-association")
        android = await http.get("/assetlinks.json")
    assert apple.headers["content-type"] == android.headers["content-type"] == "application/json"
    [detail] = apple.json()["applinks"]["details"]
    assert detail["appIDs"] == [IOS]
    assert {"/": "/q/*"} in detail["components"]
    [statement] = android.json()
    assert statement["target"]["sha256_cert_fingerprints"] == [PRINT, PRINT]
    assert read_app_links("", "") == AppLinks()
