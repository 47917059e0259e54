"""What the partner has been told, in the order of arrival, and what was wrong with it."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.simulators.ocpi_check import faults
from app.simulators.partner_dialect import kind_of

Document = dict[str, Any]
_ID = {"EVSE": "uid", "Token": "uid"}
_LIST = {"EVSE": "evses", "Connector": "connectors"}
"""Where a location's parts stand in what they are part of."""


@dataclass(frozen=True)
class Told:
    """One push as it arrived; `key` is country, party, and the ids of the URL."""

    module: str
    method: str
    key: tuple[str, ...]
    body: Document
    at: datetime


@dataclass
class Records:
    """Everything pushed: `history` in order, `objects` by (module, country, party, id)."""

    violations: list[str]
    history: list[Told] = field(default_factory=list)
    objects: dict[tuple[str, ...], Document] = field(default_factory=dict)
    repeated_cdrs: list[str] = field(default_factory=list)

    def of(self, module: str) -> list[Document]:
        """The present objects of a module."""
        return [document for key, document in self.objects.items() if key[0] == module]

    def told(self, module: str, ident: str | None = None) -> list[Told]:
        """The pushes of a module (of one object), in the order of arrival."""
        chosen = [told for told in self.history if told.module == module]
        return [told for told in chosen if ident is None or ident in told.key]

    def put(self, module: str, key: tuple[str, ...], body: Document, *, query_type: str) -> bool:
        """Stores a whole object or part of a location; False when it is malformed."""
        kind = _kind_at(module, key)
        wrong = faults(kind, body, path=f"{module}/{'/'.join(key)}")
        wrong += _identity_faults(kind, key, body, query_type=query_type)
        self._note(Told(module, "PUT", key, body, datetime.now(UTC)), wrong)
        if wrong:
            return False
        kept = deepcopy(body)  # what was told stays as it was told
        if kind in _LIST:
            return self._put_part(kind, module, key, kept)
        self.objects[module, *key] = kept
        return True

    def patch(self, module: str, key: tuple[str, ...], body: Document) -> bool:
        """Changes an object; False when there is none."""
        kind = _kind_at(module, key)
        path = f"{module}/{'/'.join(key)}"
        wrong = faults(kind, body, partial=True, path=path)
        if "last_updated" not in body:
            wrong.append(f"{path}: PATCH without last_updated")
        self._note(Told(module, "PATCH", key, body, datetime.now(UTC)), wrong)
        target = self._find(module, key)
        if target is None:
            return False
        periods = target.get("charging_periods", []) + body.get("charging_periods", [])
        target.update(body)
        if module == "sessions":
            target["charging_periods"] = periods
        for depth in range(3, len(key)):
            parent = self._find(module, key[:depth]) or {}
            if _moment(parent) < _moment(body):
                parent["last_updated"] = body["last_updated"]
        return True

    def delete(self, module: str, key: tuple[str, ...]) -> bool:
        """Removes a tariff; False when there is none."""
        self.history.append(Told(module, "DELETE", key, {}, datetime.now(UTC)))
        return self.objects.pop((module, *key), None) is not None

    def post_cdr(self, body: Document) -> str:
        """`new`, `repeated` (identical), or `refused` (malformed, or another one of this id)."""
        key = (body.get("country_code", ""), body.get("party_id", ""), body.get("id", ""))
        wrong = faults("CDR", body, path=f"cdrs/{key[-1]}")
        known = self.objects.get(("cdrs", *key))
        if known is not None and known != body:
            wrong.append(f"cdrs/{key[-1]}: another CDR under the same id")
        self.violations += wrong
        self.history.append(Told("cdrs", "POST", key, body, datetime.now(UTC)))
        if wrong:
            return "refused"
        if known is not None:
            self.repeated_cdrs.append(key[-1])
            return "repeated"
        self.objects["cdrs", *key] = body
        return "new"

    def _note(self, told: Told, wrong: list[str]) -> None:
        """Also: no older state after a newer one, and no change of a session that is over."""
        known, body = self._find(told.module, told.key) or {}, told.body
        path = f"{told.module}/{'/'.join(told.key)}"
        if _moment(body) < _moment(known):
            self.violations.append(f"{path}: {body.get('last_updated')} came after a newer state")
        is_over = told.module == "sessions" and known.get("status") in ("COMPLETED", "INVALID")
        if is_over and body.get("status", known["status"]) != known["status"]:
            self.violations.append(f"{path}: changed after it was over")
        self.violations += wrong
        self.history.append(told)

    def _find(self, module: str, key: tuple[str, ...]) -> Document | None:
        found = self.objects.get((module, *key[:3]))
        if found is None or module != "locations":
            return found
        for (kind, level), ident in zip(_LIST.items(), key[3:], strict=False):
            name = _ID.get(kind, "id")
            parts = [part for part in found.get(level, []) if part[name] == ident]
            if not parts:
                return None
            found = parts[0]
        return found

    def _put_part(self, kind: str, module: str, key: tuple[str, ...], body: Document) -> bool:
        parent = self._find(module, key[:-1])
        if parent is None:
            return False
        name = _ID.get(kind, "id")
        rest = [part for part in parent.get(_LIST[kind], []) if part[name] != key[-1]]
        parent[_LIST[kind]] = [*rest, body]
        return True


def _kind_at(module: str, key: tuple[str, ...]) -> str:
    """The class of the object that is meant."""
    _country, _party, *ids = key
    return kind_of(module, len(ids))


def _moment(document: Document) -> str:
    """When an object changed, as text that sorts: `…:00` before `…:00.5`."""
    return str(document.get("last_updated", "")).rstrip("Z")


def _identity_faults(
    kind: str, key: tuple[str, ...], body: Document, *, query_type: str
) -> list[str]:
    """The URL names the same object as the body (OCPI 2.2.1, Client Owned Objects)."""
    named = {_ID.get(kind, "id"): key[-1]}
    if kind not in _LIST:
        named |= {"country_code": key[0], "party_id": key[1]}
    if kind == "Token":
        named["type"] = query_type
    return [
        f"{'/'.join(key)}: URL says {name} {value}, body says {body.get(name)}"
        for name, value in named.items()
        if body.get(name) != value
    ]
