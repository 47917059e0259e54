"""What a name of the hub's holds: everything that its result needs, and nothing for others."""

from dataclasses import replace
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_callbacks import CallbackKind, Supplied
from app.use_cases import hub_callback_names
from app.use_cases.hub_callback_names import SealedNames
from tests.support.clock import NOON
from tests.support.passing import GIVEN

SEALER = FernetSealer(["a secret of at least thirty-two characters"])
NAMES = SealedNames(SEALER, 200)
LATER = NOON + timedelta(hours=1, microseconds=7)
WAYS = [
    *(("commands", name) for name in ("START_SESSION", "STOP_SESSION", "UNLOCK_CONNECTOR")),
    *(("commands", name) for name in ("RESERVE_NOW", "CANCEL_RESERVATION")),
    *(("chargingprofiles", method) for method in ("GET", "PUT", "DELETE")),
]
LONG_ONES = (
    f"https://ocpi.a-provider.example/ocpi/emsp/2.2.1/commands/START_SESSION/{uuid4()}",
    f"https://a-customer.prod.eu.platform.example/api/v2/ocpi/responses/{uuid4()}?c=START_SESSION",
    f"https://platform.example/{'x' * 200}",
)


@pytest.mark.parametrize(("module", "about"), WAYS)
@pytest.mark.parametrize("correlation_id", ["", "corr-ü", "x" * 60])
def test_a_name_holds_all_that_its_result_needs(
    module: str, about: str, correlation_id: str
) -> None:
    """C-257."""
    given = replace(GIVEN, module=module, about=about, correlation_id=correlation_id)
    made = NAMES.made(given, LATER)
    assert made is not None
    assert (made.kind, made.supplied) == (CallbackKind.RESULT, given)
    assert made.expires_at == NOON + timedelta(hours=1)
    assert NAMES.read(made.id, given.caller_partner) == made
    assert NAMES.read(made.id, given.owner_partner) is None


@pytest.mark.parametrize("url", LONG_ONES)
def test_ordinary_addresses_have_room(url: str) -> None:
    """With a UUID for the command, towards whose version has correlation ids."""
    given = replace(GIVEN, url=url, correlation_id="")
    made = NAMES.made(given, LATER)
    assert made is not None
    assert NAMES.read(made.id, GIVEN.caller_partner) == made


def test_no_two_are_the_same() -> None:
    """Operators take the address of a result for the name of a command."""
    made = [NAMES.made(GIVEN, LATER) for _ in range(50)]
    assert len({each.id for each in made if each is not None}) == 50


def test_what_a_newer_process_names_is_nothing_to_an_older_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = NAMES.made(replace(GIVEN, module="chargingprofiles", about="DELETE"), LATER)
    assert made is not None
    monkeypatch.setattr(hub_callback_names, "_ABOUT", WAYS[:-1])
    assert NAMES.read(made.id, GIVEN.caller_partner) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"url": f"https://them.example/{token_urlsafe(120)}"},
        {"correlation_id": "x" * 256},
        {"about": "BOOK_NOW"},
        {"module": "bookings"},
        {"owner_partner": "p-1"},
        {"owner_partner": GIVEN.owner_partner.replace("-", "")},
    ],
)
def test_what_does_not_fit_needs_a_row(changes: dict[str, Any]) -> None:
    given: Supplied = replace(GIVEN, **changes)
    assert NAMES.made(given, LATER) is None
