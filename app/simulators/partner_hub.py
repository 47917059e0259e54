"""A hub's client: whom it addresses, and what it expects of every leg of a message.

Source: OCPI 2.2.1, Transport and format, Message routing; HubClientInfo module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from app.simulators.http_server import Request
from app.simulators.ocpi_check import faults
from app.simulators.partner_records import Document

Party = tuple[str, str]
"""Country code and party id."""

Mode = Literal["direct", "broadcast", "open"]
"""TO names a party, the hub, or nobody."""

CLIENT_INFO = "hubclientinfo"
_PUBLISHED = frozenset({"locations", "tariffs", "tokens"})
_CONCERNS_ONE = frozenset({"sessions", "cdrs"})
_PUSHES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_RECEIVED = 4
"""Segments before the owner: `ocpi`, version, `receiver`, module."""
_HUB_ERRORS = range(4000, 5000)
_HUB_PARTY_ID = 5


def party_in(headers: Mapping[str, str], side: Literal["from", "to"]) -> Party | None:
    """The party that a pair of routing headers names; None where half of it is missing."""
    country = headers.get(f"ocpi-{side}-country-code")
    party = headers.get(f"ocpi-{side}-party-id")
    return (country, party) if country and party else None


@dataclass
class HubSide:
    """What we know of the hub we are behind; what is wrong with its messages in `violations`.

    `counterparts` are the parties that are addressed directly, by role. What everybody may know
    (locations, tariffs, tokens) goes out by `published`, the rest by `others`.
    """

    hub: Party
    own: Party
    violations: list[str]
    counterparts: dict[str, Party] = field(default_factory=dict)
    published: Mode = "broadcast"
    others: Mode = "direct"
    asked_by: dict[str, Party | None] = field(default_factory=dict)
    """By response_url."""

    def addressee(self, role: str, module: str = "") -> Party | None:
        """Whom a message about a module to this role names in TO."""
        mode = self.published if module in _PUBLISHED else self.others
        if mode == "open":
            return None
        return self.hub if mode == "broadcast" else self.counterparts[role]

    def concerned(self, owner: Document | None) -> Party | None:
        """The provider of a token, to whom its session and bill are addressed."""
        if owner is None or self.others == "open":
            return None
        return owner["country_code"], owner["party_id"]

    def judge_request(self, request: Request, what: str) -> None:
        """A leg from the hub to us: TO is us, FROM says who asks, and it is our business."""
        sender, receiver = party_in(request.headers, "from"), party_in(request.headers, "to")
        wrong = []
        if receiver != self.own:
            wrong.append(f"TO is {receiver} on the leg to {self.own}")
        if sender == self.own:
            wrong.append("FROM is ourselves")
        segments = [unquote(part) for part in request.path.strip("/").split("/")]
        if segments[2:3] == ["receiver"]:
            wrong += self._pushed(request, segments, sender)
        body = _body_of(request)
        back = body.get("response_url") or request.asked("response_url")
        if back:
            self.asked_by[back] = sender
        self.violations += [f"{what}: {fault}" for fault in wrong]

    def _pushed(self, request: Request, segments: list[str], sender: Party | None) -> list[str]:
        """FROM is the hub in a broadcast and the object's owner otherwise."""
        module, owner = segments[3], tuple(segments[_RECEIVED : _RECEIVED + 2])
        wrong = []
        if sender == self.hub and (module not in _PUBLISHED or request.method not in _PUSHES):
            wrong.append("FROM is the hub, but this is never broadcast")
        owned = module in _PUBLISHED | _CONCERNS_ONE and len(owner) > 1
        if owned and sender not in (self.hub, owner):
            wrong.append(f"FROM is {sender}, but the object belongs to {owner}")
        if owned and owner == self.own:
            wrong.append("our own object came back to us")
        token = _body_of(request).get("cdr_token") if module in _CONCERNS_ONE else None
        if isinstance(token, dict) and (token["country_code"], token["party_id"]) != self.own:
            wrong.append("this concerns the driver of another provider")
        return wrong

    def judge_answer(self, asked: Mapping[str, str], answer: Mapping[str, str], *, said: int) -> (
        list[str]
    ):  # fmt: skip
        """The leg back: TO is us, FROM whom we addressed, or the hub for what it says itself."""
        wanted = party_in({name.lower(): value for name, value in asked.items()}, "to")
        sender, receiver = party_in(answer, "from"), party_in(answer, "to")
        wrong = [] if receiver == self.own else [f"TO is {receiver} on the answer to {self.own}"]
        by_hub = said in _HUB_ERRORS and sender == self.hub
        if sender == self.own:
            wrong.append("FROM is ourselves on the answer")
        if wanted == self.hub and sender not in {None, self.hub}:
            wrong.append(f"FROM is {sender} on the hub's own answer")
        if wanted not in {None, self.hub, sender} and not by_hub:
            wrong.append(f"FROM is {sender} on the answer of {wanted}")
        if wanted is None and sender is None:
            wrong.append("no FROM on the answer of whom the hub found")
        return wrong


@dataclass
class ClientList:
    """The parties behind the hub, by country, party and role, as it told us of them."""

    own: Party
    violations: list[str]
    known: dict[tuple[str, str, str], Document] = field(default_factory=dict)
    history: list[Document] = field(default_factory=list)

    def put(self, request: Request, key: Party, body: Document) -> bool:
        """Keeps a party's state; False when it is malformed."""
        what = f"{CLIENT_INFO}/{'/'.join(key)}"
        wrong = faults("ClientInfo", body, path=what)
        if any(party_in(request.headers, side) for side in ("from", "to")):
            wrong.append(f"{what}: routing headers on a configuration module")
        if not wrong:
            wrong += self._note(key, body, what)
        self.violations += wrong
        return not wrong

    def _note(self, key: Party, body: Document, what: str) -> list[str]:
        named = (body["country_code"], body["party_id"])
        wrong = [] if named == key else [f"{what}: the body is of {named}"]
        if named == self.own:
            wrong.append(f"{what}: told of ourselves")
        known = self.known.get((*named, body["role"]), {})
        if body["last_updated"].rstrip("Z") < str(known.get("last_updated", "")).rstrip("Z"):
            wrong.append(f"{what}: an older state after a newer one")
        self.known[*named, body["role"]] = body
        self.history.append(body)
        return wrong

    def of(self, party: Party) -> list[Document]:
        """What is known of a party, in each of its roles."""
        return [info for key, info in self.known.items() if key[:2] == party]

    def status(self, party: Party) -> str | None:
        """The state of a party's first role."""
        return next((info["status"] for info in self.of(party)), None)


def hub_in(roles: list[Document], hub_party_id: str | None = None) -> Party | None:
    """Which party of a platform is the hub, if one is; 2.3.0 names it in a field of its own."""
    if hub_party_id:
        return hub_party_id[:2], hub_party_id[2:]
    found = [r for r in roles if r["role"] == "HUB"]
    return (found[0]["country_code"], found[0]["party_id"]) if found else None


def without_hub(credentials: Document, version: str) -> Document:
    """Without the field by which 2.3.0 names the hub, as long as it is what 2.3.0 wants."""
    named = str(credentials.get("hub_party_id", ""))
    if version != "2.3.0" or len(named) != _HUB_PARTY_ID:
        return credentials
    return {name: value for name, value in credentials.items() if name != "hub_party_id"}


def _body_of(request: Request) -> dict[str, Any]:
    try:
        body = request.json() if request.body else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
