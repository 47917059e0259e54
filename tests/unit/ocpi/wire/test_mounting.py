"""The table of mounts finds routes and lists endpoints."""

import pytest

from app.domain.errors import InvalidInput
from app.domain.partners import InterfaceRole
from ocpi.versions.registry import V211, V221, V230
from ocpi.wire.addresses import CPO, EMSP, HUB, OWN, Face, callback_url, side_of, versions_url
from ocpi.wire.calls import Answer, Call, Interface, Route
from ocpi.wire.faults import MethodNotAllowed, NoResource
from ocpi.wire.mounting import Table, home_of, segments_of, versions_of

SENDER, RECEIVER = InterfaceRole.SENDER, InterfaceRole.RECEIVER
PUBLIC = "https://hub.example/"


async def _nothing(_call: Call) -> Answer:
    return Answer()


def _credentials(_face: Face) -> Interface:
    routes = (Route("GET", "", _nothing),)
    return Interface("credentials", SENDER, routes, functional=False, open_to_invited=True)


@pytest.fixture
def table() -> Table:
    routes = (
        Route("GET", "{a}/{b}", _nothing),
        Route("PUT", "{a}/{b}", _nothing),
        Route("GET", "{a}/fixed", _nothing, exists=lambda v: v.has_preferences),
    )
    tokens = Interface("tokens", RECEIVER, routes)
    return Table(PUBLIC, [tokens, Interface("unheard", SENDER, routes)], _credentials)


def test_a_route_is_found_with_its_values(table: Table) -> None:
    found = table.find(("cpo", "2.2.1", "tokens", "x/y", "z"), "PUT")
    assert found.path == {"a": "x/y", "b": "z"}
    assert (found.mount.url, found.mount.functional) == (
        "https://hub.example/ocpi/cpo/2.2.1/tokens",
        True,
    )
    assert not found.mount.open_to_invited


@pytest.mark.parametrize(
    "segments",
    [
        (),
        ("x",),
        ("cpo", "2.2.1", "tokens", "a"),
        ("cpo", "2.2.1", "unheard"),
        ("2.1.1", "credentials"),
    ],
)
def test_what_is_not_mounted_is_no_resource(table: Table, segments: tuple[str, ...]) -> None:
    with pytest.raises(NoResource):
        table.find(segments, "GET")


def test_a_method_that_is_not_there_names_those_that_are(table: Table) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        table.find(("cpo", "2.2.1", "tokens", "a", "b"), "DELETE")
    assert refused.value.allowed == ("GET", "PUT")
    with pytest.raises(MethodNotAllowed):
        table.find(("cpo", "2.2.1", "tokens"), "GET")


def test_segments_are_decoded_one_by_one() -> None:
    """C-034, C-035."""
    assert segments_of("/a%2Fb//c%20d/") == ("a/b", "c d")
    for hopeless in ("/" + "x" * 256, "/%00"):
        with pytest.raises(InvalidInput):
            segments_of(hopeless)


def test_details_list_what_a_face_shows(table: Table) -> None:
    both = table.details(OWN, V221)["endpoints"]
    assert [(e["identifier"], e["role"]) for e in both] == [
        ("tokens", "RECEIVER"),
        ("credentials", "SENDER"),
    ]
    assert [e["identifier"] for e in table.details(EMSP, V211)["endpoints"]] == ["credentials"]
    assert [e["identifier"] for e in table.details(CPO, V211)["endpoints"]] == [
        "tokens",
        "credentials",
    ]
    assert [e["identifier"] for e in table.details(HUB, V230)["endpoints"]] == ["credentials"]


def test_versions_without_interface_roles_have_faces_of_their_own() -> None:
    assert versions_of(OWN) == versions_of(HUB) == (V221, V230)
    assert versions_of(CPO) == (V211, V221, V230)
    assert home_of(CPO, V221) == OWN
    assert home_of(CPO, V211) == CPO
    assert home_of(HUB, V221) == HUB


def test_sides_follow_the_owner_of_the_data() -> None:
    """§2.1."""
    assert side_of("locations", SENDER) == side_of("tokens", RECEIVER) == CPO
    assert side_of("commands", RECEIVER) == CPO
    assert side_of("commands", SENDER) == side_of("cdrs", RECEIVER) == EMSP


def test_addresses_are_absolute_and_encoded() -> None:
    assert versions_url(PUBLIC, HUB) == "https://hub.example/ocpi/hub/versions"
    assert callback_url(PUBLIC, V221, "START_SESSION", "a/b") == (
        "https://hub.example/ocpi/emsp/2.2.1/commands/START_SESSION/a%2Fb"
    )
