"""What the operator's API answers about sessions, bills, commands and partners."""

from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel

from app.domain.cdrs import Cdr
from app.domain.charger_costs import ChargerCost
from app.domain.circuits import Circuit, CircuitState
from app.domain.commands import Command, CommandKind, CommandResult, CommandState
from app.domain.money import Price
from app.domain.partners import Partner, PartnerState, Quirk, Role
from app.domain.pulls import Progress
from app.domain.sessions import Session, SessionStatus
from app.domain.signed_meters import MeterProof, SignedVerdict
from app.domain.transaction_limits import TransactionLimit
from app.store.deliveries import Stuck


class PriceOut(BaseModel):
    """An amount; `gross` is None when the taxes are unknown."""

    currency: str
    net: Decimal
    gross: Decimal | None

    @classmethod
    def of(cls, price: Price | None) -> "PriceOut | None":
        """Show a price, None when it is not known."""
        if price is None:
            return None
        gross = price.gross
        return cls(
            currency=price.net.currency,
            net=price.net.amount,
            gross=gross.amount if gross is not None else None,
        )


class ChargerCostOut(BaseModel):
    """What a charger reckoned by itself."""

    currency: str
    net: Decimal | None
    gross: Decimal | None

    @classmethod
    def of(cls, cost: ChargerCost | None) -> "ChargerCostOut | None":
        """Show it, None when it did not."""
        if cost is None:
            return None
        return cls(currency=cost.currency, net=cost.net, gross=cost.gross)


class LimitOut(BaseModel):
    """Where a charger stops by itself: cost, kWh, seconds, percent; None is no limit."""

    cost: Decimal | None
    energy: Decimal | None
    time_s: int | None
    state_of_charge: int | None

    @classmethod
    def of(cls, limit: TransactionLimit | None) -> "LimitOut | None":
        """Show a limit, None when there is none."""
        if limit is None:
            return None
        time_s = None if limit.time is None else limit.time // timedelta(seconds=1)
        return cls(
            cost=limit.cost,
            energy=None if limit.energy is None else limit.energy.value,
            time_s=time_s,
            state_of_charge=limit.soc,
        )


class SessionOut(BaseModel):
    """A session; energy in kWh, power in kW, state of charge in percent.

    `limit` is what the charger was told to stop at, `charger_limit` what it says that it will.
    """

    id: str
    status: SessionStatus
    activity: str
    station_id: str | None
    location_id: str | None
    evse_uid: str | None
    connector_id: str | None
    contract_id: str | None
    provider: str | None
    started_at: datetime
    ended_at: datetime | None
    energy: Decimal
    power: Decimal | None
    state_of_charge: Decimal | None
    tariff_id: str | None
    cost: PriceOut | None
    charger_cost: ChargerCostOut | None
    limit: LimitOut | None
    charger_limit: LimitOut | None
    flags: list[str]
    transaction: str | None
    stop_reason: str | None
    missing: list[int]
    signed: SignedVerdict
    last_updated: datetime

    @classmethod
    def of(cls, session: Session, proof: MeterProof) -> "SessionOut":
        """Show a session; `missing` are the numbers of messages that did not come."""
        token = session.token
        return cls(
            id=session.id,
            status=session.status,
            activity=session.activity.value,
            station_id=session.station_id,
            location_id=session.location_id,
            evse_uid=session.evse_uid,
            connector_id=session.connector_id,
            contract_id=token.contract_id if token else None,
            provider=str(token.party) if token else None,
            started_at=session.started_at,
            ended_at=session.ended_at,
            energy=session.energy.value,
            power=session.power.value if session.power is not None else None,
            state_of_charge=session.soc,
            tariff_id=session.tariff.id if session.tariff else None,
            cost=PriceOut.of(session.total_cost),
            charger_cost=ChargerCostOut.of(session.charger_cost),
            limit=LimitOut.of(session.limit),
            charger_limit=LimitOut.of(session.charger_limit),
            flags=sorted(session.flags),
            transaction=session.transaction,
            stop_reason=session.stop_reason,
            missing=sorted(session.missing),
            signed=proof.verdict,
            last_updated=session.last_updated,
        )


