"""Sign-in for browsers: code with PKCE at a provider, through Authlib, ending in our cookies.

Every provider has its own callback, so one cannot answer for another. Authlib is told what it
would not check by itself (audience, a short leeway), and the ID token it got is then verified as
those of the app are: one place decides who somebody is.
"""

from collections.abc import Callable, Coroutine
from functools import lru_cache
from ssl import SSLContext
from typing import Any
from uuid import uuid4

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from httpx import HTTPError, create_ssl_context
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.domain.drivers import Identity
from app.domain.errors import DomainError, NotFound, ProviderUnavailable, Unauthenticated
from app.use_cases.drivers import DeviceInfo, SignedIn
from mobile_api.dependencies import DriverDependencies, address_of
from mobile_api.faults import answer_domain_error
from mobile_api.identity import LEEWAY_S
from mobile_api.providers import TIMEOUT_S, Provider
from mobile_api.web_cookies import (
    DEVICE,
    REFRESH,
    WEB,
    forget_tokens,
    keep_device,
    keep_tokens,
    refuse_other_sites,
)
from mobile_api.web_form_post import FormPosts

SIGNING_IN_S = 600
SEE_OTHER, NO_CONTENT = 303, 204
NEXT = "next"


def build_web_sign_in(deps: DriverDependencies) -> Starlette:
    """The application, to be mounted at `/web` of the driver API."""
    web = _WebSignIn(deps)
    session = Middleware(
        SessionMiddleware,
        secret_key=deps.tokens.cookie_secret,
        session_cookie="roamwatt_signing_in",
        max_age=SIGNING_IN_S,
        path=WEB,
        same_site="lax",
        https_only=deps.secure,
    )
    return Starlette(
        routes=[
            Route("/{provider}/sign-in", web.begin),
            Route("/{provider}/callback", web.finish),
            Route("/{provider}/callback", web.posted, methods=["POST"]),
            Route("/refresh", web.refresh, methods=["POST"]),
            Route("/renew", web.renew),
            Route("/sign-out", web.sign_out, methods=["POST"]),
        ],
        middleware=[session],
        exception_handlers={DomainError: answer_domain_error},
    )


class _WebSignIn:
    def __init__(self, deps: DriverDependencies) -> None:
        self._deps = deps
        providers = deps.id_tokens.providers.values()
        self._clients = {each.name: _client(each) for each in providers}
        self._posts = FormPosts(deps.people.states, deps.id_tokens, _asked)

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider; `next` is the page of ours to return to."""
        self._deps.limits.sign_ins.take(address_of(request))
        name, client = self._chosen(request)
        page = local_path(request.query_params.get("next", "/"))
        if self._posts.takes(name):
            return await self._posts.begin(request, client, back=self._back(name), page=page)
        request.session[NEXT] = page
        answer: Response = await _asked(
            lambda: client.authorize_redirect(request, self._back(name))
        )
        return answer

    async def posted(self, request: Request) -> Response:
        """A provider's form, brought by the browser from the provider's page."""
        self._deps.limits.sign_ins.take(address_of(request))
        name, _ = self._chosen(request)
        if not self._posts.takes(name):
            raise NotFound("form of the identity provider", name)
        return await self._posts.posted(request, name)

    async def finish(self, request: Request) -> Response:
        """The browser is back with a code."""
        self._deps.limits.sign_ins.take(address_of(request))
        name, client = self._chosen(request)
        if self._posts.takes(name):
            arrived = await self._posts.finish(request, client, back=self._back(name))
            return await self._enter(request, arrived.identity, arrived.page)
        provider = self._deps.id_tokens.providers[name]
        await _check_issuer(request, client, provider)
        token = await _asked(
            lambda: client.authorize_access_token(
                request, claims_options=_claims(provider), leeway=LEEWAY_S
            )
        )
        claims = token.get("userinfo")
        if not claims:
            raise Unauthenticated("the provider did not say who this is")
        found = await self._deps.id_tokens.verify(name, token["id_token"], claims["nonce"])
        return await self._enter(request, found, request.session.pop(NEXT, "/"))

    async def _enter(self, request: Request, identity: Identity, page: str) -> Response:
        """Sign the browser in."""
        device_id = request.cookies.get(DEVICE) or str(uuid4())
        device = DeviceInfo(device_id, "web")
        signed_in = await self._deps.drivers.sign_in(identity, device)
        answer = RedirectResponse(page, SEE_OTHER)
        keep_device(answer, device_id, secure=self._deps.secure)
        self._keep(answer, signed_in)
        return answer

    def _back(self, name: str) -> str:
        return f"{self._deps.public_url}{WEB}/{name}/callback"

    async def refresh(self, request: Request) -> Response:
        """The next tokens, in cookies again."""
        self._deps.limits.sign_ins.take(address_of(request))
        signed_in = await self._refreshed(request)
        answer = Response(status_code=NO_CONTENT)
        self._keep(answer, signed_in)
        return answer

    async def renew(self, request: Request) -> Response:
        """The same for a page that found no access token: back to it, signed in or not."""
        self._deps.limits.sign_ins.take(address_of(request))
        answer = RedirectResponse(local_path(request.query_params.get("next", "/")), SEE_OTHER)
        try:
            self._keep(answer, await self._refreshed(request))
        except Unauthenticated:
            forget_tokens(answer)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End this browser's sign-in."""
        signed_in = await self._refreshed(request)
        await self._deps.drivers.revoke(signed_in.family)
        answer = Response(status_code=NO_CONTENT)
        forget_tokens(answer)
        return answer

    async def _refreshed(self, request: Request) -> SignedIn:
        refuse_other_sites(request, self._deps.public_url)
        token, device_id = request.cookies.get(REFRESH), request.cookies.get(DEVICE)
        if token is None or device_id is None:
            raise Unauthenticated("this browser is not signed in")
        return await self._deps.drivers.refresh(token, device_id)

    def _keep(self, answer: Response, signed_in: SignedIn) -> None:
        access = self._deps.tokens.issue(signed_in.driver.id, signed_in.family)
        keep_tokens(answer, access, signed_in.refresh_token, secure=self._deps.secure)

    def _chosen(self, request: Request) -> tuple[str, Any]:
        name = request.path_params["provider"]
        if name not in self._clients:
            raise NotFound("identity provider", name)
        return name, self._clients[name]


