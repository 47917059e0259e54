"""Nothing that lets somebody in, or names a driver's card, is left in what people may read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.wire.addresses import shown_path
from ocpi.wire.redaction import (
    HIDDEN,
    MOST_HEADERS,
    named_by,
    named_in,
    printable,
    shown_body,
    shown_headers,
    shown_url,
    spans_in,
    without,
)

SECRET = "S3CR3T-04A1B2C3"
SECRET_FIELDS = (
    "token", "uid", "auth_id", "contract_id", "visual_number", "group_id", "eft_data", "password",
    "access_information", "authId", "CONTRACT_ID", "contract-id", "id_tag", "api_key", "Token",
)  # fmt: skip
HARMLESS_FIELDS = ("evse_uid", "id", "authorization_reference", "country_code", "token_type")


def shown(text: str, module: str | None = "tokens", *, ours: bool = False) -> str:
    return shown_body(text, module, ours=ours)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("name", SECRET_FIELDS)
@pytest.mark.parametrize(
    "value", [SECRET, [SECRET], [[SECRET], SECRET], 1234567890, f'quoted " {SECRET}']
)
def test_fields_are_hidden_by_name_whatever_they_hold(
    name: str, value: Any, *, ours: bool
) -> None:
    text = json.dumps({"before": 1, name: value, "evse_uid": "kept"})
    said = shown(text, ours=ours)
    assert SECRET not in said
    assert "1234567890" not in said
    assert json.loads(said) == {"before": 1, name: HIDDEN, "evse_uid": "kept"}


@pytest.mark.parametrize(
    "name", ["ema_id", "eMA-ID", "pass_word", "u_id", "to-ken", "\u017fecret"]
)
@pytest.mark.parametrize("text", ['{{"{name}": "04A1B2C3"}}', "{name}=04A1B2C3"])
def test_a_hint_is_found_in_any_spelling(name: str, text: str) -> None:
    """Dashes do not count in a name, wherever they are; no other word is a hint here."""
    said = text.format(name=name)
    assert "04A1B2C3" not in shown(said)
    assert bool(spans_in(said)) == said.startswith("{")


def test_a_token_object_is_looked_into() -> None:
    """Commands hold a whole Token under the name that is a text in credentials."""
    text = json.dumps({"token": {"uid": SECRET, "valid": True, "contract_id": SECRET}})
    assert json.loads(shown(text)) == {
        "token": {"uid": HIDDEN, "valid": True, "contract_id": HIDDEN}
    }
    assert SECRET not in shown(json.dumps({"uid": {"token": SECRET, "x": [SECRET]}}))


def test_what_is_no_secret_stays_as_it_was_sent() -> None:
    text = '{ "total": 1.50,\n"evse_uid":"E1", "auth_id": null, "contract_id":null,"a":[1, 2]}'
    assert shown(text) == text
    for name in HARMLESS_FIELDS:
        assert SECRET in shown(json.dumps({name: SECRET}))


def test_the_uid_of_an_evse_is_no_secret() -> None:
    text = json.dumps({"evses": [{"uid": "E-17"}], "token": SECRET})
    assert "E-17" in shown(text, "locations")
    assert SECRET not in shown(text, "locations")
    assert "E-17" not in shown(text, "sessions")
    assert "E-17" not in shown(text, None)


@pytest.mark.parametrize("end", range(1, 60))
def test_a_body_may_be_cut_anywhere(end: int) -> None:
    text = '{"a": 1, "token": {"uid" : "S3CR3T-04A1B2C3", "contract_id":"S3CR3T\\"04A1"}}'
    assert "S3CR" not in shown(text[:end])
    assert "S3CR" not in shown(text[:end], ours=True)


@pytest.mark.parametrize(
    "text",
    [
        '{"\\u0075id": "S3CR3T"}',
        '{"tok\\u0065n": "S3CR3T", "x": "\\u00fc"}',
        "{'uid': 'S3CR3T'}",
        '{uid: "S3CR3T"}',
        "uid=S3CR3T&x=1",
        "<uid>S3CR3T</uid>",
        '<token type="RFID" uid="S3CR3T"/>',
        "token: S3CR3T",
        'garbage {"auth_id":"S3CR3T"',
        '{"url": "https://user:S3CR3T@them.example/versions"}',
    ],
)
def test_names_are_found_in_strange_spellings_and_what_is_no_json(text: str) -> None:
    assert "S3CR3T" not in shown(text)


def test_headers_are_kept_by_name_and_known_ones_by_value() -> None:
    headers = {
        "Authorization": "Token UzNDUjNU", "X-Request-ID": "req-1", "Cookie": SECRET,
        "X-Api-Key": SECRET, "OCPI-from-party-id": "RW1", "Content-Type": "application/json",
        "Link": '<https://h/ocpi/tokens/NL/RWM/S3CR3T>; rel="next"',
    }  # fmt: skip
    kept = shown_headers(headers)
    assert kept["authorization"] == f"Token {HIDDEN}"
    assert (kept["cookie"], kept["x-api-key"]) == (HIDDEN, HIDDEN)
    assert (kept["x-request-id"], kept["ocpi-from-party-id"]) == ("req-1", "RW1")
    assert "S3CR3T" not in kept["link"]
    assert shown_headers({"Authorization": SECRET})["authorization"] == HIDDEN
    assert shown_headers({"Authorization": f"{SECRET} x"})["authorization"] == HIDDEN
    assert len(shown_headers({f"x-{n}": "" for n in range(1_000)})) == MOST_HEADERS


@pytest.mark.parametrize(
    "url",
    [
        "/ocpi/cpo/2.2.1/tokens/NL/RWM/S3CR3T?type=RFID",
        "/ocpi/cpo/2.2.1/%74okens/NL/RWM/S3CR3T",
        "/ocpi/cpo/2.2.1/TOKENS//S3CR3T/authorize",
        "https://them.example/cards/NL/RWM/S3CR3T?type=RFID",
        "https://user:S3CR3T@them.example/versions",
        "https://them.example/versions?token=S3CR3T&x=1",
        "https://them.example/versions?x=1&%75id=S3CR3T",
    ],
)
def test_addresses_are_shown_without_tokens(url: str) -> None:
    assert "S3CR3T" not in shown_url(url, "https://them.example/cards")


def test_an_address_keeps_what_is_asked_for() -> None:
    url = "https://them.example/ocpi/sessions?date_from=2026-01-01T00:00:00Z&limit=50"
    assert shown_url(url) == url
    cards = "https://them.example/cards"
    assert shown_url(f"{cards}?limit=50", cards) == f"{cards}?limit=50"
    assert shown_url(f"{cards}/X?type=RFID", cards) == f"{cards}/…?type=RFID"
    assert shown_path("/ocpi/cpo/2.2.1/tokens") == "/ocpi/cpo/2.2.1/tokens"
    assert shown_url("/ocpi/cpo/2.2.1/tokens/") == "/ocpi/cpo/2.2.1/tokens/…"
    assert len(shown_url("https://them.example/" + "x" * 5_000)) == 1_000


def test_what_an_answer_repeats_of_the_request_is_hidden_too() -> None:
    secrets = {
        *named_by("https://them.example/cards/NL/RWM/04A1%2FB2?x=1", "https://them.example/cards"),
        *named_in('{"auth_id": "SMITH-1", "token": {"uid": "caf\\u00e9-1"}}'),
    }
    said = without("no card 04A1/B2 of SMITH-1, nor café-1, in NL for RWM: authorize it", secrets)
    assert said == f"no card {HIDDEN} of {HIDDEN}, nor {HIDDEN}, in NL for RWM: authorize it"
    assert list(named_by("https://them.example/sessions/NL/RWM/1234")) == []


def test_texts_can_be_stored() -> None:
    assert printable("a\0b\ud800c") == "a�b?c"


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
NAMES = st.sampled_from((*HARMLESS_FIELDS, "data", "x", 'na"me', "ü"))


def documents(secret: str) -> st.SearchStrategy[Any]:
    """Any JSON whose hidden fields, wherever they are, hold the secret."""
    secrets = st.sampled_from(
        [secret, [secret, 1], [[secret]], {"uid": secret, "token": [secret]}]
    )
    hidden = st.dictionaries(st.sampled_from(SECRET_FIELDS), secrets, max_size=2)

    def inner(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        objects = st.dictionaries(NAMES, children, max_size=4)
        return st.one_of(
            st.lists(children, max_size=4),
            st.tuples(objects, hidden).map(lambda both: both[0] | both[1]),
        )

    return st.recursive(LEAVES, inner, max_leaves=20)


@given(
    document=documents("S3CR3T-of-somebody"),
    ascii_only=st.booleans(),
    spaced=st.booleans(),
    end=st.integers(min_value=0, max_value=400),
)
def test_no_document_gives_a_secret_away(
    *, document: Any, ascii_only: bool, spaced: bool, end: int
) -> None:
    """Whole or cut, spaced or not, ours or a partner's; where it is whole it stays JSON."""
    separators = (" , ", " : ") if spaced else (",", ":")
    text = json.dumps(document, ensure_ascii=ascii_only, separators=separators)
    for said in (shown(text), shown(text, ours=True)):
        assert "S3CR" not in said
        json.loads(said)
    for said in (shown(text[:end]), shown(text[:end], ours=True)):
        assert "S3CR" not in said


@given(st.text(max_size=300), st.sampled_from(["locations", "tokens", None]))
def test_any_text_can_be_shown(text: str, module: str | None) -> None:
    for ours in (True, False):
        said = shown_body(text, module, ours=ours)
        assert "\0" not in said
        said.encode()


def test_a_voltage_is_no_hint_and_hides_none() -> None:
    """`voltage` holds the letters of a hint; a real one beside it is found all the same."""
    plain = '{"max_voltage":230}'
    assert shown_body(plain, "locations", ours=True) == plain
    both = shown_body('{"max_voltage":230,"idTag":"04AA"}', "locations", ours=True)
    assert both == f'{{"max_voltage":230,"idTag":"{HIDDEN}"}}'
