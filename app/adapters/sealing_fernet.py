"""Seals secrets with Fernet under a ring of keys, and fingerprints them with HMAC-SHA256.

What has to fit into an address is sealed with AES-SIV (RFC 5297), which adds 16 bytes and needs no
nonce: the same text is sealed the same again, so whoever minds puts something random into it.

The ring is the setting's secrets, the newest first. New texts are sealed by the first; a sealed
text names its key, so an older one still opens it. Every context has a key of its own, derived
from the secret, which is what binds a sealed text to its row. Fingerprints cannot be made anew
when a key changes, so they come from the last secret of the ring, which has to stay.
"""

import base64
import hmac
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
SHORT_KEY_BYTES = 64
SHORTEST = 16
_ID_LENGTH = 8


def _derive(secret: str, purpose: str, length: int = KEY_BYTES) -> bytes:
    salt = b"roamwatt"
    return HKDF(SHA256(), length, salt, purpose.encode()).derive(secret.encode())


class FernetSealer:
    """A ring of secrets of at least 16 characters each; raises ValueError for others."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or any(len(secret) < SHORTEST for secret in secrets):
            raise ValueError(f"secrets need at least {SHORTEST} characters")
        self._secrets = {_derive(s, "key id").hex()[:_ID_LENGTH]: s for s in secrets}
        self._current = next(iter(self._secrets))
        self._short = [AESSIV(_derive(s, "short", SHORT_KEY_BYTES)) for s in secrets]
        self._fingerprint_key = _derive(secrets[-1], "fingerprint")

    def seal(self, plain: str, context: str) -> str:
        """Encrypt; the result begins with the id of its key."""
        token = self._fernet(self._current, context).encrypt(plain.encode())
        return f"{self._current}.{token.decode()}"

    def open(self, sealed: str, context: str) -> str:
        """Decrypt; raises ValueError for another context, an unknown key or a changed text."""
        key_id, _, token = sealed.partition(".")
        if key_id not in self._secrets:
            raise ValueError("sealed with a key that is not in the ring")
        try:
            return self._fernet(key_id, context).decrypt(token.encode()).decode()
        except InvalidToken:
            raise ValueError("sealed for something else, or changed since") from None

    def seal_short(self, plain: bytes, context: str) -> str:
        """Encrypt; the context is authenticated with it."""
        return _letters(self._short[0].encrypt(plain, [context.encode()]))

    def open_short(self, sealed: str, context: str) -> bytes:
        """Decrypt by whichever key fits; raises ValueError where none does.

        Only the one way to write it is read, so that what was changed at all is refused.
        """
        data = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        if _letters(data) == sealed:
            for key in self._short:
                with suppress(InvalidTag):
                    return key.decrypt(data, [context.encode()])
        raise ValueError("sealed for something else, or changed since")

    def fingerprint(self, secret: str) -> str:
        """64 hexadecimal digits, the same for the same secret as long as the ring's last key."""
        plain = secret.encode(errors="surrogatepass")
        return hmac.new(self._fingerprint_key, plain, sha256).hexdigest()

    def _fernet(self, key_id: str, context: str) -> Fernet:
        key = _derive(self._secrets[key_id], f"seal:{context}")
        return Fernet(base64.urlsafe_b64encode(key))


def _letters(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
