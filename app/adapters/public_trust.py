"""Whom this machine trusts on the internet."""

import ssl
from functools import lru_cache


@lru_cache(maxsize=1)
def public_trust() -> ssl.SSLContext:
    """One context for all clients: reading the certificates takes as long as fifty exchanges."""
    return ssl.create_default_context()
