"""The journal of chargers' frames in this process."""

from datetime import timedelta

from app.runtime.outside import Outside
from app.use_cases.frames import FrameRules, Frames


def build_frames(outside: Outside) -> Frames:
    """What stores frames, finds them and forgets them."""
    settings = outside.settings
    rules = FrameRules(
        age=timedelta(hours=settings.forget_frames_after_h),
        per_charger=settings.frames_per_charger_kb * 1024,
        in_all=settings.frames_in_all_mb * 1024 * 1024,
    )
    return Frames(outside.store, outside.bus, outside.clock, rules=rules)
