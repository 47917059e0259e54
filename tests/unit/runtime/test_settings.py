"""Settings come from the environment; a bad one is named in one line."""

from ipaddress import ip_network

import pytest

from app.domain.errors import InvalidInput
from app.runtime.settings import read_settings, split_bind


def test_defaults_need_no_environment() -> None:
    settings = read_settings()
    assert settings.database_url == "sqlite:///roamwatt.db"
    assert settings.unknown_chargers == "refuse"
    assert str(settings.emsp) == "NL-RWM"


def test_networks_and_urls_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROAMWATT_PARTNER_NETWORKS", "127.0.0.0/8, ::1/128")
    monkeypatch.setenv("ROAMWATT_PUBLIC_URL", "https://charge.example/")
    settings = read_settings()
    assert settings.partner_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert settings.public_url == "https://charge.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_BIND", "localhost"),
        ("HTTP_BIND", "127.0.0.1:70000"),
        ("UNKNOWN_CHARGERS", "maybe"),
        ("PARTNER_NETWORKS", "everywhere"),
        ("EMSP_PARTY", "Netherlands"),
        ("HEARTBEAT_INTERVAL_S", "soon"),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ROAMWATT_{name}", value)
    with pytest.raises(InvalidInput) as caught:
        read_settings()
    assert caught.value.path == f"ROAMWATT_{name}"
    assert "\n" not in str(caught.value)


def test_addresses_split() -> None:
    assert split_bind("[::1]:9000") == ("::1", 9000)
    assert split_bind("0.0.0.0:0") == ("0.0.0.0", 0)
