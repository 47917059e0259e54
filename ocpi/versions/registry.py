"""The versions we speak: what each can do, and the way up to the canonical form and down again.

Code asks a version for a capability, never for its number (OCPI itself moves within a number).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ocpi.versions.rung import NOWHERE, Inexpressible, Json, Kind, Rung, Surroundings
from ocpi.versions.spelling import SPELLING_211, SPELLING_221, Spelling, spelled
from ocpi.versions.v211 import RUNG as RUNG_211
from ocpi.versions.v211_wider import WIDER as RUNG_211_WIDER
from ocpi.versions.v221 import RUNG as RUNG_221
from ocpi.versions.v221_wider import WIDER as RUNG_221_WIDER
from ocpi.versions.v230 import MODULES as MODULES_230
from ocpi.versions.v230 import RUNG as RUNG_230


@dataclass(frozen=True, slots=True)
class OcpiVersion:
    """One version of the protocol.

    `rungs` lead from this version up to the canonical form, nearest first. `owner_in_body`: own
    `country_code` and `party_id` are fields of the objects, not only of the address.
    """

    number: str
    rungs: tuple[Rung, ...]
    modules: frozenset[str]
    token_is_base64: bool = True
    has_routing_headers: bool = True
    has_interface_roles: bool = True
    owner_in_body: bool = True
    patch_needs_last_updated: bool = True
    patches_tariffs: bool = False
    has_hub_role: bool = True
    has_preferences: bool = True
    has_longer_ids: bool = False
    """Whether ids of locations and EVSEs may be longer than 36 characters."""
    withholds: bool = False
    """Whether whole objects of ours may have no expression in this version."""
    token_type_parameter: str = "type"  # noqa: S105 - the name of a query parameter
    spelling: tuple[Spelling, ...] = ()

    def lift(self, kind: Kind, document: Json, around: Surroundings = NOWHERE) -> Json:
        """This version's object in canonical form; raises InvalidInput with the field's path."""
        for rung in self.rungs:
            convert = rung.lift.get(kind)
            document = convert(document, around) if convert else document
        return document

    def spelled(self, path: str, module: str) -> str:
        """A field's canonical path in this version's words, to be told with a refusal."""
        return spelled(path, module, self.spelling)

    def lower(self, kind: Kind, document: Json, around: Surroundings = NOWHERE) -> Json:
        """A canonical object in this version; raises Inexpressible when it has no words for it."""
        above: Rung | None = None
        for rung in reversed(self.rungs):
            around = _lower_around(above, around) if above else around
            convert = rung.lower.get(kind)
            document = convert(document, around) if convert else document
            above = rung
        return document


def _lower_around(rung: Rung, around: Surroundings) -> Surroundings:
    """The surroundings climb along: a rung embeds a location of its upper version."""
    convert = rung.lower.get(Kind.LOCATION)
    if around.location is None or convert is None:
        return around
    return replace(around, location=convert(around.location, around))


CORE_MODULES = frozenset(
    {"cdrs", "commands", "credentials", "locations", "sessions", "tariffs", "tokens"}
)
"""What every version has."""

V230 = OcpiVersion(
    "2.3.0",
    rungs=(RUNG_230,),
    modules=CORE_MODULES | {"chargingprofiles", "hubclientinfo"} | MODULES_230,
    has_hub_role=False,
)
V221 = replace(
    V230,
    number="2.2.1",
    rungs=(RUNG_221, *V230.rungs),
    modules=CORE_MODULES | {"chargingprofiles", "hubclientinfo"},
    has_hub_role=True,
    spelling=SPELLING_221,
)
V211 = replace(
    V221,
    number="2.1.1",
    rungs=(RUNG_211, *V221.rungs),
    modules=CORE_MODULES,
    token_is_base64=False,
    has_routing_headers=False,
    has_interface_roles=False,
    owner_in_body=False,
    patch_needs_last_updated=False,
    patches_tariffs=True,
    has_hub_role=False,
    has_preferences=False,
    has_longer_ids=True,
    withholds=True,
    spelling=SPELLING_211,
    token_type_parameter="token_type",  # noqa: S106 - a name of OCPI
)

VERSIONS: Mapping[str, OcpiVersion] = MappingProxyType({v.number: v for v in (V211, V221, V230)})
"""All versions by number, oldest first."""

_WIDER = {
    V211.number: replace(V211, rungs=(RUNG_211_WIDER, *V221.rungs)),
    V221.number: replace(V221, rungs=(RUNG_221_WIDER, *V230.rungs)),
}


def spoken(version: OcpiVersion, *, wider: bool) -> OcpiVersion:
    """A version as it is spoken with a partner; `wider`: with the later fields that some need."""
    return _WIDER.get(version.number, version) if wider else version


CANONICAL = V230

__all__ = [
    "CANONICAL", "NOWHERE", "V211", "V221", "V230", "VERSIONS", "Inexpressible", "Kind",
    "OcpiVersion", "Surroundings", "spoken",
]  # fmt: skip
