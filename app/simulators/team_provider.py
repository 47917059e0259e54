"""An identity provider of Apple's kind: signed secrets, answers by form, grants to revoke.

A client's secret is an ES256 token signed with the team's key. Who asks for a name or an address
must have the answer posted as a form. The name comes with the very first form only, never in a
token; of people who hide their address the token holds one that relays. A grant can be revoked.
"""

import json
import secrets
from html import escape
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.simulators.http_server import Request, Response
from app.simulators.identity_provider import IdentityProvider, challenge_of

_FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>One moment</title>
<form method="post" action="{back}">{fields}</form></html>"""
_FIELD = '<input type="hidden" name="{name}" value="{value}">'
LONGEST_SECRET_S = 15_777_000


class TeamProvider(IdentityProvider):
    """An issuer whose clients are a team's: `client_id` is the browser's, `app_client` the app's.

    `pem` is the team's private key, `grants` what was granted (by grant: its client), `revoked`
    what was given back, `secrets_seen` all client secrets shown.
    """

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(port=port, client_id="com.example.roamwatt.web")
        self.app_client = "com.example.roamwatt"
        self.team, self.key_id = "TEAM123456", "KEY1234567"
        key = ECKey.generate_key("P-256", private=True)
        self.pem = key.as_pem(private=True).decode()
        self._team_key = key
        self.grants: dict[str, str] = {}
        self.revoked: list[str] = []
        self.secrets_seen: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._met: set[str] = set()

    def add_user(self, subject: str, *, name: str, email: str) -> None:
        """Somebody who can sign in; this kind says that an address is verified as text."""
        super().add_user(subject, name=name, email=email)
        self.users[subject] |= {"email_verified": "true"}

    def hide_address(self, subject: str) -> str:
        """Let a person be reached by a relay only; its address."""
        relay = f"{subject}@privaterelay.example"
        self.users[subject] |= {"email": relay, "is_private_email": "true"}
        return relay

    def id_token(self, user: str, nonce: str | None, *, audience: str | None = None) -> str:
        """As others', but for the name."""
        known = self.users[user]
        self.users[user] = {key: value for key, value in known.items() if key != "name"}
        try:
            return super().id_token(user, nonce, audience=audience)
        finally:
            self.users[user] = known

    def app_code(self, user: str) -> str:
        """What the phone's own sheet gives the app, to be redeemed once."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = {"client_id": self.app_client, "user": user}
        return code

    async def answer(self, request: Request) -> Response:
        """As others', and revoking."""
        if (request.method, request.path) == ("POST", "/auth/revoke"):
            return self._revoke(request.form())
        return await super().answer(request)

    def _discovery(self) -> dict[str, Any]:
        said = super()._discovery()
        del said["code_challenge_methods_supported"]
        return said | {
            "revocation_endpoint": f"{self.origin}/auth/revoke",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def _authorize(self, request: Request) -> Response:
        asked = {name: values[-1] for name, values in request.query.items()}
        wants_more = set(asked.get("scope", "").split()) & {"name", "email"}
        if asked.get("client_id") != self.client_id or "redirect_uri" not in asked:
            return Response(400, {"error": "invalid_client"})
        if wants_more and asked.get("response_mode") != "form_post":
            return Response(400, {"error": "invalid_request"})
        if "profile" in asked.get("scope", ""):
            return Response(400, {"error": "invalid_scope"})
        user = asked.get("login_hint") or next(iter(self.users))
        code = secrets.token_urlsafe(24)
        self._codes[code] = {**asked, "user": user}
        fields = {"state": asked.get("state", ""), "code": code}
        if user not in self._met:
            self._met.add(user)
            first, _, last = self.users[user]["name"].partition(" ")
            name = {"firstName": first, "lastName": last}
            told = {"name": name, "email": self.users[user]["email"]}
            fields["user"] = json.dumps(told)
        inputs = (_FIELD.format(name=n, value=escape(v, quote=True)) for n, v in fields.items())
        page = _FORM.format(back=escape(asked["redirect_uri"], quote=True), fields="".join(inputs))
        return Response(200, page, kind="text/html; charset=utf-8")

    def _token(self, form: dict[str, str]) -> Response:
        if not self._is_ours(form):
            return Response(400, {"error": "invalid_client"})
        granted = self._codes.pop(form.get("code", ""), None)
        wanted = "" if granted is None else granted.get("code_challenge", "")
        if (
            granted is None
            or granted["client_id"] != form["client_id"]
            or granted.get("redirect_uri") != form.get("redirect_uri")
            or (wanted and challenge_of(form.get("code_verifier", "")) != wanted)
        ):
            return Response(400, {"error": "invalid_grant"})
        grant = f"r.{secrets.token_urlsafe(24)}"
        self.grants[grant] = form["client_id"]
        token = self.id_token(granted["user"], granted.get("nonce"), audience=form["client_id"])
        issued = {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer"}
        return Response(
            200, issued | {"expires_in": 3600, "refresh_token": grant, "id_token": token}
        )

    def _revoke(self, form: dict[str, str]) -> Response:
        if not self._is_ours(form):
            return Response(400, {"error": "invalid_client"})
        if self.grants.get(form.get("token", "")) == form["client_id"]:
            self.revoked.append(form["token"])
        return Response(200, "")

    def _is_ours(self, form: dict[str, str]) -> bool:
        """Whether the secret is one that the team signed for this client and this issuer."""
        text = form.get("client_secret", "")
        self.secrets_seen.append(text)
        try:
            token = jwt.decode(text, self._team_key, algorithms=["ES256"])
        except (JoseError, ValueError):
            return False
        claims = token.claims
        return (
            token.header.get("kid") == self.key_id
            and claims.get("iss") == self.team
            and claims.get("aud") == self.origin
            and claims.get("sub") == form.get("client_id")
            and form.get("client_id") in {self.client_id, self.app_client}
            and 0 < claims["exp"] - claims["iat"] <= LONGEST_SECRET_S
        )
