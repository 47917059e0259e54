"""Log lines are JSON and hold no secrets."""

import io
import json
import logging

from app.runtime.logs import set_up_logs
from app.store.correlation import correlation_id

SECRETS = {
    "in a header": "Authorization: Token ZXhhbXBsZS10b2tlbg==",
    "as basic": "Basic Q1AwMDE6c2VjcmV0LXBhc3N3b3Jk",
    "provider key": "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "in an address": "postgresql://roamwatt:hunter2hunter2@db/x",
}


def logged(event: str, **extra: object) -> dict[str, object]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        set_up_logs("INFO", stream)
        logging.getLogger("test").info(event, extra=extra)
    finally:
        root.handlers[:], root.level = before[0], before[1]
    line: dict[str, object] = json.loads(stream.getvalue())
    return line


def test_a_line_has_its_fields_and_the_correlation() -> None:
    token = correlation_id.set("c-1")
    line = logged("session.closed", session="s-1", kwh="12.5")
    correlation_id.reset(token)
    assert line["event"] == "session.closed"
    assert (line["session"], line["kwh"], line["correlation"]) == ("s-1", "12.5", "c-1")
    assert str(line["at"]).endswith("Z")


def test_known_secrets_are_cut_out() -> None:
    for secret in SECRETS.values():
        text = json.dumps(logged("partner.refused", why=secret))
        assert secret.rsplit(" ", 1)[-1] not in text
        assert "hunter2hunter2" not in text


def test_fields_named_like_secrets_are_hidden() -> None:
    line = logged("x", password="p", id_tag="04AB", client_token="t", card=None)
    assert line["password"] == line["id_tag"] == line["client_token"] == "***"
    assert line["card"] is None
