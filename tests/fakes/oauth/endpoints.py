"""The consent page and the token endpoint, with what platforms do differently as attributes and small methods."""

from __future__ import annotations

import base64
import hashlib
import html
import time
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from pathlib import Path
from string import Template
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from tests.fakes.oauth.state import AccessToken, App, Code, State, User
from tests.fakes.server import Refused

PAGE = Template((Path(__file__).parent / "consent.html").read_text())
LOGIN_COOKIE = "login"


class Problem(Enum):
    """What can be wrong with a request. Every platform has its own words for it, and some see no difference."""

    NO_CLIENT = auto()
    UNKNOWN_CLIENT = auto()
    NO_SECRET = auto()
    WRONG_SECRET = auto()
    PUBLIC_CLIENT = auto()
    # At the consent page
    REDIRECT_URI = auto()
    RESPONSE_TYPE = auto()
    SCOPE = auto()
    CHALLENGE = auto()
    # At the token endpoint
    GRANT_TYPE = auto()
    BAD_CODE = auto()
    USED_CODE = auto()
    CODE_REDIRECT_URI = auto()
    VERIFIER = auto()
    NO_REFRESH_TOKEN = auto()
    BAD_REFRESH_TOKEN = auto()
    SPENT_REFRESH_TOKEN = auto()
    DEAD_REFRESH_TOKEN = auto()


class Pkce(Enum):
    IGNORED = auto()
    OPTIONAL = auto()
    REQUIRED = auto()


class StandardError(Refused):
    """`{"error", "error_description"}`, as RFC 6749 has it."""

    def __init__(self, status: int, error: str, description: str = "") -> None:
        super().__init__(status, description)
        self.error = error

    def body(self) -> dict[str, Any]:
        return {"error": self.error} | ({"error_description": self.message} if self.message else {})


