"""Our own hub as our own parties reach it."""

from app.runtime.container import Container
from ocpi.client.own_hub import OwnMembership


def own_membership(parts: Container) -> OwnMembership:
    """What makes our parties members of our hub."""
    return OwnMembership(
        parts.partners,
        parts.handshake,
        parts.calls,
        public_url=parts.settings.public_url,
        name=parts.settings.platform_name,
    )
