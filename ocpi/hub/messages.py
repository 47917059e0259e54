"""What passes the hub: a member's request as it came, and its way to one receiver."""

from dataclasses import dataclass, field
from typing import Any

from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner
from app.domain.routing import Asked
from ocpi.wire.calls import Relayed
from ocpi.wire.headers import Exchange


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True, kw_only=True)
class HubMessage:
    """One request; `rest` is what follows the endpoint in its path, without the first slash.

    `rest`, `query` and `body` are as they were sent, to the byte. `role` is the side of the module
    that is called.
    """

    exchange: Exchange
    module: str
    role: InterfaceRole
    method: str
    rest: str = ""
    query: str = ""
    body: bytes = b""
    read: dict[bytes, Any] = field(default_factory=dict, compare=False, repr=False)
    """Bodies that were parsed already, on the way to whatever becomes of this message."""

    def changed(
        self,
        *,
        exchange: Exchange | None = None,
        query: str | None = None,
        body: bytes | None = None,
    ) -> "HubMessage":
        """The same but for what every forward changes: `dataclasses.replace` takes far longer."""
        return HubMessage(
            exchange=self.exchange if exchange is None else exchange,
            module=self.module,
            role=self.role,
            method=self.method,
            rest=self.rest,
            query=self.query if query is None else query,
            body=self.body if body is None else body,
            read=self.read,
        )

    @property
    def asked(self) -> Asked:
        """What its way depends on."""
        return Asked(
            self.module, self.role, self.method, bool(self.rest.strip("/")), self.exchange.receiver
        )


@dataclass(slots=True, kw_only=True)
class Leg:
    """A message on its way from one party to one other, at `partner`.

    `came` is the message as the sender sent it, `message` as it goes out. `url` is the whole
    address it goes to, where the receiver once gave one; None: below the receiver's endpoint.
    """

    came: HubMessage
    message: HubMessage
    sender: PartyId
    receiver: PartyId
    partner: Partner
    url: str | None = None

    def carrying(self, message: HubMessage) -> "Leg":
        """The same with another message going out."""
        return Leg(
            came=self.came,
            message=message,
            sender=self.sender,
            receiver=self.receiver,
            partner=self.partner,
            url=self.url,
        )


class AnsweredFor(Exception):
    """Raised by a step on the way out: the hub answers in the receiver's place."""

    def __init__(self, answer: Relayed) -> None:
        super().__init__("answered in the receiver's place")
        self.answer = answer
