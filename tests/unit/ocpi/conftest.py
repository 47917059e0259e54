"""A partner whose answers are scripted, and our client."""

from collections.abc import AsyncIterator

import pytest

from app.adapters.sealing_fernet import FernetSealer
from ocpi.client.exchange import PartnerCalls
from tests.support.scripted_partner import ScriptedPartner, partner_calls, scripted_partner


@pytest.fixture
def sealer() -> FernetSealer:
    return FernetSealer(["a secret of the house"])


@pytest.fixture
async def them() -> AsyncIterator[ScriptedPartner]:
    async with scripted_partner() as partner:
        yield partner


@pytest.fixture
async def calls(sealer: FernetSealer) -> AsyncIterator[PartnerCalls]:
    async with partner_calls(sealer, timeout_s=1.5) as made:
        yield made
