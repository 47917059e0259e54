"""The check of a partner: all is well with a good one, and each fault is found by its line."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.adapters.addresses import AddressGuard
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import Endpoint, InterfaceRole, PartnerRole, PartnerState, Role
from app.domain.partners import Partner as KnownPartner
from app.simulators.http_server import Request, Response
from app.simulators.partner import Partner
from app.simulators.partner_records import Document
from app.simulators.partner_server import ocpi
from app.store.transaction import Store
from app.use_cases.partners import Partners, Platform
from app.use_cases.registration import client_token_context
from ocpi.client.check import PartnerCheck
from ocpi.client.exchange import PartnerCalls
from ocpi.client.findings import CHECKS, Report, Verdict
from ocpi.models.common import write_datetime
from tests.support.pulling import a_keeping
from tests.support.roaming_objects import AN_OPERATOR, EMSP
from tests.support.scripted_partner import SENT_TOKEN, Received, Say, scripted_partner

TOKEN = "our-token-at-the-partner"
THEM = PartyId("DE", "PRT")

Bend = Callable[[Request, Response], Response]


class BentPartner(Partner):
    """A good partner whose answers a test bends."""

    bend: Bend | None = None

    async def answer(self, request: Request) -> Response:
        response = await super().answer(request)
        return self.bend(request, response) if self.bend else response


@dataclass
class Desk:
    """The partner, registered, and the check."""

    them: BentPartner
    check: PartnerCheck
    partners: Partners
    store: Store

    async def run(self) -> Report:
        return (await self.check.run("p-1")).report

    async def wrong(self) -> dict[str, set[str]]:
        """Which checks failed or warned, by place."""
        return wrong_in(await self.run())


def wrong_in(report: Report) -> dict[str, set[str]]:
    """Which checks failed or warned, by place."""
    found: dict[str, set[str]] = {}
    for finding in report.findings:
        if finding.verdict in {Verdict.FAIL, Verdict.WARN}:
            found.setdefault(finding.check, set()).add(finding.where)
    return found


@pytest.fixture
async def desk(store: Store, sealer: FernetSealer) -> AsyncIterator[Desk]:
    clock = SystemClock()
    partners = Partners(
        store, sealer, clock, platform=Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    )
    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    calls = PartnerCalls(client, sealer, clock, timeout_s=2)
    async with BentPartner() as them:
        them.accepted_tokens.add(TOKEN)
        for number in range(6):
            them.add_token(f"CARD-{number}")
        endpoints = tuple(
            Endpoint(e["identifier"], InterfaceRole(e["role"]), e["url"]) for e in them.endpoints()
        )
        known = KnownPartner(
            "p-1",
            "Them",
            PartnerState.CONNECTED,
            clock.now(),
            roles=tuple(PartnerRole(role, THEM, "Them") for role in (Role.CPO, Role.EMSP)),
            version="2.2.1",
            versions_url=them.versions_url,
            endpoints=endpoints,
            client_token=sealer.seal(TOKEN, client_token_context("p-1")),
        )
        async with store.transaction() as tx:
            await tx.operators.put(AN_OPERATOR)
            await tx.partners.put(known)
        keeping = a_keeping(store, clock, sealer)
        yield Desk(them, PartnerCheck(calls, partners, clock, keeping=keeping), partners, store)
        assert not them.violations
    await client.close()


async def test_a_good_partner_passes(desk: Desk) -> None:
    """Nothing is written there, and nothing is wrong; empty lists leave some things open."""
    report = await desk.run()
    assert wrong_in(report) == {}
    assert report.passed
    assert {request.method for request in desk.them.requests} == {"GET"}
    looked = {(f.where, f.check) for f in report.findings if f.verdict is Verdict.PASS}
    for where, check in (
        ("versions", "C-048"), ("details", "C-051"), ("versions", "C-001"),
        ("locations", "C-002"), ("tokens", "C-093"), ("tokens", "C-095"), ("tokens", "C-096"),
        ("tariffs", "C-098"), ("locations", "C-042"), ("sessions", "C-106"), ("cdrs", "C-097"),
        ("locations", "C-125"), ("tokens", "objects"), ("locations", "C-034"),
    ):  # fmt: skip
        assert (where, check) in looked
    skipped = {(f.where, f.check) for f in report.findings if f.verdict is Verdict.SKIP}
    assert ("cdrs", "objects") in skipped


def changed(response: Response, **headers: str | None) -> Response:
    """The answer with these headers, without those that are None."""
    names = {name.replace("_", "-").casefold(): value for name, value in headers.items()}
    kept = {n: v for n, v in response.headers.items() if n.casefold() not in names}
    kept |= {name: value for name, value in names.items() if value is not None}
    return replace(response, headers=kept)


def enveloped(response: Response, **fields: Any) -> Response:
    content: Document = {**response.content, **fields}
    return replace(response, content={k: v for k, v in content.items() if v is not None})


def is_list(request: Request, module: str = "") -> bool:
    return request.path.endswith(f"/sender/{module}") if module else "/sender/" in request.path


def with_total(request: Request, response: Response) -> Response:
    return changed(response, X_Total_Count="99") if is_list(request, "tokens") else response


def without_limit(request: Request, response: Response) -> Response:
    return changed(response, X_Limit=None) if is_list(request, "tokens") else response


def ignoring_offset(request: Request, response: Response) -> Response:
    """Every page is the first one."""
    if not is_list(request, "tokens") or "offset" not in request.query:
        return response
    owner = {"country_code": "DE", "party_id": "PRT", "uid": "PRT-CARD-1"}
    return enveloped(response, data=[owner])


def without_filters(request: Request, response: Response) -> Response:
    """Dates are ignored."""
    if not is_list(request, "tariffs") or response.content.get("status_code") != 1000:
        return response
    tariff = {"id": "T", "last_updated": "2026-05-04T12:00:00Z"}
    return enveloped(response, data=[tariff])


def with_link_elsewhere(request: Request, response: Response) -> Response:
    away = '<https://elsewhere.example/next>; rel="next"'
    return changed(response, Link=away) if is_list(request, "tokens") else response


def with_link_dropping(request: Request, response: Response) -> Response:
    link = response.headers.get("Link")
    return changed(response, Link=link.replace("limit=", "size=")) if link else response


def open_to_all(request: Request, response: Response) -> Response:
    return ocpi([]) if response.status == 401 and is_list(request) else response


def generous(request: Request, response: Response) -> Response:
    """More objects than asked for."""
    if is_list(request, "tokens") and request.asked("limit") == "2":
        return enveloped(response, data=response.content["data"] * 2)
    return response


def broken_location(request: Request, response: Response) -> Response:
    if not is_list(request, "locations") or not response.content.get("data"):
        return response
    bad = [{**response.content["data"][0], "coordinates": "somewhere"}]
    return enveloped(response, data=bad)


def of_somebody_else(request: Request, response: Response) -> Response:
    if not is_list(request, "locations") or not response.content.get("data"):
        return response
    return enveloped(response, data=[{**response.content["data"][0], "party_id": "XYZ"}])


def with_odd_times(request: Request, response: Response) -> Response:
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    return enveloped(response, timestamp=now)


def only_for(module: str, code: int) -> Bend:
    def bend(request: Request, response: Response) -> Response:
        return ocpi(code=2000, http=code) if is_list(request, module) else response

    return bend


BENT: dict[str, tuple[Bend, str, str]] = {
    "no envelope": (lambda _, r: replace(r, content="plain"), "C-010", "versions"),
    "html": (lambda _, r: replace(r, kind="text/html"), "C-009", "versions"),
    "old clock": (lambda _, r: enveloped(r, timestamp="2020-01-01T00:00:00Z"), "C-011", "details"),
    "odd times": (with_odd_times, "C-029", "versions"),
    "no request id": (lambda _, r: changed(r, X_Request_ID=None), "C-037", "versions"),
    "no correlation": (lambda _, r: changed(r, X_Correlation_ID="x"), "C-038", "tokens"),
    "no routing": (lambda _, r: changed(r, OCPI_to_party_id=None), "C-042", "locations"),
    "wrong total": (with_total, "C-094", "tokens"),
    "no limit": (without_limit, "C-091", "tokens"),
    "same page": (ignoring_offset, "C-093", "tokens"),
    "beyond the end": (ignoring_offset, "C-097", "tokens"),
    "no filters": (without_filters, "C-098", "tariffs"),
    "future": (without_filters, "C-107", "tariffs"),
    "link elsewhere": (with_link_elsewhere, "C-095", "tokens"),
    "link without limit": (with_link_dropping, "C-095", "tokens"),
    "open to all": (open_to_all, "C-001", "locations"),
    "any token": (open_to_all, "C-002", "locations"),
    "generous": (generous, "C-092", "tokens"),
    "broken object": (broken_location, "objects", "locations"),
    "foreign object": (of_somebody_else, "objects", "locations"),
    "no list": (only_for("tariffs", 404), "C-023", "tariffs"),
}


@pytest.mark.parametrize("case", BENT)
async def test_each_fault_is_found(desk: Desk, case: str) -> None:
    desk.them.bend, check, where = BENT[case]
    report = await desk.run()
    assert where in {f.where for f in report.findings if f.check == check and f.said}
    assert wrong_in(report)[check] >= {where}
    assert not (CHECKS[check].must and report.passed)


def bent_versions(data: Any) -> Bend:
    def bend(request: Request, response: Response) -> Response:
        return ocpi(data) if request.path == "/ocpi/versions" else response

    return bend


def bent_details(change: Callable[[list[Document]], list[Document]]) -> Bend:
    def bend(request: Request, response: Response) -> Response:
        if request.path != "/ocpi/2.2.1":
            return response
        return ocpi(
            {"version": "2.2.1", "endpoints": change(response.content["data"]["endpoints"])}
        )

    return bend


@pytest.mark.parametrize(
    ("bend", "check"),
    [
        (bent_versions({"version": "2.2.1", "url": "/ocpi/2.2.1"}), "C-048"),
        (bent_versions([{"version": "2.2.1-d2", "url": "https://x.example/"}]), "C-049"),
        (bent_details(lambda _: []), "C-050"),
        (bent_details(lambda e: [x for x in e if x["identifier"] != "credentials"]), "C-051"),
        (bent_details(lambda e: [{**x, "url": x["url"] + "/new"} for x in e]), "I-10"),
    ],
)
async def test_bad_versions_and_details_are_found(desk: Desk, bend: Bend, check: str) -> None:
    desk.them.bend = bend
    assert check in await desk.wrong()


async def test_a_partner_that_is_gone_fails_without_a_trace(desk: Desk) -> None:
    desk.them.down()
    report = await desk.run()
    assert not report.passed
    assert {f.check for f in report.findings if f.verdict is Verdict.FAIL} == {"reachable"}


async def test_faults_of_the_simulator_are_found(desk: Desk) -> None:
    """A server error without an envelope, and a connection that is cut."""
    desk.them.fault("error", path="/sender/tariffs", times=1)
    desk.them.fault("reset", path="/sender/tokens", times=9)
    wrong = await desk.wrong()
    assert "tariffs" in wrong["C-023"]
    assert "tokens" in wrong["reachable"]


async def test_who_is_not_registered_cannot_be_checked(desk: Desk) -> None:
    await desk.partners.suspend("p-1")
    with pytest.raises(PartnerUnavailable):
        await desk.run()


async def test_a_partner_of_2_1_1_is_checked_by_its_own_rules(
    store: Store, sealer: FernetSealer
) -> None:
    """C-056: no roles, no ids to repeat, a raw token."""
    clock = SystemClock()
    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    calls = PartnerCalls(client, sealer, clock, timeout_s=2)
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    partners = Partners(store, sealer, clock, platform=platform)
    check = PartnerCheck(calls, partners, clock, keeping=a_keeping(store, clock, sealer))
    json_type, now = "Content-Type: application/json", write_datetime(clock.now())

    async with scripted_partner() as them:

        def answer(request: Received) -> bytes:
            path, _, query = request.path.partition("?")
            data: Any = []
            if path == "/versions":
                data = [{"version": "2.1.1", "url": f"{them.url}/2.1.1"}]
            if path == "/2.1.1":
                listed = [{"identifier": m, "url": f"{them.url}/{m}"} for m in ("credentials",)]
                data = {"version": "2.1.1", "endpoints": listed}
            known = request.headers.get("authorization") == f"Token {SENT_TOKEN}"
            wrong = not known or "yesterday" in query
            said = {"status_code": 2001 if wrong else 1000, "data": data, "timestamp": now}
            headers = (json_type, "X-Total-Count: 0", "X-Limit: 50")
            http = 200 if known else 401
            return Say(http=http, headers=headers, raw=json.dumps(said).encode()).bytes()

        them.answers = answer
        async with store.transaction() as tx:
            await tx.operators.put(AN_OPERATOR)
            await tx.partners.put(them.partner(sealer, version="2.1.1", raw_token=True))
        report = (await check.run("p-1")).report
        looked = {finding.check for finding in report.findings}
        assert wrong_in(report) == {"I-10": {"details"}, "C-125": {"locations", "tariffs"}}
        assert "C-056" in looked
        assert not {"C-037", "C-038", "C-042", "C-053"} & looked
        places = [finding.where for finding in report.findings]
        assert sorted(places, key=list(dict.fromkeys(places)).index) == places
    await client.close()
