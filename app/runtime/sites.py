"""The HTTP sites of the hub and where each is mounted."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from app.console.api.access import OperatorServices
from app.console.api.site import build_operator_api
from app.queries.operations import Operations
from app.queries.roaming import Roaming
from app.runtime.container import Container
from ocpi.routes.credentials import CredentialsRoutes
from ocpi.server import OcpiDependencies, build_site


async def _nothing() -> None:
    """No streams to end."""


def _none_open() -> float:
    return 0


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites by path, and what ends the live streams among them."""

    by_path: Mapping[str, ASGIApp]
    end_streams: Callable[[], Awaitable[None]] = _nothing
    open_streams: Callable[[], float] = _none_open


def build_sites(parts: Container) -> Sites:
    """All sites of the api role."""
    return Sites({"/ocpi": _ocpi(parts), "/operator/api/v1": _operator(parts)})


def _ocpi(parts: Container) -> ASGIApp:
    return build_site(
        OcpiDependencies(
            public_url=parts.settings.public_url,
            clock=parts.outside.clock,
            partners=parts.partners,
            credentials=CredentialsRoutes(parts.handshake, parts.partners),
            roaming=Roaming(parts.outside.store),
            locations=parts.locations,
            tariffs=parts.tariffs,
            tokens=parts.tokens,
            sessions=parts.partner_sessions,
            cdrs=parts.cdrs,
            commands=parts.commands,
        )
    )


def _operator(parts: Container) -> ASGIApp:
    return build_operator_api(
        OperatorServices(
            operators=parts.operators,
            locations=parts.locations,
            tariffs=parts.tariffs,
            stations=parts.stations,
            commands=parts.commands,
            partners=parts.partners,
            operations=Operations(parts.outside.store),
            public_url=parts.settings.public_url,
        )
    )
