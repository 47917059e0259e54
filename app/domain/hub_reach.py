"""What changes of the hub's rules mean for a reader: what it may see more of, and what less.

The rules of now are compared with those that held before a change and since, which follow from
the record of changes. Whoever looks late finds the same: what it has to be told of, since it was
hidden once, and what it may have been told of, while that was not hidden.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from app.domain.hub_objects import HubNoun, Mark
from app.domain.hub_rules import Change, Group, Rule, RuleBook
from app.domain.identifiers import PartyId


class Reached(Enum):
    """SHOWN: may be seen now. HIDDEN: may not be seen any more. SAME: neither is news."""

    SHOWN = 1
    HIDDEN = 2
    SAME = 3


@dataclass(frozen=True, slots=True)
class Former:
    """Rules that held once, and the number of the last object that was told under them."""

    book: RuleBook
    objects: int


def formers(book: RuleBook, changes: Iterable[Change]) -> Iterator[Former]:
    """The books that held before each of these changes; the newest comes first, `book` is now."""
    groups = {group.name: group for group in book.groups}
    rules = {rule.scope: rule for rule in book.rules}
    for change in changes:
        before, after = change.before, change.after
        if isinstance(after, Group):
            groups.pop(after.name, None)
        elif isinstance(after, Rule):
            rules.pop(after.scope, None)
        if isinstance(before, Group):
            groups[before.name] = before
        elif isinstance(before, Rule):
            rules[before.scope] = before
        yield Former(RuleBook(groups.values(), rules.values()), change.objects)


@dataclass(frozen=True, slots=True)
class Reach:
    """The rules now, and all that held since before some change."""

    now: RuleBook
    formers: tuple[Former, ...]

    def moved(self, noun: HubNoun, owner: PartyId, reader: PartyId) -> bool:
        """Whether the reader could see other objects of the owner once."""
        now = self.now.decide(noun.module, owner, reader)
        found = (each.book.decide(noun.module, owner, reader) for each in self.formers)
        seen = (now.allowed, now.shown, now.hidden)
        return any((was.allowed, was.shown, was.hidden) != seen for was in found)

    def of(self, mark: Mark, reader: PartyId) -> Reached:
        """What becomes of an object for a reader.

        What was never told while the reader might see it must not be taken back either, since
        that would say that there is such a thing.
        """
        seen = (mark.ref.noun.module, mark.ref.party, reader, mark.ref.id)
        if self.now.may_see(*seen):
            whole = all(each.book.may_see(*seen) for each in self.formers)
            return Reached.SAME if whole else Reached.SHOWN
        told = (f for f in self.formers if mark.number <= f.objects)
        return Reached.HIDDEN if any(f.book.may_see(*seen) for f in told) else Reached.SAME
