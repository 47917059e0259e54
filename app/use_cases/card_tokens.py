"""Which tokens are drivers' cards and vehicles: what they begin is a session of the app, too."""

from app.domain.tokens import Token, TokenRef, TokenType
from app.domain.vehicles import is_vehicle_uid
from app.store.transaction import Transaction


def follows(token: Token | None) -> bool:
    """Whether what this token begins is a driver's to follow, though no start was asked for."""
    if token is None or not token.own or token.driver_id is None:
        return False
    return token.type is TokenType.RFID or is_vehicle_uid(token.uid)


async def driver_of(tx: Transaction, token: TokenRef | None) -> str | None:
    """Whose card a partner names; None when it is nobody's here."""
    if token is None:
        return None
    known = await tx.tokens.find(token.party, token.uid, token.type)
    return known.driver_id if known is not None and follows(known) else None
