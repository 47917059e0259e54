"""Reports and ratings over HTTP."""

import pytest

from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.issues import IssueState
from tests.edge.mobile.conftest import STRANGER, Site, refused
from tests.support.chargers import CPO
from tests.support.drive import ME

PLACE = {"party": "NL-RW1", "location_id": "L1", "evse_uid": "E1"}
STUCK = PLACE | {"kind": "cable_stuck", "text": "It does not let go."}


async def test_a_report_is_answered_and_the_driver_told(site: Site) -> None:
    """Product §1.2 A15 and §1.6, issue.update."""
    me, issues = await site.sign_in(), site.drive.belongings.issues
    made = await site.post("/reports", STUCK, headers=me)
    assert (made.status_code, made.json()["state"]) == (201, "open")
    at = f"/reports/{made.json()['id']}"
    await issues.answer(CPO, made.json()["id"], "Somebody is on the way.")
    seen = (await site.get(at, headers=me)).json()
    assert (seen["state"], [r["by"] for r in seen["remarks"]]) == (
        "answered", ["driver", "operator"],
    )  # fmt: skip
    async with site.drive.store.reading() as tx:
        every = await tx.drivers.driver_notices.of_driver("d-1")
    (told,) = [each for each in every if each.kind is DriverNoticeKind.ISSUE_UPDATE]
    assert told.fields["answer"] == "Somebody is on the way."
    again = await site.post(f"{at}/remarks", {"text": "Still here"}, headers=me)
    assert again.json()["state"] == "open"
    await issues.close(CPO, made.json()["id"])
    await issues.close(CPO, made.json()["id"])
    assert (await site.get(at, headers=me)).json()["state"] == "closed"
    late = await site.post(f"{at}/remarks", {"text": "And yet"}, headers=me)
    refused(late, 409, "conflict")


async def test_a_report_is_tied_to_a_session(site: Site) -> None:
    me, drive = await site.sign_in(), site.drive
    await drive.floor.connect()
    charging = await drive.quote(caller=ME)
    body = {"kind": "did_not_start", "session_id": charging.id}
    made = await site.post("/reports", body, headers=me)
    assert (made.json()["session_id"], made.json()["evse_uid"]) == (charging.id, "E1")
    thief = await site.sign_in("thief", STRANGER)
    refused(await site.post("/reports", body, headers=thief), 404, "not_found")
    refused(await site.get(f"/reports/{made.json()['id']}", headers=thief), 404, "not_found")
    listed = (await site.get("/reports", headers=thief)).json()
    assert listed == {"reports": [], "next": None}


async def test_reports_are_paged_and_bounded(site: Site) -> None:
    me = await site.sign_in()
    for _ in range(3):
        await site.post("/reports", STUCK, headers=me)
    first = (await site.get("/reports", params={"limit": 2}, headers=me)).json()
    assert len(first["reports"]) == 2
    after = {"limit": 2, "before": first["next"]}
    rest = (await site.get("/reports", params=after, headers=me)).json()
    assert (len(rest["reports"]), rest["next"]) == (1, None)
    answers = [await site.post("/reports", STUCK, headers=me) for _ in range(8)]
    refused(answers[-1], 429, "rate_limited")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "cable_stuck"}, 422, "malformed"),
        (STUCK | {"kind": "nonsense"}, 422, "malformed"),
        (STUCK | {"session_id": "c-1"}, 422, "malformed"),
        (STUCK | {"evse_uid": "E9"}, 404, "not_found"),
        (STUCK | {"location_id": "L9"}, 404, "not_found"),
        (STUCK | {"party": "X"}, 400, "invalid_input"),
    ],
)
async def test_a_report_that_says_nothing(
    site: Site, body: dict[str, str], status: int, code: str
) -> None:
    refused(await site.post("/reports", body, headers=await site.sign_in()), status, code)


async def test_only_who_runs_the_charger_answers(site: Site) -> None:
    made = await site.post("/reports", STUCK, headers=await site.sign_in())
    issues = site.drive.belongings.issues
    for party in (PartyId("DE", "OTH"), None):
        with pytest.raises(NotFound):
            await issues.answer(party, made.json()["id"], "No")
    mine = await issues.page(CPO, state=IssueState.OPEN, after=None, limit=5)
    assert [i.id for i in mine] == [made.json()["id"]]


async def test_a_station_is_rated_by_who_charged_there(site: Site) -> None:
    me, drive = await site.sign_in(), site.drive
    at = "/locations/NL-RW1/L1"
    stars = {"stars": 4, "kinds": ["fast", "clean", "fast"]}
    never = await site.http.put(f"{at}/rating", json=stars, headers=me)
    refused(never, 409, "conflict")
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.plug_in(live, charging, 20)
    rated = await site.http.put(f"{at}/rating", json=stars, headers=me)
    assert rated.json()["mine"]["kinds"] == ["clean", "fast"]
    await site.http.put(f"{at}/rating", json={"stars": 5}, headers=me)
    seen = (await site.get(f"{at}/ratings")).json()
    assert (seen["count"], seen["average"], seen["mine"]) == (1, "5", None)
    await site.http.delete(f"{at}/rating", headers=me)
    assert (await site.get(f"{at}/ratings")).json()["average"] is None
    refused(await site.get("/locations/NL-RW1/L9/ratings"), 404, "not_found")
    wrong = await site.http.put(f"{at}/rating", json={"stars": 6}, headers=me)
    refused(wrong, 422, "malformed")
