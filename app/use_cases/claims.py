"""A guest's session that a driver takes into the account: who knows the secret may."""

from dataclasses import replace
from hmac import compare_digest

from app.domain.charging import Charging, ChargingState
from app.domain.errors import Conflict, NotFound
from app.ports.sealing import Sealer
from app.store.transaction import Store
from app.use_cases.accounts import living


class Claims:
    """Makes guests' sessions drivers' own."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def claim(self, charging_id: str, driver_id: str, secret: str) -> Charging:
        """Keep the session in the account; the guest's page and link go on working.

        Asking again changes nothing. Raises NotFound without the right secret, Conflict for a
        quote that nobody took.
        """
        async with self._store.transaction() as tx:
            await living(tx, driver_id)
            charging = await tx.charging.locked(charging_id)
            if charging.driver_id == driver_id:
                return charging
            shown, known = self._sealer.fingerprint(secret), charging.secret_hash or ""
            if charging.driver_id is not None or not compare_digest(shown, known):
                raise NotFound("session", charging_id)
            if charging.state in {ChargingState.QUOTED, ChargingState.EXPIRED}:
                raise Conflict("the session has not been started")
            return await tx.charging.save(replace(charging, driver_id=driver_id))
