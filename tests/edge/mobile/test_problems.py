"""Whatever goes wrong is a problem with a stable code, and OpenAPI says so."""

import json
import os
from pathlib import Path

from httpx import ASGITransport, AsyncClient
from starlette.requests import Request

from app.domain.errors import DomainError
from mobile_api.faults import STATUS, TITLES, status_of
from mobile_api.site import build_driver_api
from tests.edge.mobile.conftest import Site, refused

DOCUMENT = Path(__file__).parents[3] / "docs" / "driver-api.json"


def every(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(every(child) for child in kind.__subclasses__()))


def test_the_table_is_total() -> None:
    """Each class of the error tree has a number of its own, and each number a title."""
    assert {k for k in every(DomainError) if k.__module__ == "app.domain.errors"} <= set(STATUS)
    assert set(STATUS.values()) <= set(TITLES)


def test_an_unknown_error_takes_the_number_of_its_parent() -> None:
    class Odd(DomainError):
        """Not in the table."""

    assert status_of(Odd()) == 400


async def test_unknown_paths_and_methods(site: Site) -> None:
    refused(await site.get("/nothing"), 404, "not_found")
    answer = await site.http.put("/map")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


async def test_a_body_that_is_too_large_or_no_json(site: Site) -> None:
    me = await site.sign_in()
    large = await site.http.post("/quotes", content=b"x" * 70_000, headers=me)
    refused(large, 413, "too_large")

    async def drip() -> object:
        for _ in range(70):
            yield b"x" * 1_000

    refused(await site.http.post("/quotes", content=drip(), headers=me), 413, "too_large")
    broken = await site.http.post("/quotes", content=b"{", headers=me)
    refused(broken, 422, "malformed")


async def test_what_was_sent_is_not_told_back(site: Site) -> None:
    body = {"refresh_token": "a-secret-" * 40, "device_id": "x"}
    answer = await site.post("/auth/refresh", body)
    refused(answer, 422, "malformed")
    assert "a-secret" not in answer.text


async def test_a_defect_is_told_without_its_story(site: Site) -> None:
    api = build_driver_api(site.deps)

    async def fail(_: Request) -> None:
        raise RuntimeError("the password is swordfish")

    api.add_route("/fail", fail)
    transport = ASGITransport(app=api, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get("/fail")
    refused(answer, 500, "internal_error")
    assert "swordfish" not in answer.text


async def test_the_document_is_the_one_in_the_repository(site: Site) -> None:
    """A change of the API is seen in review; ROAMWATT_WRITE_OPENAPI=1 writes the new one."""
    served = build_driver_api(site.deps).openapi()
    text = json.dumps(served, indent=1, sort_keys=True) + "\n"
    if os.environ.get("ROAMWATT_WRITE_OPENAPI"):
        DOCUMENT.write_text(text)
    assert DOCUMENT.read_text() == text, "run this test with ROAMWATT_WRITE_OPENAPI=1"


async def test_openapi_promises_problems_and_no_foreign_pages(site: Site) -> None:
    document = (await site.get("/openapi.json")).json()
    assert document["servers"] == [{"url": "/api/v1"}]
    operations = [o for p in document["paths"].values() for o in p.values()]
    assert all("application/problem+json" in str(o["responses"]["default"]) for o in operations)
    assert "HTTPValidationError" not in str(document)
    assert all(o["operationId"] for o in operations)
    assert len({o["operationId"] for o in operations}) == len(operations)
    for path in ("/docs", "/redoc"):
        refused(await site.get(path), 404, "not_found")
