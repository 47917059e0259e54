"""A fact about a charger for the group commit: many chargers tell such at once."""

from datetime import datetime

from sqlalchemy import bindparam, text

from app.store.batch import Change
from app.store.columns import Utc
from app.store.documents import pack

_TELL = text(
    "INSERT INTO station_facts (station, topic, name, at, document)"
    " VALUES (:station, :topic, '', :at, :document)"
    " ON CONFLICT (station, topic, name) DO UPDATE SET at = excluded.at,"
    " document = excluded.document"
).bindparams(bindparam("at", type_=Utc))


def telling(station_id: str, topic: str, value: object, at: datetime) -> Change:
    """A fact, over what was known."""
    values = {"station": station_id.casefold(), "topic": topic, "at": at, "document": pack(value)}
    return Change(_TELL, values)
