"""What an older version calls a field that a refusal names by its path in the canonical form."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spelling:
    """Where `pattern` is found in a path, the version says `words`; in one `module` or in all."""

    pattern: str
    words: str
    module: str | None = None


def spelled(path: str, module: str, spellings: tuple[Spelling, ...]) -> str:
    """The path in the version's own words."""
    for each in spellings:
        if each.module in {None, module}:
            path = re.sub(each.pattern, each.words, path)
    return path


SPELLING_221 = (
    Spelling(r"\bbefore_taxes$", "excl_vat"),
    Spelling(r"\bafter_taxes$", "incl_vat"),
    Spelling(r"\btaxes\..*$", "incl_vat"),
)

SPELLING_211 = (
    *SPELLING_221,
    Spelling(r"^total_cost\.excl_vat$", "total_cost"),
    Spelling(r"\bmax_(voltage|amperage)$", r"\1"),
    Spelling(r"\btariff_ids(\.0)?$", "tariff_id"),
    Spelling(r"\benviron_impact\.(\d+)\.category$", r"environ_impact.\1.source"),
    Spelling(r"\bcdr_token(\..*)?$", "auth_id"),
    Spelling(r"\bcontract_id$", "auth_id"),
    Spelling(r"^roles\.0\.", ""),
    Spelling(r"^(start|end)_date_time$", r"\1_datetime", "sessions"),
    Spelling(r"^location_id$", "location.id", "sessions"),
    Spelling(r"^evse_uid$", "location.evses.0.uid", "sessions"),
    Spelling(r"^connector_id$", "location.evses.0.connectors.0.id", "sessions"),
    Spelling(r"^end_date_time$", "stop_date_time", "cdrs"),
    Spelling(r"^cdr_location\.evse_uid$", "location.evses.0.uid", "cdrs"),
    Spelling(r"^cdr_location\.evse_id$", "location.evses.0.evse_id", "cdrs"),
    Spelling(
        r"^cdr_location\.connector_(id|standard|format|power_type)$",
        r"location.evses.0.connectors.0.\1",
        "cdrs",
    ),
    Spelling(r"^cdr_location\b", "location", "cdrs"),
)
