"""Ids and routing of an exchange."""

import pytest

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from ocpi.versions.registry import V221
from ocpi.wire.access import Caller
from ocpi.wire.headers import Exchange, answer_headers, id_headers, identify, route
from tests.support.roaming_objects import THEIR_EMSP, a_partner

HUB = PartnerRole(Role.HUB, PartyId("DE", "HUB"), "Hub")
SENT = {"ocpi-from-country-code": "de", "ocpi-from-party-id": "tnm"}


def _exchange(**changes: object) -> Exchange:
    return Exchange("q", "c", caller=Caller(a_partner(**changes), "t", invited=False))


def test_ids_are_taken_over_or_made() -> None:
    """C-037, C-038, C-040."""
    given = identify({"x-request-id": "q", "x-correlation-id": "c"}, lambda: "new")
    assert (given.request_id, given.correlation_id) == ("q", "c")
    made = identify({}, lambda: "new")
    assert (made.request_id, made.correlation_id) == ("new", "new")
    assert len(identify({"x-request-id": "x" * 999}, lambda: "new").request_id) == 255


def test_parties_are_read_without_regard_to_case() -> None:
    exchange = route(_exchange(), SENT)
    assert (exchange.sender, exchange.receiver) == (THEIR_EMSP, None)


def test_answers_swap_sender_and_receiver() -> None:
    """C-042."""
    headers = {**SENT, "ocpi-to-country-code": "NL", "ocpi-to-party-id": "RW1"}
    assert answer_headers(route(_exchange(), headers)) == {
        "x-request-id": "q",
        "x-correlation-id": "c",
        "ocpi-to-country-code": "DE",
        "ocpi-to-party-id": "TNM",
        "ocpi-from-country-code": "NL",
        "ocpi-from-party-id": "RW1",
    }
    assert id_headers(_exchange()) == {"x-request-id": "q", "x-correlation-id": "c"}


@pytest.mark.parametrize("missing", sorted(SENT))
def test_half_a_pair_is_refused(missing: str) -> None:
    """C-046."""
    with pytest.raises(InvalidInput):
        route(_exchange(), {k: v for k, v in SENT.items() if k != missing})


def test_nobody_speaks_for_others_but_a_hub() -> None:
    """C-234."""
    foreign = {**SENT, "ocpi-from-party-id": "XXX"}
    with pytest.raises(InvalidInput):
        route(_exchange(), foreign)
    assert route(_exchange(roles=(HUB,)), foreign).sender == PartyId("DE", "XXX")


def test_what_is_not_known_yet_is_not_there() -> None:
    blank = Exchange("q", "c")
    with pytest.raises(LookupError):
        _ = blank.partner
    with pytest.raises(LookupError):
        _ = blank.ocpi
    assert Exchange("q", "c", version=V221).ocpi is V221
