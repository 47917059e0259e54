"""Every setting, read once from the environment (`ROAMWATT_…`), with unit and default.

`docs/settings.md` is this table as a page; a test keeps the two the same.
"""

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.runtime.settings_checks import (
    check_amount,
    check_android_apps,
    check_bus,
    check_database,
    check_ios_apps,
    check_origin,
    check_providers,
    check_proxies,
    check_tiles,
)

HIGHEST_PORT = 65_535
Network = IPv4Network | IPv6Network


class Settings(BaseSettings):
    """What an operator of Roamwatt can choose."""

    model_config = SettingsConfigDict(env_prefix="ROAMWATT_", extra="ignore", frozen=True)

    database_url: str = Field(
        "sqlite:///roamwatt.db", description="Database: sqlite:///FILE or postgresql://…"
    )
    nats_url: str | None = Field(
        None, description="NATS server, nats://HOST:PORT; without it the bus is this process"
    )
    node: str | None = Field(
        None, description="Name of this process among its peers; default: host, role and number"
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="How phones and partners reach the HTTP side, without a final slash; plain "
        "http only in networks of one's own",
    )
    http_bind: str = Field("127.0.0.1:8000", description="Address and port of HTTP")
    ocpp_bind: str = Field("127.0.0.1:9000", description="Address and port of OCPP")
    ocpp_tls_certificate: Path | None = Field(
        None, description="PEM file with certificate chain and key; OCPP is then served as wss"
    )
    ocpp_tls_bind: str | None = Field(
        None, description="Address and port of OCPP over TLS (wss); ocpp_bind is then plain"
    )
    ocpp_mutual_tls_bind: str | None = Field(
        None, description="Address and port of OCPP over TLS for chargers with a certificate of "
        "their own (security profile 3)"
    )  # fmt: skip
    ocpp_client_ca_bundle: Path | None = Field(
        None, description="PEM file with authorities that vouch for chargers, besides our own"
    )
    ocpp_tls_proxies: str = Field(
        "", description="Addresses of proxies that end chargers' TLS before ocpp_bind, separated "
        "by commas; their X-Forwarded-Proto is believed, and the header below"
    )  # fmt: skip
    ocpp_certificate_header: str | None = Field(
        None, description="Header in which such a proxy shows the charger's certificate, once it "
        "has verified it: PEM, percent-encoded, or as in RFC 9440; chargers' own is to be removed"
    )  # fmt: skip
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 characters; seals and signs. Several, separated by "
        "commas, rotate: the first seals, all open. Without it a key is kept beside SQLite's file",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="How much is logged"
    )
    partner_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Networks (CIDR, separated by commas) besides the public https internet that "
        "partners' URLs may point to",
    )
    partner_timeout_s: float = Field(
        30, ge=1, le=300, description="How long a partner has for an answer, seconds"
    )
    partner_calls_at_once: int = Field(
        8, ge=1, le=1_000, description="How many exchanges with one partner are made at once"
    )
    partner_failures_in_row: int = Field(
        5, ge=1, description="After how many exchanges without an answer a partner is not waited "
        "for any more, but tried again after 5 to 60 seconds"
    )  # fmt: skip
    partner_requests_per_minute: int = Field(
        60_000, ge=60, description="How many requests one partner may make of us; more are "
        "answered with 429 and Retry-After"
    )  # fmt: skip
    driver_requests_per_minute: int = Field(
        600, ge=60, description="How many requests one driver may make of the driver API"
    )
    address_requests_per_minute: int = Field(
        6_000, ge=60, description="How many requests may come to the driver API from one address, "
        "which mobile networks share among many phones"
    )  # fmt: skip
    pull_every_s: int = Field(
        10_800, ge=60, description="How often partners' lists are asked for changes, seconds"
    )
    pull_whole_every_s: int = Field(
        86_400, ge=300, description="How often partners' lists are pulled whole; what they lack "
        "then is taken for gone, seconds"
    )  # fmt: skip
    partner_client_certificate: Path | None = Field(
        None, description="PEM file with our certificate chain, and the key unless it has a file "
        "of its own; shown to partners that ask for one (mutual TLS)"
    )  # fmt: skip
    partner_client_key: Path | None = Field(
        None, description="PEM file with the key of our certificate for partners"
    )
    partner_ca_bundle: Path | None = Field(
        None, description="PEM file with certificate authorities that vouch for partners, besides "
        "those of the system"
    )  # fmt: skip
    emsp_party: str = Field("NL-RWM", description="The party of our own driver app")
    emsp_name: str = Field("Roamwatt Drive", description="The driver app's name for partners")
    hub_party: str = Field("NL-RWH", description="The party of the hub platform")
    hub_timeout_s: float = Field(
        15, ge=0.1, le=300, description="How long a member of the hub has for an answer to "
        "another one, seconds"
    )  # fmt: skip
    hub_silence_s: int = Field(
        300, ge=60, description="After how long without a word a member of the hub is asked "
        "whether it is still there, seconds"
    )  # fmt: skip
    platform_name: str = Field("Roamwatt", description="Name of the platform on pages and mails")
    unknown_chargers: Literal["refuse", "hold", "accept"] = Field(
        "refuse", description="What becomes of chargers that nobody registered, unless the "
        "operator says otherwise; hold lets them wait for an operator's yes, accept lets every "
        "charger in: for test beds only"
    )  # fmt: skip
    unknown_tokens: Literal["refuse", "accept"] = Field(
        "refuse", description="accept lets every token charge: for test beds only"
    )
    default_party: str = Field(
        "NL-RW1", description="The operator that unknown chargers are given to on a test bed"
    )
    charger_messages_per_s: float = Field(
        20, ge=0, description="How many messages one charger may send a second in the long run; "
        "what it sends faster is read later; 0 is no limit"
    )  # fmt: skip
    charger_message_burst: int = Field(
        200, ge=1, description="How many messages one charger may send at once"
    )
    heartbeat_interval_s: int = Field(
        300, ge=10, le=86_400, description="How often chargers send a heartbeat, seconds"
    )
    ping_interval_s: float = Field(
        30, ge=1, description="How often the server pings a silent charger, seconds"
    )
    idle_limit_s: int = Field(
        43_200, ge=0, description="How long a vehicle may stay plugged in after charging before "
        "its session is closed all the same, seconds"
    )  # fmt: skip
    silence_limit_s: int = Field(
        900, ge=60, description="How long after a charger's boot, or a free connector, the end of "
        "the session there is waited for before it is closed at its last known value, seconds"
    )  # fmt: skip
    concurrent_sessions: Literal["allow", "refuse"] = Field(
        "allow", description="refuse answers ConcurrentTx to a token that charges elsewhere"
    )
    trace_asyncio: Literal["no", "yes"] = Field(
        "no", description="yes runs the event loop in debug mode: slow, for hunting stalls"
    )
    hold_cap: str = Field("60", description="The most that is held on a card, in whole currency")
    payments: Literal["sandbox", "stripe"] = Field("sandbox", description="The card provider")
    stripe_key: SecretStr = Field(SecretStr(""), description="Stripe's secret API key")
    stripe_webhook_secrets: SecretStr = Field(
        SecretStr(""), description="Stripe's webhook secrets, separated by commas"
    )
    stripe_url: str | None = Field(None, description="Another address of Stripe's API, for tests")
    company_register: Literal["off", "sandbox", "vies"] = Field(
        "off", description="Where VAT numbers are looked up that are typed in at chargers"
    )
    vies_url: str | None = Field(None, description="Another address of VIES, for tests")
    vehicle_certificates: Literal["none", "sandbox"] = Field(
        "none", description="Who vouches for vehicles' contract certificates (ISO 15118); with "
        "none, chargers are told that nobody does"
    )  # fmt: skip
    push: Literal["log", "fcm"] = Field("log", description="The push service")
    fcm_credentials: Path | None = Field(
        None, description="The service account file of the Firebase project"
    )
    fcm_url: str | None = Field(None, description="Another address of FCM's API, for tests")
    web_push: Literal["log", "send"] = Field(
        "log", description="send brings notifications to browsers that asked for them"
    )
    vapid_key: SecretStr = Field(
        SecretStr(""), description="The P-256 private key (base64url) that browsers' push "
        "services know us by; without it one follows from the secret key"
    )  # fmt: skip
    web_push_hosts: str = Field(
        "", description="The push services of browsers, separated by commas: HOST, *.DOMAIN "
        "or an origin; without it those of Chrome, Firefox, Safari and Edge"
    )  # fmt: skip
    mail: Literal["log", "smtp"] = Field("log", description="How mail leaves")
    smtp_url: SecretStr = Field(
        SecretStr(""), description="smtp://USER:PASSWORD@HOST:PORT (or smtps://)"
    )
    mail_from: str = Field("receipts@roamwatt.example", description="The sender of mails")
    identity_providers: SecretStr = Field(
        SecretStr(""),
        description="OpenID Connect providers of drivers: NAME=ISSUER|CLIENT_ID, separated by "
        "blanks; after the browser's client those of the apps, separated by commas; then "
        "|CLIENT_SECRET where browsers' sign-in needs one, for Apple "
        "|team-key:TEAM_ID:KEY_ID:FILE with the team's private key",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses of proxies whose X-Forwarded-For is believed, separated by commas",
    )
    ios_apps: str = Field(
        "",
        description="Apps of iOS that open our addresses: TEAM_ID.BUNDLE_ID, separated by blanks",
    )
    android_apps: str = Field(
        "",
        description="Apps of Android that open our addresses: PACKAGE=SHA-256 fingerprint of the "
        "signing certificate, several separated by commas; apps separated by blanks",
    )
    map_tiles_url: str | None = Field(
        None, description="Map tiles, https://…/{z}/{x}/{y}.png; without it the map is plain"
    )
    map_attribution: str = Field("", description="What the tiles' owner wants to read on the map")
    forget_events_after_h: int = Field(
        168, ge=1, description="How long planned events are kept, hours"
    )

    forget_exchanges_after_h: int = Field(
        168, ge=1, description="How long exchanges with partners are kept for people, hours"
    )
    exchanges_per_partner: int = Field(
        10_000, ge=0, description="How many exchanges with one partner are kept at most; with 0 "
        "none is, of anybody"
    )  # fmt: skip
    exchange_body_bytes: int = Field(
        16_384, ge=0, le=1_048_576, description="How much of a body is kept in an exchange, "
        "bytes; with 0 none is"
    )  # fmt: skip

    forget_frames_after_h: int = Field(
        720, ge=1, description="How long frames of chargers are kept for people, hours"
    )
    frames_per_charger_kb: int = Field(
        512, ge=0, description="How much of one charger's frames is kept, KiB; with 0 nothing is"
    )
    frames_in_all_mb: int = Field(
        512, ge=1, description="How much of all chargers' frames together is kept, MiB"
    )

    forget_meter_samples_after_days: int = Field(
        730, ge=1, le=36_500, description="How long what chargers metered is kept after the last "
        "change of its session, days; longer where it is not billed or not paid"
    )  # fmt: skip
    forget_commands_after_days: int = Field(
        90, ge=1, le=36_500, description="How long commands to chargers are kept, days; longer "
        "where something that goes on is by them"
    )  # fmt: skip

    @field_validator("partner_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        return value

    _database = field_validator("database_url")(check_database)
    _bus = field_validator("nats_url")(check_bus)
    _origin = field_validator("public_url")(check_origin)
    _amount = field_validator("hold_cap")(check_amount)
    _tiles = field_validator("map_tiles_url")(check_tiles)
    _ios = field_validator("ios_apps")(check_ios_apps)
    _android = field_validator("android_apps")(check_android_apps)
    _proxies = field_validator("trusted_proxies", "ocpp_tls_proxies")(check_proxies)

    @field_validator("identity_providers")
    @classmethod
    def _providers(cls, value: SecretStr) -> SecretStr:
        check_providers(value.get_secret_value())
        return value

    @field_validator("emsp_party", "hub_party", "default_party")
    @classmethod
    def _party(cls, value: str) -> str:
        try:
            return str(PartyId.parse(value))
        except InvalidInput as error:
            raise ValueError(error.reason) from error

    @field_validator("http_bind", "ocpp_bind", "ocpp_tls_bind", "ocpp_mutual_tls_bind")
    @classmethod
    def _bind(cls, value: str | None) -> str | None:
        if value is not None:
            split_bind(value)
        return value

    @cached_property
    def emsp(self) -> PartyId:
        """The party of our own driver app."""
        return PartyId.parse(self.emsp_party)

    @cached_property
    def hub(self) -> PartyId:
        """The party of the hub platform."""
        return PartyId.parse(self.hub_party)


def split_bind(value: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPv6]:PORT`; port 0 takes a free one."""
    host, separator, port = value.rpartition(":")
    if not separator or not port.isdigit() or int(port) > HIGHEST_PORT:
        raise ValueError("is not HOST:PORT")
    return host.strip("[]"), int(port)


def read_settings(**given: object) -> Settings:
    """Settings from the environment; raises InvalidInput naming the variable in one line."""
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        first = error.errors()[0]
        name = "ROAMWATT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InvalidInput(name, first["msg"].removeprefix("Value error, ")) from error
