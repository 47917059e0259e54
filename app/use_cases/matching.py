"""Which session a report means, by what the charger gave: a name, a place, a token, a time."""

from datetime import datetime, timedelta

from app.domain.availability import STILL_THERE
from app.domain.identifiers import token_key
from app.domain.metering import Reading
from app.domain.sessions import Session, SessionStatus, bills_parking
from app.domain.stations import Address, ConnectorState, Phase, TransactionReported
from app.use_cases.live_stations import LiveStation, Running

OLD = timedelta(minutes=2)
GONE_REASONS = frozenset({"EVDisconnected", "EVDeparted", "EVCommunicationLost"})
NAMELESS = frozenset({"", "0", "-1"})
"""What chargers call a transaction whose number they never learned."""


def address_in(live: LiveStation, message: TransactionReported) -> Address | None:
    """The connector that is meant; the whole station is none."""
    address = None if message.address is None else live.layout.normal(message.address)
    return address if address is not None and address.evse else None


def is_past(message: TransactionReported, now: datetime) -> bool:
    """Whether this happened a while ago, so that nobody needs to be asked for leave any more."""
    return message.offline or now - message.at > OLD


def lately_ended(live: LiveStation, name: str) -> Running | None:
    """The session of this name, if it ended on this connection."""
    return next((r for r in reversed(live.ended) if r.session.transaction == name), None)


def begun_before(
    live: LiveStation, message: TransactionReported, origin: str | None
) -> Running | None:
    """The session that this start began already."""
    if message.transaction is not None:
        return live.running.get(message.transaction) or lately_ended(live, message.transaction)
    known = (*live.running.values(), *live.ended)
    return next((r for r in known if r.session.origin == origin), None)


def nameless(live: LiveStation, message: TransactionReported) -> Running | None:
    """The session of a charger that never learned its number: by its token, or the only one."""
    going = [r for r in live.running.values() if not r.waits]
    key = token_key(message.token.uid) if message.token else None
    mine = [r for r in going if key is None or r.token_key in (None, key)]
    return mine[0] if len(mine) == 1 else None


def misnamed(live: LiveStation, message: TransactionReported, name: str) -> Running | None:
    """The session that a charger of OCPP 1.6 means by a number that is nobody's.

    Some keep 16 bits of the number only, perhaps as a negative one (quirk Q-04). Others name one
    that another central system gave: then the end is that of the session of the same token, if it
    fits in time and meter.
    """
    if not name.removeprefix("-").isdecimal():
        return None
    address = address_in(live, message)
    going = [
        running
        for running in live.running.values()
        if not running.waits
        and running.session.started_at <= message.at
        and address in {None, running.address}
    ]
    short = [r for r in going if _low_bits(r.session.transaction) == _low_bits(name)]
    if len(short) == 1:
        return short[0]
    if message.phase is not Phase.ENDED or message.token is None:
        return None
    key, last = token_key(message.token.uid), message.readings[-1:]
    same = [
        running
        for running in going
        if _key_of(running) == key and all(_goes_on_from(running.session, r) for r in last)
    ]
    return same[0] if len(same) == 1 else None


def _key_of(running: Running) -> str | None:
    """The token that began it; after a restart of ours the one that pays."""
    payer = running.session.token
    return running.token_key or (token_key(payer.uid) if payer else None)


def _low_bits(name: str | None) -> int | None:
    number = (name or "").removeprefix("-")
    return int(name or 0) & 0xFFFF if number.isdecimal() else None


def _goes_on_from(session: Session, reading: Reading) -> bool:
    known, register = session.register, reading.register
    return known is None or register is None or register >= known


def contradicted_at(live: LiveStation, running: Running, now: datetime) -> datetime:
    """When the charger last said something that does not go with the session; else now."""
    heard = running.session.heard_at or running.session.started_at
    signals = [live.station.booted_at]
    shown = None if running.address is None else live.connectors.get(running.address)
    if shown is not None and shown.state is ConnectorState.AVAILABLE:
        signals.append(shown.at)
    began = running.session.started_at
    signals += [
        other.session.started_at
        for other in live.running.values()
        if other.address == running.address and other.session.started_at > began
    ]
    since = [s for s in signals if s is not None and s > heard]
    return min(since, default=now)


def stays_at_a_price(
    live: LiveStation, running: Running, message: TransactionReported, stopped: Session
) -> bool:
    """Whether the vehicle is still there after the transaction's end, and that costs something."""
    if stopped.status is not SessionStatus.ACTIVE or not bills_parking(stopped.tariff):
        return False
    if message.stop_reason in GONE_REASONS or running.address is None:
        return False
    shown = live.connectors.get(running.address)
    return shown is not None and shown.state in STILL_THERE
