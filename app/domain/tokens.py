"""Tokens: what a driver identifies with, who issued it, and whether it may charge."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.identifiers import PartyId


class TokenType(StrEnum):
    """Source: OCPI 2.2.1, Tokens, TokenType enum; 2.3.0 adds EMAID."""

    AD_HOC_USER = "AD_HOC_USER"
    APP_USER = "APP_USER"
    EMAID = "EMAID"
    OTHER = "OTHER"
    RFID = "RFID"


class Whitelist(StrEnum):
    """When a CPO may decide by itself. Source: OCPI 2.2.1, Tokens, WhitelistType enum."""

    ALWAYS = "ALWAYS"
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"
    NEVER = "NEVER"


class Verdict(StrEnum):
    """The answer to "may this token charge here". Source: OCPI 2.2.1, Tokens, AllowedType enum.

    UNKNOWN is ours: nobody knows this token. So is CONCURRENT: it charges elsewhere already.
    """

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"
    CONCURRENT = "CONCURRENT"
    UNKNOWN = "UNKNOWN"


class AuthMethod(StrEnum):
    """How a session was authorised. Source: OCPI 2.2.1, CDRs, AuthMethod enum."""

    AUTH_REQUEST = "AUTH_REQUEST"
    COMMAND = "COMMAND"
    WHITELIST = "WHITELIST"


@dataclass(frozen=True, slots=True)
class TokenRef:
    """A token as a session and a CDR quote it. Source: OCPI 2.2.1, CDRs, CdrToken class."""

    party: PartyId
    uid: str
    type: TokenType
    contract_id: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token of one eMSP party; `document` is a partner's object verbatim in version `version`.

    Key: party, uid (compared by `identifiers.token_key`), type.
    """

    party: PartyId
    uid: str
    type: TokenType
    contract_id: str
    issuer: str
    valid: bool
    whitelist: Whitelist
    last_updated: datetime
    visual_number: str | None = None
    group_id: str | None = None
    language: str | None = None
    driver_id: str | None = None
    own: bool = True
    document: str | None = None
    version: str | None = None

    @property
    def ref(self) -> TokenRef:
        """What sessions and CDRs keep of this token."""
        return TokenRef(self.party, self.uid, self.type, self.contract_id)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The outcome of asking whether a token may charge at a place.

    `reference` is the issuer's authorization_reference, to be repeated in session and CDR.
    """

    verdict: Verdict
    token: Token | None = None
    method: AuthMethod = AuthMethod.WHITELIST
    reference: str | None = None
    info: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether charging may start."""
        return self.verdict is Verdict.ALLOWED


class Decision(StrEnum):
    """What the whitelist rules say before anybody is asked."""

    ACCEPT = "accept"
    ASK = "ask"
    ASK_ELSE_ACCEPT = "ask_else_accept"
    REJECT = "reject"


def decide(token: Token) -> Decision:
    """Apply the whitelist rules to a known token.

    Source: OCPI 2.2.1, Tokens, WhitelistType enum; `valid=false` with ALWAYS is refused.
    """
    if token.whitelist is Whitelist.ALWAYS:
        return Decision.ACCEPT if token.valid else Decision.REJECT
    if token.whitelist is Whitelist.ALLOWED:
        return Decision.ACCEPT if token.valid else Decision.ASK
    if token.whitelist is Whitelist.ALLOWED_OFFLINE and token.valid:
        return Decision.ASK_ELSE_ACCEPT
    return Decision.ASK