class CdrOut(BaseModel):
    """A CDR in short; energy in kWh."""

    id: str
    session_id: str | None
    started_at: datetime
    ended_at: datetime
    location_id: str
    evse_uid: str
    contract_id: str
    provider: str
    energy: Decimal
    total: PriceOut | None
    credit_of: str | None
    signed: SignedVerdict
    issued_at: datetime

    @classmethod
    def of(cls, cdr: Cdr, proof: MeterProof) -> "CdrOut":
        """Show a CDR; `total` is None when there was no tariff."""
        return cls(
            id=cdr.id,
            session_id=cdr.session_id,
            started_at=cdr.started_at,
            ended_at=cdr.ended_at,
            location_id=cdr.place.location_id,
            evse_uid=cdr.place.evse_uid,
            contract_id=cdr.token.contract_id,
            provider=str(cdr.token.party),
            energy=cdr.bill.energy.value,
            total=PriceOut.of(cdr.bill.total) if cdr.bill.is_priced else None,
            credit_of=cdr.credit_of,
            signed=proof.verdict,
            issued_at=cdr.issued_at,
        )


class CommandOut(BaseModel):
    """A command; `result` and `message` once it is settled."""

    id: str
    kind: CommandKind
    state: CommandState
    station_id: str | None
    location_id: str | None
    evse_uid: str | None
    connector_id: str | None
    session_id: str | None
    result: CommandResult | None
    message: str | None
    created_at: datetime
    deadline: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, command: Command) -> "CommandOut":
        """Show a command."""
        outcome = command.outcome
        return cls(
            id=command.id,
            kind=command.kind,
            state=command.state,
            station_id=command.station_id,
            location_id=command.location_id,
            evse_uid=command.evse_uid,
            connector_id=command.connector_id,
            session_id=command.session_id,
            result=outcome.result if outcome else None,
            message=outcome.message if outcome else None,
            created_at=command.created_at,
            deadline=command.deadline,
            settled_at=command.settled_at,
        )


class PartnerRoleOut(BaseModel):
    """A party of a partner."""

    role: Role
    party: str
    name: str


class CircuitOut(BaseModel):
    """Whether a partner is called: `open` while it does not answer, `half_open` while tried."""

    state: CircuitState
    failures: int
    since: datetime | None
    retry_at: datetime | None
    why: str | None

    @classmethod
    def of(cls, circuit: Circuit) -> "CircuitOut":
        """Show a circuit."""
        return cls(
            state=circuit.state,
            failures=circuit.failures,
            since=circuit.opened_at,
            retry_at=circuit.retry_at,
            why=circuit.why,
        )


class PartnerOut(BaseModel):
    """A roaming partner; `quirks` are what it needs beyond OCPI, with their numbers.

    `circuit` is the worst any process knows, `counterpart` the one party that a platform of OCPI
    2.1.1 meets at the hub over this connection.
    """

    id: str
    name: str
    state: PartnerState
    version: str | None
    hub: bool
    counterpart: str | None
    roles: list[PartnerRoleOut]
    last_seen: datetime | None
    quirks: dict[Quirk, str]
    circuit: CircuitOut

    @classmethod
    def of(cls, partner: Partner, circuit: Circuit) -> "PartnerOut":
        """Show a partner, without its secrets."""
        return cls(
            id=partner.id,
            name=partner.name,
            state=partner.state,
            version=partner.version,
            hub=partner.hub,
            counterpart=str(partner.counterpart) if partner.counterpart else None,
            roles=[
                PartnerRoleOut(role=r.role, party=str(r.party), name=r.name) for r in partner.roles
            ],
            last_seen=partner.last_seen,
            quirks=partner.known_quirks(),
            circuit=CircuitOut.of(circuit),
        )


class PullOut(BaseModel):
    """How far one list of a partner is pulled; `doubted_at`: it lacked too much to be believed."""

    module: str
    party: str
    since: datetime | None
    pulled_at: datetime | None
    whole_at: datetime | None
    doubted_at: datetime | None
    trouble: str | None

    @classmethod
    def of(cls, progress: Progress) -> "PullOut":
        """Show a list's progress."""
        return cls(
            module=progress.module,
            party=str(progress.party),
            since=progress.since,
            pulled_at=progress.pulled_at,
            whole_at=progress.whole_at,
            doubted_at=progress.doubted_at,
            trouble=progress.trouble,
        )


class InvitedOut(BaseModel):
    """What an invited partner needs to register; the hub has one address for all versions."""

    id: str
    name: str
    token: str
    versions_url: str
    versions_url_2_1_1: str | None


class StuckOut(BaseModel):
    """A destination that does not take what we send."""

    destination: str
    pending: int
    oldest: datetime | None
    fails: int
    parked_at: datetime | None
    trouble: str | None

    @classmethod
    def of(cls, stuck: Stuck) -> "StuckOut":
        """Show a destination in trouble."""
        return cls(
            destination=stuck.destination,
            pending=stuck.pending,
            oldest=stuck.oldest,
            fails=stuck.fails,
            parked_at=stuck.parked_at,
            trouble=stuck.trouble,
        )
