"""HTTP clients of tests."""

from typing import Any

from httpx import AsyncClient

from app.adapters.public_trust import public_trust


def a_client(**options: Any) -> AsyncClient:
    """A client that goes where it is told, past all proxies, and reads no certificates anew."""
    return AsyncClient(trust_env=False, verify=public_trust(), **options)
