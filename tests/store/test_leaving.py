"""A person's data, whole and then gone, whatever tables there are."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Boolean, Column, Integer, Table, insert, select

from app.adapters.sealing_fernet import FernetSealer
from app.domain.charging import ChargingState
from app.domain.drivers import Consent, Identity, PushKind
from app.domain.errors import Conflict, NotFound
from app.domain.notification_preferences import NotificationPreferences
from app.domain.payments import PaymentState
from app.store.columns import Fixed4, Utc
from app.store.migrations import metadata
from app.store.personal import personal_tables
from app.store.transaction import Store
from app.use_cases.accounts import Accounts
from app.use_cases.drivers import DeviceInfo, Drivers
from app.use_cases.leaving import Leaving
from app.use_cases.mail_sign_ins import ISSUER
from app.use_cases.personal import NOUNS, Leaves
from app.use_cases.repeats import Repeats
from tests.support.chargers import a_token
from tests.support.chargings import a_charging, a_payment
from tests.support.clock import NOON, FakeClock
from tests.support.drive import CARD

SEALER = FernetSealer(["a secret of sixteen characters"])
NAME, MAIL, TARGET = "Dana Q. Driver", "dana@example.com", "push-target-of-dana"
WHO = Identity(ISSUER, MAIL, MAIL, NAME, provider="email")
PHONE = DeviceInfo("phone-of-dana", "ios", f"Phone of {NAME}")
STATED = {
    ("drivers", "id"): "the account's empty shell, so that nobody gets this id again",
    ("drivers", "document"): "the same",
    ("events", "document"): "the log of events, forgotten after a week",
}
"""Where a driver's id may still stand after they left, and why."""
SAID: dict[str, dict[str, Any]] = {
    "charge_cards": {"name": NAME},
    "driver_groups": {"name": NAME},
    "group_members": {"email": MAIL, "label": NAME},
    "issues": {"remarks": [{"text": NAME}]},
    "reservations": {},
}
"""What people write into documents that stay; all others are taken to hold name and address."""


@pytest.fixture
def drivers(store: Store, clock: FakeClock) -> Drivers:
    return Drivers(store, clock, SEALER)


@pytest.fixture
def leaving(store: Store, clock: FakeClock) -> Leaving:
    return Leaving(store, clock, SEALER)


async def settled(drivers: Drivers, store: Store, clock: FakeClock) -> str:
    """A driver of whom every noun of the accounts holds something; their id."""
    driver = (await drivers.sign_in(WHO, PHONE)).driver.id
    await drivers.set_push(driver, PHONE.id, TARGET, PushKind.FCM_TOKEN)
    repeats = Repeats(store, clock, SEALER)
    await repeats.keep(driver, "a-key-of-16-signs", NAME)
    await repeats.keep(f"auth:{PHONE.id}", "a-key-of-16-signs", NAME)
    token = a_token("CARD1", driver_id=driver, own=True, visual_number="0815")
    async with store.transaction() as tx:
        await tx.drivers.consents.add(driver, Consent("terms", granted=True, at=NOON, version="2"))
        await tx.drivers.notification_preferences.save(driver, NotificationPreferences(version=1))
        done = a_charging(
            state=ChargingState.COMPLETED,
            driver_id=driver,
            email=MAIL,
            payment_id="p-1",
            secret_hash="hash",
            token=token,
        )
        await tx.charging.add(done)
        paid = a_payment(state=PaymentState.CAPTURED, customer="cus_dana", action_url="https://x")
        await tx.payments.add(replace(paid, id="p-1", charging_id=done.id))
        await tx.payments.methods.add(replace(CARD, driver_id=driver))
        await tx.tokens.put(token)
    return driver


async def furnish(store: Store, driver: str) -> set[str]:
    """A row for this driver in every personal table that has none; their names."""
    made = set()
    async with store.transaction() as tx:
        for name, table in personal_tables().items():
            if not await tx.drivers.personal.of_driver(name, driver):
                made.add(name)
                await tx.connection.execute(insert(table).values(**a_row(table, driver)))
    return made


def a_row(table: Table, driver: str) -> dict[str, Any]:
    """Some value for every column that needs one."""
    return {
        column.name: _some(column, driver)
        for column in table.columns
        if not column.nullable or column.name in {"driver_id", "owner_id", "closed_at"}
        if not (column.primary_key and isinstance(column.type, Integer))
    }


def _some(column: Column[Any], driver: str) -> Any:
    if column.name in {"driver_id", "owner_id"}:
        return driver
    if column.name in {"document", "fields"}:
        said = SAID.get(column.table.name, {"name": NAME, "email": MAIL})
        return json.dumps({"driver_id": driver, **said})
    if isinstance(column.type, Utc):
        return NOON
    if isinstance(column.type, Boolean):
        return False
    return 0 if isinstance(column.type, Integer | Fixed4) else "x"


