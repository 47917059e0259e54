"""What a language must have words for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Pair = tuple[str, str]
"""A title and a body, with the names of facts in braces."""


class Variant(StrEnum):
    """What is told in other words when more is known, or another matter under the same kind."""

    OWED = "payment.owed"
    """A payment that failed after the charge."""
    BY_GROUP = "payment.group"
    """A group's card was declined before the charge."""
    OWED_BY_GROUP = "payment.group_owed"
    """A group's payment that failed after the charge."""
    STARTED_AT = "session.started_at"
    """Started, with the power."""
    IDLE_FROM = "idle.warning_from"
    """When the fee begins, and what it is."""
    COMPLETE_FREE_UNTIL = "session.complete_free_until"
    """Complete, with the time from which parking costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The words of one language.

    `general` is for kinds that can be told when their facts are missing. `why` tells by
    `charging.Reason` why a start failed, `faults` by OCPP's stop reason why charging was stopped;
    the empty one is for all others. `comma` is how the language writes decimals. `footer` stands
    below mails.
    """

    texts: Mapping[str, Pair]
    general: Mapping[str, Pair]
    security: Mapping[str, Pair]
    why: Mapping[str, str]
    faults: Mapping[str, str]
    comma: bool
    footer: str
