"""What the routes for connections with partners are made of."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.partners import Partner
from app.queries.partner_sheets import PartnerSheets
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_rules import HubRules
from app.use_cases.suspensions import Suspensions
from app.use_cases.traces import Traces


class Membership(Protocol):
    """Makes our own parties members of our hub."""

    async def join(self) -> Partner:
        """See to it that they are; gives the hub. Raises PartnerUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionServices:
    """Use-cases about partners' connections and what passes there."""

    membership: Membership
    suspensions: Suspensions
    objects: HubObjects
    rules: HubRules
    sheets: PartnerSheets
    traces: Traces
