"""What chargers are and are set to, wired: who takes part, their variables, and what is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from app.delivery.follow_ups import Action
from app.delivery.periodic import Job
from app.runtime.outside import Outside
from app.use_cases.admission import Admissions
from app.use_cases.configuration import Configurations
from app.use_cases.device_models import DeviceModels


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The use-cases about what chargers are and are set to."""

    admissions: Admissions
    device_models: DeviceModels
    configurations: Configurations

    @property
    def actions(self) -> Mapping[str, Action]:
        """Our own work after events, by name."""
        return {
            "configure": self.configurations.configure,
            "configure_all": self.configurations.configure_all,
        }

    @property
    def jobs(self) -> list[Job]:
        """What comes round by the clock."""
        return [
            Job("configurations.tick", 10, self.configurations.tick),
            Job("device_models.tick", 30, self.device_models.tick),
        ]


def build_upkeep(outside: Outside, random: Random) -> Upkeep:
    """Build them."""
    store, clock = outside.store, outside.clock
    return Upkeep(
        admissions=Admissions(store, clock),
        device_models=DeviceModels(store, clock, random=random),
        configurations=Configurations(store, clock),
    )
