"""What scripts say: their texts come with the page, in its language."""

import json
from functools import cache

from mobile_api.web.speech import Speech

WORDS = (
    "{n} s ago",
    "{n} min ago",
    "{n} h ago",
    "{n} days ago",
    "Free",
    "Cable connected",
    "In use",
    "Out of service",
    "Out of order",
    "Planned",
    "Reserved",
    "Unknown",
    "Plug",
    "No such station here",
    "No stations yet",
    "Stations cannot be loaded at the moment",
    "This station cannot be loaded at the moment",
    "Your position is not known",
    "{name}: {free} of {total} free, up to {kw} kW, {status}",
    "{places} stations: {free} of {total} chargers free",
    "{free} of {total} free",
    "Operated by {name}",
    "Close",
    "Open day and night",
    "Mon",
    "Tue",
    "Wed",
    "Thu",
    "Fri",
    "Sat",
    "Sun",
    "The price is not known.",
    "Charge here",
    "More",
    "One moment …",
    "Copied",
    "{kwh} kWh, about {cost}",
    "Notifications are on",
    "Notifications are not possible here",
)


def script_words(say: Speech) -> str:
    """They as JSON; English ones are not sent, scripts have them."""
    return "{}" if say.language == "en" else _packed(say.language, tuple(map(say, WORDS)))


@cache
def _packed(_language: str, said: tuple[str, ...]) -> str:
    return json.dumps(dict(zip(WORDS, said, strict=True)), ensure_ascii=False)
