"""The tokens that drivers get from us: one contract for each driver, whatever they charge with."""

from dataclasses import dataclass
from random import Random

from app.domain.charge_cards import contract_id
from app.domain.errors import Conflict
from app.domain.events import TokenChanged
from app.domain.identifiers import PartyId
from app.domain.tokens import Token, TokenType
from app.domain.vehicles import is_vehicle_uid
from app.store.transaction import Transaction

_NUMBERS = 36**8
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Issuer:
    """Our own eMSP party, and where contract numbers come from."""

    party: PartyId
    name: str
    random: Random


async def contract_in(tx: Transaction, issuer: Issuer, driver_id: str) -> str:
    """The driver's contract; a new one, of a random number, for who has none.

    Numbers are not given out in order: nobody shall guess others' contracts.
    """
    for token in await tx.tokens.of_driver(driver_id):
        if token.type is TokenType.RFID or is_vehicle_uid(token.uid):
            return token.contract_id
    for _ in range(_TRIES):
        made = contract_id(issuer.party, issuer.random.randrange(_NUMBERS))
        if await tx.tokens.by_contract(made) is None:
            return made
    raise Conflict("no contract number is free")


async def write_token(tx: Transaction, token: Token) -> None:
    """Keep one of our tokens, and let everybody who has it hear of the change."""
    await tx.tokens.put(token)
    tx.emit(TokenChanged(token.party, token.uid, token.type.value))
