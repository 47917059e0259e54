"""What members were told to call, and how they were told."""

from app.simulators.http_server import Request
from app.simulators.partner import Partner
from tests.edge.ocpi.hub.conftest import HubHouse


def know(emsp: Partner, cpo: Partner) -> None:
    """Each addresses the other directly, whatever it is about."""
    for one, role, other in ((emsp, "CPO", cpo), (cpo, "EMSP", emsp)):
        assert one.hub is not None
        one.hub.counterparts[role] = ("DE", other.party)
        one.hub.published = "direct"


def last(member: Partner, part: str) -> Request:
    """The last request that a member got whose address has this in it."""
    return [r for r in member.requests if part in r.target][-1]


def routing(request: Request) -> tuple[str | None, str | None]:
    """TO and FROM."""
    names = ("ocpi-to-party-id", "ocpi-from-party-id")
    to_, from_ = (request.headers.get(name) for name in names)
    return to_, from_


def back_in(request: Request) -> str:
    """The address for results in a command or a profile as it arrived."""
    url: str = request.json()["response_url"] if request.body else request.asked("response_url")
    return url


def below(hub_house: HubHouse, url: str) -> str:
    """An address of the hub as `HubHouse.ask` wants it."""
    here = f"{hub_house.house.url}/ocpi/hub/2.2.1/"
    assert url.startswith(here)
    return url.removeprefix(here)
