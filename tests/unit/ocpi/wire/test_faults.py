"""Every refusal has its numbers."""

from collections.abc import Iterator

import pytest

from app.domain import errors
from app.domain.errors import DomainError, InvalidInput, NotFound
from app.use_cases.registration import AlreadyRegistered
from ocpi.wire import faults
from ocpi.wire.faults import Fault, WireFault, fault


def _family(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _family(child)


def test_every_refusal_is_in_the_table() -> None:
    """Total: each class has a row of its own or a parent below DomainError that has.

    The classes are looked for when the test runs, since then all modules are imported.
    """
    for kind in set(_family(DomainError)):
        error = kind.__new__(kind)
        error.noun = "thing"  # type: ignore[attr-defined]
        answer = fault(error)
        assert 2000 <= answer.status_code < 5000, kind
        assert answer.http in {200, 400, 401, 404, 405, 413, 429}, kind
        if not issubclass(kind, WireFault):
            rows = [parent for parent in kind.__mro__ if parent in faults._TABLE]
            assert rows[0] is not DomainError, f"{kind.__name__} needs a row in ocpi.wire.faults"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InvalidInput("id", "is missing"), Fault(200, 2001, "id: is missing")),
        (NotFound("location", "L1"), Fault(404, 2003, "no location 'L1'")),
        (NotFound("EVSE", "E1"), Fault(404, 2003, "no EVSE 'E1'")),
        (NotFound("token", "T1"), Fault(404, 2004, "no token 'T1'")),
        (NotFound("tariff", "T1"), Fault(404, 2000, "no tariff 'T1'")),
        (errors.Unauthenticated("who"), Fault(401, 2001, "who")),
        (errors.StaleVersion("old"), Fault(200, 2001, "old")),
        (AlreadyRegistered("twice"), Fault(200, 2001, "twice")),
        (errors.RateLimited(5), Fault(429, 2000, "too many requests, come back in 5 s")),
        (errors.PartnerUnavailable("gone"), Fault(200, 3000, "gone")),
        (faults.NotOcpi("no"), Fault(400, 2001, "no")),
        (faults.TooLarge("no"), Fault(413, 2001, "no")),
        (faults.NoResource("no"), Fault(404, 2000, "no")),
        (faults.MethodNotAllowed("PUT"), Fault(405, 2000, "PUT is not allowed here")),
        (faults.NotCapable("no"), Fault(404, 2001, "no")),
        (faults.UnusableApi("no"), Fault(200, 3001, "no")),
        (faults.UnsupportedVersion("no"), Fault(200, 3002, "no")),
        (faults.MissingEndpoints("no"), Fault(200, 3003, "no")),
    ],
)
def test_the_numbers_are_the_specifications(error: DomainError, expected: Fault) -> None:
    """§1.4, §1.5."""
    assert fault(error) == expected
