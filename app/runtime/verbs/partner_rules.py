"""`partner group(s)`, `rule(s)`, `may` and `rule-changes`: who may talk to whom at our hub."""

import json
import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.domain.errors import InvalidInput
from app.domain.hub_rules import DEFAULT, MODULES, Change, Decision, Effect, Group, Rule, Scope
from app.domain.identifiers import PartyId
from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.use_cases.hub_rules import COMMAND_LINE, HubRules

JSON = Annotated[bool, typer.Option("--json", help="Print JSON")]
OWNER = Annotated[str, typer.Argument(help="Whose things: a party such as NL-AAA, or *")]
READER = Annotated[str, typer.Argument(help="Who gets them: a party, or *")]
PARTIES = Annotated[list[str] | None, typer.Option(help="A party such as NL-AAA; repeatable")]


def _author() -> str:
    """Whoever is logged in to this machine."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return f"{COMMAND_LINE}, {name}"


def _rules(parts: Container) -> HubRules:
    return HubRules(parts.outside.store, parts.outside.clock)


def _parties(texts: Sequence[str] | None) -> list[PartyId]:
    return [PartyId.parse(text) for text in texts or ()]


def groups(*, as_json: JSON = False) -> None:
    """Show the hub's contract groups; parties of one group may talk to each other."""

    async def work(parts: Container) -> list[Group]:
        return await _rules(parts).groups()

    known = once(work)
    if as_json:
        typer.echo(json.dumps([_group_shown(group) for group in known]))
        return
    table = Table("Group", "Parties")
    for each in known:
        named = ", ".join(map(str, each.parties))
        table.add_row(each.name, _everybody_but(named) if each.name == DEFAULT else named)
    Console().print(table)


def _everybody_but(named: str) -> str:
    return f"everybody but {named}" if named else "everybody"


def _group_shown(group: Group) -> dict[str, object]:
    """As the operator's API does: the default group by who is not in it."""
    named, everybody = [str(party) for party in group.parties], group.name == DEFAULT
    return {
        "name": group.name,
        "parties": [] if everybody else named,
        "without": named if everybody else [],
    }


@dataclass(frozen=True, slots=True)
class _Wish:
    """What becomes of a group."""

    name: str
    make: bool
    drop: bool
    join: Sequence[PartyId]
    leave: Sequence[PartyId]

    async def fulfil(self, rules: HubRules) -> None:
        by = _author()
        if self.drop:
            await rules.drop_group(self.name, by=by)
            return
        if self.make:
            await rules.make_group(self.name, self.join, by=by)
        elif self.join:
            await rules.join(self.name, self.join, by=by)
        if self.leave:
            await rules.leave(self.name, self.leave, by=by)


