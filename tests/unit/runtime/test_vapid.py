"""The key that browsers subscribe for stays the same, and is refused when it is none."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from app.adapters.push_log import LogBrowserPush
from app.adapters.push_web import HOSTS, WebPush, encoded
from app.domain.errors import InvalidInput
from app.runtime.providers import build_browser_push
from app.runtime.vapid import push_hosts, read_vapid

OLD, NEW = "an old secret of thirty-two characters", "a new secret of thirty-two characters"


def outside(*secrets: str, **settings: Any) -> Any:
    given = {
        "vapid_key": SecretStr(settings.pop("vapid_key", "")),
        "mail_from": "hello@roamwatt.example",
        "web_push_hosts": "",
        "web_push": "log",
    }
    return SimpleNamespace(
        settings=SimpleNamespace(**given | settings), secrets=secrets, messages=None, clock=None
    )


def test_a_newer_secret_ends_no_subscription() -> None:
    before = read_vapid(outside(OLD))
    assert read_vapid(outside(NEW, OLD)).public == before.public
    assert read_vapid(outside(NEW)).public != before.public
    assert before.contact == "mailto:hello@roamwatt.example"
    assert len(before.public) == 87


def test_a_key_from_the_settings() -> None:
    key = encoded((7).to_bytes(32, "big"))
    given = read_vapid(outside(OLD, vapid_key=key))
    assert given.public == read_vapid(outside(NEW, vapid_key=key)).public


@pytest.mark.parametrize("key", ["short", "é", encoded(bytes(32)), encoded(b"\xff" * 32)])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="P-256"):
        read_vapid(outside(OLD, vapid_key=key))


def test_which_push_services_are_called() -> None:
    assert push_hosts(outside(OLD)) == HOSTS
    chosen = push_hosts(outside(OLD, web_push_hosts="push.example, *.other.example"))
    assert chosen == ("push.example", "*.other.example")


def test_browsers_are_told_only_where_it_is_switched_on() -> None:
    assert isinstance(build_browser_push(outside(OLD)), LogBrowserPush)
    assert isinstance(build_browser_push(outside(OLD, web_push="send")), WebPush)
