"""Which of our drivers' tokens a partner means that names the contract only, as OCPI 2.1.1 does.

The one-time token of a start is found by the start, a card by its contract. What neither knows
stays as it is: a token of type OTHER whose uid is the contract.
"""

from app.domain.commands import tag_stem
from app.domain.identifiers import PartyId
from app.domain.tokens import TokenRef
from app.store.transaction import Transaction


def names_contract(token: TokenRef | None) -> bool:
    """Whether the uid is only the contract once more, for want of a better."""
    return token is not None and token.uid == token.contract_id


async def meant_token(tx: Transaction, cpo: PartyId, token: TokenRef | None) -> TokenRef | None:
    """The token that a CPO's session or CDR is about."""
    if token is None or not names_contract(token):
        return token
    stem = tag_stem(token.contract_id)
    start = await tx.commands.by_tag_stem(cpo, stem) if stem else None
    if start is not None and start.token is not None:
        return start.token.ref
    card = await tx.tokens.by_contract(token.contract_id)
    return card.ref if card is not None else token
