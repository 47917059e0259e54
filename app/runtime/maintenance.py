"""What keeps chargers in order, wired: their local lists, what they show, what they told."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.delivery.follow_ups import Action
from app.delivery.periodic import Job
from app.runtime.outside import Outside
from app.use_cases.charger_records import ChargerRecords
from app.use_cases.local_lists import LocalLists
from app.use_cases.running_costs import RunningCosts


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The use-cases that keep chargers in order."""

    local_lists: LocalLists
    costs: RunningCosts
    records: ChargerRecords

    @property
    def actions(self) -> Mapping[str, Action]:
        """Our own work after events, by name."""
        return {
            "list_tokens_moved": self.local_lists.tokens_moved,
            "list_charger_back": self.local_lists.come_back,
        }

    @property
    def jobs(self) -> list[Job]:
        """What comes round by the clock."""
        return [
            Job("local_lists.look", 300, self.local_lists.look),
            Job("costs.push", 60, self.costs.push),
        ]


def build_maintenance(outside: Outside) -> Maintenance:
    """Build them."""
    store, clock = outside.store, outside.clock
    return Maintenance(LocalLists(store, clock), RunningCosts(store, clock), ChargerRecords(store))
