"""Tokens that the hub's members told each other, as far as other versions need to know them."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.identifiers import PartyId


@dataclass(frozen=True, slots=True)
class HeardToken:
    """A token as an eMSP last said it; `document` is its canonical JSON text.

    A session of 2.1.1 names the contract only, one of later versions the token.
    """

    owner: PartyId
    uid: str
    type: str
    contract_id: str
    document: str
    heard_at: datetime
