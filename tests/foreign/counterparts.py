"""Whose OCPI software we are tried against: one line each, and whatever it takes to run it.

Another counterpart is a line here and a program in `apps/` that speaks the small language of
`foreign_partner`; for software in another language, a kit beside `PythonKit`.
"""

from dataclasses import dataclass, field
from typing import Protocol

from tests.foreign.kits import PythonKit


class Kit(Protocol):
    """Installs a counterpart's software."""

    def command(self) -> tuple[str, ...]:
        """How to run its app; raises KitFailed."""
        ...


@dataclass(frozen=True)
class Counterpart:
    """One piece of foreign software in one OCPI version; `quirks` are what it needs of us."""

    name: str
    version: str
    kit: Kit
    quirks: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"


EXTRAWEST = PythonKit("extrawest", "extrawest_app.py")
OCPI_211_SDK = PythonKit("ocpi_211_sdk", "ocpi_211_sdk_app.py")

COUNTERPARTS = (
    Counterpart("extrawest-ocpi", "2.2.1", EXTRAWEST, ("endpoint-slash", "wider-objects")),
    Counterpart("extrawest-ocpi", "2.1.1", EXTRAWEST, ("endpoint-slash", "wider-objects")),
    Counterpart("ocpi-211-sdk", "2.1.1", OCPI_211_SDK, ("wider-objects",)),
)
