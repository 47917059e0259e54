"""Tokens and answers about them."""

from dataclasses import replace

import pytest

from app.domain.tokens import AuthMethod, Authorization, TokenType, Verdict
from ocpi.models.cdrs import CdrToken
from ocpi.models.tokens import AuthorizationInfo, LocationReferences
from ocpi.models.tokens import Token as WireToken
from ocpi.translate.tokens import (
    read_authorization,
    read_token,
    read_token_ref,
    token_type,
    write_authorization,
    write_token,
    write_token_ref,
)
from ocpi.translate.values import Verbatim
from tests.support.roaming_objects import a_token

PLACE = LocationReferences(location_id="L", evse_uids=["E"])


def test_a_token_comes_back_as_it_was() -> None:
    token = a_token(group_id="g", language="nl")
    assert replace(read_token(WireToken.read(write_token(token))), own=True) == token
    kept = read_token(WireToken.read(write_token(token)), Verbatim("{}", "2.3.0"))
    assert (kept.document, kept.version) == ("{}", "2.3.0")


@pytest.mark.parametrize("kind", TokenType)
def test_known_types_are_themselves(kind: TokenType) -> None:
    assert token_type(kind.value) is kind


def test_types_of_the_future_are_other() -> None:
    """C-020."""
    assert token_type("BRAIN_IMPLANT") is TokenType.OTHER


def test_a_quoted_token_comes_back_as_it_was() -> None:
    """C-142."""
    ref = a_token().ref
    assert read_token_ref(CdrToken.read(write_token_ref(ref))) == ref


def test_an_allowed_token_may_charge_at_the_place() -> None:
    """C-182, C-187."""
    answer = Authorization(Verdict.ALLOWED, a_token(), AuthMethod.AUTH_REQUEST, "REF", "Hi")
    document = write_authorization(answer, a_token(language="nl"), PLACE)
    assert document["location"] == {"location_id": "L", "evse_uids": ["E"]}
    assert document["info"] == {"language": "nl", "text": "Hi"}
    back = read_authorization(AuthorizationInfo.read(document))
    assert (back.verdict, back.reference, back.info) == (Verdict.ALLOWED, "REF", "Hi")
    assert "location" not in write_authorization(answer, a_token(), None)


def test_a_blocked_one_gets_neither_place_nor_reference() -> None:
    """C-184."""
    answer = Authorization(Verdict.BLOCKED, a_token(), AuthMethod.AUTH_REQUEST, "REF")
    document = write_authorization(answer, a_token(), PLACE)
    assert set(document) == {"allowed", "token"}
    assert read_authorization(AuthorizationInfo.read(document)).info is None
