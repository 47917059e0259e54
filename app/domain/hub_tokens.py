"""Tokens that the hub's members told each other, as far as other versions need to know them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.identifiers import PartyId

TOKENS_KEPT = timedelta(days=400)
"""How long a token is known after it was heard or needed last."""

MOST_TOKENS = 5_000_000
REFERENCES_KEPT = timedelta(days=60)


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


@dataclass(frozen=True, slots=True)
class Reference:
    """An eMSP's `authorization_reference` for charging at an operator by a contract.

    `started_at` is when the session began that it was found to be of, None before.
    """

    provider: PartyId
    reference: str
    operator: PartyId
    contract_id: str
    given_at: datetime
    started_at: datetime | None = None
