"""A driver's word that a sticker at a charger is not ours, and what the operator did about it."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.identifiers import PartyId

MOST_OPEN = 20
"""For one EVSE; more say nothing new, and anybody may report."""
LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StickerReport:
    """`seen` is what the sticker says, as the driver typed it; empty when it was only odd."""

    id: str
    party: PartyId
    location_id: str
    evse_uid: str
    code: str
    label: str
    seen: str
    note: str
    at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    answer: str = ""
