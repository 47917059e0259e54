"""The OCPI site on a real store, for the tests that try whole tables on it."""

from tests.edge.ocpi.conftest import database_url, peer, sealer, world

__all__ = ["database_url", "peer", "sealer", "world"]
