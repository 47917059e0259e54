"""`simulate`: a charger or a partner to play with, against a hub that runs."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from decimal import Decimal
from typing import Annotated

import typer

from app.runtime.verbs.partner_onboard import read_roles
from app.simulators.charger_link import HandshakeRefusedError
from app.simulators.charger_process import ChargerOptions, run_charger
from app.simulators.ocpp_schemas import Protocol
from app.simulators.partner_client import ExchangeFailedError
from app.simulators.partner_process import PartnerOptions, run_partner

simulate = typer.Typer(add_completion=False, no_args_is_help=True)
verbs = {"simulate": simulate}


@simulate.callback()
def about() -> None:
    """Run a charger or a partner until Ctrl-C."""


def _live(life: Coroutine[object, object, None]) -> None:
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(life)
    except* (HandshakeRefusedError, ExchangeFailedError) as group:
        typer.echo(f"roamwatt: {group.exceptions[0]}", err=True)
        raise typer.Exit(1) from None


@simulate.command()
def charger(
    station_id: Annotated[str, typer.Argument(help="The charger's OCPP identity")],
    *,
    password: Annotated[str, typer.Option(help="Its password")],
    url: Annotated[str, typer.Option(help="The hub's OCPP address")] = "ws://127.0.0.1:9000/ocpp",
    protocol: Annotated[Protocol, typer.Option(help="What it speaks")] = "ocpp2.0.1",
    evses: Annotated[int, typer.Option(help="How many EVSEs it has")] = 2,
    power_kw: Annotated[float, typer.Option(help="What each gives, kW")] = 22,
    interval_s: Annotated[float, typer.Option(help="Between two meter readings, s")] = 5,
    speed: Annotated[float, typer.Option(help="How much faster energy flows")] = 1,
    plugged: Annotated[bool, typer.Option(help="With a car waiting at EVSE 1")] = False,
    card: Annotated[str | None, typer.Option(help="Charge with this card at EVSE 1")] = None,
    charge_for_s: Annotated[float, typer.Option(help="How long, s")] = 60,
) -> None:
    """A charger that boots, reports, and does what it is asked."""
    options = ChargerOptions(
        url=url,
        station_id=station_id,
        password=password,
        protocol=protocol,
        evses=evses,
        max_power_kw=Decimal(str(power_kw)),
        sample_interval_s=interval_s,
        speed=speed,
        plugged=plugged,
        card=card,
        charge_for_s=charge_for_s,
    )
    _live(run_charger(options, typer.echo))


@simulate.command()
def partner(
    *,
    versions_url: Annotated[str | None, typer.Option(help="Register there")] = None,
    token: Annotated[str | None, typer.Option(help="with this token")] = None,
    name: Annotated[str, typer.Option(help="The company")] = "Partner Mobility",
    party: Annotated[str, typer.Option(help="Its party")] = "DE-PRT",
    roles: Annotated[str, typer.Option(help="What it is; in 2.1.1 only one")] = "EMSP,CPO",
    version: Annotated[str, typer.Option(help="Its OCPI: 2.1.1, 2.2.1 or 2.3.0")] = "2.2.1",
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one")] = 0,
    start_at: Annotated[
        str | None, typer.Option(help="Start a charger: LOCATION/EVSE/CONNECTOR")
    ] = None,
    charge_for_s: Annotated[float, typer.Option(help="How long, s")] = 60,
) -> None:
    """A roaming partner with an OCPI server of its own."""
    country, _, code = party.partition("-")
    options = PartnerOptions(
        versions_url=versions_url,
        token=token,
        name=name,
        country=country,
        party=code,
        roles=tuple(read_roles(roles)),
        version=version,
        port=port,
        start_at=start_at,
        charge_for_s=charge_for_s,
    )
    _live(run_partner(options, typer.echo))
