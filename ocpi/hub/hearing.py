"""Tokens that are told to everybody, remembered where a member will name their contracts only."""

from app.domain.identifiers import PartyId
from app.use_cases.hub_directory import HubDirectory
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.messages import HubMessage
from ocpi.hub.recall import Recall
from ocpi.hub.relay import Broadcasting
from ocpi.versions.registry import VERSIONS
from ocpi.versions.rung import Json, Kind, Surroundings
from ocpi.wire.calls import Answer
from ocpi.wire.documents import decode


class HearingBroadcasts:
    """Listens to what passes on to the broadcasts."""

    def __init__(self, broadcasts: Broadcasting, recall: Recall, directory: HubDirectory) -> None:
        self._broadcasts = broadcasts
        self._recall = recall
        self._directory = directory
        self._afterwards = Afterwards()

    async def take(self, message: HubMessage, sender: PartyId) -> Answer:
        """As the broadcasts do; what they refuse is not remembered."""
        answer = await self._broadcasts.take(message, sender)
        if message.module == "tokens" and message.method == "PUT":
            await self._afterwards.do("a token", lambda: self._hear(message, sender))
        return answer

    async def _hear(self, message: HubMessage, sender: PartyId) -> None:
        if await self._matters():
            around = Surroundings(owner=(sender.country, sender.code))
            document: Json = decode(message.body)
            token = message.exchange.ocpi.lift(Kind.TOKEN, document, around)
            await self._recall.note(Kind.TOKEN, [token], sender)

    async def _matters(self) -> bool:
        """Whether some member's version knows tokens by their contracts."""
        versions = (VERSIONS.get(p.version or "") for p in await self._directory.partners())
        return any(version is not None and not version.owner_in_body for version in versions)
