"""VAT numbers that somebody types in at a charger (P-223)."""

import json
from collections.abc import Mapping

import pytest

from app.adapters.companies_sandbox import COMPANIES, SandboxRegister
from app.adapters.companies_vies import ViesRegister
from app.domain.companies import Company, VatAnswer, VatAsked, vat_number
from app.domain.errors import Unavailable
from app.ports.http import HttpAnswer, HttpFailure
from app.store.transaction import Store
from app.use_cases.companies import Companies
from app.use_cases.station_news import StationReports
from tests.support.clock import FakeClock
from tests.unit.use_cases.test_smart_charging import STATION, facts

KNOWN = "NL000000001B01"


class Vies:
    """VIES, as far as it is asked."""

    def __init__(self, answer: HttpAnswer | HttpFailure) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        timeout: float,  # noqa: ASYNC109
    ) -> HttpAnswer:
        assert (method, body, headers["Accept"]) == ("GET", b"", "application/json")
        assert timeout > 0
        self.asked.append(url)
        if isinstance(self.answer, HttpFailure):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        """Nothing is open."""


def told(**said: object) -> HttpAnswer:
    return HttpAnswer(200, body=json.dumps(said).encode())


@pytest.mark.parametrize(
    ("typed", "number"),
    [("nl 0000.00001-b01", KNOWN), ("DE2", None), ("", None), ("123456789", None)],
)
def test_the_form_of_a_number(typed: str, number: str | None) -> None:
    assert vat_number(typed) == number


async def test_whose_a_number_is(store: Store, clock: FakeClock) -> None:
    """P-223."""
    companies = Companies(store, clock, SandboxRegister())
    reports = StationReports(store, clock, outward={VatAsked: companies.asked})
    answers = [await reports.hear(STATION, VatAsked(n)) for n in ("nl000000001b01", "DE999", "?")]
    assert [(a.company, a.why) for a in answers] == [
        (COMPANIES[KNOWN], None),
        (None, "UnknownNumber"),
        (None, "NoVatNumber"),
    ]
    kept = await facts(store, "vat_checks", VatAnswer)
    assert kept["nl000000001b01"].company == COMPANIES[KNOWN]
    nowhere = await Companies(store, clock, None).asked(STATION, VatAsked(KNOWN))
    assert nowhere.why == "NoRegister"
    down = ViesRegister(Vies(HttpFailure("refused")))
    assert (
        await Companies(store, clock, down).asked(STATION, VatAsked(KNOWN))
    ).why == "RegisterDown"


@pytest.mark.parametrize(
    ("name", "address", "company"),
    [
        (
            "Polder Parcels",
            "Dike Road 1\n3511 AB UTRECHT\n",
            Company("Polder Parcels", "Dike Road 1", "UTRECHT", "NL", "3511 AB"),
        ),
        ("X", "A 1\n24103 Kiel Nord", Company("X", "A 1", "Kiel Nord", "NL", "24103")),
        ("---", "---", Company("not told", "not told", "not told", "NL")),
    ],
)
async def test_what_vies_tells(name: str, address: str, company: Company) -> None:
    vies = Vies(told(isValid=True, name=name, address=address, userError="VALID"))
    assert await ViesRegister(vies, "https://vies.example/").find(KNOWN) == company
    assert vies.asked == ["https://vies.example/ms/NL/vat/000000001B01"]


async def test_what_vies_does_not_know() -> None:
    vies = Vies(told(isValid=False, userError="INVALID"))
    assert await ViesRegister(vies).find(KNOWN) is None
    for answer in (
        told(isValid=False, userError="MS_UNAVAILABLE"),
        HttpAnswer(503, body=b"{}"),
        HttpAnswer(200, body=b"<html>"),
        HttpFailure("timed out"),
    ):
        with pytest.raises(Unavailable):
            await ViesRegister(Vies(answer)).find(KNOWN)
