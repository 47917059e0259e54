"""The settings as a page: `python -m app.runtime.settings_page > docs/settings.md`."""

import sys
from typing import Any

from pydantic import SecretStr

from app.runtime.settings import Settings

HEAD = """# Settings

All settings come from the environment when a process starts. A bad one stops the start with
one line. Units are in the names: `_s` seconds, `_h` hours, `_days` days. Secrets are never logged.

| variable | default | what it does |
| --- | --- | --- |
"""


def _default(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", ()):
        return ""
    return f"`{value}`"


def settings_page() -> str:
    """One row a setting, in the order of the class."""
    rows = [
        f"| `ROAMWATT_{name.upper()}` | {_default(field.default)} | "
        f"{(field.description or '').replace('|', chr(92) + '|')} |"
        for name, field in Settings.model_fields.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
