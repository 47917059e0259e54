"""The key that browsers' push services know us by (RFC 8292): from the settings, or derived."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.adapters.push_web import HOSTS, Vapid, decoded
from app.domain.errors import InvalidInput
from app.runtime.outside import Outside

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LENGTH = 32


def read_vapid(outside: Outside) -> Vapid:
    """Who we are to push services; raises InvalidInput.

    Browsers are subscribed for one key. Without the setting it follows from the last of the
    secrets, which is the one that stays while a newer one is put before it.
    """
    settings = outside.settings
    given = settings.vapid_key.get_secret_value().strip()
    number = _given(given) if given else _derived(outside.secrets[-1])
    key = ec.derive_private_key(number, ec.SECP256R1())
    return Vapid(key, f"mailto:{settings.mail_from}")


def _given(text: str) -> int:
    try:
        raw = decoded(text)
    except ValueError:
        raw = b""
    number = int.from_bytes(raw)
    if len(raw) != _LENGTH or not 0 < number < _ORDER:
        raise InvalidInput("ROAMWATT_VAPID_KEY", "is not a P-256 private key in base64url")
    return number


def _derived(secret: str) -> int:
    info = b"roamwatt web push"
    seed = HKDF(hashes.SHA256(), 48, salt=None, info=info).derive(secret.encode())
    return int.from_bytes(seed) % (_ORDER - 1) + 1


def push_hosts(outside: Outside) -> tuple[str, ...]:
    """The push services that browsers may name."""
    given = outside.settings.web_push_hosts.split(",")
    return tuple(host.strip() for host in given if host.strip()) or HOSTS