class OAuth:
    """Authorization code, refresh and client credentials grants."""

    name: ClassVar[str]
    accent: ClassVar[str]
    """Of the Allow button, as CSS has it."""
    scopes: ClassVar[frozenset[str]]
    """All that the platform knows; others are refused."""
    pkce: ClassVar[Pkce] = Pkce.IGNORED
    grant_types: ClassVar[frozenset[str]] = frozenset({"authorization_code", "refresh_token", "client_credentials"})
    repeats_refresh_token: ClassVar[bool] = True
    """Whether a refresh names the refresh token also where it stays the same."""
    denial: ClassVar[Mapping[str, str]] = {"error": "access_denied"}
    error: ClassVar[type[Refused]] = StandardError
    words: ClassVar[Mapping[Problem, tuple[Any, ...]]]
    """The arguments of `error`; `{}` in a string is where the wrong value goes."""

    def __init__(self, state: State[Any]) -> None:
        self.state = state

    # What a platform fills in or changes

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        raise NotImplementedError

    def query(self, request: web.Request) -> dict[str, str]:
        """The parameters of an authorize URL."""
        return dict(parse_qsl(request.rel_url.raw_query_string))

    async def parameters(self, request: web.Request) -> dict[str, str]:
        """Those of a token request, credentials included. By default they count only in the form body."""
        return {key: str(value) for key, value in (await request.post()).items()}

    def must_ask(self, query: Mapping[str, str]) -> bool:
        """Whether to show the consent page also to somebody who allowed all of this before."""
        return True

    def lets_choose(self, scopes: list[str]) -> bool:
        """Whether the person may leave out single scopes."""
        return False

    def code_details(self, app: App, user: User, query: Mapping[str, str]) -> dict[str, Any]:
        """More about a code, as the fields of `Code`."""
        return {}

    def callback(self, code: str, scopes: list[str]) -> dict[str, str]:
        """What comes back with a code, besides the state."""
        return {"code": code}

    def answer(self, token: AccessToken, refresh_token: str | None = None) -> dict[str, Any]:
        """The body of a token answer, here as RFC 6749 has it."""
        answer: dict[str, Any] = {
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": token.expires_in,
        }
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        if token.scopes:
            answer["scope"] = " ".join(token.scopes)
        return answer

    def refusal(self, problem: Problem, value: str = "") -> Exception:
        """What the token endpoint says to a program."""
        status, *words = self.words[problem]
        return self.error(status, *(word.format(value) if isinstance(word, str) else word for word in words))

    def turn_away(self, problem: Problem, value: str = "", *, app: App | None = None) -> Exception:
        """What the authorize page says to a person who arrives with a broken request."""
        return self.refusal(problem, value)

    # The person's side

    async def authorize(self, request: web.Request) -> web.Response:
        """Show the consent page, or go straight back if everything was granted before."""
        query = self.query(request)
        app, scopes = self.requested(query)
        user = self.state.find_user(request.cookies.get(LOGIN_COOKIE, ""))
        if user and self.state.has_consented(app.client_id, user.id, *scopes) and not self.must_ask(query):
            return self._return_with_code(app, user, scopes, query)
        return self._page(app, scopes, action=str(request.rel_url), signed_in_as=user)

    async def decide(self, request: web.Request) -> web.Response:
        """Allow or Deny was pressed; the form is posted to the authorize URL itself."""
        query, form = self.query(request), await request.post()
        app, scopes = self.requested(query)
        if form.get("decision") != "allow":
            return self._return_denied(query)
        user = self.state.find_user(str(form.get("login", "")))
        if user is None:
            raise web.HTTPBadRequest(text="nobody of that name is here")
        if self.lets_choose(scopes):
            ticked = form.getall("granted", [])
            scopes = [scope for scope in scopes if scope in ticked]
            if not scopes:
                return self._return_denied(query)
        answer = self._return_with_code(app, user, scopes, query)
        # Cookies do not know ports, and all stand-ins are at one host.
        answer.set_cookie(LOGIN_COOKIE, user.login, path=request.path, httponly=True, samesite="Lax")
        return answer

    def requested(self, query: Mapping[str, str]) -> tuple[App, list[str]]:
        """Check the authorize parameters; the app and the scopes it asks for."""
        app = self.state.apps.get(query.get("client_id", ""))
        if app is None:
            raise self.turn_away(Problem.UNKNOWN_CLIENT)
        if query.get("redirect_uri") not in app.redirect_uris:
            raise self.turn_away(Problem.REDIRECT_URI, app=app)
        if query.get("response_type") != "code":
            raise self.turn_away(Problem.RESPONSE_TYPE)
        if not self._takes_challenge(query):
            raise self.turn_away(Problem.CHALLENGE)
        scopes = query.get("scope", "").split()
        for scope in scopes:
            if scope not in self.scopes:
                raise self.turn_away(Problem.SCOPE, scope)
        return app, scopes

    def _takes_challenge(self, query: Mapping[str, str]) -> bool:
        if self.pkce is Pkce.IGNORED:
            return True
        if not query.get("code_challenge"):
            return self.pkce is Pkce.OPTIONAL
        return query.get("code_challenge_method") == "S256"

    def _return_denied(self, query: Mapping[str, str]) -> web.Response:
        return redirect(query["redirect_uri"], **self.denial, state=query.get("state"))

    def _return_with_code(self, app: App, user: User, scopes: list[str], query: Mapping[str, str]) -> web.Response:
        more = self.code_details(app, user, query)
        if self.pkce is not Pkce.IGNORED:
            more["challenge"] = query.get("code_challenge", "")
        code = self.state.code(app.client_id, user.id, scopes, query["redirect_uri"], **more)
        self.state.consent(app.client_id, user.id, scopes)
        return redirect(query["redirect_uri"], **self.callback(code, scopes), state=query.get("state"))

    def _page(self, app: App, scopes: list[str], *, action: str, signed_in_as: User | None) -> web.Response:
        people = [
            f'<option value="{html.escape(user.login)}"{" selected" * (user is signed_in_as)}>'
            f"{html.escape(user.name)}</option>"
            for user in self.state.users.values()
        ]
        page = PAGE.substitute(
            platform=self.name,
            accent=self.accent,
            action=html.escape(action),
            app=html.escape(app.name),
            people="\n".join(people),
            scopes="\n".join(_item(scope, optional=self.lets_choose(scopes)) for scope in scopes),
        )
        return web.Response(text=page, content_type="text/html")

    # The client's side

    async def token(self, request: web.Request) -> web.Response:
        """All grants."""
        given = await self.parameters(request)
        app = self.client(given)
        grant_type = given.get("grant_type", "")
        if grant_type not in self.grant_types:
            raise self.refusal(Problem.GRANT_TYPE)
        match grant_type:
            case "authorization_code":
                answer = self.exchange(app, given)
            case "refresh_token":
                answer = self.refresh(app, given)
            case _:
                answer = self.answer(self.state.app_token(app.client_id))
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    def client(self, given: Mapping[str, str]) -> App:
        """The app whose credentials these are."""
        if not given.get("client_id"):
            raise self.refusal(Problem.NO_CLIENT)
        app = self.state.apps.get(given["client_id"])
        if app is None:
            raise self.refusal(Problem.UNKNOWN_CLIENT)
        if not given.get("client_secret"):
            raise self.refusal(Problem.NO_SECRET)
        if not app.confidential:
            raise self.refusal(Problem.PUBLIC_CLIENT)
        if given["client_secret"] != app.client_secret:
            raise self.refusal(Problem.WRONG_SECRET)
        return app

    def exchange(self, app: App, given: Mapping[str, str]) -> dict[str, Any]:
        """A code for tokens. It counts as used from the first try on, whatever was wrong with that."""
        code = self.state.codes.get(given.get("code", ""))
        if code is None or code.client_id != app.client_id or code.expires_at <= time.time():
            raise self.refusal(Problem.BAD_CODE)
        if code.used:
            raise self.refusal(Problem.USED_CODE)
        code.used = True
        if given.get("redirect_uri") != code.redirect_uri:
            raise self.refusal(Problem.CODE_REDIRECT_URI)
        if not _verifies(code, given.get("code_verifier", "")):
            raise self.refusal(Problem.VERIFIER)
        grant, token = self.state.grant(app.client_id, code.user_id, code.scopes, offline=code.offline)
        return self.answer(token, grant.refresh_token)

    def refresh(self, app: App, given: Mapping[str, str]) -> dict[str, Any]:
        """A refresh token for an access token, and where refresh tokens rotate for another one."""
        value = given.get("refresh_token")
        if not value:
            raise self.refusal(Problem.NO_REFRESH_TOKEN)
        grant = self.state.grant_of_refresh_token(value)
        if grant is None or grant.client_id != app.client_id:
            raise self.refusal(Problem.BAD_REFRESH_TOKEN)
        if self.state.is_dead(grant, value):
            raise self.refusal(Problem.DEAD_REFRESH_TOKEN)
        settings = self.state.settings
        if self.state.is_spent(grant, value):
            if settings.reuse_ends_grant:
                self.state.end_grant(grant)
            raise self.refusal(Problem.SPENT_REFRESH_TOKEN)
        if settings.rotation:
            self.state.rotate(grant)
        named = settings.rotation or self.repeats_refresh_token
        return self.answer(self.state.access_token(grant), grant.refresh_token if named else None)


def _item(scope: str, *, optional: bool) -> str:
    text = html.escape(scope)
    if not optional:
        return f"<li><code>{text}</code></li>"
    box = f'<input type="checkbox" name="granted" value="{text}" checked>'
    return f"<li><label>{box} <code>{text}</code></label></li>"


def challenge_of(verifier: str) -> str:
    """S256: the digest in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _verifies(code: Code, verifier: str) -> bool:
    return not code.challenge or challenge_of(verifier) == code.challenge


def redirect(uri: str, **parameters: str | None) -> web.Response:
    return web.Response(status=302, headers={"Location": with_query(uri, **parameters)})


def with_query(uri: str, **parameters: str | None) -> str:
    given = {key: value for key, value in parameters.items() if value is not None}
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(given)}"
