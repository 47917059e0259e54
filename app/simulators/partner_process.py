"""A simulated partner platform as a process of its own, for `roamwatt simulate partner`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.simulators.partner import Partner, SentCommand
from app.simulators.partner_client import ExchangeFailedError

_ATTEMPTS, _PAUSE_S = 40, 0.5
"""How long a place to charge at is waited for: twenty seconds."""
_NOT_THERE = {2003, 4001, 4003}
"""Unknown location; behind a hub: nobody has it, or it is not connected."""


@dataclass(frozen=True)
class PartnerOptions:
    """What the command line says.

    With `versions_url` and `token` (of `partner invite`) it registers there, pulls and pushes;
    without them it prints an invitation of its own and waits. `start_at` is
    `location/evse/connector` of a charger to start, if any, as soon as it is there. A platform of
    2.1.1 has one role.
    """

    versions_url: str | None = None
    token: str | None = None
    name: str = "Partner Mobility"
    country: str = "DE"
    party: str = "PRT"
    roles: tuple[str, ...] = ("EMSP", "CPO")
    version: str = "2.2.1"
    port: int = 0
    start_at: str | None = None
    charge_for_s: float = 60.0


async def run_partner(options: PartnerOptions, tell: Callable[[str], None]) -> None:
    """Lives until cancelled; raises `ExchangeFailedError` when the registration fails."""
    partner = Partner(
        name=options.name,
        country=options.country,
        party=options.party,
        roles=tuple(options.roles),
        version=options.version,
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
    command = await _started(partner, options.start_at or "")
    tell(f"{partner.name}: START_SESSION answered {command.response['result']}")
    if command.response["result"] != "ACCEPTED":
        return
    await partner.result(command, timeout_s=command.response["timeout"])
    await asyncio.sleep(options.charge_for_s)
    for session in partner.received.of("sessions"):
        # Sessions of 2.1.1 do not say who asked for them.
        if session.get("authorization_reference", command.reference) == command.reference:
            stop = await partner.stop_session(session["id"])
            tell(f"{partner.name}: STOP_SESSION answered {stop.response['result']}")


async def _started(partner: Partner, start_at: str) -> SentCommand:
    """START_SESSION, again while nobody knows such a place; raises the last refusal."""
    location, evse, connector = start_at.split("/")
    for _ in range(_ATTEMPTS):
        try:
            return await partner.start_session(location, evse, connector)
        except ExchangeFailedError as error:
            if error.ocpi not in _NOT_THERE:
                raise
            await asyncio.sleep(_PAUSE_S)
    return await partner.start_session(location, evse, connector)


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
