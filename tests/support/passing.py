"""Addresses that members gave, valid by default."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.domain.hub_callbacks import CallbackKind, HubCallback, Supplied
from app.domain.partners import InterfaceRole
from tests.support.clock import NOON
from tests.support.roaming_objects import CPO, THEIR_EMSP

GIVEN = Supplied(
    url="https://them.example/back/1?x=%2F",
    module="commands",
    role=InterfaceRole.SENDER,
    owner=THEIR_EMSP,
    owner_partner="00000000-0000-7000-8000-000000000001",
    caller=CPO,
    caller_partner="p-2",
    about="RESERVE_NOW",
    correlation_id="corr-1",
)


def a_callback(callback_id: str = "c-1", **changes: Any) -> HubCallback:
    """For a result, for an hour."""
    made = HubCallback(
        id=callback_id,
        kind=CallbackKind.RESULT,
        supplied=GIVEN,
        expires_at=NOON + timedelta(hours=1),
    )
    return replace(made, **changes)
