"""What a partner said, fit for our log: without tokens and names of drivers that it repeats."""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

from app.domain.partners import Partner
from app.ports.http import HttpAnswer
from ocpi.wire.envelope import Envelope
from ocpi.wire.redaction import shown_url, tokens_among

_MESSAGE_LENGTH = 200
_TOKEN_FIELDS = frozenset({"auth_id", "contract_id", "token", "uid"})


def said(envelope: Envelope | None, hidden: Iterable[str]) -> str:
    """A partner's message without what it may repeat of ours: tokens and names of drivers."""
    message = (envelope.message if envelope else None) or ""
    for secret in sorted(hidden, key=len, reverse=True):
        message = message.replace(secret, "…")
    return message[:_MESSAGE_LENGTH]


def named_in(body: object) -> Iterator[str]:
    """Tokens in a body, by any of their names."""
    if isinstance(body, Mapping):
        for name, value in body.items():
            if name in _TOKEN_FIELDS and isinstance(value, str) and value:
                yield value
            yield from named_in(value)
    elif isinstance(body, list | tuple):
        for each in body:
            yield from named_in(each)


def where_of(method: str, url: str, partner: Partner | None) -> str:
    """A request as logs may have it: what follows the tokens module names a driver's token."""
    tokens = tokens_among(url, partner.endpoints if partner else ())
    return f"{method} {urlsplit(shown_url(url, tokens)).path}"


def named_by(url: str, partner: Partner | None) -> Iterator[str]:
    """The token that an address names."""
    path = urlsplit(url).path
    tokens = tokens_among(url, partner.endpoints if partner else ())
    _, module, rest = path.partition(f"{urlsplit(tokens).path}/" if tokens else "/tokens/")
    if module:
        segments = [part for part in rest.split("/") if part and part != "authorize"]
        yield from (unquote(part) for part in segments[-1:])


def reason_of(where: str, answer: HttpAnswer, envelope: Envelope | None, said: str) -> str:
    if envelope is None:
        return f"{where}: HTTP {answer.status} without an OCPI envelope"
    return f"{where}: HTTP {answer.status}, OCPI {envelope.status_code}: {said}"
