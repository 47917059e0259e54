"""Routes for signed meter values: what they prove, and the keys of a charger's meters."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, Services
from app.domain.public_keys import LONGEST, read_public_key
from app.domain.signed_meters import KeyTrust, MeterKey, MeterProof, SignedValue, SignedVerdict

router = APIRouter()

KEYS = "/chargers/{station_id}/meter-keys"


class MeterKeyIn(BaseModel):
    """A meter's public key, as PEM, DER (hexadecimal or Base64), point or `oca:base16:asn1:…`.

    `meter` is the serial number that its texts name, `evse` the charger's number; without either
    it is the key of whatever meter the charger has.
    """

    model_config = ConfigDict(extra="forbid")

    public_key: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    meter: Annotated[str, Field(max_length=64)] = ""
    evse: Annotated[int, Field(ge=1, le=1_000, strict=True)] | None = None


class MeterKeyOut(BaseModel):
    """A key; `trust` is `registered` by the operator or `learned` from the charger itself."""

    id: str
    public_key: str
    curve: str
    meter: str
    evse: int | None
    trust: KeyTrust
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: MeterKey) -> "MeterKeyOut":
        """Show a key."""
        return cls(
            id=key.id,
            public_key=key.given,
            curve=read_public_key(key.given).curve,
            meter=key.meter,
            evse=key.evse,
            trust=key.trust,
            created_at=key.created_at,
            revoked_at=key.revoked_at,
        )


class SignedValueOut(BaseModel):
    """A signed text, byte for byte in `data`, and what the check of it says by the keys of now."""

    id: int
    at: datetime
    nature: str
    encoding: str
    method: str
    data: str
    public_key: str
    meter: str
    pagination: str
    verdict: SignedVerdict
    why: str
    key_id: str | None
    trust: KeyTrust | None

    @classmethod
    def of(cls, value: SignedValue) -> "SignedValueOut":
        """Show a value."""
        text, said = value.text, value.judgement
        return cls(
            id=value.id,
            at=value.at,
            nature=value.nature,
            encoding=text.encoding,
            method=text.method,
            data=text.data,
            public_key=text.public_key,
            meter=said.meter,
            pagination=said.pagination,
            verdict=said.verdict,
            why=said.why,
            key_id=said.key_id,
            trust=said.trust,
        )


class ProofOut(BaseModel):
    """What a session's signed values prove; `energy` in kWh is by them alone."""

    verdict: SignedVerdict
    why: str
    trust: KeyTrust | None
    energy: Decimal | None
    agrees: bool | None
    values: list[SignedValueOut]

    @classmethod
    def of(cls, proof: MeterProof, values: list[SignedValue]) -> "ProofOut":
        """Show a proof with all that it rests on."""
        return cls(
            verdict=proof.verdict,
            why=proof.why,
            trust=proof.trust,
            energy=proof.energy.value if proof.energy is not None else None,
            agrees=proof.agrees,
            values=[SignedValueOut.of(value) for value in values],
        )


@router.get("/sessions/{session_id}/signed")
async def session_proof(session_id: str, asking: Asking, services: Services) -> ProofOut:
    """What the signed meter values of a session prove."""
    session = await services.operations.session(asking.party, session_id)
    signed = services.chargers.signed
    proofs = await signed.proofs({session.id: session.energy})
    return ProofOut.of(proofs[session.id], await signed.values(session.id))


@router.get(KEYS)
async def list_keys(station_id: str, asking: Asking, services: Services) -> list[MeterKeyOut]:
    """The keys of a charger's meters, also those that are revoked."""
    station = await services.chargers.queries.station(asking.party, station_id)
    return [MeterKeyOut.of(key) for key in await services.chargers.signed.keys(station.id)]


@router.post(KEYS, status_code=201)
async def register_key(
    station_id: str, given: MeterKeyIn, asking: Asking, services: Services
) -> MeterKeyOut:
    """Vouch for a key; what was signed at the charger is checked again by it."""
    station = await services.chargers.queries.station(asking.party, station_id)
    key = await services.chargers.signed.register(
        station.id, given.public_key, meter=given.meter, evse=given.evse
    )
    return MeterKeyOut.of(key)


@router.delete(KEYS + "/{key_id}", status_code=204)
async def revoke_key(station_id: str, key_id: str, asking: Asking, services: Services) -> None:
    """Take a key back; what was signed with it is checked again without."""
    station = await services.chargers.queries.station(asking.party, station_id)
    await services.chargers.signed.revoke(station.id, key_id)


@router.get("/chargers/{station_id}/signed")
async def list_values(
    station_id: str,
    asking: Asking,
    services: Services,
    *,
    after: int | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[SignedValueOut]:
    """Everything that was signed at a charger, the newest first, also what fits no session."""
    station = await services.chargers.queries.station(asking.party, station_id)
    found = await services.chargers.signed.at(station.id, before=after, limit=limit)
    return [SignedValueOut.of(value) for value in found]
