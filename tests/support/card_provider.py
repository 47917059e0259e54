"""The simulated card provider and the official `stripe` library, connected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import stripe

from app.simulators.provider import Provider


@asynccontextmanager
async def a_provider(
    retries: int = 0, timeout_s: float = 5
) -> AsyncIterator[tuple[Provider, stripe.StripeClient]]:
    """The provider, and a client that calls it."""
    async with Provider() as provider:
        http = stripe.HTTPXClient(timeout=timeout_s, allow_sync_methods=False)
        client = stripe.StripeClient(
            provider.api_key,
            base_addresses={"api": provider.origin},
            http_client=http,
            max_network_retries=retries,
        )
        yield provider, client
        await http.close_async()
