"""Versions and endpoints are read tolerantly, by the token in the form that works."""

from typing import Any

import pytest

from app.domain.errors import PartnerUnavailable
from app.domain.partners import Endpoint, InterfaceRole
from ocpi.client.discovery import Discovery, NoCommonVersion
from ocpi.client.exchange import Access, ExchangeFailed, PartnerCalls
from tests.support.scripted_partner import Received, Say, ScriptedPartner

BOTH = {"2.2.1", "2.3.0"}


def platform(them: ScriptedPartner, versions: Any, endpoints: Any) -> None:
    def answer(request: Received) -> Say:
        if request.path == "/versions":
            return Say(versions)
        return Say({"version": request.path[1:], "endpoints": endpoints})

    them.answers = answer


def versions_of(them: ScriptedPartner, *numbers: str) -> list[dict[str, str]]:
    return [{"version": number, "url": f"{them.url}/{number}"} for number in numbers]


async def test_the_newest_common_version_counts(
    calls: PartnerCalls, them: ScriptedPartner
) -> None:
    listed = [*versions_of(them, "2.0", "2.2.1", "2.3.0", "9.9"), {"url": "x"}, "nonsense"]
    platform(them, listed, [{"identifier": "tokens", "role": "SENDER", "url": "https://x/t"}])
    found = await Discovery(calls).find(
        f"{them.url}/versions", Access("t"), wanted=BOTH, role=None
    )
    assert found.version.number == "2.3.0"
    assert found.endpoints == (Endpoint("tokens", InterfaceRole.SENDER, "https://x/t"),)
    with pytest.raises(NoCommonVersion):
        await Discovery(calls).find(
            f"{them.url}/versions", Access("t"), wanted={"2.1.1"}, role=None
        )


async def test_odd_endpoints_are_left_out(calls: PartnerCalls, them: ScriptedPartner) -> None:
    """C-059, I-07: unknown modules are kept, credentials need no role, nonsense is skipped."""
    platform(
        them,
        versions_of(them, "2.2.1"),
        [
            {"identifier": "Credentials", "url": "https://x/c"},
            {"identifier": "nltnm-own", "role": "RECEIVER", "url": "https://x/o"},
            {"identifier": "cdrs", "role": "SIDEWAYS", "url": "https://x/s"},
            {"identifier": "sessions", "role": "SENDER"},
            "nonsense",
        ],
    )
    found = await Discovery(calls).find(
        f"{them.url}/versions", Access("t"), wanted=BOTH, role=None
    )
    assert [e.module for e in found.endpoints] == ["credentials", "nltnm-own"]
    assert found.endpoint("credentials") == "https://x/c"
    assert found.endpoint("cdrs") is None


async def test_roles_of_2_1_1_follow_from_the_side(
    calls: PartnerCalls, them: ScriptedPartner
) -> None:
    modules = ("credentials", "locations", "tokens")
    platform(
        them,
        versions_of(them, "2.1.1"),
        [{"identifier": m, "url": f"https://x/{m}"} for m in modules],
    )
    found = await Discovery(calls).find(
        f"{them.url}/versions", Access("t", base64_encoded=False), wanted={"2.1.1"}, role="CPO"
    )
    sides = {e.module: e.role.value for e in found.endpoints}
    assert (sides["locations"], sides["tokens"]) == ("SENDER", "RECEIVER")


async def test_the_other_form_of_the_token_is_tried(
    calls: PartnerCalls, them: ScriptedPartner
) -> None:
    """I-01: what worked is remembered."""

    def picky(request: Received) -> Say:
        if request.headers["authorization"] != "Token plain":
            return Say(http=401, code=2001)
        if request.path == "/versions":
            return Say(versions_of(them, "2.2.1"))
        return Say({"endpoints": [{"identifier": "credentials", "url": "https://x"}]})

    them.answers = picky
    found = await Discovery(calls).find(
        f"{them.url}/versions", Access("plain"), wanted=BOTH, role=None
    )
    assert found.access == Access("plain", base64_encoded=False)
    assert len(them.received) == 3


async def test_a_wrong_token_stays_wrong(calls: PartnerCalls, them: ScriptedPartner) -> None:
    them.answers = lambda _: Say(http=403, code=2001)
    with pytest.raises(ExchangeFailed):
        await Discovery(calls).find(f"{them.url}/versions", Access("t"), wanted=BOTH, role=None)
    assert len(them.received) == 2
    them.answers = lambda _: Say(http=500, code=3000)
    with pytest.raises(ExchangeFailed):
        await Discovery(calls).find(f"{them.url}/versions", Access("t"), wanted=BOTH, role=None)
    assert len(them.received) == 3


@pytest.mark.parametrize("http", [400, 401, 403])
async def test_a_refusal_needs_no_envelope(
    calls: PartnerCalls, them: ScriptedPartner, http: int
) -> None:
    """I-05, I-09: a gateway in front answers in HTML; the other form is tried all the same."""

    def picky(request: Received) -> Say:
        if request.headers["authorization"] != "Token plain":
            return Say(http=http, raw=b"<html>Forbidden</html>")
        if request.path == "/versions":
            return Say(versions_of(them, "2.2.1"))
        return Say([{"endpoints": [{"identifier": "credentials", "url": "https://x"}]}])

    them.answers = picky
    access = Access("plain")
    found = await Discovery(calls).find(f"{them.url}/versions", access, wanted=BOTH, role=None)
    assert found.endpoint("credentials") == "https://x"


@pytest.mark.parametrize("details", [None, [], "x", {"endpoints": {}}, {"endpoints": []}])
async def test_no_endpoints_are_no_platform(
    calls: PartnerCalls, them: ScriptedPartner, details: Any
) -> None:
    them.answers = lambda r: Say(versions_of(them, "2.2.1") if r.path == "/versions" else details)
    with pytest.raises(PartnerUnavailable):
        await Discovery(calls).find(f"{them.url}/versions", Access("t"), wanted=BOTH, role=None)


@pytest.mark.parametrize("stumbles", [Say(http=401, code=2001), Say(code=3000), Say(raw=b"no")])
async def test_versions_and_details_may_want_different_forms(
    calls: PartnerCalls, them: ScriptedPartner, stumbles: Say
) -> None:
    """extrawest-ocpi in 2.1.1: Base64 for the list, the token as it is from there on."""
    listed = versions_of(them, "2.1.1")

    def answer(request: Received) -> Say:
        is_raw = request.headers["authorization"] == "Token plain"
        if request.path == "/versions":
            return stumbles if is_raw else Say(listed)
        endpoints = [{"identifier": "tokens", "url": "https://x/t"}]
        return Say({"version": "2.1.1", "endpoints": endpoints}) if is_raw else stumbles

    them.answers = answer
    for raw in (True, False):
        found = await Discovery(calls).find(
            f"{them.url}/versions",
            Access("plain", base64_encoded=not raw),
            wanted={"2.1.1"},
            role="EMSP",
        )
        assert found.access == Access("plain", base64_encoded=False)
