"""Which of the signed texts of a session are kept with it."""

from collections.abc import Sequence

from app.domain.metering import BOUNDS, Reading, nature_of
from app.domain.signed_meters import SignedMeter, quoted


def with_bounds(
    known: tuple[SignedMeter, ...], readings: Sequence[Reading]
) -> tuple[SignedMeter, ...]:
    """The signed texts of beginning and end: of the ones between there may be hundreds."""
    for reading in readings:
        for text in reading.signed:
            nature = nature_of(reading, text)
            if nature in BOUNDS and all(text.data != each.data for each in known):
                known = (*known, quoted(text, nature))
    return known
