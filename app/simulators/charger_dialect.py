"""What a version of OCPP has to say for the charger: its messages, and its answers to requests."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol as Interface

from app.simulators.charger_keyring import Keyring
from app.simulators.charger_model import ChargingState, Outlet, Reading, StopReason, Transaction
from app.simulators.charger_signing import SigningMeter
from app.simulators.ocpp_schemas import Payload, Protocol


@dataclass(frozen=True)
class Message:
    """A request of the charger's; `transaction` is set for those that are queued while offline.

    `opens` marks the one whose answer decides whether the transaction may go on. `silent` is a
    SEND of 2.1, which is not answered.
    """

    action: str
    payload: Payload
    transaction: Transaction | None = None
    opens: bool = False
    silent: bool = False


class Works(Interface):
    """What a dialect may ask of the charger when it answers a request."""

    protocol: Protocol
    outlets: dict[int, Outlet]
    settings: dict[str, str]
    password: str | bytes
    keyring: Keyring
    signer: SigningMeter | None
    max_power_kw: Decimal

    def outlet_of(self, transaction_id: str) -> Outlet | None: ...
    def now(self) -> datetime: ...
    def reading(self, outlet: Outlet, context: str, at: datetime | None = None) -> Reading: ...
    def is_online(self) -> bool: ...
    def is_queued(self, transaction_id: str | None) -> bool:
        """Whether messages wait to be delivered, of one transaction or of any."""

    def later(self, job: Callable[[], Awaitable[object]]) -> None:
        """Runs `job` after the request has been answered."""

    def besides(self, job: Callable[[], Awaitable[object]]) -> None:
        """Runs `job`, which may take long, beside everything else."""

    async def start(
        self,
        evse: int,
        token: str,
        *,
        kind: str,
        remote_start: int | None,
        at: datetime | None = None,
    ) -> None: ...
    async def stop(
        self, evse: int = 1, reason: StopReason = "Local", *, at: datetime | None = None
    ) -> None: ...
    async def restart(self, *, graceful: bool) -> None: ...
    async def announce(self, evse: int | None = None, *, again: bool = True) -> None: ...
    async def tell(self, message: Message) -> Payload: ...
    def queue(self, message: Message) -> None: ...


Answer = Callable[[Payload], Awaitable[Payload]]


class Dialect(Interface):
    """One OCPP version's vocabulary; messages out, answers in."""

    answers: Mapping[str, Answer]

    async def lose_reservation(self, outlet: Outlet) -> None:
        """The charger itself ends what it keeps the outlet free for."""

    def boot(self, reason: str) -> Message: ...
    def status(self, outlet: Outlet, at: datetime) -> Message: ...
    def status_word(self, outlet: Outlet) -> str: ...
    def authorize(self, token: str, kind: str) -> Message: ...
    def verdict(self, answer: Payload) -> str:
        """`Accepted` or the refusal's word; `Accepted` too when the answer judges no token."""

    def complete(self, message: Message) -> Payload:
        """The payload as it goes out now; called when it is sent, not when it is queued."""

    def heard(self, running: Transaction, answer: Payload) -> None:
        """What the answer to a transaction message says of the transaction."""

    def begun(self, running: Transaction, reading: Reading) -> Message: ...
    def identified(self, running: Transaction, reading: Reading) -> Message | None: ...
    def moved(
        self, running: Transaction, state: ChargingState, reading: Reading
    ) -> Message | None:
        """Tells a change of the charging state; None where the version has no such message."""

    def sampled(self, running: Transaction, reading: Reading) -> Message: ...
    def ended(self, running: Transaction, reading: Reading) -> Message: ...
