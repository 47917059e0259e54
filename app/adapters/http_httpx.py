"""httpx for rare calls (handshakes, pulls, identity providers) by the pooled client's rules.

The checked address is dialled, while the certificate and the Host header are those of the name.
"""

import asyncio
import ssl
from collections.abc import Mapping

import httpx

from app.adapters.addresses import AddressGuard, Target, read_target
from app.adapters.http_answers import LARGEST_ANSWER
from app.adapters.public_trust import public_trust
from app.ports.http import HttpAnswer, HttpFailure
from app.store.transaction import assert_no_transaction

_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class HttpxClient:
    """`ports.http.HttpClient` on httpx."""

    def __init__(self, guard: AddressGuard, *, trust: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._client = httpx.AsyncClient(
            verify=trust or public_trust(),
            trust_env=False,
            follow_redirects=False,
            headers={"accept-encoding": "identity"},
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        timeout: float,  # noqa: ASYNC109 - the port's whole-exchange limit
    ) -> HttpAnswer:
        """Send and wait for the answer."""
        assert_no_transaction()
        try:
            async with asyncio.timeout(timeout):
                target = await self._guard.check(read_target(url))
                return await self._dial_each(method, target, headers, body)
        except TimeoutError:
            raise HttpFailure(f"no answer within {timeout:g} s", sent=True) from None
        except httpx.HTTPError as error:
            sent = not isinstance(error, _NOTHING_SENT)
            raise HttpFailure(f"{type(error).__name__}: {error}", sent=sent) from None

    async def _dial_each(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes
    ) -> HttpAnswer:
        requests = [
            self._client.build_request(
                method,
                f"{target.scheme}://{_literal(address)}:{target.port}{target.path}",
                headers={**headers, "host": target.authority},
                content=body or None,
                timeout=None,
                extensions={"sni_hostname": target.host},
            )
            for address in target.addresses
        ]
        for request in requests[:-1]:
            try:
                return await self._send(request)
            except httpx.ConnectError:
                continue
        return await self._send(requests[-1])

    async def _send(self, request: httpx.Request) -> HttpAnswer:
        answer = await self._client.send(request, stream=True)
        try:
            content = bytearray()
            async for part in answer.aiter_raw():
                content += part
                if len(content) > LARGEST_ANSWER:
                    raise HttpFailure("the answer is too large", sent=True)
        finally:
            await answer.aclose()
        return HttpAnswer(answer.status_code, _headers(answer), bytes(content))

    async def close(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()


def _literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _headers(answer: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
