"""Goes over everything that members of a hub were ever sent: in order, and meant for them.

Members judge each message by itself (`app.simulators.partner_hub`); the witness knows all of them,
so it also tells who meant a message for whom. It looks at requests as they arrived, whether or
not they were answered well, so what was sent twice or in trouble counts as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

from app.simulators.http_server import Request
from app.simulators.partner import Partner
from app.simulators.partner_hub import Party, party_in

_FOR_ALL = frozenset({"locations", "tariffs", "tokens"})
_FOR_ONE = frozenset({"sessions", "cdrs"})
_CORRELATION = "x-correlation-id"
_PARTS = ("evses", "connectors")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Meant(NamedTuple):
    """Who sent a message, and whom it named; None is nobody."""

    sender: Party
    receiver: Party | None


@dataclass
class Witness:
    """Everything that its members sent."""

    members: list[Partner] = field(default_factory=list)

    def knows(self, member: Partner) -> None:
        """From now on it sees what this member sends."""
        self.members.append(member)

    def faults(self, member: Partner) -> list[str]:
        """What a member should not have been sent, in all that it was."""
        meant = {
            name: Meant((sender.country, sender.party), receiver)
            for sender in self.members
            for name, receiver in sender.client.addressed.items()
        }
        senders = {(each.country, each.party) for each in self.members}
        return [*others_messages(member, meant, senders), *older_states(member)]


def others_messages(
    member: Partner, meant: dict[str, Meant], senders: set[Party]
) -> Iterator[str]:
    """Messages of another pair.

    What a message makes our own parties ask carries its correlation id as well, in their names,
    and so does what the hub has to ask its sender about it, in the name of its receiver.
    """
    own, shown = (member.country, member.party), set[tuple[str, ...]]()
    for request in member.requests:
        what = f"{request.method} {request.target}"
        path = _below_receiver(request)
        if path[:1] and path[0] in _FOR_ONE:
            yield from _not_mine(request, own, path, shown)
        sender = party_in(request.headers, "from")
        known = meant.get(request.headers.get(_CORRELATION, ""))
        ours = sender not in senders and (member.hub is None or sender != member.hub.hub)
        if sender is None or known is None or ours or known.sender == own:
            continue
        if sender in senders - {known.sender} or not _is_for(known, own, request, member):
            yield f"{what}: {known.sender} sent this to {known.receiver}, not {sender} to {own}"


def _is_for(known: Meant, own: Party, request: Request, member: Partner) -> bool:
    """Whether a message that one member sent may have come to this one, and by this way."""
    if own == known.receiver:
        return True
    hub = member.hub.hub if member.hub is not None else None
    if known.receiver not in {None, hub}:
        return False
    by_hub = party_in(request.headers, "from") == hub
    for_all = any(f"/{module}" in request.path for module in _FOR_ALL)
    return for_all if by_hub else known.receiver is None


def _not_mine(
    request: Request, own: Party, path: list[str], shown: set[tuple[str, ...]]
) -> Iterator[str]:
    """A session or bill of another provider's driver; a PATCH belongs to what was PUT before."""
    token = _body(request).get("cdr_token")
    name = tuple(path[1:4])
    if isinstance(token, dict) and (token["country_code"], token["party_id"]) != own:
        yield f"{request.method} {request.target}: the driver of another provider"
    if request.method == "PUT":
        shown.add(name)
    elif request.method == "PATCH" and name not in shown:
        yield f"{request.method} {request.target}: of a session that it was not told of"


def older_states(member: Partner) -> Iterator[str]:
    """Objects, EVSEs and connectors that went back in time."""
    newest: dict[tuple[str, ...], datetime] = {}
    for told in member.received.history:
        if told.method == "DELETE":
            newest.pop((told.module, *told.key), None)
        for name, body in _dated((told.module, *told.key), told.body, len(told.key) - 3):
            moment = _moment(body)
            if moment < newest.get(name, _NEVER):
                yield f"{told.method} {'/'.join(name)}: {moment} came after {newest[name]}"
            newest[name] = max(moment, newest.get(name, _NEVER))


def _dated(
    name: tuple[str, ...], body: dict[str, Any], depth: int
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """An object and its parts."""
    if "last_updated" in body:
        yield name, body
    if name[0] != "locations" or not 0 <= depth < len(_PARTS):
        return
    for part in body.get(_PARTS[depth]) or []:
        yield from _dated((*name, str(part.get("uid") or part.get("id"))), part, depth + 1)


def _moment(body: dict[str, Any]) -> datetime:
    read = datetime.fromisoformat(str(body["last_updated"]))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _below_receiver(request: Request) -> list[str]:
    """The module and the ids of a push."""
    segments = [unquote(part) for part in request.path.strip("/").split("/")]
    return segments[segments.index("receiver") + 1 :] if "receiver" in segments else []


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json() if request.body else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
