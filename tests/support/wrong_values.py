"""Requests that would be right but for one value, and the answer they deserve, for every edge."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from httpx import Response
from hypothesis import strategies as st

Where = tuple[Any, ...]
Request = tuple[str, str, dict[str, Any]]
"""Method, path and body."""


def paths(node: Any, prefix: Where = ()) -> Iterator[Where]:
    """Where something stands in a document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*prefix, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*prefix, key))


def replaced(document: dict[str, Any], path: Where, value: Any) -> dict[str, Any]:
    """The document with another value there."""
    changed = copy.deepcopy(document)
    node: Any = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return changed


@st.composite
def mutations(
    draw: st.DrawFn, requests: Sequence[Request], values: Sequence[Any], at_most: int = 1
) -> Request:
    """One of the requests, in whose body one value, or `at_most` so many, became one of these."""
    method, path, body = draw(st.sampled_from(requests))
    for _ in range(draw(st.integers(1, at_most))):
        where = draw(st.sampled_from(list(paths(body))))
        body = replaced(body, where, draw(st.sampled_from(values)))
    return method, path, body


def fair(answer: Response) -> int:
    """The status of an answer; asserts that a refusal is a problem and no failure of ours."""
    asked = answer.request
    about = asked.method, str(asked.url), asked.content[:500], answer.text
    assert answer.status_code < 500, about
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"], answer.text
    return answer.status_code
