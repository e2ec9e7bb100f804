"""id.twitch.tv/oauth2: the consent page and the token endpoints."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.server import Refused
from tests.fakes.twitch.state import (
    CODE_LIFETIME,
    AccessToken,
    App,
    Code,
    Grant,
    State,
    User,
    random_token,
)
from tests.fakes.twitch.topics import KNOWN_SCOPES

PAGE = Template((Path(__file__).parent / "consent.html").read_text())
LOGIN_COOKIE = "login"
FIELDS = ("client_id", "redirect_uri", "response_type", "scope", "state", "force_verify")


class OAuthError(Refused):
    """`{"status", "message"}`, without the `error` member that Helix has."""

    def body(self) -> dict[str, Any]:
        return {"status": self.status, "message": self.message}


class OAuth:
    """Authorization code, refresh and client credentials grants; PKCE is ignored, as at Twitch."""

    def __init__(self, state: State) -> None:
        self.state = state

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/oauth2/authorize", self.authorize),
            web.post("/oauth2/authorize", self.decide),
            web.post("/oauth2/token", self.token),
            web.get("/oauth2/validate", self.validate),
            web.post("/oauth2/revoke", self.revoke),
        ]

    # The person's side

    async def authorize(self, request: web.Request) -> web.Response:
        """Show the consent page, or go straight back if everything was granted before."""
        app, scopes = self._requested(request.query)
        user = self.state.find_user(request.cookies.get(LOGIN_COOKIE, ""))
        asked_to_verify = request.query.get("force_verify") == "true"
        known = user and self.state.has_consented(app.client_id, user.id, *scopes)
        if user and known and not asked_to_verify:
            return self._return_with_code(app, user, scopes, request.query)
        return self._page(app, scopes, request.query, signed_in_as=user)

    async def decide(self, request: web.Request) -> web.Response:
        """Allow or Deny was pressed."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        app, scopes = self._requested(form)
        if form.get("decision") != "allow":
            return _redirect(
                form["redirect_uri"],
                error="access_denied",
                error_description="The user denied you access",
                state=form.get("state"),
            )
        user = self.state.find_user(form.get(LOGIN_COOKIE, ""))
        if user is None:
            raise OAuthError(400, "unknown user")
        answer = self._return_with_code(app, user, scopes, form)
        answer.set_cookie(LOGIN_COOKIE, user.login, httponly=True, samesite="Lax")
        return answer

    def _requested(self, query: Any) -> tuple[App, list[str]]:
        """Check the authorize parameters; a wrong redirect URI goes to the registered one."""
        app = self.state.apps.get(query.get("client_id", ""))
        if app is None:
            raise OAuthError(400, "invalid client")
        if query.get("redirect_uri") not in app.redirect_uris:
            raise web.HTTPFound(
                _with_query(
                    app.redirect_uris[0],
                    error="redirect_mismatch",
                    error_description="Parameter redirect_uri does not match registered URI",
                )
            )
        if query.get("response_type") != "code":
            raise OAuthError(400, "invalid response type")
        scopes = query.get("scope", "").split()
        for scope in scopes:
            if scope not in KNOWN_SCOPES:
                raise OAuthError(400, f"invalid scope requested: '{scope}'")
        return app, scopes

    def _return_with_code(self, app: App, user: User, scopes: list[str], query: Any) -> web.Response:
        code = random_token()
        self.state.codes[code] = Code(
            app.client_id,
            user.id,
            scopes,
            query["redirect_uri"],
            time.time() + CODE_LIFETIME,
        )
        self.state.consent(app.client_id, user.id, scopes)
        scope = " ".join(scopes)
        return _redirect(query["redirect_uri"], code=code, scope=scope, state=query.get("state"))

    def _page(self, app: App, scopes: list[str], query: Any, *, signed_in_as: User | None) -> web.Response:
        hidden = [
            f'<input type="hidden" name="{field}" value="{html.escape(query[field])}">'
            for field in FIELDS
            if field in query
        ]
        people = [
            f'<option value="{html.escape(user.login)}"{" selected" * (user is signed_in_as)}>'
            f"{html.escape(user.name)}</option>"
            for user in self.state.users.values()
        ]
        page = PAGE.substitute(
            app=html.escape(app.name),
            hidden="\n".join(hidden),
            people="\n".join(people),
            scopes="\n".join(f"<li><code>{html.escape(scope)}</code></li>" for scope in scopes),
        )
        return web.Response(text=page, content_type="text/html")

    # The client's side

    async def token(self, request: web.Request) -> web.Response:
        """All grants. Parameters count only in the form body, the secret too (never Basic)."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        app = self._client(form)
        match form.get("grant_type"):
            case "authorization_code":
                answer = self._exchange(app, form)
            case "refresh_token":
                answer = self._refresh(app, form)
            case "client_credentials":
                answer = token_answer(self.state.app_token(app.client_id))
            case _:
                raise OAuthError(400, "invalid grant type")
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    def _client(self, form: dict[str, str]) -> App:
        if not form.get("client_id"):
            raise OAuthError(400, "missing client id")
        app = self.state.apps.get(form["client_id"])
        if app is None:
            raise OAuthError(400, "invalid client")
        if not form.get("client_secret"):
            raise OAuthError(400, "missing client secret")
        if not app.confidential:
            raise OAuthError(400, "Invalid client credentials")
        if form["client_secret"] != app.client_secret:
            raise OAuthError(403, "invalid client secret")
        return app

    def _exchange(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        code = self.state.codes.pop(form.get("code", ""), None)
        if code is None or code.client_id != app.client_id or code.expires_at <= time.time():
            raise OAuthError(400, "Invalid authorization code")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError(400, "Parameter redirect_uri does not match registered URI")
        grant, token = self.state.grant(app.client_id, code.user_id, code.scopes)
        return token_answer(token, grant)

    def _refresh(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        if not form.get("refresh_token"):
            raise OAuthError(400, "missing refresh token")
        grant = self.state.grant_of_refresh_token(form["refresh_token"])
        if grant is None or grant.client_id != app.client_id:
            raise OAuthError(400, "Invalid refresh token")
        if not grant.takes(form["refresh_token"], grace=self.state.settings.rotation_grace):
            self.state.end_grant(grant)  # a spent token was seen again
            raise OAuthError(400, "Invalid refresh token")
        if self.state.settings.rotation:
            self.state.rotate(grant)
        return token_answer(self.state.access_token(grant), grant)

    async def validate(self, request: web.Request) -> web.Response:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind not in ("OAuth", "Bearer"):
            raise OAuthError(401, "missing authorization token")
        token = self.state.valid_token(value)
        if token is None:
            raise OAuthError(401, "invalid access token")
        answer: dict[str, Any] = {"client_id": token.client_id}
        if token.user_id is not None:
            answer |= {"login": self.state.users[token.user_id].login, "user_id": token.user_id}
        answer |= {"scopes": token.scopes, "expires_in": token.expires_in}
        return web.json_response(answer)

    async def revoke(self, request: web.Request) -> web.Response:
        """200 with an empty body, also for a token that is already dead."""
        form = await request.post()
        client_id, value = str(form.get("client_id", "")), str(form.get("token", ""))
        if client_id not in self.state.apps:
            raise OAuthError(400, f"Invalid client_id: {client_id}")
        if not value:
            raise OAuthError(400, "missing oauth token")
        token = self.state.access_tokens.get(value)
        if token is not None and token.client_id == client_id:
            del self.state.access_tokens[value]
            if not self.state.settings.refresh_survives_revoke:
                for grant in [g for g in self.state.grants if value in g.access_tokens]:
                    self.state.end_grant(grant)
        return web.Response()


def token_answer(token: AccessToken, grant: Grant | None = None) -> dict[str, Any]:
    """`scope` is a list here and left out when empty; app tokens have no refresh token."""
    answer: dict[str, Any] = {"access_token": token.value, "expires_in": token.expires_in}
    if grant is not None:
        answer["refresh_token"] = grant.refresh_token
    if token.scopes:
        answer["scope"] = token.scopes
    return answer | {"token_type": "bearer"}


def _redirect(uri: str, **parameters: str | None) -> web.Response:
    return web.Response(status=302, headers={"Location": _with_query(uri, **parameters)})


def _with_query(uri: str, **parameters: str | None) -> str:
    given = {key: value for key, value in parameters.items() if value is not None}
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(given)}"
