"""A partner that names a contract only means the start's token, else our card of the contract."""

from dataclasses import replace

import pytest

from app.domain.commands import contract_of_tag, tag_stem
from app.domain.identifiers import PartyId
from app.domain.tokens import TokenRef, TokenType
from app.store.transaction import Store
from app.use_cases.contracts import meant_token, names_contract
from tests.store.test_commands import a_command
from tests.support.roaming_objects import EMSP, a_foreign_token, a_token

THEM, OTHERS = PartyId("DE", "PRT"), PartyId("DE", "OTH")
UID = "RWABCDEFGHJKLMNP"


def _named(contract: str) -> TokenRef:
    """As 2.1.1's `auth_id` is read."""
    return TokenRef(EMSP, contract, TokenType.OTHER, contract)


async def _meant(store: Store, token: TokenRef | None, cpo: PartyId = THEM) -> TokenRef | None:
    async with store.reading() as tx:
        return await meant_token(tx, cpo, token)


async def test_the_token_of_a_start_is_meant(store: Store) -> None:
    contract = contract_of_tag(EMSP, UID)
    token = a_token(UID, type=TokenType.APP_USER, contract_id=contract)
    start = a_command(token=token, id_tag=UID, remote_party=THEM, station_id=None)
    another = replace(start, id="k2", id_tag=f"{UID[:-1]}Q", remote_party=OTHERS)
    async with store.transaction() as tx:
        await tx.commands.add(start)
        await tx.commands.add(another)
    assert await _meant(store, _named(contract)) == token.ref
    assert await _meant(store, _named(contract.lower())) == token.ref
    third = PartyId("DE", "THI")
    assert await _meant(store, _named(contract), third) == _named(contract)


async def test_a_card_is_meant_by_its_contract(store: Store) -> None:
    card = a_token()
    theirs = replace(a_foreign_token(), contract_id="DE-PRT-C1")
    async with store.transaction() as tx:
        await tx.tokens.put(card)
        await tx.tokens.put(theirs)
    assert await _meant(store, _named(card.contract_id.upper())) == card.ref
    assert await _meant(store, _named("DE-PRT-C1")) == _named("DE-PRT-C1")
    assert await _meant(store, None) is None


async def test_a_token_that_is_named_is_that_token(store: Store) -> None:
    assert not names_contract(a_token().ref)
    assert await _meant(store, a_token().ref) == a_token().ref


@pytest.mark.parametrize(
    "contract", ["", "NL-RWD-C12", "NL-RWD-C12345-789", "x" * 36, "C%%%%%%%%%"]
)
def test_other_contracts_have_no_stem(contract: str) -> None:
    assert tag_stem(contract) is None