async def everything(store: Store) -> dict[tuple[str, str], str]:
    """The whole database as text, by table and column."""
    found: dict[tuple[str, str], str] = {}
    async with store.reading() as tx:
        for name, table in metadata().tables.items():
            for row in (await tx.connection.execute(select(table))).mappings():
                for column, value in row.items():
                    place = (name, str(column))
                    found[place] = found.get(place, "") + f"\n{value}"
    return found


def test_every_personal_table_has_a_noun() -> None:
    """Yours is missing? Add a line to NOUNS in app/use_cases/personal.py."""
    assert set(personal_tables()) <= {noun.table for noun in NOUNS}


async def test_nothing_of_the_person_is_left_but_what_is_stated(
    drivers: Drivers, leaving: Leaving, store: Store, clock: FakeClock
) -> None:
    """GDPR, Article 17; over all tables, those that others add included."""
    driver = await settled(drivers, store, clock)
    await furnish(store, driver)
    before = await everything(store)
    for word in (driver, NAME, MAIL, TARGET):
        assert any(word in text for text in before.values())
    await leaving.delete_account(driver)
    after = await everything(store)
    for word in (driver, NAME, MAIL, TARGET, PHONE.id, "cus_dana", "0815"):
        left = {place for place, text in after.items() if word in text}
        assert left <= set(STATED), word


async def test_what_stays_is_read_as_before(
    drivers: Drivers, leaving: Leaving, store: Store, clock: FakeClock
) -> None:
    driver = await settled(drivers, store, clock)
    await leaving.delete_account(driver)
    async with store.reading() as tx:
        kept = await tx.charging.need("c-1")
        assert (kept.driver_id, kept.email, kept.secret_hash) == (None, None, None)
        assert kept.token is not None
        assert kept.token.driver_id is None
        paid = await tx.payments.need("p-1")
        assert (paid.state, paid.customer, paid.action_url) == (
            PaymentState.CAPTURED, None, None,
        )  # fmt: skip
    async with store.transaction() as tx:
        await tx.charging.save(kept)
    with pytest.raises(NotFound):
        await Accounts(store, clock).get(driver)


async def test_the_export_has_all_nouns_and_no_secrets(
    drivers: Drivers, leaving: Leaving, store: Store, clock: FakeClock
) -> None:
    """GDPR, Articles 15 and 20."""
    driver = await settled(drivers, store, clock)
    await furnish(store, driver)
    made = await leaving.export(driver)
    with ZipFile(BytesIO(made.content)) as packed:
        told = {name: json.loads(packed.read(name)) for name in packed.namelist()}
    assert set(told) == {f"{noun.name}.json" for noun in NOUNS} | {"about.json"}
    empty = {name for name, content in told.items() if not content}
    assert empty <= {"receipts.json"}
    assert told["account.json"][0]["email"] == MAIL
    assert told["consents.json"][0]["version"] == "2"
    assert told["sessions.json"][0]["id"] == "c-1"
    text = json.dumps(told)
    assert TARGET not in text
    assert "secret_hash" not in text


async def test_an_open_family_must_be_closed_first(
    drivers: Drivers, leaving: Leaving, store: Store, clock: FakeClock
) -> None:
    driver = await settled(drivers, store, clock)
    await furnish(store, driver)
    async with store.transaction() as tx:
        groups = metadata().tables["driver_groups"]
        await tx.connection.execute(
            groups.update().values(closed_at=None, document=_group(driver))
        )
    with pytest.raises(Conflict, match="close it first"):
        await leaving.delete_account(driver)


def _group(driver: str) -> str:
    made = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    return json.dumps(
        {"id": "x", "owner_id": driver, "name": "Us", "currency": "EUR", "created_at": made,
         "kind": "family", "zone": "Europe/Amsterdam"}
    )  # fmt: skip


async def test_bills_quote_other_words_for_a_card(
    drivers: Drivers, leaving: Leaving, store: Store, clock: FakeClock
) -> None:
    """The same word in every session and CDR, in a partner's document too."""
    driver = await settled(drivers, store, clock)
    async with store.transaction() as tx:
        for name in ("sessions", "cdrs"):
            table = metadata().tables[name]
            values = a_row(table, driver)
            quoted = {"token": {"uid": "CARD1"}, "document": json.dumps({"uid": "CARD1"})}
            values["document"] = json.dumps(quoted)
            await tx.connection.execute(insert(table).values(**values))
    await leaving.delete_account(driver)
    words = set()
    async with store.reading() as tx:
        for name in ("sessions", "cdrs"):
            table = metadata().tables[name]
            document = json.loads(
                (await tx.connection.execute(select(table.c.document))).scalar_one()
            )
            words |= {document["token"]["uid"], json.loads(document["document"])["uid"]}
    assert len(words) == 1
    assert words.pop().startswith("GONE")


def test_what_is_seen_to_by_hand_is_what_is_expected() -> None:
    by_hand = {noun.name for noun in NOUNS if noun.leaves is Leaves.SEEN_TO}
    assert by_hand == {
        "account", "identities", "sign_ins", "receipts", "tokens",
    }  # fmt: skip
