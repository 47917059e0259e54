"""Which CALLs a charger leaves unanswered, though it answers others (quirk Q-12)."""

from collections import Counter

MUTE_AFTER = 3
MUTE_WAIT_S = 5.0


class Silences:
    """Counts by action; one that was never answered is waited for only briefly."""

    def __init__(self) -> None:
        self._unanswered: Counter[str] = Counter()
        self._in_a_row = 0

    def wait_s(self, action: str, timeout_s: float) -> float:
        """How long to wait for the answer to this."""
        return min(timeout_s, MUTE_WAIT_S) if self._is_mute(action) else timeout_s

    def answered(self, action: str) -> None:
        """The charger hears us."""
        self._unanswered.pop(action, None)
        self._in_a_row = 0

    def unanswered(self, action: str) -> int:
        """No answer; gives how many times in a row that has been so, mute actions apart."""
        if not self._is_mute(action):
            self._in_a_row += 1
        self._unanswered[action] += 1
        return self._in_a_row

    def _is_mute(self, action: str) -> bool:
        return self._unanswered[action] >= MUTE_AFTER
