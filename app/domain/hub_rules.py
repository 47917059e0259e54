"""Who behind the hub may talk to whom, and who sees what of whom: contract groups and rules.

Parties of one group may talk. Everybody is in the default group unless taken out, so a hub without
any rules is open. A rule is about a pair: whose data, commands or questions these are (the owner)
and who gets them (the reader), for one module or all. The narrowest rule that fits decides before
the groups do: a named pair before a named owner, that before a named reader, that before all
pairs, and within each a named module before all modules.

Who the owner is follows from the side of the module that is called, since owners send: what is
asked at a sender interface is the receiver's, what is told at a receiver interface the sender's.
Source: OCPI 2.2.1, Versions, Typical implementation of modules.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole

DEFAULT = "default"
"""The group of everybody; it is kept as those who were taken out of it."""

MODULES = (
    "bookings", "cdrs", "chargingprofiles", "commands", "invoicereconciliation", "locations",
    "payments", "sessions", "tariffs", "tokens",
)  # fmt: skip
"""What is routed between parties."""

BY_OBJECT = frozenset({"locations", "tariffs"})
"""Modules of which single objects can be shown or hidden."""

MOST_OBJECTS = 5_000
ANY = "*"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LONGEST_ID = 36
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Group:
    """Parties that have a contract with each other; of the default group those who have not."""

    name: str
    parties: tuple[PartyId, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidInput("name", "1 to 40 of a-z, 0-9, - and _, such as spring-pilot")

    def holds(self, party: PartyId) -> bool:
        """Whether the party is in it."""
        return (party in self.parties) is not (self.name == DEFAULT)

    def joined(self, parties: Iterable[PartyId]) -> "Group":
        """With these parties in it."""
        return self._listing(parties, listed=self.name != DEFAULT)

    def left(self, parties: Iterable[PartyId]) -> "Group":
        """Without these parties."""
        return self._listing(parties, listed=self.name == DEFAULT)

    def _listing(self, parties: Iterable[PartyId], *, listed: bool) -> "Group":
        known, given = set(self.parties), set(parties)
        return Group(self.name, tuple(sorted(known | given if listed else known - given)))


class Effect(StrEnum):
    """What a rule says."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pairs a rule is about, and which module; None stands for all."""

    owner: PartyId | None = None
    reader: PartyId | None = None
    module: str | None = None

    def __post_init__(self) -> None:
        if self.module is not None and self.module not in MODULES:
            raise InvalidInput("module", f"known are {', '.join(MODULES)}")
        if self.owner is not None and self.owner == self.reader:
            raise InvalidInput("reader", "a party may always see what is its own")

    @property
    def key(self) -> str:
        """Its name, such as `NL-AAA/*/tariffs`."""
        return "/".join(str(part or ANY) for part in (self.owner, self.reader, self.module))

    @classmethod
    def parse(cls, key: str) -> "Scope":
        """Read what `key` gave; raises InvalidInput."""
        parts = key.split("/")
        if len(parts) != 3:  # noqa: PLR2004 - owner, reader, module
            raise InvalidInput("rule", "is named OWNER/READER/MODULE, such as NL-AAA/*/tariffs")
        owner, reader, module = (None if part == ANY else part for part in parts)
        return cls(
            PartyId.parse(owner) if owner is not None else None,
            PartyId.parse(reader) if reader is not None else None,
            module,
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds in a scope. `shown` are the only objects that may be seen, None for all of them.

    `hidden` are objects that may not be seen; both compared without regard to case.
    """

    scope: Scope
    effect: Effect
    shown: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        ids = (*(self.shown or ()), *self.hidden)
        if self.shown is None and not ids:
            return
        if self.effect is Effect.DENY or self.scope.module not in BY_OBJECT:
            reason = f"only of what is allowed, and of {' and '.join(sorted(BY_OBJECT))}"
            raise InvalidInput("shown", reason)
        if self.shown is not None and (self.hidden or not self.shown):
            raise InvalidInput("shown", "name some objects, either shown or hidden ones")
        if len(ids) > MOST_OBJECTS or not all(0 < len(i) <= _LONGEST_ID for i in ids):
            raise InvalidInput("shown", f"at most {MOST_OBJECTS} ids of 1 to {_LONGEST_ID}")

    @property
    def allows(self) -> bool:
        """Whether anything may pass."""
        return self.effect is Effect.ALLOW


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed what when; `before` or `after` is None where there was or is nothing.

    `objects` is the number of the last object that was told to everybody before.
    """

    id: str
    at: datetime
    by: str
    before: Group | Rule | None
    after: Group | Rule | None
    objects: int = 0

    @property
    def what(self) -> str:
        """`group` or `rule`."""
        return "rule" if isinstance(self.after or self.before, Rule) else "group"

    @property
    def key(self) -> str:
        """The group's name, or the rule's scope."""
        subject = self.after or self.before
        if isinstance(subject, Rule):
            return subject.scope.key
        return subject.name if subject is not None else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Whose things these are, and who gets them."""

    owner: PartyId
    reader: PartyId


def pair_of(role: InterfaceRole, sender: PartyId, receiver: PartyId) -> Pair:
    """The pair that a message is about, by the side of the module that is called."""
    if role is InterfaceRole.SENDER:
        return Pair(receiver, sender)
    return Pair(sender, receiver)


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for a pair, and why: by this rule, or else by having one of these groups."""

    allowed: bool
    rule: Rule | None = None
    groups: tuple[str, ...] = ()
    shown: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()

    def shows(self, object_id: str) -> bool:
        """Whether this object may be seen."""
        if not self.allowed:
            return False
        folded = object_id.casefold()
        return folded not in self.hidden and (self.shown is None or folded in self.shown)

    @property
    def whole(self) -> bool:
        """Whether all objects may be seen."""
        return self.allowed and self.shown is None and not self.hidden


class RuleBook:
    """All groups and rules at one moment; answers at once."""

    def __init__(self, groups: Iterable[Group] = (), rules: Iterable[Rule] = ()) -> None:
        self.groups = tuple(groups)
        self.rules = tuple(rules)
        self._rules = {rule.scope: rule for rule in self.rules}
        self._out: frozenset[PartyId] = frozenset()
        self._groups: dict[PartyId, set[str]] = {}
        for group in self.groups:
            if group.name == DEFAULT:
                self._out = frozenset(group.parties)
                continue
            for party in group.parties:
                self._groups.setdefault(party, set()).add(group.name)
        self._decided: dict[tuple[str, PartyId, PartyId], Decision] = {}

    def groups_of(self, party: PartyId) -> frozenset[str]:
        """The groups that the party is in."""
        everybody = () if party in self._out else (DEFAULT,)
        return frozenset(self._groups.get(party, ())).union(everybody)

    def concerning(self, parties: Iterable[PartyId]) -> tuple[Rule, ...]:
        """The rules that may decide about any of these parties, whoever the other one is."""
        any_of = frozenset(parties)
        return tuple(
            rule
            for rule in self.rules
            if any_of
            and any(p is None or p in any_of for p in (rule.scope.owner, rule.scope.reader))
        )

    def decide(self, module: str, owner: PartyId, reader: PartyId) -> Decision:
        """What holds for the owner's things of a module and this reader."""
        asked = (module, owner, reader)
        known = self._decided.get(asked)
        if known is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            known = self._decided[asked] = self._decide(module, owner, reader)
        return known

    def _decide(self, module: str, owner: PartyId, reader: PartyId) -> Decision:
        if owner == reader:
            return Decision(allowed=True)
        for scope in _narrowest_first(module, owner, reader):
            rule = self._rules.get(scope)
            if rule is not None:
                shown = None if rule.shown is None else frozenset(map(str.casefold, rule.shown))
                hidden = frozenset(map(str.casefold, rule.hidden))
                return Decision(rule.allows, rule, shown=shown, hidden=hidden)
        shared = self.groups_of(owner) & self.groups_of(reader)
        return Decision(bool(shared), groups=tuple(sorted(shared)))

    def may_see(
        self, module: str, owner: PartyId, reader: PartyId, object_id: str | None = None
    ) -> bool:
        """Whether the reader may see this object of the owner; without one: anything at all."""
        decision = self.decide(module, owner, reader)
        return decision.allowed if object_id is None else decision.shows(object_id)

    def may_send(
        self, module: str, role: InterfaceRole, *, sender: PartyId, receiver: PartyId
    ) -> bool:
        """Whether a message to this side of a module may pass from the one to the other."""
        pair = pair_of(role, sender, receiver)
        return self.decide(module, pair.owner, pair.reader).allowed

    def may_talk(self, one: PartyId, other: PartyId) -> bool:
        """Whether the two have any business with each other."""
        return any(
            self.decide(module, one, other).allowed or self.decide(module, other, one).allowed
            for module in MODULES
        )


def _narrowest_first(module: str, owner: PartyId, reader: PartyId) -> Iterator[Scope]:
    for whose, whom in ((owner, reader), (owner, None), (None, reader), (None, None)):
        yield Scope(whose, whom, module if module in MODULES else None)
        yield Scope(whose, whom)
