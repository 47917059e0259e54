"""Whom simulators trust."""

import ssl
from functools import lru_cache


@lru_cache(maxsize=1)
def public_trust() -> ssl.SSLContext:
    """One context for all of them: a test has dozens, and each would read every certificate."""
    return ssl.create_default_context()
