"""The lock pins everything with hashes, names no address, and keeps one package out."""

import re
import tomllib
from importlib.util import find_spec

from tests.support.sources import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _pins() -> dict[str, list[str]]:
    """Each pinned package with its hashes."""
    pins: dict[str, list[str]] = {}
    name = ""
    for line in LOCK.splitlines():
        start = re.match(r"^([a-z0-9._-]+)(\[[a-z0-9,_-]+\])?==[^ ;]+", line)
        if start:
            name = start[1]
            pins.setdefault(name, [])
        pins[name] += re.findall(r"--hash=(sha256:[0-9a-f]{64})", line)
    return pins


def _normal(requirement: str) -> str:
    name = re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_pinned_with_hashes() -> None:
    wanted = {_normal(each) for each in PROJECT["dependencies"]}
    for extra in PROJECT["optional-dependencies"].values():
        wanted |= {_normal(each) for each in extra}
    pins = _pins()
    assert wanted - set(pins) == set()
    assert [name for name, hashes in pins.items() if not hashes] == []


def test_the_lock_names_no_address() -> None:
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert " @ " not in LOCK


def test_httpx2_stays_out() -> None:
    """Authlib and Starlette would prefer it, and then raise other exceptions than httpx does."""
    assert "httpx2" not in _pins()
    assert find_spec("httpx2") is None
