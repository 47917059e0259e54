"""The platform's secrets: from the settings, or kept in a file beside an SQLite database."""

import os
import secrets
from pathlib import Path

from app.domain.errors import InvalidInput
from app.runtime.settings import Settings

SHORTEST = 32
_SQLITE = "sqlite:///"


def read_secrets(settings: Settings) -> list[str]:
    """The secrets, the first of which is used for what is new; raises InvalidInput.

    On SQLite without the setting, a random one is made once and kept in `FILE.key`, readable by
    its owner only. On PostgreSQL several processes must share it, so it must be set.
    """
    given = [s.strip() for s in settings.secret_key.get_secret_value().split(",") if s.strip()]
    if given:
        if any(len(secret) < SHORTEST for secret in given):
            raise InvalidInput("ROAMWATT_SECRET_KEY", f"needs at least {SHORTEST} characters")
        return given
    if not settings.database_url.startswith(_SQLITE):
        raise InvalidInput("ROAMWATT_SECRET_KEY", "is needed when the database is not SQLite")
    return [_kept(Path(settings.database_url.removeprefix(_SQLITE) + ".key"))]


def _kept(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        reason = f"{path} cannot be written: {error.strerror}"
        raise InvalidInput("ROAMWATT_DATABASE_URL", reason) from error
    secret = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
