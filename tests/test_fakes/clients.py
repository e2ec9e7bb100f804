"""What a client does over the wire at each platform with OAuth, and how the platform words its refusals."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from tests.fakes.kick import Kick
from tests.fakes.kick.oauth import INVALID_CLIENT, INVALID_GRANT
from tests.fakes.oauth import App, OAuthStandIn, challenge_of
from tests.fakes.spotify import Spotify
from tests.fakes.trovo import Trovo
from tests.fakes.twitch import Twitch
from tests.fakes.youtube import YouTube
from tests.fakes.youtube.oauth import FORCE_SSL, READONLY

PATIENCE = 30
VERIFIER = "a-verifier-of-at-least-forty-three-characters-as-rfc-7636-asks"

Answer = tuple[int, Any]


def standard(error: str, description: str) -> dict[str, str]:
    """An error body as RFC 6749 has it."""
    return {"error": error, "error_description": description}


def numbered(number: int, error: str, message: str = "") -> dict[str, Any]:
    """An error body as Trovo has it."""
    return {"status": number, "error": error, "message": message or error}


class OAuthClient:
    """One app at one stand-in. Answers of the token endpoint are status and body."""

    stand_in: ClassVar[type[OAuthStandIn]]
    scopes: ClassVar[list[str]]
    pkce: ClassVar[bool] = True
    """Whether a verifier is compared; `needs_challenge` where there is no way without."""
    needs_challenge: ClassVar[bool] = False
    rotates: ClassVar[bool] = False
    repeats_refresh_token: ClassVar[bool] = True
    authorize_path: ClassVar[str]
    token_path: ClassVar[str]
    refresh_path: ClassVar[str] = ""
    """Where it is not the same."""

    comes_back_with: ClassVar[dict[str, str]] = {}
    """Beside code and state."""
    answers_with: ClassVar[set[str]] = {"access_token", "refresh_token", "expires_in", "scope", "token_type"}
    app_tokens: ClassVar[bool] = True
    denial: ClassVar[dict[str, str]] = {"error": "access_denied"}
    wrong_redirect_page: ClassVar[int] = 400
    """Status of the authorize page."""
    unknown_client: ClassVar[Answer]
    wrong_secret: ClassVar[Answer]
    invalid_code: ClassVar[Answer]
    used_code: ClassVar[Answer]
    wrong_redirect: ClassVar[Answer]
    wrong_verifier: ClassVar[Answer]
    unknown_refresh: ClassVar[Answer]
    dead_refresh: ClassVar[Answer]
    revoked: ClassVar[Answer | None] = None
    """None where there is no such endpoint."""
    revoked_again: ClassVar[Answer]
    may_survive_revoke: ClassVar[bool] = True
    """Whether a platform is thinkable whose refresh token outlives a revoked access token."""

    def __init__(self, platform: OAuthStandIn, app: App) -> None:
        self.platform = platform
        self.app = app
        self.redirect_uri = platform.redirect_uri

    # The person's side

    def authorize_url(self, **changes: str | None) -> str:
        query = {
            "client_id": self.app.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": " ".join(self.scopes),
            "state": "s-1",
            **self.more_parameters(),
        } | changes
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.platform.url}{self.authorize_path}?{urlencode(given)}"

    def more_parameters(self) -> dict[str, str]:
        return {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"} if self.pkce else {}

    def code(self, user: str = "mira_plays", **changes: str | None) -> str:
        return query_of(self.platform.consent(self.authorize_url(**changes), user=user))["code"]

    # The client's side

    def exchange(self, code: str, **changes: str) -> Answer:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        if self.pkce:
            form["code_verifier"] = VERIFIER
        return self.ask(**form | changes)

    def refresh(self, refresh_token: str, **changes: str) -> Answer:
        return self.ask(**{"grant_type": "refresh_token", "refresh_token": refresh_token} | changes)

    def ask(self, **form: str) -> Answer:
        """Ask for tokens with the app's credentials."""
        credentials = {"client_id": self.app.client_id, "client_secret": self.app.client_secret}
        return self.send(**credentials | form)

    def send(self, **form: str) -> Answer:
        return read(requests.post(self.platform.url + self.token_path, data=form, timeout=PATIENCE))

    def revoke(self, token: str) -> Answer:
        raise NotImplementedError

    def lives(self, access_token: str) -> bool:
        """Whether the platform lets this token in."""
        raise NotImplementedError

    def get(self, path: str, token: str, kind: str = "Bearer", **options: Any) -> requests.Response:
        headers = {"Authorization": f"{kind} {token}"} | options.pop("headers", {})
        return requests.get(self.platform.url + path, headers=headers, timeout=PATIENCE, **options)


