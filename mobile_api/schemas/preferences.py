"""What a driver wishes of smart charging, and whether it can be."""

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, Field

from app.domain.preferences import Preferences, PreferencesAnswer, ProfileType
from app.domain.units import Kwh
from mobile_api.schemas.values import Shape

Energy = Annotated[Decimal, Field(gt=0, le=10_000, max_digits=9, decimal_places=4)]


class PreferencesIn(Shape):
    """How to charge: `departure` when the vehicle leaves, `energy_need_kwh` from now on."""

    profile_type: ProfileType
    departure: AwareDatetime | None = None
    energy_need_kwh: Energy | None = None
    discharge_allowed: bool = False

    def read(self) -> Preferences:
        """The wish that is meant."""
        need = self.energy_need_kwh
        return Preferences(
            self.profile_type,
            self.departure,
            None if need is None else Kwh(need),
            discharge_allowed=self.discharge_allowed,
        )


class PreferencesOut(Shape):
    """`ACCEPTED`, or what is missing, or why it cannot be."""

    result: PreferencesAnswer
