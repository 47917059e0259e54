"""The works of a simulated charger: what its outlets do when its messages and requests say so.

Here is what the dialects may ask for (`Works`); what people do at the charger is in `charger`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.simulators.charger_dialect import Dialect, Message
from app.simulators.charger_keyring import Keyring
from app.simulators.charger_limits import watts_at
from app.simulators.charger_link import LOST, ChargerLink
from app.simulators.charger_model import (
    ChargerClock,
    ChargingState,
    Outlet,
    Reading,
    StopReason,
    Transaction,
    utc_now,
)
from app.simulators.charger_reservations import is_kept_from
from app.simulators.charger_signing import SigningMeter
from app.simulators.charger_socket import Journal, Refusal, Silence
from app.simulators.charger_v2 import DialectV2
from app.simulators.charger_v2_variables import preferred_way
from app.simulators.charger_v16 import DialectV16
from app.simulators.lifetime import Living
from app.simulators.ocpp_schemas import Payload, Protocol

_STARTS = {"RemoteStartTransaction", "RequestStartTransaction"}
_STAYS_OPEN = {"Local", "Remote"}


class ChargerCore(Living):
    """One charger with `evses` outlets of `max_power_kw` each.

    `speed` multiplies energy, not time; with `starting` (a past moment) time runs `speed` times
    as fast from there as well, never beyond now. `cable_opens_transaction` (2.x) makes the
    transaction span from plug-in to unplug instead of the flow of power. `script` replaces the
    answer to an action: a payload, a `Refusal`, or None for silence. With `signs_meter` the meter
    signs what it shows at the beginning and the end of transactions.
    """

    def __init__(
        self,
        url: str,
        station_id: str,
        password: str | bytes,
        *,
        protocol: Protocol = "ocpp1.6",
        evses: int = 2,
        max_power_kw: Decimal = Decimal(22),
        start_soc: Decimal | None = Decimal(40),
        sample_interval_s: float | None = None,
        heartbeat_interval_s: float | None = None,
        speed: float = 1.0,
        starting: datetime | None = None,
        cable_opens_transaction: bool = False,
        status_by_event: bool = False,
        signs_meter: bool = False,
        answer_delay_s: float = 0.0,
        call_timeout_s: float = 30.0,
        first_backoff_s: float = 0.1,
        longest_backoff_s: float = 5.0,
        tell: Callable[[str], None] | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        super().__init__()
        self.station_id, self.password, self.protocol = station_id, password, protocol
        self.settings: dict[str, str] = {}
        self.signer = SigningMeter() if signs_meter else None
        self.keyring = keyring or Keyring(station_id)
        self.script: dict[str, Payload | Refusal | None] = {}
        self.answer_delay_s, self.transactions = answer_delay_s, list[Transaction]()
        self.outlets = {n: Outlet(n, Decimal(1_000_000 + n)) for n in range(1, evses + 1)}
        self.journal = Journal(violations=self.violations)
        self.max_power_kw, self._start_soc = max_power_kw, start_soc
        self._sample_s, self._speed = sample_interval_s, speed
        self._clock = ChargerClock(speed=speed, starting=starting)
        self._flowed_at = dict.fromkeys(self.outlets, utc_now())
        self._by_cable = cable_opens_transaction and protocol != "ocpp1.6"
        self._say = tell or (lambda _: None)
        self._jobs: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()
        self._beginning: set[str] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._dialect: Dialect = (
            DialectV16(self)
            if protocol == "ocpp1.6"
            else DialectV2(self, status_by_event=status_by_event)
        )
        self.link = ChargerLink(
            url,
            station_id,
            protocol=protocol,
            password=lambda: self.password,
            tls=self.keyring.context,
            answerer=self._answer,
            journal=self.journal,
            heartbeat_interval_s=heartbeat_interval_s,
            call_timeout_s=call_timeout_s,
            first_backoff_s=first_backoff_s,
            longest_backoff_s=longest_backoff_s,
        )

    async def run(self) -> None:
        """Connects, boots, samples and does the jobs that requests leave behind, for ever."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(
                self.link.run(self._dialect, introduce=self.announce, heard=self._heard)
            )
            tasks.create_task(self._do_jobs())
            if self._sample_s is not None:
                tasks.create_task(self._sample(self._sample_s))
            self._ready.set()

    def now(self) -> datetime:
        """The charger's own time."""
        return self._clock.now()

    def is_online(self) -> bool:
        """Connected and accepted."""
        return self.link.online

    def is_queued(self, transaction_id: str | None) -> bool:
        """Whether messages wait, of this transaction or (None) of any."""
        waiting = (m.transaction for m in self.link.outbox if m.transaction)
        return any(transaction_id in (None, t.id) for t in waiting)

    def running(self, evse: int = 1) -> Transaction | None:
        """The transaction that runs on the outlet."""
        transaction = self.outlets[evse].transaction
        return transaction if transaction and transaction.ended_at is None else None

    def outlet_of(self, transaction_id: str) -> Outlet | None:
        """The outlet on which this transaction runs."""
        found = [n for n in self.outlets if (r := self.running(n)) and r.id == transaction_id]
        return self.outlets[found[0]] if found else None

    def reading(self, outlet: Outlet, context: Any, at: datetime | None = None) -> Reading:
        """The meter now, after what has flowed since the last look."""
        real = utc_now()
        if self._sample_s is not None:
            power_w = self._drawn(outlet.transaction) if outlet.transaction else Decimal(0)
            length = real - self._flowed_at[outlet.number]
            outlet.flow(length, power_w=power_w, speed=self._speed)
        self._flowed_at[outlet.number] = real
        running = outlet.transaction
        return Reading(
            at=at or self.now(),
            register_wh=outlet.register_wh,
            power_w=self._drawn(running) if running else Decimal(0),
            soc=running.soc if running else None,
            context=context,
        )

    def _drawn(self, running: Transaction) -> Decimal:
        """What the vehicle takes, in W, as far as its profiles let it."""
        allowed = watts_at(running, self.now(), self.max_power_kw * 1000)
        return min(running.power_kw * 1000, allowed)

    def later(self, job: Callable[[], Awaitable[object]]) -> None:
        """Runs `job` when the request at hand has been answered."""
        self._jobs.put_nowait(job)

    def besides(self, job: Callable[[], Awaitable[object]]) -> None:
        """Runs `job`, which may take long, beside everything else."""
        if self._tasks is not None:
            self._tasks.create_task(_done(job))

    async def start(
        self,
        evse: int,
        token: str,
        *,
        kind: str,
        remote_start: int | None,
        at: datetime | None = None,
    ) -> None:
        """Starts as asked from afar, or waits for the cable."""
        asks_first = "true" in (
            self.settings.get("AuthorizeRemoteTxRequests"),
            self.settings.get("AuthCtrlr.AuthorizeRemoteStart"),
        )
        if asks_first and await self._authorize(token, kind) != "Accepted":
            return
        await self._admit(self.outlets[evse], token, kind=kind, remote=remote_start, at=at)

    async def announce(
        self, evse: int | None = None, *, again: bool = True, at: datetime | None = None
    ) -> None:
        """Tells the connectors' state, unless it is known already and not wanted `again`."""
        for outlet in self.outlets.values():
            word = self._dialect.status_word(outlet)
            known = outlet.told_status == word and not again
            if evse not in (None, outlet.number) or known or not self.is_online():
                continue
            outlet.told_status = word
            await self.tell(self._dialect.status(outlet, at or self.now()))

    async def tell(self, message: Message) -> Payload:
        """Tells now or never: `{}` when the answer did not come."""
        try:
            return await self.link.call(message)
        except LOST:
            return {}

    def queue(self, message: Message) -> None:
        """Queues a transaction message without waiting."""
        self.later(lambda: self.link.queue(message))

    async def stop(
        self, evse: int = 1, reason: StopReason = "Local", *, at: datetime | None = None
    ) -> None:
        """Stops charging; does nothing when nothing runs."""
        outlet, running = self.outlets[evse], self.running(evse)
        if running is None:
            return
        running.stop_reason = reason
        if self._by_cable and reason in _STAYS_OPEN and outlet.plugged:
            reading = self.reading(outlet, "Sample.Periodic", at)
            running.delivering, running.power_kw = False, Decimal(0)
            await self._post(self._dialect.moved(running, "EVConnected", reading))
        else:
            await self._end(outlet, running, at=at)
            await self.announce(evse, again=False, at=at)

    async def restart(self, *, graceful: bool) -> None:
        """Does what a Reset asks: ends sessions, tells them, boots again."""
        for evse in self.outlets:
            await self.stop(evse, "SoftReset" if graceful else "HardReset")
        way = preferred_way(self.settings)
        if way is not None:
            self.link.redirect(way)
        await self.link.reboot("RemoteReset")

    async def _authorize(self, token: str, kind: str) -> str:
        if not self.is_online():
            return "Accepted"
        answer = await self.tell(self._dialect.authorize(token, kind))
        return self._dialect.verdict(answer) if answer else "Invalid"

    async def _admit(
        self, outlet: Outlet, token: str, *, kind: str, remote: int | None, at: datetime | None
    ) -> None:
        if outlet.plugged:
            await self._begin(outlet, token, kind=kind, remote=remote, at=at)
            return
        outlet.ready_token = (token, kind, remote)
        await self.announce(outlet.number, again=False, at=at)
        if self._tasks is not None:
            self._tasks.create_task(self._forget(outlet, outlet.ready_token))

    async def _forget(self, outlet: Outlet, token: tuple[str, str, int | None]) -> None:
        window_s = self.settings.get("ConnectionTimeOut", "60")
        await asyncio.sleep(float(self.settings.get("TxCtrlr.EVConnectionTimeOut", window_s)))
        if outlet.ready_token is token:
            outlet.ready_token = None
            await self.announce(outlet.number, again=False)

    async def _begin(
        self, outlet: Outlet, token: str, *, kind: str, remote: int | None, at: datetime | None
    ) -> None:
        opened = self.running(outlet.number)
        if opened is None:
            verdict = await self._open(outlet, token, kind=kind, remote=remote, at=at)
        elif not opened.token:
            opened.token, opened.token_kind, opened.remote_start = token, kind, remote
            self._redeem(outlet, opened)
            reading = self.reading(outlet, "Sample.Periodic", at)
            verdict = await self._post(self._dialect.identified(opened, reading))
        else:
            return
        if verdict != "Accepted":
            await self.stop(outlet.number, "DeAuthorized")
            return
        running = self._need(outlet.number)
        running.soc = self._start_soc
        self._say(f"{self.station_id}: EVSE {outlet.number} charges")
        await self._move(outlet.number, "Charging", power_kw=self.max_power_kw, at=at)

    async def _open(
        self, outlet: Outlet, token: str, *, kind: str, remote: int | None, at: datetime | None
    ) -> str:
        reading = self.reading(outlet, "Transaction.Begin", at)
        running = Transaction(
            outlet.number, token, kind, reading.at, outlet.register_wh, remote_start=remote
        )
        self._redeem(outlet, running)
        outlet.transaction = running
        self.transactions.append(running)
        return await self._post(self._dialect.begun(running, reading))

    def _redeem(self, outlet: Outlet, running: Transaction) -> None:
        """A transaction of whom the outlet was kept free for ends the reservation."""
        kept = outlet.reservation
        if kept is not None and running.token and not is_kept_from(outlet, running.token):
            running.reservation, outlet.reservation = kept.number, None

    async def _move(
        self, evse: int, state: ChargingState, *, power_kw: Decimal, at: datetime | None
    ) -> None:
        running = self._need(evse)
        reading = self.reading(self.outlets[evse], "Sample.Periodic", at)
        running.power_kw = power_kw
        reading = replace(reading, power_w=self._drawn(running))
        await self._post(self._dialect.moved(running, state, reading))
        await self.announce(evse, again=False, at=at)

    async def _end(self, outlet: Outlet, running: Transaction, *, at: datetime | None) -> None:
        reading = self.reading(outlet, "Transaction.End", at)
        reading = replace(reading, power_w=Decimal(0))
        running.power_kw, running.state = Decimal(0), "Idle"
        running.ended_at, running.end_wh = reading.at, outlet.register_wh
        energy = (outlet.register_wh - running.begin_wh) / 1000
        self._say(f"{self.station_id}: EVSE {outlet.number} ended after {energy:.3f} kWh")
        await self._post(self._dialect.ended(running, reading))

    async def _post(self, message: Message | None) -> str:
        """Queues and waits for the acknowledgement; the verdict on the token, if it has one."""
        if message is None or message.transaction is None:
            return "Accepted"
        running = message.transaction
        self._beginning.add(running.id)
        before = len(running.answers)
        await self.link.queue(message)
        await self.link.handled(message)
        self._beginning.discard(running.id)
        judged = message.opens and len(running.answers) > before
        return self._dialect.verdict(running.answers[-1]) if judged else "Accepted"

    def _heard(self, message: Message, answer: Payload) -> None:
        running = message.transaction
        if running is None:
            return
        running.answers.append(answer)
        self._dialect.heard(running, answer)
        refused = message.opens and self._dialect.verdict(answer) != "Accepted"
        if refused and running.id not in self._beginning:
            self.later(lambda: self.stop(running.evse, "DeAuthorized"))

    async def _answer(self, action: str, payload: Payload) -> Payload:
        await asyncio.sleep(self.answer_delay_s)
        if self.link.pending and action in _STARTS:
            self.violations.append(f"{action} before the boot was accepted")
        if action in self.script:
            match self.script[action]:
                case None:
                    raise Silence
                case Refusal() as refusal:
                    raise refusal
                case scripted:
                    return scripted
        answer = self._dialect.answers.get(action)
        if answer is None:
            raise Refusal("NotSupported", "not done by this charger")
        return await answer(payload)

    async def _do_jobs(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except LOST:
                continue

    async def _sample(self, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            for outlet in self.outlets.values():
                running = self.running(outlet.number)
                if running is not None and running.token and running.delivering:
                    reading = self.reading(outlet, "Sample.Periodic")
                    await self.link.queue(self._dialect.sampled(running, reading))

    def _need(self, evse: int) -> Transaction:
        running = self.running(evse)
        if running is None:
            raise LookupError(f"nothing runs on EVSE {evse}")
        return running


async def _done(job: Callable[[], Awaitable[object]]) -> None:
    with suppress(*LOST):
        await job()
