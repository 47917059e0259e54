"""Where a message at the hub goes: to one party, to everybody, or to whom its content names.

OCPI infers that from the routing headers, the method and the side of the module that is called.
Source: OCPI 2.2.1, Transport and format, Message routing; ocpi issues 501, 507 and 508.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Role

OWNED_BY_CPO = frozenset(
    {"locations", "sessions", "cdrs", "tariffs", "invoicereconciliation", "bookings"}
)
"""Modules whose data are a CPO's; it sends them, and answers at their sender interface."""

FOR_EVERYBODY = frozenset({"locations", "tariffs", "tokens"})
"""What may be told to everybody; all else is somebody's own business."""

LISTED = FOR_EVERYBODY | {"sessions", "cdrs"}
"""Modules of which a hub shows the lists of all its members in one."""

NEVER_ROUTED = frozenset({"credentials", "versions", "hubclientinfo"})
"""Configuration modules, which are between two platforms."""

_PROVIDERS = frozenset({Role.EMSP, Role.NSP, Role.NAP, Role.SCSP, Role.OTHER})
_OPERATORS = frozenset({Role.CPO})


class Mode(StrEnum):
    """How a hub handles a message."""

    DIRECT = "direct"
    BROADCAST = "broadcast"
    GET_ALL = "get_all"
    OPEN = "open"


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Asked:
    """A request at a hub as far as its way depends on it.

    `role` is the side that is called, `has_object` whether the address names one of its objects,
    `receiver` what the TO headers say.
    """

    module: str
    role: InterfaceRole
    method: str
    has_object: bool
    receiver: PartyId | None

    @property
    def is_list(self) -> bool:
        """Whether a whole list is asked for."""
        return self.method == "GET" and self.role is InterfaceRole.SENDER and not self.has_object

    @property
    def is_for_everybody(self) -> bool:
        """Whether this is a push that all may know of."""
        told = self.role is InterfaceRole.RECEIVER and self.method in {"PUT", "PATCH", "DELETE"}
        return told and self.module in FOR_EVERYBODY


def mode_of(asked: Asked, hub: PartyId) -> Mode:
    """How to handle it; raises InvalidInput for a list that is nobody's.

    A push without TO is OPEN, since its content may name its receiver; it is told to everybody
    when it does not.
    """
    if asked.receiver is not None and asked.receiver != hub:
        return Mode.DIRECT
    if asked.is_list:
        if asked.module not in LISTED:
            reason = f"the list of {asked.module} is one party's: say whose"
            raise InvalidInput("OCPI-to-party-id", reason)
        return Mode.GET_ALL
    if asked.receiver is not None and asked.is_for_everybody:
        return Mode.BROADCAST
    return Mode.OPEN


def serving_roles(module: str, role: InterfaceRole) -> frozenset[Role]:
    """The roles of those who serve this side of a module.

    Source: OCPI 2.2.1, Versions, Typical implementation of modules.
    """
    by_operator = (module in OWNED_BY_CPO) == (role is InterfaceRole.SENDER)
    return _OPERATORS if by_operator else _PROVIDERS


def listening_roles(sender: frozenset[Role]) -> frozenset[Role]:
    """The roles of those who hear what somebody in these roles tells everybody."""
    return _PROVIDERS if sender & _OPERATORS else _OPERATORS
