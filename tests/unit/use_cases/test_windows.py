"""The sliding window in memory."""

import pytest

from app.domain.errors import RateLimited
from app.use_cases import windows
from app.use_cases.windows import Window
from tests.support.clock import FakeClock


async def test_a_window_slides(clock: FakeClock) -> None:
    window = Window(2, 60, clock)
    window.take("a")
    await clock.advance(40)
    window.take("a")
    with pytest.raises(RateLimited) as refused:
        window.take("a")
    assert refused.value.retry_after_s == 21
    window.take("b")
    await clock.advance(20)
    window.take("a")
    with pytest.raises(RateLimited) as refused:
        window.take("a")
    assert refused.value.retry_after_s == 41


async def test_the_most_silent_key_is_forgotten(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MOST_ADDRESSES", 2)
    window = Window(1, 60, clock)
    for key in ("a", "b", "c"):
        window.take(key)
    window.take("a")
    with pytest.raises(RateLimited):
        window.take("c")