class TwitchClient(OAuthClient):
    stand_in = Twitch
    scopes: ClassVar = ["bits:read", "user:read:chat"]
    pkce = False
    authorize_path = "/oauth2/authorize"
    token_path = "/oauth2/token"

    denial: ClassVar = {"error": "access_denied", "error_description": "The user denied you access"}
    wrong_redirect_page = 302
    unknown_client = (400, {"status": 400, "message": "invalid client"})
    wrong_secret = (403, {"status": 403, "message": "invalid client secret"})
    invalid_code = used_code = (400, {"status": 400, "message": "Invalid authorization code"})
    wrong_redirect = (400, {"status": 400, "message": "Parameter redirect_uri does not match registered URI"})
    unknown_refresh = dead_refresh = (400, {"status": 400, "message": "Invalid refresh token"})
    comes_back_with: ClassVar = {"scope": "bits:read user:read:chat"}
    revoked = revoked_again = (200, "")

    def revoke(self, token: str) -> Answer:
        form = {"client_id": self.app.client_id, "token": token}
        return read(requests.post(f"{self.platform.url}/oauth2/revoke", data=form, timeout=PATIENCE))

    def lives(self, access_token: str) -> bool:
        return self.get("/oauth2/validate", access_token, "OAuth").status_code == 200


class KickClient(OAuthClient):
    stand_in = Kick
    scopes: ClassVar = ["user:read", "channel:read"]
    needs_challenge = True
    rotates = True
    authorize_path = "/oauth/authorize"
    token_path = "/oauth/token"

    unknown_client = wrong_secret = (401, standard(*INVALID_CLIENT[1:]))
    invalid_code = used_code = wrong_redirect = wrong_verifier = unknown_refresh = dead_refresh = (
        401,
        standard(*INVALID_GRANT[1:]),
    )
    revoked = revoked_again = (200, "OK")

    def revoke(self, token: str) -> Answer:
        query = {"token": token, "token_hint_type": "access_token"}
        return read(requests.post(f"{self.platform.url}/oauth/revoke", params=query, timeout=PATIENCE))

    def lives(self, access_token: str) -> bool:
        return self.get("/public/v1/users", access_token).status_code == 200


class YouTubeClient(OAuthClient):
    stand_in = YouTube
    scopes: ClassVar = [READONLY, FORCE_SSL]
    repeats_refresh_token = False
    app_tokens = False
    authorize_path = "/o/oauth2/v2/auth"
    token_path = "/token"

    comes_back_with: ClassVar = {"scope": f"{READONLY} {FORCE_SSL}", "authuser": "0", "prompt": "consent"}
    unknown_client = (401, standard("invalid_client", "The OAuth client was not found."))
    wrong_secret = (401, standard("invalid_client", "The provided client secret is invalid."))
    invalid_code = used_code = unknown_refresh = (400, standard("invalid_grant", "Bad Request"))
    wrong_redirect = (400, standard("redirect_uri_mismatch", "Bad Request"))
    wrong_verifier = (400, standard("invalid_grant", "Invalid code verifier."))
    dead_refresh = (400, standard("invalid_grant", "Token has been expired or revoked."))
    revoked: ClassVar = (200, {})
    revoked_again = (400, standard("invalid_token", "Token expired or revoked"))
    may_survive_revoke = False

    def more_parameters(self) -> dict[str, str]:
        return super().more_parameters() | {"access_type": "offline", "prompt": "consent select_account"}

    def revoke(self, token: str) -> Answer:
        return read(requests.post(f"{self.platform.url}/revoke", data={"token": token}, timeout=PATIENCE))

    def lives(self, access_token: str) -> bool:
        return self.get("/youtube/v3/channels?part=snippet&mine=true", access_token).status_code == 200


