"""A hub's own refusals; they come with HTTP 200. Source: OCPI 2.2.1, Status codes, 4xxx."""

from ocpi.wire.envelope import HUB_CONNECTION, HUB_ERROR, HUB_TIMEOUT, UNKNOWN_RECEIVER
from ocpi.wire.faults import WireFault


class HubTrouble(WireFault):
    """The message could not be handled, or the receiver answered nothing that could be passed."""

    code = "hub_trouble"
    status_code = HUB_ERROR


class Unroutable(WireFault):
    """There is no such receiver, as far as the sender may know."""

    code = "unroutable"
    status_code = UNKNOWN_RECEIVER


class NoAnswer(WireFault):
    """The receiver did not answer in time; the message may have arrived."""

    code = "no_answer"
    status_code = HUB_TIMEOUT


class NotConnected(WireFault):
    """The receiver cannot be reached; the message did not arrive."""

    code = "not_connected"
    status_code = HUB_CONNECTION
