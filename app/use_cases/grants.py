"""Grants of identity providers: kept sealed while an account lives, given back when it ends."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from logging import getLogger

from app.domain.drivers import Identity
from app.domain.errors import ProviderUnavailable
from app.ports.clock import Clock
from app.ports.grants import GrantRevoker
from app.ports.sealing import Sealer
from app.store.identities import Revocation, Tie
from app.store.ids import new_id
from app.store.transaction import Store, Transaction

log = getLogger(__name__)

AT_ONCE = 20
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)
GIVEN_UP_AFTER = timedelta(days=30)


def tie_of(identity: Identity, driver_id: str, now: datetime) -> Tie:
    """That this identity means this driver."""
    return Tie(
        identity.issuer,
        identity.subject,
        driver_id,
        provider=identity.provider,
        tied_at=now,
        client_id=identity.client_id,
    )


async def keep_grant(tx: Transaction, sealer: Sealer, identity: Identity) -> None:
    """Remember the newest grant of an identity, if it came with one; one for each client."""
    if identity.grant is None or identity.client_id is None:
        return
    tie = await tx.drivers.identities.get(identity.issuer, identity.subject)
    if tie is not None:
        granted = opened(sealer, tie) | {identity.client_id: identity.grant}
        kept = sealer.seal(json.dumps(granted), _of(tie))
        client = identity.client_id
        after = replace(tie, provider=identity.provider, client_id=client, grant=kept)
        await tx.drivers.identities.keep_grant(after)


class Grants:
    """Gives back what is no longer used."""

    def __init__(
        self, store: Store, clock: Clock, sealer: Sealer, *, revoker: GrantRevoker
    ) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._revoker = revoker

    async def tick(self) -> int:
        """Give back what is due; tells how many are done."""
        async with self._store.reading() as tx:
            due = await tx.drivers.revocations.due(self._clock.now(), AT_ONCE)
        done = 0
        for each in due:
            done += await self._give_back(each)
        return done

    async def _give_back(self, due: Revocation) -> bool:
        grant = self._sealer.open(due.grant, _context(due.id))
        now = self._clock.now()
        try:
            taken = await self._revoker.revoke(due.provider, due.client_id, grant)
        except ProviderUnavailable as error:
            if now - due.created_at < GIVEN_UP_AFTER:
                wait = min(FIRST_WAIT * 2 ** min(due.tries, 10), LONGEST_WAIT)
                async with self._store.transaction() as tx:
                    await tx.drivers.revocations.later(due.id, now + wait)
                return False
            log.error("driver.grant_not_revoked", extra={"why": str(error)})  # noqa: TRY400 - no defect
            taken = True
        if not taken:
            log.warning("driver.grant_unknown", extra={"provider": due.provider})
        async with self._store.transaction() as tx:
            await tx.drivers.revocations.delete(due.id)
        return True


def opened(sealer: Sealer, tie: Tie) -> dict[str, str]:
    """The grants of an identity, by client."""
    if tie.grant is None:
        return {}
    found: dict[str, str] = json.loads(sealer.open(tie.grant, _of(tie)))
    return found


async def give_back_later(tx: Transaction, sealer: Sealer, ties: list[Tie], now: datetime) -> None:
    """Let every grant be revoked soon, under a name that leads to nobody."""
    for tie in ties:
        for client_id, grant in opened(sealer, tie).items():
            name = new_id()
            await tx.drivers.revocations.add(
                Revocation(
                    name,
                    tie.provider or "",
                    client_id,
                    sealer.seal(grant, _context(name)),
                    created_at=now,
                    due_at=now,
                )
            )


def _of(tie: Tie) -> str:
    return f"grant:{tie.issuer}"


def _context(name: str) -> str:
    return f"revocation:{name}"
