"""A simulated partner platform as a process of its own, for `roamwatt simulate partner`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError


@dataclass(frozen=True)
class PartnerOptions:
    """What the command line says.

    With `versions_url` and `token` (of `partner invite`) it registers there, pulls and pushes;
    without them it prints an invitation of its own and waits. `start_at` is
    `location/evse/connector` of a charger to start, if any.
    """

    versions_url: str | None = None
    token: str | None = None
    name: str = "Partner Mobility"
    country: str = "DE"
    party: str = "PRT"
    roles: tuple[str, ...] = ("EMSP", "CPO")
    port: int = 0
    start_at: str | None = None
    charge_for_s: float = 60.0


async def run_partner(options: PartnerOptions, tell: Callable[[str], None]) -> None:
    """Lives until cancelled; raises `ExchangeFailedError` when the registration fails."""
    partner = Partner(
        name=options.name,
        country=options.country,
        party=options.party,
        roles=options.roles,
        port=options.port,
        kwh_per_second=Decimal("0.05"),
        tell=tell,
    )
    async with partner:
        tell(f"{options.name}: OCPI versions at {partner.versions_url}")
        if options.versions_url and options.token:
            await partner.register(options.versions_url, options.token)
            if partner.hub is not None:  # it knows best who owns what
                partner.hub.others = "open"
            await _get_acquainted(partner, tell)
        else:
            tell(f"{options.name}: token for whoever registers here: {partner.invite()}")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_narrate(partner, tell))
            if options.start_at:
                tasks.create_task(_charge(partner, options, tell))


async def _get_acquainted(partner: Partner, tell: Callable[[str], None]) -> None:
    if "EMSP" in partner.roles:
        for module in ("locations", "tariffs"):
            found = await partner.pull(module)
            tell(f"{partner.name}: pulled {len(found)} {module}")
    if "CPO" in partner.roles:
        try:
            await partner.push_site()
            tell(f"{partner.name}: pushed its own location and tariff")
        except (ExchangeFailedError, LookupError) as error:
            tell(f"{partner.name}: could not push its own location: {error}")


async def _charge(partner: Partner, options: PartnerOptions, tell: Callable[[str], None]) -> None:
    location, evse, connector = (options.start_at or "").split("/")
    command = await partner.start_session(location, evse, connector)
    tell(f"{partner.name}: START_SESSION answered {command.response['result']}")
    if command.response["result"] != "ACCEPTED":
        return
    await partner.result(command, timeout_s=command.response["timeout"])
    await asyncio.sleep(options.charge_for_s)
    ours = [
        session
        for session in partner.received.of("sessions")
        if session.get("authorization_reference") == command.reference
    ]
    for session in ours:
        stop = await partner.stop_session(session["id"])
        tell(f"{partner.name}: STOP_SESSION answered {stop.response['result']}")


async def _narrate(partner: Partner, tell: Callable[[str], None]) -> None:
    """Tells of pushes and violations as they come."""
    heard = blamed = 0
    while True:
        await asyncio.sleep(0.2)
        for told in partner.received.history[heard:]:
            state = told.body.get("status") or told.body.get("total_cost") or ""
            tell(f"{partner.name}: was told {told.method} {told.module} {told.key[-1]} {state}")
        for fault in partner.violations[blamed:]:
            tell(f"{partner.name}: VIOLATION {fault}")
        heard, blamed = len(partner.received.history), len(partner.violations)
