"""Refusals name fields as the sender's version does."""

import pytest

from ocpi.versions.registry import V211, V221, V230


@pytest.mark.parametrize(
    ("path", "module", "oldest", "older"),
    [
        ("total_cost.before_taxes", "sessions", "total_cost", "total_cost.excl_vat"),
        ("total_cost.taxes.0.amount", "cdrs", "total_cost.incl_vat", "total_cost.incl_vat"),
        ("max_price.after_taxes", "tariffs", "max_price.incl_vat", "max_price.incl_vat"),
        ("start_date_time", "sessions", "start_datetime", "start_date_time"),
        ("start_date_time", "cdrs", "start_date_time", "start_date_time"),
        ("end_date_time", "cdrs", "stop_date_time", "end_date_time"),
        ("cdr_token.uid", "cdrs", "auth_id", "cdr_token.uid"),
        ("cdr_location.connector_standard", "cdrs",
         "location.evses.0.connectors.0.standard", "cdr_location.connector_standard"),
        ("evses.0.connectors.1.max_voltage", "locations",
         "evses.0.connectors.1.voltage", "evses.0.connectors.1.max_voltage"),
        ("roles.0.party_id", "credentials", "party_id", "roles.0.party_id"),
        ("contract_id", "tokens", "auth_id", "contract_id"),
        ("", "", "", ""),
    ],
)  # fmt: skip
def test_a_path_is_in_the_words_of_its_version(
    path: str, module: str, oldest: str, older: str
) -> None:
    """§6.2, §6.3."""
    assert V230.spelled(path, module) == path
    assert V221.spelled(path, module) == older
    assert V211.spelled(path, module) == oldest
