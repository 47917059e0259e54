"""Where the platform's secrets come from."""

from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.runtime.keys import read_secrets
from app.runtime.settings import read_settings


def test_sqlite_keeps_a_secret_beside_its_file(tmp_path: Path) -> None:
    settings = read_settings(database_url=f"sqlite:///{tmp_path}/x.db")
    first = read_secrets(settings)
    assert first == read_secrets(settings)
    assert len(first[0]) >= 32
    assert (tmp_path / "x.db.key").stat().st_mode & 0o077 == 0


def test_the_setting_may_hold_several() -> None:
    assert read_secrets(read_settings(secret_key=f"{'a' * 32}, {'b' * 40}")) == [
        "a" * 32,
        "b" * 40,
    ]


@pytest.mark.parametrize(
    "given",
    [{"secret_key": "short"}, {"database_url": "postgresql://u@h/d"}],
)
def test_a_missing_or_short_secret_is_named(given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_secrets(read_settings(**given))
    assert caught.value.path == "ROAMWATT_SECRET_KEY"
