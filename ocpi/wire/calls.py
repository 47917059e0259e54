"""What a route gets and gives: one call to one resource, one answer, without HTTP's details."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner
from ocpi.versions.registry import OcpiVersion
from ocpi.versions.rung import Kind, Surroundings
from ocpi.wire.addresses import Face
from ocpi.wire.documents import decode, encode_text
from ocpi.wire.envelope import NOTHING, SUCCESS
from ocpi.wire.headers import Exchange

Json = dict[str, Any]


class Body(Enum):
    """Whether a resource reads the body of a request."""

    NONE = "none"
    OPTIONAL = "optional"
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` holds the decoded segments by name, `body` the parsed JSON.

    `raw_query` is the query as it was sent. `url` is the public address of the endpoint, without
    what `path` names. `ours` are the parties of ours that are meant: the addressed one, or all of
    this side when none is.
    """

    exchange: Exchange
    face: Face
    url: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    raw_query: str = ""
    body: Any = None
    ours: tuple[PartyId, ...] = ()

    @property
    def partner(self) -> Partner:
        """Who called."""
        return self.exchange.partner

    @property
    def version(self) -> OcpiVersion:
        """The version that was called."""
        return self.exchange.ocpi

    def document(self) -> Json:
        """The body, which has to be an object; raises InvalidInput."""
        if not isinstance(self.body, dict):
            raise InvalidInput("", "a JSON object is needed")
        return self.body

    def lifted(self, kind: Kind, around: Surroundings | None = None) -> Json:
        """The body in canonical form; raises InvalidInput."""
        return self.version.lift(kind, self.document(), around or self.around)

    def text(self) -> str:
        """The body as JSON text, every number with its digits."""
        return encode_text(self.body)

    def owner(self) -> PartyId:
        """Whose object the address names; raises InvalidInput."""
        return PartyId.of(self.path["country"], self.path["party"])

    @property
    def around(self) -> Surroundings:
        """What the address says about an object whose version does not."""
        if "party" not in self.path:
            return Surroundings()
        return Surroundings(owner=(self.path["country"], self.path["party"]))


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes into the envelope and around it; `data` may be bytes that are JSON already."""

    data: Any = NOTHING
    status_code: int = SUCCESS
    http: int = 200
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Relayed:
    """Another platform's answer, passed on as it is; `by` is the party that gave it.

    `headers` are those that concern the data; `body` is an envelope already.
    """

    body: bytes
    by: PartyId
    status_code: int = SUCCESS
    http: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    _read: Any = field(default=None, init=False, compare=False, repr=False)

    def document(self) -> Any:
        """The body parsed, once for all who look; raises NotJson. Nobody may change it."""
        if self._read is None:
            self._read = decode(self.body)
        return self._read


CREATED = 201

Handler = Callable[[Call], Awaitable[Answer]]


def _always(_version: OcpiVersion) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Route:
    """A method on the resources of a pattern such as `{country}/{party}/{id}`."""

    method: str
    pattern: str
    handler: Handler
    body: Body = Body.NONE
    exists: Callable[[OcpiVersion], bool] = _always

    @property
    def parts(self) -> tuple[str, ...]:
        """The segments of the pattern; `{name}` stands for any one."""
        return tuple(part for part in self.pattern.split("/") if part)


@dataclass(frozen=True, slots=True)
class Interface:
    """One side of one module. A configuration module is never routed and knows no parties.

    `open_to_invited`: the one-time token of an invitation is good enough. `either_side`: both our
    CPO and our eMSP parties can be meant.
    """

    module: str
    role: InterfaceRole
    routes: tuple[Route, ...]
    functional: bool = True
    open_to_invited: bool = False
    either_side: bool = False