@lru_cache
def _trust() -> SSLContext:
    """The library makes a client for each call, which would read all certificates anew."""
    return create_ssl_context(trust_env=False)


_REGISTRY: Any = OAuth
"""The library has no types."""


def _client(provider: Provider) -> Any:
    """A client of this provider: public, or with its secret where the provider insists on one."""
    secret = provider.client_secret
    method = "none" if secret is None else "client_secret_basic"
    scope = "openid email profile"
    if provider.team_key is not None:
        method, scope = "client_secret_post", "openid name email"
    return _REGISTRY().register(
        provider.name,
        client_id=provider.client_id,
        client_secret=secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": scope,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
            "timeout": TIMEOUT_S,
            "trust_env": False,
            "verify": _trust(),
        },
    )


def _claims(provider: Provider) -> dict[str, Any]:
    """What an ID token must say; made anew for each, since the library takes it apart."""
    return {
        "iss": {"essential": True, "values": list(provider.issuers)},
        "aud": {"essential": True, "value": provider.client_id},
    }


async def _check_issuer(request: Request, client: Any, provider: Provider) -> None:
    """Whether the answer is by the provider that was asked; raises Unauthenticated.

    Source: RFC 9207, 2.4. Each provider has a callback of its own, too.
    """
    said = request.query_params.get("iss")
    metadata = await _asked(client.load_server_metadata)
    promised = metadata.get("authorization_response_iss_parameter_supported") is True
    if said not in provider.issuers and (said is not None or promised):
        raise Unauthenticated("another provider answered")


async def _asked(call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The library's answer, its errors in our words."""
    try:
        return await call()
    except (AuthlibBaseError, JoseError) as error:
        raise Unauthenticated(f"signing in failed: {error}") from error
    except (HTTPError, RuntimeError, ValueError) as error:
        raise ProviderUnavailable(f"the identity provider failed: {error}") from error


def local_path(text: str) -> str:
    """A path of our own pages; anything that leads elsewhere becomes the first page."""
    leads_away = not text.startswith("/") or text.startswith(("//", "/\\"))
    odd = any(ord(sign) <= ord(" ") or sign == "\\" for sign in text)
    return "/" if leads_away or odd else text
