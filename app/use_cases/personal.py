"""What is kept of a person, noun by noun: what each tells them, and what becomes of it.

A noun whose table has a `driver_id` is one line here: its export and its erasure follow. A test
fails for a table that has none.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.store.documents import adapter
from app.store.transaction import Transaction
from app.use_cases.receipt_lines import receipt_of
from app.use_cases.receipt_text import as_text

Reader = Callable[[Transaction, str], Awaitable[list[Any]]]


class Leaves(StrEnum):
    """What becomes of rows when their person leaves."""

    DELETED = "deleted"
    NOBODYS = "nobodys"
    A_STRANGERS = "a_strangers"
    """Somebody's, as all others of the same person, but nobody can tell whose."""
    SEEN_TO = "seen_to"
    """`app.use_cases.leaving` does it by hand."""


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun; `table` is where it lies, `hidden` are members that are nobody's to read.

    `dropped` are those that even what stays loses, `becomes` what others are from then on.
    """

    name: str
    table: str
    leaves: Leaves = Leaves.DELETED
    hidden: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    becomes: Mapping[str, str] = field(default_factory=dict)
    read: Reader | None = None


async def _account(tx: Transaction, driver_id: str) -> list[Any]:
    driver = await tx.drivers.need(driver_id)
    return [adapter(type(driver)).dump_python(driver, mode="json")]


async def _receipts(tx: Transaction, driver_id: str) -> list[Any]:
    """Every bill with its receipt as it was mailed."""
    found = []
    for charging in await tx.charging.of_driver(driver_id, limit=10_000):
        cdr = await tx.cdrs.get(charging.cdr_id or "")
        payment = await tx.payments.get(charging.payment_id or "")
        if cdr is None or payment is None:
            continue
        place = cdr.place.name or str(charging.cpo)
        found.append(
            {
                "session_id": charging.id,
                "receipt": as_text(receipt_of(charging, cdr, payment, place)),
                "cdr": adapter(type(cdr)).dump_python(cdr, mode="json", exclude_defaults=True),
            }
        )
    return found


NOUNS: tuple[Noun, ...] = (
    Noun("account", "drivers", Leaves.SEEN_TO, read=_account),
    Noun("identities", "identities", Leaves.SEEN_TO, frozenset({"grant"})),
    Noun("devices", "devices", hidden=frozenset({"push_target", "activity_token"})),
    Noun("sign_ins", "sign_ins", Leaves.SEEN_TO),
    Noun("consents", "consents"),
    Noun("notification_preferences", "notification_preferences"),
    Noun("notices", "driver_notices"),
    Noun(
        "sessions",
        "chargings",
        Leaves.NOBODYS,
        hidden=frozenset({"secret_hash", "token"}),
        dropped=frozenset({"secret_hash", "email"}),
    ),
    Noun("receipts", "chargings", Leaves.SEEN_TO, read=_receipts),
    Noun("payment_methods", "payment_methods", hidden=frozenset({"reference", "customer"})),
    Noun("reservations", "reservations", Leaves.NOBODYS, frozenset({"token", "tag"})),
    Noun("tokens", "tokens", Leaves.SEEN_TO),
    Noun("card_orders", "card_orders"),
    Noun(
        "charge_cards",
        "charge_cards",
        Leaves.NOBODYS,
        hidden=frozenset({"check_hash", "uid_key", "number_key"}),
        dropped=frozenset({"name"}),
        becomes={"state": "lost"},
    ),
    Noun("vehicles", "vehicles"),
    Noun("groups", "driver_groups", Leaves.A_STRANGERS, becomes={"name": "closed"}),
    Noun(
        "group_memberships",
        "group_members",
        Leaves.NOBODYS,
        hidden=frozenset({"code_hash"}),
        dropped=frozenset({"email", "label", "code_hash"}),
        becomes={"state": "left"},
    ),
    Noun("group_spending", "group_spending", Leaves.A_STRANGERS),
    Noun("reports", "issues", Leaves.NOBODYS, dropped=frozenset({"remarks"})),
    Noun("ratings", "ratings"),
    Noun("favourites", "favourites"),
    Noun("waitings", "waitings"),
    Noun("browsers", "web_subscriptions", hidden=frozenset({"auth", "p256dh", "endpoint"})),
)
"""All that is personal; add yours."""
