"""Routes for the hub's contract groups and rules; for the platform's keys only, all on record."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import PlatformAsking, PlatformHolder, Services
from app.domain.hub_rules import (
    DEFAULT,
    MODULES,
    Change,
    Decision,
    Effect,
    Group,
    Rule,
    Scope,
)
from app.domain.identifiers import PartyId
from app.use_cases.hub_rules import author

router = APIRouter()

PartyText = Annotated[str, Field(min_length=5, max_length=6)]
Objects = Annotated[list[str], Field(max_length=5_000)]
Name = Annotated[str, Path(max_length=40)]
Part = Annotated[str, Path(max_length=40)]


class GroupIn(BaseModel):
    """A new group and who is in it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40)]
    parties: Annotated[list[PartyText], Field(max_length=1_000)] = []


class PartiesIn(BaseModel):
    """Parties to let into a group."""

    model_config = ConfigDict(extra="forbid")

    parties: Annotated[list[PartyText], Field(min_length=1, max_length=1_000)]


class RuleIn(BaseModel):
    """What shall hold in a scope; `shown` null stands for all objects."""

    model_config = ConfigDict(extra="forbid")

    effect: Effect
    shown: Objects | None = None
    hidden: Objects = []
    note: Annotated[str, Field(max_length=500)] = ""


class GroupOut(BaseModel):
    """A group; in the default one is everybody but `without`, in others nobody but `parties`."""

    name: str
    parties: list[str]
    without: list[str]

    @classmethod
    def of(cls, group: Group) -> "GroupOut":
        """Show a group."""
        named, everybody = [str(party) for party in group.parties], group.name == DEFAULT
        return cls(
            name=group.name,
            parties=[] if everybody else named,
            without=named if everybody else [],
        )


class RuleOut(BaseModel):
    """A rule; null for owner, reader or module stands for all."""

    owner: str | None
    reader: str | None
    module: str | None
    effect: Effect
    shown: list[str] | None
    hidden: list[str]
    note: str

    @classmethod
    def of(cls, rule: Rule) -> "RuleOut":
        """Show a rule."""
        scope = rule.scope
        return cls(
            owner=str(scope.owner) if scope.owner else None,
            reader=str(scope.reader) if scope.reader else None,
            module=scope.module,
            effect=rule.effect,
            shown=None if rule.shown is None else list(rule.shown),
            hidden=list(rule.hidden),
            note=rule.note,
        )


class DecisionOut(BaseModel):
    """What holds for a pair, and by which rule, or else by which groups that both are in."""

    module: str
    allowed: bool
    rule: RuleOut | None
    groups: list[str]

    @classmethod
    def of(cls, module: str, decision: Decision) -> "DecisionOut":
        """Show a decision."""
        return cls(
            module=module,
            allowed=decision.allowed,
            rule=RuleOut.of(decision.rule) if decision.rule else None,
            groups=list(decision.groups),
        )


class ChangeOut(BaseModel):
    """Who changed what when; null is where there was or is nothing."""

    id: str
    at: datetime
    by: str
    what: str
    key: str
    before: GroupOut | RuleOut | None
    after: GroupOut | RuleOut | None

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        """Show a change."""
        return cls(
            id=change.id,
            at=change.at,
            by=change.by,
            what=change.what,
            key=change.key,
            before=_shown(change.before),
            after=_shown(change.after),
        )


def _shown(subject: Group | Rule | None) -> GroupOut | RuleOut | None:
    if subject is None:
        return None
    return GroupOut.of(subject) if isinstance(subject, Group) else RuleOut.of(subject)


def _parties(texts: list[str]) -> list[PartyId]:
    return [PartyId.parse(text) for text in texts]


@router.get("/hub/groups")
async def list_groups(_asking: PlatformAsking, services: Services) -> list[GroupOut]:
    """The hub's contract groups by name."""
    return [GroupOut.of(group) for group in await services.connections.rules.groups()]


@router.post("/hub/groups", status_code=201)
async def make_group(given: GroupIn, holder: PlatformHolder, services: Services) -> GroupOut:
    """Make a group."""
    parties, by = _parties(given.parties), author(holder)
    return GroupOut.of(await services.connections.rules.make_group(given.name, parties, by=by))


@router.post("/hub/groups/{name}/parties")
async def join_group(
    name: Name, given: PartiesIn, holder: PlatformHolder, services: Services
) -> GroupOut:
    """Let parties into a group; into the default one, that is: back into it."""
    parties, by = _parties(given.parties), author(holder)
    return GroupOut.of(await services.connections.rules.join(name, parties, by=by))


@router.delete("/hub/groups/{name}/parties/{party}")
async def leave_group(
    name: Name, party: Part, holder: PlatformHolder, services: Services
) -> GroupOut:
    """Take a party out of a group, of the default one too."""
    parties, by = _parties([party]), author(holder)
    return GroupOut.of(await services.connections.rules.leave(name, parties, by=by))


@router.delete("/hub/groups/{name}", status_code=204)
async def drop_group(name: Name, holder: PlatformHolder, services: Services) -> None:
    """Forget a group."""
    await services.connections.rules.drop_group(name, by=author(holder))


@router.get("/hub/rules")
async def list_rules(_asking: PlatformAsking, services: Services) -> list[RuleOut]:
    """All rules."""
    return [RuleOut.of(rule) for rule in await services.connections.rules.rules()]


@router.put("/hub/rules/{owner}/{reader}/{module}")
async def set_rule(
    owner: Part,
    reader: Part,
    module: Part,
    given: RuleIn,
    *,
    holder: PlatformHolder,
    services: Services,
) -> RuleOut:
    """Make or change the rule of a scope; `*` stands for all."""
    rule = Rule(
        Scope.parse(f"{owner}/{reader}/{module}"),
        given.effect,
        shown=None if given.shown is None else tuple(given.shown),
        hidden=tuple(given.hidden),
        note=given.note,
    )
    return RuleOut.of(await services.connections.rules.set_rule(rule, by=author(holder)))


@router.delete("/hub/rules/{owner}/{reader}/{module}", status_code=204)
async def drop_rule(
    owner: Part, reader: Part, module: Part, *, holder: PlatformHolder, services: Services
) -> None:
    """Forget the rule of exactly this scope."""
    scope = Scope.parse(f"{owner}/{reader}/{module}")
    await services.connections.rules.drop_rule(scope, by=author(holder))


@router.get("/hub/decisions/{owner}/{reader}")
async def list_decisions(
    owner: Part, reader: Part, _asking: PlatformAsking, services: Services
) -> list[DecisionOut]:
    """What holds now for an owner's things and a reader, module by module, and why."""
    rules = services.connections.rules
    await rules.look()
    book, pair = await rules.book(), (PartyId.parse(owner), PartyId.parse(reader))
    return [DecisionOut.of(module, book.decide(module, *pair)) for module in MODULES]


@router.get("/hub/rule-changes")
async def list_changes(
    _asking: PlatformAsking,
    services: Services,
    *,
    key: Annotated[str | None, Query(max_length=60)] = None,
    before: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[ChangeOut]:
    """Who changed groups and rules, the newest first; `key` is a name, or a rule's `a/b/c`."""
    found = await services.connections.rules.changes(key=key, before=before, limit=limit)
    return [ChangeOut.of(change) for change in found]
