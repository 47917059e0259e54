"""Signed meter values: checked as they come, and again when another key is known.

What a session proves is told to people from the rows, by the keys of now; a CDR quotes what was
known when it was issued.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.cdrs import Cdr
from app.domain.errors import NotFound
from app.domain.metering import Reading
from app.domain.public_keys import read_public_key
from app.domain.signed_meters import (
    UNPROVEN,
    Judgement,
    KeyTrust,
    MeterKey,
    MeterProof,
    SignedText,
    SignedValue,
    judge,
    proof,
)
from app.domain.stations import TransactionReported
from app.domain.units import Kwh
from app.ports.clock import Clock
from app.ports.signatures import SignatureCheck
from app.store.ids import new_id
from app.store.signed_meters import JUDGED_AT_ONCE
from app.store.transaction import Store, Transaction
from app.use_cases.live_stations import LiveStation


class SignedMeters:
    """Checks signed meter values, and keeps the keys of meters."""

    def __init__(self, store: Store, clock: Clock, check: SignatureCheck) -> None:
        self._store = store
        self._clock = clock
        self._check = check

    async def judged(self, live: LiveStation, message: TransactionReported) -> TransactionReported:
        """The message, its signed texts with what the check of them says.

        A key that came with a text that it fits is kept from then on, if none was known.
        """
        address = None if message.address is None else live.layout.normal(message.address)
        evse = address.evse if address is not None and address.evse else None
        async with self._store.reading() as tx:
            keys = await tx.meter_keys.of_station(live.id)
        readings: list[Reading] = []
        learnt: list[MeterKey] = []
        for reading in message.readings:
            texts = []
            for text in reading.signed:
                found = judge(text, (*keys, *learnt), evse, self._check.holds)
                if found.learns:
                    key = self._learned(live.id, found, evse)
                    learnt.append(key)
                    found = found._replace(key_id=key.id)
                texts.append(text._replace(judgement=found._replace(evse=evse or 0)))
            readings.append(replace(reading, signed=tuple(texts)) if texts else reading)
        if learnt:
            async with self._store.transaction() as tx:
                for key in learnt:
                    await tx.meter_keys.add(key)
        return replace(message, readings=tuple(readings))

    def _learned(self, station_id: str, found: Judgement, evse: int | None) -> MeterKey:
        return MeterKey(
            id=new_id(),
            station_id=station_id,
            given=found.key,
            trust=KeyTrust.LEARNED,
            created_at=self._clock.now(),
            meter=found.meter,
            evse=None if found.meter else evse,
        )

    async def keys(self, station_id: str) -> list[MeterKey]:
        """A charger's keys, the oldest first, also those that are revoked."""
        async with self._store.reading() as tx:
            return await tx.meter_keys.of_station(station_id)

    async def register(
        self, station_id: str, given: str, *, meter: str = "", evse: int | None = None
    ) -> MeterKey:
        """The operator vouches for a key; what was signed there is checked again by it.

        Raises InvalidInput for what is no key.
        """
        read_public_key(given)
        key = MeterKey(
            id=new_id(),
            station_id=station_id,
            given=given.strip(),
            trust=KeyTrust.REGISTERED,
            created_at=self._clock.now(),
            meter=meter.strip(),
            evse=evse,
        )
        async with self._store.transaction() as tx:
            await tx.meter_keys.add(key)
        await self.judge_again(station_id)
        return key

    async def revoke(self, station_id: str, key_id: str) -> None:
        """A key counts no more, also for what was signed with it; raises NotFound."""
        async with self._store.transaction() as tx:
            key = await tx.meter_keys.need(key_id, lock=True)
            if key.station_id.casefold() != station_id.casefold():
                raise NotFound("meter key", key_id)
            if key.revoked_at is None:
                await tx.meter_keys.put(replace(key, revoked_at=self._clock.now()))
        await self.judge_again(station_id)

    async def judge_again(self, station_id: str) -> None:
        """Check a charger's values by the keys of now, so many in one transaction.

        Doing it again changes nothing.
        """
        before: int | None = None
        while True:
            async with self._store.transaction() as tx:
                keys = await tx.meter_keys.of_station(station_id)
                page = await tx.signed_values.of_station(
                    station_id, before=before, limit=JUDGED_AT_ONCE
                )
                for value in page:
                    await self._judge_one(tx, value, keys, now=self._clock.now())
            if len(page) < JUDGED_AT_ONCE:
                return
            before = page[-1].id

    async def _judge_one(
        self, tx: Transaction, value: SignedValue, keys: Sequence[MeterKey], *, now: datetime
    ) -> None:
        evse = value.judgement.evse
        found = judge(value.text, keys, evse or None, self._check.holds)
        found = found._replace(evse=evse, learns=False)
        if found != value.judgement:
            await tx.signed_values.judge(value, found, now)

    async def values(self, session_id: str) -> list[SignedValue]:
        """All signed values of a session."""
        async with self._store.reading() as tx:
            return await tx.signed_values.of_session(session_id)

    async def proofs(self, energies: dict[str, Kwh]) -> dict[str, MeterProof]:
        """What the signed values of these sessions prove, each of its energy."""
        found: dict[str, list[tuple[SignedText, Judgement]]] = {}
        for value in await self._of_sessions(energies.keys()):
            found.setdefault(value.session_id or "", []).append((value.text, value.judgement))
        return {each: proof(found.get(each, ()), billed) for each, billed in energies.items()}

    async def proofs_of(self, cdrs: Sequence[Cdr]) -> list[MeterProof]:
        """What own CDRs are proven by, in their order."""
        energies = {cdr.session_id: cdr.bill.energy for cdr in cdrs if cdr.session_id}
        found = await self.proofs(energies)
        return [found.get(cdr.session_id or "", UNPROVEN) for cdr in cdrs]

    async def at(self, station_id: str, *, before: int | None, limit: int) -> list[SignedValue]:
        """A page of what was signed at a charger, the newest first, before this id."""
        async with self._store.reading() as tx:
            return await tx.signed_values.of_station(station_id, before=before, limit=limit)

    async def proof_of(self, cdr: Cdr) -> MeterProof:
        """What a driver's bill is proven by: of a partner's, by what its CDR quotes."""
        if cdr.own:
            key = cdr.session_id or ""
            return (await self.proofs({key: cdr.bill.energy}))[key] if key else UNPROVEN
        texts = [SignedText(v.data, v.encoding, "", v.public_key) for v in cdr.signed]
        return proof(
            [(text, judge(text, (), None, self._check.holds)) for text in texts], cdr.bill.energy
        )

    async def _of_sessions(self, session_ids: Collection[str]) -> list[SignedValue]:
        async with self._store.reading() as tx:
            return await tx.signed_values.of_sessions(session_ids)
