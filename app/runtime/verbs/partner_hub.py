"""`partner join-hub`, `suspend`, `resume` and `resync`: what people do about connections."""

from typing import Annotated

import typer

from app.domain.partners import Partner
from app.runtime.container import Container
from app.runtime.own_hub import own_membership
from app.runtime.verbs.once import once
from app.use_cases.hub_objects import HubObjects
from app.use_cases.suspensions import Suspensions

NAME = Annotated[str, typer.Argument(help="The partner")]


def join_hub() -> None:
    """Make our own parties members of our own hub; our server must be running.

    Can be repeated at any time, as after an operator came or the public address changed.
    """

    async def work(parts: Container) -> tuple[Partner, Partner | None]:
        membership = own_membership(parts)
        return await membership.join(), (await membership.find()).member

    joined, member = once(work)
    parties = ", ".join(f"{r.role} {r.party}" for r in member.roles) if member else ""
    typer.echo(f"Members of {joined.name} in OCPI {joined.version}: {parties}")


def suspend(name: NAME) -> None:
    """Stop a partner: it is refused and told nothing until it is resumed; tokens are kept."""

    async def work(parts: Container) -> Partner:
        outside = parts.outside
        known = await parts.partners.need_by_name(name)
        return await Suspensions(outside.store, outside.clock).suspend(known.id)

    typer.echo(f"Suspended {once(work).name}")


def resume(name: NAME) -> None:
    """Let a suspended partner go on where it was stopped."""

    async def work(parts: Container) -> Partner:
        outside = parts.outside
        known = await parts.partners.need_by_name(name)
        return await Suspensions(outside.store, outside.clock).resume(known.id)

    typer.echo(f"Resumed {once(work).name}")


def resync(name: NAME) -> None:
    """Tell a member of the hub everything that was broadcast again, as it is now."""

    async def work(parts: Container) -> Partner:
        known = await parts.partners.need_by_name(name)
        await HubObjects(parts.outside.store, parts.outside.clock).resync(known.id)
        return known

    typer.echo(f"Queued everything for {once(work).name}")
