"""The witness finds what it is there for."""

import json
from typing import Any

import pytest

from app.simulators.http_server import Request
from app.simulators.partner import Partner
from app.simulators.partner_hub import HubSide
from tests.support.hub_witness import Witness

HUB = ("NL", "RWH")
PLACE = "/ocpi/2.2.1/receiver"
NEW, OLD = "2026-05-04T12:00:00Z", "2026-05-04T11:00:00Z"


def a_member(party: str, role: str) -> Partner:
    member = Partner(name=party, party=party, roles=(role,))
    member.hub = HubSide(HUB, ("DE", party), member.violations)
    return member


def came(member: Partner, request: str, *, by: str, meant: str = "c-0", body: Any = None) -> None:
    """`by` is FROM, `meant` the correlation id."""
    method, _, place = request.partition(" ")
    country, party = HUB if by == "hub" else ("DE", by)
    headers = {
        "x-correlation-id": meant,
        "ocpi-from-country-code": country,
        "ocpi-from-party-id": party,
    }
    sent = b"" if body is None else json.dumps(body).encode()
    path = f"{PLACE}/{place}"
    member.requests.append(Request(method, path, {}, headers, sent, path))


@pytest.mark.parametrize(
    ("request_line", "by", "to", "fault"),
    [
        ("POST commands/START_SESSION", "EMA", ("DE", "CPA"), ""),
        ("POST commands/START_SESSION", "EMA", ("DE", "CPB"), "not"),
        ("POST commands/START_SESSION", "EMB", ("DE", "CPA"), "not"),
        ("POST commands/START_SESSION", "RWM", ("DE", "CPB"), ""),
        ("POST commands/START_SESSION", "EMA", None, ""),
        ("POST commands/START_SESSION", "EMA", HUB, "not"),
        ("POST commands/START_SESSION", "hub", HUB, "not"),
        ("PUT tokens/DE/EMA/1", "hub", HUB, ""),
        ("PUT tokens/DE/EMA/1", "hub", None, ""),
        ("PUT tokens/DE/EMA/1", "hub", ("DE", "CPB"), "not"),
        ("PUT tokens/DE/EMA/1", "EMA", ("DE", "CPB"), "not"),
    ],
)
def test_whom_a_message_was_meant_for(
    request_line: str, by: str, to: tuple[str, str] | None, fault: str
) -> None:
    """C-244, C-260."""
    witness, emsp, cpo = Witness(), a_member("EMA", "EMSP"), a_member("CPA", "CPO")
    for member in (emsp, cpo, a_member("EMB", "EMSP")):
        witness.knows(member)
    emsp.client.addressed["c-1"] = to
    came(cpo, request_line, by=by, meant="c-1")
    came(cpo, request_line, by=by, meant="somebody else's")
    faults = witness.faults(cpo)
    assert len(faults) == (1 if fault else 0)
    assert fault in "".join(faults)
    assert witness.faults(emsp) == []


@pytest.mark.parametrize(
    ("requests", "count"),
    [
        ([("PUT", "EMA"), ("PATCH", None)], 0),
        ([("PUT", "EMB")], 1),
        ([("PATCH", None)], 1),
        ([("PUT", None), ("PATCH", None)], 0),
    ],
)
def test_whose_sessions_these_are(requests: list[tuple[str, str | None]], count: int) -> None:
    witness, emsp = Witness(), a_member("EMA", "EMSP")
    for method, provider in requests:
        token = {"cdr_token": {"country_code": "DE", "party_id": provider}} if provider else {}
        came(emsp, f"{method} sessions/DE/CPA/S1", by="CPA", body=token)
    assert len(witness.faults(emsp)) == count


@pytest.mark.parametrize(
    ("first", "then", "count"),
    [(OLD, NEW, 0), (NEW, NEW, 0), (NEW, OLD, 1)],
)
@pytest.mark.parametrize("part", ["", "E1", "E1/1"])
def test_nothing_goes_back_in_time(first: str, then: str, count: int, part: str) -> None:
    """C-119: neither what is told by itself nor what is in what is told."""
    witness, emsp = Witness(), a_member("EMA", "EMSP")
    connector = {"id": "1", "last_updated": first if part.count("/") else OLD}
    evse = {"uid": "E1", "last_updated": first if part else OLD, "connectors": [connector]}
    place = {"id": "L1", "last_updated": first, "evses": [evse]}
    key = ("DE", "CPA", "L1")
    emsp.received.put("locations", key, place, query_type="")
    below = tuple(part.split("/")) if part else ()
    emsp.received.put("locations", (*key, *below), {"last_updated": then}, query_type="")
    assert len(witness.faults(emsp)) == count


def test_what_was_deleted_may_come_again() -> None:
    witness, emsp = Witness(), a_member("EMA", "EMSP")
    key = ("DE", "CPA", "T1")
    emsp.received.put("tariffs", key, {"last_updated": NEW}, query_type="")
    emsp.received.delete("tariffs", key)
    emsp.received.put("tariffs", key, {"last_updated": OLD}, query_type="")
    assert witness.faults(emsp) == []
