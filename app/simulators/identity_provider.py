"""An OpenID Connect provider for native apps: code flow with PKCE, and tokens that can be wrong.

`/authorize` signs in at once as the user named by `login_hint` (or the first), unless
`asks_people` is set: then it shows a page with one button per user. PKCE with S256 is required
and verified; a code works once.
"""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Any, Literal
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from app.simulators.http_server import HttpServer, Request, Response

Algorithm = Literal["RS256", "ES256", "HS256", "none"]
Keys = dict[str, RSAKey | ECKey]

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Simulated identity provider</title><h1>Who are you?</h1>{buttons}</html>"""
_BUTTON = '<p><a href="/authorize?{query}">{name}</a></p>'


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    client_id: str
    redirect_uri: str
    nonce: str | None
    challenge: str
    user: str


def challenge_of(verifier: str) -> str:
    """RFC 7636, S256."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class IdentityProvider(HttpServer):
    """One issuer (`origin`) with public clients and users.

    `spoil` overrides claims of the next ID tokens (None removes one), `algorithm` how they are
    signed; `rotate()` changes keys, `sign_with_stranger` signs with a key nobody publishes. With
    `tells_issuer` answers to browsers say that they are by this issuer (RFC 9207).
    """

    def __init__(
        self, *, port: int = 0, client_id: str = "roamwatt-app", asks_people: bool = False
    ) -> None:
        super().__init__(port=port)
        self.client_id = client_id
        self.asks_people = asks_people
        self.users: dict[str, dict[str, Any]] = {}
        self.add_user("driver-1", name="Dana Driver", email="dana@example.com")
        self.algorithm: Algorithm = "RS256"
        self.spoil: dict[str, Any] = {}
        self.sign_with_stranger = False
        self.tells_issuer: str | None = None
        self._grants: dict[str, Grant] = {}
        self._made = 0
        self._keys = self._new_keys()

    def add_user(self, subject: str, *, name: str, email: str) -> None:
        """Somebody who can sign in."""
        self.users[subject] = {"name": name, "email": email, "email_verified": True}

    def rotate(self) -> None:
        """New keys; the old ones are no longer published."""
        self._keys = self._new_keys()

    def id_token(self, user: str, nonce: str | None, *, audience: str | None = None) -> str:
        """An ID token, with what `spoil`, `algorithm` and `sign_with_stranger` do to it."""
        now = int(datetime.now(UTC).timestamp())
        claims: dict[str, Any] = {
            "iss": self.origin,
            "aud": audience or self.client_id,
            "sub": user,
        }
        claims |= {"iat": now, "exp": now + 300, "nonce": nonce} | self.users[user] | self.spoil
        claims = {name: value for name, value in claims.items() if value is not None}
        keys = self._new_keys() if self.sign_with_stranger else self._keys
        if self.algorithm == "HS256":
            public = keys["RS256"].as_pem(private=False)
            key: Any = OctKey.import_key(sha256(public).digest())
            return jwt.encode({"alg": "HS256", "kid": "hs"}, claims, key, algorithms=["HS256"])
        if self.algorithm == "none":
            return _unsigned(claims)
        key = keys[self.algorithm]
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key)

    async def answer(self, request: Request) -> Response:
        """Discovery, keys, sign-in, tokens."""
        match (request.method, request.path):
            case ("GET", "/.well-known/openid-configuration"):
                return Response(200, self._discovery())
            case ("GET", "/jwks"):
                return Response(200, KeySet(list(self._keys.values())).as_dict(private=False))
            case ("GET", "/authorize"):
                return self._authorize(request)
            case ("POST", "/token"):
                return self._token(request.form())
            case _:
                return Response(404, {"error": "not_found"})

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "jwks_uri": f"{self.origin}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "email", "profile"],
            "authorization_response_iss_parameter_supported": self.tells_issuer is not None,
        }

    def _authorize(self, request: Request) -> Response:
        asked = {name: values[-1] for name, values in request.query.items()}
        if asked.get("client_id") != self.client_id or "redirect_uri" not in asked:
            return Response(400, {"error": "invalid_client"})
        back = asked["redirect_uri"]
        is_right = asked.get("response_type") == "code" and "openid" in asked.get("scope", "")
        if not is_right or asked.get("code_challenge_method") != "S256":
            return _redirect(back, error="invalid_request", state=asked.get("state", ""))
        user = asked.get("login_hint", "")
        if user not in self.users:
            if self.asks_people:
                return Response(200, self._page(asked), kind="text/html; charset=utf-8")
            user = next(iter(self.users))
        code = secrets.token_urlsafe(24)
        self._grants[code] = Grant(
            self.client_id, back, asked.get("nonce"), asked["code_challenge"], user
        )
        named = {"iss": self.tells_issuer} if self.tells_issuer else {}
        return _redirect(back, code=code, state=asked.get("state", ""), **named)

    def _page(self, asked: dict[str, str]) -> str:
        buttons = [
            _BUTTON.format(
                query=escape(urlencode(asked | {"login_hint": user}), quote=True),
                name=escape(claims["name"]),
            )
            for user, claims in self.users.items()
        ]
        return _PAGE.format(buttons="".join(buttons))

    def _token(self, form: dict[str, str]) -> Response:
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or form.get("grant_type") != "authorization_code":
            return Response(400, {"error": "invalid_grant"})
        named = (form.get("client_id"), form.get("redirect_uri"))
        if named != (grant.client_id, grant.redirect_uri):
            return Response(400, {"error": "invalid_grant"})
        if challenge_of(form.get("code_verifier", "")) != grant.challenge:
            return Response(400, {"error": "invalid_grant"})
        token = self.id_token(grant.user, grant.nonce, audience=grant.client_id)
        issued = {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer"}
        return Response(200, issued | {"expires_in": 300, "id_token": token})

    def _new_keys(self) -> Keys:
        self._made += 1
        return _keys(self._made)


@lru_cache
def _keys(number: int) -> Keys:
    """The first keys, the second: the same for every provider, since making them takes long."""
    rsa: Any = {"kid": f"rsa-{number}", "use": "sig", "alg": "RS256"}
    curve: Any = {"kid": f"ec-{number}", "use": "sig", "alg": "ES256"}
    return {
        "RS256": RSAKey.generate_key(2048, rsa, private=True),
        "ES256": ECKey.generate_key("P-256", curve, private=True),
    }


def _redirect(back: str, **query: str) -> Response:
    joint = "&" if "?" in back else "?"
    location = f"{back}{joint}{urlencode(query)}"
    return Response(302, "", {"Location": location}, "text/plain")


def _unsigned(claims: dict[str, Any]) -> str:
    """`alg: none`, which no verifier may take."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
