"""Operators and the keys to their API."""

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import NotFound, TokenRefused, Unauthenticated
from app.store.transaction import Store
from app.use_cases.operators import Operators
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import CPO, THEIR_CPO, a_token


@pytest.fixture
def operators(store: Store, clock: FakeClock) -> Operators:
    return Operators(store, clock, FernetSealer(["a secret of the tests only"]))


async def test_a_key_works_until_it_is_revoked(operators: Operators) -> None:
    key = await operators.add(CPO, "Charging Ltd", website="https://charging.example")
    holder = await operators.of_key(key.secret)
    assert (holder.operator.name, holder.operator.created_at) == ("Charging Ltd", NOON)
    with pytest.raises(NotFound):
        await operators.revoke(THEIR_CPO, key.id)
    await operators.revoke(CPO, key.id)
    for secret in (key.secret, "rwk_nothing", ""):
        with pytest.raises(Unauthenticated):
            await operators.of_key(secret)


async def test_a_second_key_leaves_the_operator_as_it_is(operators: Operators) -> None:
    first = await operators.add(CPO, "Charging Ltd")
    second = await operators.add(CPO)
    assert first.secret != second.secret
    assert [operator.name for operator in await operators.list()] == ["Charging Ltd"]
    assert (await operators.of_key(first.secret)).operator.name == "Charging Ltd"


async def test_only_the_first_operator_acts_for_the_platform(operators: Operators) -> None:
    first, second = await operators.add(CPO), await operators.add(THEIR_CPO)
    chosen = await operators.add(THEIR_CPO, platform=True)
    keys = (first, second, chosen)
    assert [(await operators.of_key(k.secret)).platform for k in keys] == [True, False, True]


async def test_what_pays_for_an_operators_start(store: Store, operators: Operators) -> None:
    operator = (await operators.of_key((await operators.add(CPO)).secret)).operator
    own = await operators.charging_token(operator, None)
    assert (own.party, own.contract_id) == (CPO, "NL-RW1-OPERATOR")
    with pytest.raises(NotFound):
        await operators.charging_token(operator, "04AABBCC")
    async with store.transaction() as tx:
        await tx.tokens.put(a_token())
        await tx.tokens.put(a_token("BLOCKED", valid=False))
    assert await operators.charging_token(operator, "04:aa:bb:cc") == a_token()
    with pytest.raises(TokenRefused):
        await operators.charging_token(operator, "blocked")


async def test_only_destinations_in_trouble_are_tried_again(operators: Operators) -> None:
    with pytest.raises(NotFound):
        await operators.resend("partner:1")
