"""One gateway for all chargers: OCPP for our own, OCPI for partners'."""

from app.domain.commands import Command, CommandOutcome
from app.ports.chargers import ChargerGateway


class Gateways:
    """Sends a command the way its charger is reached."""

    def __init__(self, ocpp: ChargerGateway, ocpi: ChargerGateway) -> None:
        self._ocpp = ocpp
        self._ocpi = ocpi

    async def execute(self, command: Command) -> CommandOutcome | None:
        """To the station's socket, or to the partner that owns it."""
        gateway = self._ocpp if command.station_id is not None else self._ocpi
        return await gateway.execute(command)
