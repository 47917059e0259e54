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
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "roamwatt.db"),
        ("DATABASE_URL", "sqlite:///"),
        ("NATS_URL", "localhost:4222"),
        ("PUBLIC_URL", "hub.example"),
        ("PUBLIC_URL", "https://hub.example/?x"),
        ("PUBLIC_URL", "https://user@hub.example"),
        ("PUBLIC_URL", "http://hub.example"),
        ("PUBLIC_URL", "http://8.8.8.8:8000"),
        ("HOLD_CAP", "sixty"),
        ("HOLD_CAP", "-5"),
        ("HOLD_CAP", "NaN"),
        ("IDENTITY_PROVIDERS", "google"),
        ("IDENTITY_PROVIDERS", "a=https://idp.example"),
        ("IDENTITY_PROVIDERS", "a=https://idp.example|me,|x"),
        ("IDENTITY_PROVIDERS", "apple=https://appleid.apple.com|web"),
        ("IDENTITY_PROVIDERS", "apple=https://appleid.apple.com|web|a-secret"),
        ("IDENTITY_PROVIDERS", "a=https://idp.example|me|team-key:T:K"),
        ("IOS_APPS", "example.charge"),
        ("ANDROID_APPS", "example.charge=AB:CD"),
        ("MAP_TILES_URL", "tiles.example/{z}/{x}/{y}.png"),
        ("MAP_TILES_URL", "https://tiles.example/"),
        ("TRUSTED_PROXIES", "proxy"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ROAMWATT_{name}", value)
    with pytest.raises(InvalidInput) as caught:
        read_settings()
    assert caught.value.path == f"ROAMWATT_{name}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["https://hub.example", "http://127.0.0.1:8000", "http://[::1]:8000",
                "http://localhost:8000", "http://10.1.2.3", "http://api:8000", "http://hub.test"],
)  # fmt: skip
def test_plain_http_is_for_ones_own_network(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """C-036: partners and drivers reach us by TLS; only for trying out they need not."""
    monkeypatch.setenv("ROAMWATT_PUBLIC_URL", address)
    assert read_settings().public_url == address


def test_good_settings_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "DATABASE_URL": "postgresql://user@host/roamwatt",
        "NATS_URL": "nats://one:4222,tls://two:4222",
        "HOLD_CAP": "75.50",
        "IDENTITY_PROVIDERS": "a=https://idp.example|me b=http://localhost:9/x|me|a-secret",
        "MAP_TILES_URL": "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16,::1",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"ROAMWATT_{name}", value)
    read_settings()


def test_secrets_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROAMWATT_IDENTITY_PROVIDERS", "a=idp|me|geheim")
    with pytest.raises(InvalidInput) as caught:
        read_settings()
    assert "geheim" not in str(caught.value)


def test_addresses_split() -> None:
    assert split_bind("[::1]:9000") == ("::1", 9000)
    assert split_bind("0.0.0.0:0") == ("0.0.0.0", 0)
