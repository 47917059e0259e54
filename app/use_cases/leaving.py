"""A person's own data: told to them whole (GDPR, Articles 15 and 20), and forgotten (Article 17).

Bills stay, as tax law wants, but for nobody: what they quote of the person's tokens is replaced by
other words, the same everywhere, so that the books still agree with themselves.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from app.domain.drivers import Driver
from app.domain.errors import Conflict
from app.domain.events import CustomerLeft, TokenChanged
from app.domain.payments import FINAL
from app.domain.tokens import Token
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.personal import Rewriting
from app.store.transaction import Store, Transaction
from app.use_cases.accounts import living
from app.use_cases.cards import forget_setups
from app.use_cases.grants import give_back_later
from app.use_cases.mail_sign_ins import mail_hash
from app.use_cases.personal import NOUNS, Leaves, Noun

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Export:
    """A zip of JSON files, one for each noun."""

    name: str
    content: bytes


class Leaving:
    """Tells a person everything, and forgets them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sealer: Sealer,
        *,
        nouns: tuple[Noun, ...] = NOUNS,
        stranger: Callable[[], str] = new_id,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._nouns = nouns
        self._stranger = stranger

    async def export(self, driver_id: str) -> Export:
        """All that is kept of a driver, secrets left out."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            await living(tx, driver_id)
            told = {noun.name: await _told(tx, noun, driver_id) for noun in self._nouns}
        return Export(f"roamwatt-{now:%Y-%m-%d}.zip", _zipped(told, now))

    async def delete_account(self, driver_id: str) -> None:
        """Forget the person; bills stay on the books without them.

        Raises Conflict while a session runs or is unpaid, or an EVSE is reserved.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            driver = await tx.drivers.hold(driver_id)
            await living(tx, driver_id)
            await _refuse_if_bound(tx, driver_id)
            ties = await tx.drivers.identities.of_driver(driver_id)
            await give_back_later(tx, self._sealer, ties, now)
            await tx.drivers.identities.untie(driver_id)
            if driver.email is not None:
                await tx.drivers.mail_codes.forget(mail_hash(self._sealer, driver.email))
            await self._forget_tokens(tx, driver_id, now)
            await _forget_phones(tx, driver_id)
            await _forget_payments(tx, driver)
            for family in await tx.drivers.sign_ins.all_of_driver(driver_id):
                await tx.inbox.forget(f"repeats:auth:{family.device_id}")
            await tx.drivers.sign_ins.delete_of_driver(driver_id)
            await self._forget_nouns(tx, driver_id)
            await tx.inbox.forget(f"repeats:{driver_id}")
            await forget_setups(tx, driver_id)
            await tx.drivers.put(Driver(driver.id, driver.created_at, deleted_at=now))

    async def _forget_nouns(self, tx: Transaction, driver_id: str) -> None:
        stranger = self._stranger()
        for noun in self._nouns:
            match noun.leaves:
                case Leaves.DELETED:
                    await tx.drivers.personal.delete(noun.table, driver_id)
                case Leaves.NOBODYS | Leaves.A_STRANGERS:
                    await tx.drivers.personal.rename(
                        noun.table,
                        driver_id,
                        Rewriting(
                            stranger if noun.leaves is Leaves.A_STRANGERS else None,
                            dropped=noun.dropped,
                            becomes=noun.becomes,
                        ),
                    )
                case Leaves.SEEN_TO:
                    continue

    async def _forget_tokens(self, tx: Transaction, driver_id: str, now: datetime) -> None:
        """Tokens become invalid for good, and what bills quote of them leads to nobody."""
        words: dict[str, str] = {}
        for token in await tx.tokens.of_driver(driver_id):
            words |= _other_words(token)
            gone = replace(
                token, valid=False, driver_id=None, visual_number=None, group_id=None,
                last_updated=now,
            )  # fmt: skip
            await tx.tokens.put(gone)
            tx.emit(TokenChanged(gone.party, gone.uid, gone.type.value))
        if words:
            await tx.drivers.personal.requote(words)


async def _refuse_if_bound(tx: Transaction, driver_id: str) -> None:
    if await tx.charging.open_of_driver(driver_id):
        raise Conflict("a session is still running")
    if await tx.charging.unpaid_of_driver(driver_id):
        raise Conflict("a session is not paid yet")
    if await tx.reservations.open_of_driver(driver_id):
        raise Conflict("an EVSE is still reserved")
    if await tx.drivers.groups.of_owner(driver_id):
        raise Conflict("a family or fleet still charges on this account: close it first")


async def _forget_phones(tx: Transaction, driver_id: str) -> None:
    """What was shown of sessions on lock screens and in browsers, by device and by session."""
    devices = [each.id for each in await tx.drivers.devices.of_driver(driver_id)]
    sessions = [each.id for each in await tx.charging.of_driver(driver_id, limit=_MOST)]
    await tx.drivers.personal.delete_by("live_activities", "device_id", devices)
    for table in ("live_activities", "web_subscriptions"):
        await tx.drivers.personal.delete_by(table, "charging_id", sessions)


async def _forget_payments(tx: Transaction, driver: Driver) -> None:
    """Amounts and the provider's references stay; whom and where to confirm do not.

    The provider is asked to forget the customer and the cards, until it has.
    """
    saved = await tx.payments.methods.of_driver(driver.id)
    known = [driver.customer, *(each.customer for each in saved)]
    for customer in sorted({each for each in known if each}):
        tx.emit(CustomerLeft(customer))
    for charging in await tx.charging.of_driver(driver.id, limit=_MOST):
        payment = await tx.payments.get(charging.payment_id or "")
        if payment is not None and payment.state in FINAL:
            await tx.payments.save(
                replace(payment, customer=None, action_url=None, client_secret=None)
            )


def _other_words(token: Token) -> dict[str, str]:
    """Words that stand for a token's own from now on: nobody can tell of what."""
    told = {token.uid, token.contract_id, token.visual_number} - {None, ""}
    return {word: f"GONE{new_id().replace('-', '')[-16:].upper()}" for word in told if word}


async def _told(tx: Transaction, noun: Noun, driver_id: str) -> list[Any]:
    if noun.read is not None:
        return await noun.read(tx, driver_id)
    return list(await tx.drivers.personal.of_driver(noun.table, driver_id, hidden=noun.hidden))


def _zipped(told: dict[str, list[Any]], now: datetime) -> bytes:
    into = BytesIO()
    about = {"made_at": now.isoformat(), "files": {name: len(all_) for name, all_ in told.items()}}
    with ZipFile(into, "w", ZIP_DEFLATED) as packed:
        for name, content in {"about": about, **told}.items():
            packed.writestr(f"{name}.json", json.dumps(content, ensure_ascii=False, indent=1))
    return into.getvalue()
