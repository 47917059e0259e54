"""Which page is asked for, and where the next one is."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import InvalidInput
from app.queries.pages import Page
from ocpi.wire.paging import page_headers, read_page, read_query

URL = "https://hub.example/ocpi/cpo/2.2.1/locations"


def test_without_parameters_it_is_the_first_page() -> None:
    assert read_page({}) == Page(0, 100, None, None)


def test_parameters_are_read_leniently() -> None:
    """C-101: an unescaped plus arrives as a blank."""
    query = read_query("offset=5&limit=7&date_from=2026-05-04T12:00:00+02:00&limit=9&date_to=")
    page = read_page(query)
    assert page == Page(5, 7, datetime(2026, 5, 4, 10, tzinfo=UTC), None)
    spaced = read_page({"date_from": "2026-05-04 10:00:00"})
    assert spaced.changed_from == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_the_cap_holds() -> None:
    """C-092."""
    assert read_page({"limit": "2000"}).limit == 100


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "x"), ("limit", "-1"), ("offset", "-1"), ("offset", "1.5"),
     ("offset", "9" * 30), ("offset", "٣"), ("date_from", "now"), ("date_to", "2026-99-01")],
)  # fmt: skip
def test_nonsense_is_named(name: str, value: str) -> None:
    """C-100."""
    with pytest.raises(InvalidInput) as refused:
        read_page({name: value})
    assert refused.value.path == name


def test_the_link_leads_on_while_there_is_more() -> None:
    """C-094, C-095."""
    query = {"date_from": "2026-05-04T12:00:00+02:00", "limit": "2", "other": "x"}
    headers = page_headers(URL, query, Page(2, 2), 5)
    assert headers == {
        "x-total-count": "5",
        "x-limit": "100",
        "link": f"<{URL}?date_from=2026-05-04T12%3A00%3A00%2B02%3A00&offset=4&limit=2>; "
        'rel="next"',
    }
    slots = page_headers(URL, {"timeslot_from": "2026-05-04T12:00:00Z"}, Page(0, 2), 5)
    assert "timeslot_from=2026-05-04T12%3A00%3A00Z" in slots["link"]
    assert "link" not in page_headers(URL, query, Page(4, 2), 5)
    assert "link" not in page_headers(URL, {}, Page(9, 2), 5)
