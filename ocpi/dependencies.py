"""What the OCPI site needs from the rest: use-cases, queries, and who answers at credentials."""

from dataclasses import dataclass
from typing import Protocol

from app.ports.clock import Clock
from app.queries.roaming import Roaming
from app.use_cases.cdrs import Cdrs
from app.use_cases.commands import Commands
from app.use_cases.locations import Locations
from app.use_cases.partners import Partners
from app.use_cases.roaming import PartnerSessions
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens
from ocpi.hub.relay import Relay
from ocpi.rare import RareModules
from ocpi.recorder import Recorder
from ocpi.smart import SmartCharging
from ocpi.wire.addresses import Face
from ocpi.wire.calls import Interface
from ocpi.wire.mounting import Table


class Credentials(Protocol):
    """The credentials module, which differs by face only."""

    def interface(self, face: Face) -> Interface:
        """What is mounted at this face's credentials address."""
        ...


class HubPages(Protocol):
    """What the hub itself answers to its members."""

    def mount(self, table: Table, public_url: str) -> None:
        """Put it where it belongs."""
        ...


REQUESTS_PER_MINUTE = 60_000
"""Of one partner; a full pull at full speed stays below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OcpiDependencies:
    """What the site is built from; `public_url` is where partners reach us, without `/ocpi`.

    Without a `recorder` nobody takes down what was said; without a `hub` there is none, and
    without `members` it shows them to nobody.
    """

    public_url: str
    requests_per_minute: int = REQUESTS_PER_MINUTE
    recorder: Recorder | None = None
    hub: Relay | None = None
    members: HubPages | None = None
    clock: Clock
    partners: Partners
    credentials: Credentials
    roaming: Roaming
    locations: Locations
    tariffs: Tariffs
    tokens: Tokens
    sessions: PartnerSessions
    cdrs: Cdrs
    commands: Commands
    rare: RareModules
    smart: SmartCharging