def group(
    name: Annotated[str, typer.Argument(help=f"The group; in {DEFAULT!r} is everybody at first")],
    *,
    make: Annotated[bool, typer.Option("--make", help="It is a new one")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Forget it")] = False,
    join: PARTIES = None,
    leave: PARTIES = None,
) -> None:
    """Let parties into a contract group of the hub, and take them out of it."""

    async def work(parts: Container) -> list[Group]:
        if not (make or drop or join or leave):
            raise InvalidInput("group", "say what to do: --make, --join, --leave or --drop")
        wish = _Wish(name, make, drop, _parties(join), _parties(leave))
        await wish.fulfil(_rules(parts))
        return await _rules(parts).groups()

    left = [each for each in once(work) if each.name == name]
    typer.echo(json.dumps(_group_shown(left[0])) if left else f"Forgot {name}")


def rules(*, as_json: JSON = False) -> None:
    """Show the hub's rules, which count before its groups; the narrowest that fits decides."""

    async def work(parts: Container) -> list[Rule]:
        return await _rules(parts).rules()

    known = once(work)
    if as_json:
        typer.echo(json.dumps([rule_shown(rule) for rule in known]))
        return
    table = Table("Owner/reader/module", "Effect", "Objects", "Note")
    for each in known:
        table.add_row(each.scope.key, each.effect, objects_shown(each), each.note)
    Console().print(table)


def objects_shown(rule: Rule) -> str:
    """Which objects a rule names, in words; empty for all."""
    if rule.shown is not None:
        return f"only {', '.join(rule.shown)}"
    return f"not {', '.join(rule.hidden)}" if rule.hidden else ""


def rule_shown(rule: Rule) -> dict[str, object]:
    """A rule as JSON."""
    return {
        "scope": rule.scope.key,
        "effect": rule.effect,
        "shown": None if rule.shown is None else list(rule.shown),
        "hidden": list(rule.hidden),
        "note": rule.note,
    }


def rule(
    owner: OWNER,
    reader: READER,
    module: Annotated[str, typer.Argument(help="A module such as tariffs, or *")] = "*",
    *,
    effect: Annotated[Effect | None, typer.Option(help="What may happen")] = None,
    show: Annotated[list[str] | None, typer.Option(help="Only this object; repeatable")] = None,
    hide: Annotated[list[str] | None, typer.Option(help="Not this object; repeatable")] = None,
    note: Annotated[str, typer.Option(help="Why")] = "",
    drop: Annotated[bool, typer.Option("--drop", help="Forget the rule")] = False,
) -> None:
    """Make, change or forget the rule for an owner's things and a reader."""

    async def work(parts: Container) -> Rule | None:
        scope = Scope.parse(f"{owner}/{reader}/{module}")
        if drop:
            await _rules(parts).drop_rule(scope, by=_author())
            return None
        if effect is None:
            raise InvalidInput("effect", "is needed: --effect allow or --effect deny")
        made = Rule(scope, effect, tuple(show) if show else None, tuple(hide or ()), note)
        return await _rules(parts).set_rule(made, by=_author())

    made = once(work)
    typer.echo(json.dumps(rule_shown(made)) if made else f"Forgot {owner}/{reader}/{module}")


def may(
    owner: Annotated[str, typer.Argument(help="Whose things: a party")],
    reader: Annotated[str, typer.Argument(help="Who gets them: a party")],
    *,
    as_json: JSON = False,
) -> None:
    """Show what holds for an owner's things and a reader, module by module, and why."""

    async def work(parts: Container) -> list[tuple[str, Decision]]:
        book, pair = await _rules(parts).book(), (PartyId.parse(owner), PartyId.parse(reader))
        return [(module, book.decide(module, *pair)) for module in MODULES]

    found = once(work)
    if as_json:
        shown = [
            {"module": module, "allowed": each.allowed, "why": _why(each)}
            for module, each in found
        ]
        typer.echo(json.dumps(shown))
        return
    table = Table("Module", "Allowed", "Because of")
    for module, each in found:
        table.add_row(module, "yes" if each.allowed else "no", _why(each))
    Console().print(table)


def _why(decision: Decision) -> str:
    if decision.rule is not None:
        return f"rule {decision.rule.scope.key}"
    if decision.groups:
        return f"group {', '.join(decision.groups)}"
    return "its own" if decision.allowed else "no group in common"


def rule_changes(
    *,
    key: Annotated[str | None, typer.Option(help="Only of this group, or rule a/b/c")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: JSON = False,
) -> None:
    """Show who changed the hub's groups and rules, the newest first."""

    async def work(parts: Container) -> Sequence[Change]:
        return await _rules(parts).changes(key=key, limit=limit)

    known = once(work)
    if as_json:
        typer.echo(json.dumps([_change_shown(change) for change in known]))
        return
    table = Table("When (UTC)", "Who", "What", "Before", "After")
    for each in known:
        sides = [_in_short(side) for side in (each.before, each.after)]
        table.add_row(f"{each.at:%Y-%m-%d %H:%M:%S}", each.by, f"{each.what} {each.key}", *sides)
    Console().print(table)


def _in_short(subject: Group | Rule | None) -> str:
    if subject is None:
        return ""
    if isinstance(subject, Rule):
        return " ".join(part for part in (subject.effect, objects_shown(subject)) if part)
    named = ", ".join(map(str, subject.parties))
    return _everybody_but(named) if subject.name == DEFAULT else named or "nobody"


def _change_shown(change: Change) -> dict[str, object]:
    return {
        "at": change.at.isoformat(),
        "by": change.by,
        "what": change.what,
        "key": change.key,
        "before": _subject_shown(change.before),
        "after": _subject_shown(change.after),
    }


def _subject_shown(subject: Group | Rule | None) -> dict[str, object] | None:
    if subject is None:
        return None
    return rule_shown(subject) if isinstance(subject, Rule) else _group_shown(subject)
