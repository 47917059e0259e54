"""Wires the hub: the platform through which our partners reach each other."""

from dataclasses import dataclass
from datetime import timedelta

from app.domain.identifiers import PartyId
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.queries.hub_lists import HubLists
from app.runtime.outside import Outside
from app.store.batch import Batch
from app.store.transaction import Store
from app.use_cases.hub_aliases import HubAliases
from app.use_cases.hub_callbacks import HubCallbacks
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_index import HubIndex
from app.use_cases.hub_members import SILENCE, HubMembers
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_passing import HubPassing
from app.use_cases.hub_reach import HubReach
from app.use_cases.hub_rules import HubRules
from app.use_cases.hub_tidying import HubTidying
from app.use_cases.hub_tokens import HubTokens
from app.use_cases.partners import Partners
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.aliases import Aliases
from ocpi.hub.asking import Asking
from ocpi.hub.broadcast import Broadcasts
from ocpi.hub.broadcast_audience import BroadcastAudience
from ocpi.hub.broadcast_rules import RulesTelling
from ocpi.hub.broadcast_sender import BroadcastSender
from ocpi.hub.callbacks import Callbacks
from ocpi.hub.client_info import MemberRoutes
from ocpi.hub.client_info_push import MemberAudience, MemberSender
from ocpi.hub.conversion import Conversion
from ocpi.hub.forward import FORWARD_S, Forwarding, Step
from ocpi.hub.hearing import HearingBroadcasts
from ocpi.hub.kept_words import KeptWords
from ocpi.hub.learning import Learning, LearningBroadcasts
from ocpi.hub.lists import GetAll
from ocpi.hub.liveness import Liveness
from ocpi.hub.open_routing import OpenRoutes
from ocpi.hub.presence import Presence
from ocpi.hub.recall import Recall
from ocpi.hub.relay import Relay
from ocpi.hub.retelling import Retelling
from ocpi.hub.rewriting import Rewriting
from ocpi.hub.rules import Rules
from ocpi.wire.addresses import room_for_names


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSurroundings:
    """What the hub stands on; `hub` is its own party, `timeout_s` how long a receiver may take.

    Who said nothing for `silence` is asked whether it is still there. A `batch` has to be running.
    """

    store: Store
    sealer: Sealer
    clock: Clock
    calls: PartnerCalls
    partners: Partners
    hub: PartyId
    public_url: str
    timeout_s: float = FORWARD_S
    silence: timedelta = SILENCE
    batch: Batch | None = None


class Hub:
    """Everything of the hub: what its site asks, what its workers send, what people decide."""

    def __init__(self, around: HubSurroundings) -> None:
        store, clock = around.store, around.clock
        self._around = around
        self.directory = HubDirectory(store)
        self.rules = HubRules(store, clock)
        self.index = HubIndex(store, clock)
        self.objects = HubObjects(store, clock)
        self.callbacks = HubCallbacks(
            store,
            around.sealer,
            clock,
            room=room_for_names(around.public_url),
            batch=around.batch,
        )
        self.members = HubMembers(store, clock, talks=self.rules, silence=around.silence)
        self.tidying = HubTidying(store, clock)
        self.member_routes = MemberRoutes(self.members)
        self._recall = Recall(HubTokens(store, clock), around.calls, clock)
        self._retelling = Retelling(self._recall, Aliases(HubAliases(store), self.index))
        self._presence = Presence(around.partners, self.members, clock)
        self.relay = self._relay()
        self.liveness = Liveness(around.calls, around.partners, clock)

    def _relay(self) -> Relay:
        around = self._around
        forwarding = Forwarding(
            around.calls,
            self._steps(),
            timeout_s=around.timeout_s,
            silent=self._presence.silent,
            passing=HubPassing(around.store, around.clock),
        )
        told = Broadcasts(self.objects, around.clock, hub=around.hub)
        asking = Asking(self.directory, self.rules, forwarding, around.clock)
        return Relay(
            around.hub,
            self.directory,
            forwarding,
            broadcasts=LearningBroadcasts(
                HearingBroadcasts(told, self._recall, self.directory), self.index
            ),
            lists=GetAll(
                HubLists(around.store),
                self.directory,
                self.rules,
                hub=around.hub,
                public_url=around.public_url,
            ),
            open_routes=OpenRoutes(self.index, self.directory, self.rules, asking),
            passed_on=Callbacks(self.callbacks, self.directory, forwarding),
        )

    def _steps(self) -> list[Step]:
        """In the order outward: what is refused is neither noted nor changed.

        Addresses are changed before the words are, so that a callback's way back is known in the
        sender's own version.
        """
        around = self._around
        return [
            Rules(self.rules, hub=around.hub),
            self._presence,
            Learning(self.index, around.clock),
            Rewriting(self.callbacks, around.public_url),
            Conversion(self._recall, self._retelling, around.clock),
        ]

    # For workers

    def broadcast_audience(self) -> BroadcastAudience:
        """Who hears what is told to everybody."""
        return BroadcastAudience(self.directory, self.rules)

    def broadcast_sender(self) -> BroadcastSender:
        """Sends deliveries of the kinds `broadcast.…`."""
        around = self._around
        return BroadcastSender(
            self.objects,
            around.calls,
            around.partners,
            around.clock,
            directory=self.directory,
            rules=self.rules,
            changes=RulesTelling(HubReach(around.store, around.clock), self.directory, self.rules),
            words=KeptWords(around.store),
            presence=self._presence,
            hub=around.hub,
        )

    def member_audience(self) -> MemberAudience:
        """Who hears how members stand."""
        return MemberAudience(self._around.store)

    def member_sender(self) -> MemberSender:
        """Sends deliveries of the kinds `member.…`."""
        around = self._around
        return MemberSender(
            around.calls,
            around.partners,
            self.members,
            presence=self._presence,
            clock=around.clock,
        )


def build_hub(outside: Outside, calls: PartnerCalls, partners: Partners, *, batch: Batch) -> Hub:
    """The hub of this process."""
    settings = outside.settings
    return Hub(
        HubSurroundings(
            store=outside.store,
            sealer=outside.sealer,
            clock=outside.clock,
            calls=calls,
            partners=partners,
            hub=settings.hub,
            public_url=settings.public_url,
            timeout_s=settings.hub_timeout_s,
            batch=batch,
            silence=timedelta(seconds=settings.hub_silence_s),
        )
    )
