"""What charging profiles and preferences need of the rest."""

from dataclasses import dataclass

from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.preferences import Wishes
from app.use_cases.profiles import Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartCharging:
    """Profiles of sessions, and drivers' wishes about them."""

    profiles: Profiles
    wishes: Wishes

    @classmethod
    def on(cls, store: Store, clock: Clock) -> "SmartCharging":
        """Smart charging on a store."""
        return cls(profiles=Profiles(store, clock), wishes=Wishes(store, clock))
