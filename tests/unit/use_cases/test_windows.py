"""The sliding window and the allowance, both in memory."""

import pytest

from app.domain.errors import RateLimited
from app.use_cases import windows
from app.use_cases.windows import Allowance, Window
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


async def test_an_allowance_comes_back_evenly(clock: FakeClock) -> None:
    allowance = Allowance(120, clock)
    for _ in range(120):
        allowance.take("a")
    with pytest.raises(RateLimited) as refused:
        allowance.take("a")
    assert refused.value.retry_after_s == 1
    allowance.take("b")
    await clock.advance(1)
    allowance.take("a")
    allowance.take("a")
    with pytest.raises(RateLimited):
        allowance.take("a")


async def test_who_waits_longer_saves_no_more_than_a_minute(clock: FakeClock) -> None:
    allowance = Allowance(60, clock)
    allowance.take("a")
    await clock.advance(3600)
    for _ in range(60):
        allowance.take("a")
    with pytest.raises(RateLimited):
        allowance.take("a")
