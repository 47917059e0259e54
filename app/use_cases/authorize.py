"""May this token charge here: our own word, the issuer's, or a command's."""

from dataclasses import dataclass

from app.domain.identifiers import PartyId
from app.domain.stations import AuthorizeAsked
from app.domain.tokens import Authorization
from app.ports.authorizer import RemoteAuthorizer
from app.ports.bus import Bus, Subscription
from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.live import LiveStation


@dataclass(frozen=True, slots=True)
class TokenRules:
    """An operator's choices; `accept_unknown` lets any token charge, as one of `default_emsp`."""

    accept_unknown: bool
    default_emsp: PartyId


class Authorize:
    """Decides about tokens, and remembers for a minute what it decided."""

    def __init__(
        self, store: Store, issuers: RemoteAuthorizer, *, bus: Bus, clock: Clock, rules: TokenRules
    ) -> None:
        raise NotImplementedError

    async def listen(self) -> Subscription:
        """Forget what was remembered whenever the bus says that `tokens` changed."""
        raise NotImplementedError

    async def ask(self, live: LiveStation, message: AuthorizeAsked) -> Authorization:
        """The answer for a token held to this charger's reader."""
        raise NotImplementedError
