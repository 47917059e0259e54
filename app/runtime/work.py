"""The work that nobody waits for: what follows from events, and what comes round by the clock."""

from collections.abc import Mapping
from datetime import timedelta

from app.delivery.follow_ups import Action, FollowUps, read_hub_client_subject
from app.delivery.periodic import Job
from app.runtime.container import Container
from app.use_cases.partner_silence import CHASE_BILLS, POLL_SESSIONS


def build_follow_ups(parts: Container) -> FollowUps:
    """Our own work after events, by name."""

    async def pull_partner(partner_id: str) -> None:
        await parts.pull.first(partner_id)

    async def pull_hub_client(subject: str) -> None:
        await parts.pull.client(*read_hub_client_subject(subject))

    async def refresh_partner(partner_id: str) -> None:
        await parts.pull.refresh(partner_id)

    async def poll_sessions(partner_id: str) -> None:
        await parts.pull.only(partner_id, "sessions")

    async def chase_bills(partner_id: str) -> None:
        await parts.pull.only(partner_id, "cdrs")

    async def send_command(command_id: str) -> None:
        await parts.commands.send(command_id)

    actions: Mapping[str, Action] = {
        "send_command": send_command,
        **parts.upkeep.actions,
        **parts.maintenance.actions,
        **parts.driver.actions,
        "sign_certificate": parts.guard.certificates.sign,
        "review_profile": parts.profiles.review,
        "judge_signed": parts.signed.judge_again,
        "pull_partner": pull_partner,
        "refresh_partner": refresh_partner,
        POLL_SESSIONS: poll_sessions,
        CHASE_BILLS: chase_bills,
        "pull_hub_client": pull_hub_client,
        "call_partner": parts.pull.call,
        "check_member": parts.hub.liveness.check,
    }
    return FollowUps(parts.outside.store, actions)


def build_jobs(parts: Container) -> list[Job]:
    """What comes round by the clock, in one process at a time."""
    store, clock = parts.outside.store, parts.outside.clock
    keep = timedelta(hours=parts.settings.forget_events_after_h)

    async def forget() -> None:
        async with store.transaction() as tx:
            await tx.events.forget_before(clock.now() - keep)
            await tx.inbox.forget_before(clock.now() - keep)
            await tx.changes.forget()
            await tx.charging.forget_quotes_before(clock.now() - keep)

    return [
        Job("commands.expire", 1, parts.commands.expire),
        *parts.upkeep.jobs,
        *parts.maintenance.jobs,
        *parts.driver.jobs,
        Job("profiles.review", 60, parts.profiles.review_due),
        Job("bookings.tick", 10, parts.bookings.tick),
        Job("certificates.look", 30, parts.guard.certificates.look),
        Job("stations.offline", 10, parts.stations.watch_offline),
        Job("sessions.give_up", 600, parts.sessions.give_up_lost),
        Job("partners.pull", 60, parts.pulls.look),
        Job("hub.members", 60, parts.hub.members.look),
        Job("hub.callbacks", 600, parts.hub.callbacks.forget),
        Job("hub.index", 3600, parts.hub.index.forget),
        Job("hub.tidy", 3600, parts.hub.tidying.tidy),
        Job("events.forget", 3600, forget),
        Job("exchanges.forget", 60, parts.exchanges.forget),
        Job("meters.forget", 3600, parts.forgetting.samples),
        Job("commands.forget", 3600, parts.forgetting.commands),
    ]
