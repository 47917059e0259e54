"""What comes round by the clock is wired, and each of it can be done on an empty database."""

import pytest

from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.runtime.work import build_jobs

FORGETTING = {
    "hub.callbacks", "hub.index", "hub.tidy", "events.forget", "exchanges.forget", "drivers.tidy",
    "meters.forget", "commands.forget",
}  # fmt: skip


def test_every_job_is_wired_and_can_be_done(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None fails where there is nothing to do, and all that forgets is among them."""
    monkeypatch.setenv("ROAMWATT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ROAMWATT_SECRET_KEY", "a secret of at least thirty-two characters")

    async def work(parts: Container) -> list[str]:
        jobs = build_jobs(parts)
        for job in jobs:
            await job.work()
        return [job.name for job in jobs]

    done = once(work)
    assert len(done) == len(set(done))
    assert set(done) >= FORGETTING
