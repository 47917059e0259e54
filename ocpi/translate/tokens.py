"""Tokens and the answers about them."""

from app.domain.identifiers import PartyId
from app.domain.tokens import (
    AuthMethod,
    Authorization,
    Token,
    TokenRef,
    TokenType,
    Verdict,
    Whitelist,
)
from ocpi.models.cdrs import CdrToken
from ocpi.models.common import write_datetime
from ocpi.models.tokens import AuthorizationInfo, LocationReferences
from ocpi.models.tokens import Token as WireToken
from ocpi.translate.values import Json, Verbatim, present, write_owner


def token_type(text: str) -> TokenType:
    """A token type; those that OCPI may add one day are OTHER to us."""
    try:
        return TokenType(text)
    except ValueError:
        return TokenType.OTHER


def write_token(token: Token) -> Json:
    """A token in canonical form."""
    return present(
        {
            **write_owner(token.party),
            "uid": token.uid,
            "type": token.type.value,
            "contract_id": token.contract_id,
            "visual_number": token.visual_number,
            "issuer": token.issuer,
            "group_id": token.group_id,
            "valid": token.valid,
            "whitelist": token.whitelist.value,
            "language": token.language,
            "last_updated": write_datetime(token.last_updated),
        }
    )


def read_token(token: WireToken, source: Verbatim | None = None) -> Token:
    """A partner's token; one inside a command has no source of its own."""
    return Token(
        party=PartyId.of(token.country_code, token.party_id),
        uid=token.uid,
        type=token_type(token.type),
        contract_id=token.contract_id,
        issuer=token.issuer,
        valid=token.valid,
        whitelist=Whitelist(token.whitelist),
        last_updated=token.last_updated,
        visual_number=token.visual_number,
        group_id=token.group_id,
        language=token.language,
        own=False,
        document=source.text if source else None,
        version=source.version if source else None,
    )


def write_token_ref(token: TokenRef) -> Json:
    """The token as sessions and CDRs quote it."""
    return {
        **write_owner(token.party),
        "uid": token.uid,
        "type": token.type.value,
        "contract_id": token.contract_id,
    }


def read_token_ref(token: CdrToken) -> TokenRef:
    """The token a session or a CDR quotes."""
    return TokenRef(
        PartyId.of(token.country_code, token.party_id),
        token.uid,
        token_type(token.type),
        token.contract_id,
    )


def write_authorization(
    answer: Authorization, token: Token, place: LocationReferences | None
) -> Json:
    """Our answer about our own token; the place is repeated only when charging is allowed there.

    Source: OCPI 2.2.1, Tokens, AuthorizationInfo object.
    """
    info = {"language": token.language or "en", "text": answer.info} if answer.info else None
    return present(
        {
            "allowed": answer.verdict.value,
            "token": write_token(token),
            "location": place.document() if place is not None and answer.allowed else None,
            "authorization_reference": answer.reference if answer.allowed else None,
            "info": info,
        }
    )


def read_authorization(info: AuthorizationInfo, source: Verbatim | None = None) -> Authorization:
    """A partner's answer about its token."""
    return Authorization(
        verdict=Verdict(info.allowed),
        token=read_token(info.token, source),
        method=AuthMethod.AUTH_REQUEST,
        reference=info.authorization_reference,
        info=info.info.text if info.info else None,
    )
