"""What is said to a member of the hub of an object: the requests, in its version and its ways.

To whom an object is hidden it is gone. Tariffs are deleted, EVSEs become REMOVED, tokens become
invalid: nothing else ends in OCPI. Only that is said, nothing of what the object has become. It is
as old as the object itself, so that this can be shown again as it is.
Source: OCPI 2.2.1, Locations, Flow and Lifecycle; Tariffs, DELETE Method; Tokens, Flow and
Lifecycle; Transport and format, Client owned object push.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.hub_objects import HubNoun
from app.domain.partners import InterfaceRole, Partner, Quirk
from app.use_cases.hub_telling import Told
from ocpi.client.exchange import joined, version_of
from ocpi.hub.kept_words import Kept
from ocpi.hub.pushes import lowered_document
from ocpi.push.subjects import path_segment
from ocpi.versions.registry import Inexpressible
from ocpi.wire.documents import encode

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One request; an empty body goes with DELETE."""

    method: str
    url: str
    body: bytes = b""


def said_of(partner: Partner, told: Told, kept: Kept) -> Sequence[Said] | None:
    """What tells of it, and what does where that is refused; None where there are no words."""
    url, query = _address(partner, told)
    if kept.object.gone:
        return [Said("DELETE", url + query)]
    version = version_of(partner)
    try:
        whole = Said("PUT", url + query, kept.body(version))
        part = kept.part(version, told.part) if told.part else None
    except Inexpressible:
        return None
    if part is None:
        return [whole]
    below = joined(url, *(path_segment(each) for each in told.part))
    return [Said("PUT", below + _end(url), part), whole]


def gone_of(partner: Partner, told: Told, kept: Kept) -> Sequence[Said]:
    """What tells that it is gone; nothing for what there never were words for."""
    url, query = _address(partner, told)
    if told.ref.noun is HubNoun.TARIFF or kept.object.gone:
        return [Said("DELETE", url + query)]
    try:
        document = lowered_document(kept.object, version_of(partner))
    except Inexpressible:
        return []
    if told.ref.noun is HubNoun.TOKEN:
        return [Said("PATCH", url + query, encode({"valid": False, **_dated(document)}))]
    return [
        Said("PATCH", joined(url, path_segment(uid)) + _end(url), encode(body))
        for uid, body in _removed(document)
    ]


def _removed(location: Json) -> Iterator[tuple[str, Json]]:
    """Every EVSE that is there, and that it is not any more."""
    for evse in location.get("evses") or []:
        if isinstance(evse, dict) and evse.get("uid") and evse.get("status") != "REMOVED":
            yield str(evse["uid"]), {"status": "REMOVED", **_dated(evse)}


def _dated(document: Json) -> Json:
    return {name: document[name] for name in ("last_updated",) if name in document}


def _end(url: str) -> str:
    return "/" if url.endswith("/") else ""


def _address(partner: Partner, told: Told) -> tuple[str, str]:
    """Where the object is at the partner, by its owner (OCPI 2.2.1, Client owned object push)."""
    ref = told.ref
    endpoint = partner.endpoint(ref.noun.module, InterfaceRole.RECEIVER) or ""
    url = joined(endpoint, ref.party.country, ref.party.code, path_segment(ref.id))
    version = version_of(partner)
    typed = ref.noun is HubNoun.TOKEN and version.has_interface_roles
    if partner.has(Quirk.TRAILING_SLASH):
        url = f"{url}/"
    return url, f"?{version.token_type_parameter}={path_segment(ref.type)}" if typed else ""