class TrovoClient(OAuthClient):
    stand_in = Trovo
    scopes: ClassVar = ["user_details_self", "chat_send_self"]
    pkce = False
    rotates = True
    app_tokens = False
    authorize_path = "/page/login.html"
    token_path = "/openplatform/exchangetoken"
    refresh_path = "/openplatform/refreshtoken"

    answers_with: ClassVar = {"access_token", "refresh_token", "expires_in", "token_type"}
    unknown_client = wrong_secret = (400, numbered(11717, "invalidClientSecret"))
    invalid_code = (400, numbered(11710, "invalidCode"))
    used_code = (400, numbered(11711, "codeUsed"))
    wrong_redirect = (400, numbered(11716, "invalidRedirectUri"))
    unknown_refresh = (400, numbered(11713, "invalidRefreshToken"))
    dead_refresh = (400, numbered(11712, "refreshTokenExpired"))
    revoked: ClassVar = (200, {})
    revoked_again = (401, numbered(11704, "invalidAccessToken"))

    def send(self, **form: str) -> Answer:
        client_id = form.pop("client_id")
        path = self.refresh_path if form.get("grant_type") == "refresh_token" else self.token_path
        return self.post(path, form, client_id)

    def post(self, path: str, body: dict[str, Any], client_id: str | None = None, token: str = "") -> Answer:
        headers = {"Client-ID": self.app.client_id if client_id is None else client_id}
        if token:
            headers["Authorization"] = f"OAuth {token}"
        return read(requests.post(self.platform.url + path, json=body, headers=headers, timeout=PATIENCE))

    def revoke(self, token: str) -> Answer:
        return self.post("/openplatform/revoke", {"access_token": token})

    def lives(self, access_token: str) -> bool:
        return self.read("/openplatform/validate", access_token)[0] == 200

    def read(self, path: str, token: str) -> Answer:
        return read(self.get(path, token, "OAuth", headers={"Client-ID": self.app.client_id}))


class SpotifyClient(OAuthClient):
    stand_in = Spotify
    scopes: ClassVar = ["user-read-currently-playing", "user-modify-playback-state"]
    repeats_refresh_token = False
    authorize_path = "/authorize"
    token_path = "/api/token"

    unknown_client = (400, standard("invalid_client", "Invalid client"))
    wrong_secret = (400, standard("invalid_client", "Invalid client secret"))
    invalid_code = used_code = (400, standard("invalid_grant", "Invalid authorization code"))
    wrong_redirect = (400, standard("invalid_grant", "Invalid redirect URI"))
    wrong_verifier = (400, standard("invalid_grant", "code_verifier was incorrect"))
    unknown_refresh = (400, standard("invalid_grant", "Invalid refresh token"))
    dead_refresh = (400, standard("invalid_grant", "Refresh token revoked"))

    def send(self, **form: str) -> Answer:
        pair = (form.pop("client_id"), form.pop("client_secret"))
        url = self.platform.url + self.token_path
        return read(requests.post(url, data=form, auth=pair, timeout=PATIENCE))

    def lives(self, access_token: str) -> bool:
        return self.get("/v1/me", access_token).status_code == 200


CLIENTS = (TwitchClient, KickClient, YouTubeClient, TrovoClient, SpotifyClient)


def read(answer: requests.Response) -> Answer:
    """Status and body, as JSON where it says so."""
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    return answer.status_code, answer.json() if is_json else answer.text


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def browse(url: str, **options: Any) -> requests.Response:
    return requests.get(url, allow_redirects=False, timeout=PATIENCE, **options)
