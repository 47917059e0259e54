"""What identity providers granted us of a person, given back when that person leaves."""

from typing import Protocol


class GrantRevoker(Protocol):
    """Tells a provider that a grant is no longer used."""

    async def revoke(self, provider: str, client_id: str, grant: str) -> bool:
        """Give it back; False when the provider will never take it.

        Raises ProviderUnavailable when it should be tried again.
        """
        ...
