"""`OAuthStandIn`: the verbs about apps, people and grants that every platform with OAuth has."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Generic
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.fakes.oauth.endpoints import OAuth
from tests.fakes.oauth.state import App, OAuthSettings, Person, State
from tests.fakes.server import StandIn, verb

HTTP_TIMEOUT = 10


class OAuthStandIn(StandIn, Generic[Person]):
    """People are named by login or id, and made up when nobody has that login yet.

    Verbs without `client_id` are about the app that was added first, those without `channel` about the first user.
    """

    slug: ClassVar[str]
    client_id: ClassVar[str] = "lumio0client0id0for0the0tests00"
    client_secret: ClassVar[str] = "lumio0secret0for0the0tests0000"
    reset_ends_grants: ClassVar[bool] = False
    """Whether refresh tokens die with the client secret they were given under."""

    def __init__(self, oauth: OAuth) -> None:
        super().__init__()
        self.oauth = oauth
        self.state: State[Person] = oauth.state

    @property
    def settings(self) -> OAuthSettings:
        return self.state.settings

    def snapshot(self) -> dict[str, Any]:
        return self.state.snapshot()

    # Apps and people

    @property
    def redirect_uri(self) -> str:
        """Where a local Lumio takes people back."""
        return f"http://localhost:8000/connections/{self.slug}/callback"

    @verb
    def add_app(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        redirect_uris: list[str] | None = None,
        name: str = "Lumio",
        confidential: bool = True,
    ) -> App:
        """Register an application, by default with the redirect URI of a local Lumio."""
        app = App(
            client_id or self.client_id,
            client_secret or self.client_secret,
            redirect_uris or [self.redirect_uri],
            name,
            confidential,
        )
        self.state.apps[app.client_id] = app
        return app

    @verb
    def add_user(self, login: str, **details: Any) -> Person:
        """`id`, `name`, `email` and so on, as the fields of the platform's `User`."""
        return self.state.add_user(login, **details)

    @verb
    def draw_pictures(self) -> None:
        """Have pictures looked for here instead of at the platform, so that no browser goes outside."""
        self.settings.cdn_url = self.url

    def _channel(self, name: str | None) -> Person:
        if name is not None:
            return self.state.user(name)
        if not self.state.users:
            raise LookupError("no channel: add a user first")
        return next(iter(self.state.users.values()))

    def _app(self, client_id: str | None) -> App:
        if client_id is not None:
            return self.state.apps[client_id]
        if not self.state.apps:
            raise LookupError("no app: add one first")
        return next(iter(self.state.apps.values()))

    # Grants and tokens

    @verb
    def issue_tokens(self, user: str, scopes: list[str], *, client_id: str | None = None) -> dict[str, Any]:
        """What the token endpoint would answer after this user's consent, without a browser."""
        app = self._app(client_id)
        owner = self.state.user(user)
        self.state.consent(app.client_id, owner.id, scopes)
        grant, token = self.state.grant(app.client_id, owner.id, scopes)
        return self.oauth.answer(token, grant.refresh_token)

    def consent(self, authorize_url: str, *, user: str, allow: bool = True, scopes: list[str] | None = None) -> str:
        """Press Allow or Deny at an authorize URL; the URL the browser is sent back to.

        `scopes` are those left ticked where the platform lets people choose, by default all.
        """
        parts = urlsplit(authorize_url)
        asked = dict(parse_qsl(parts.query)).get("scope", "").split()
        answer = requests.post(
            f"{self.url}{parts.path}?{parts.query}",
            data={
                "login": user,
                "decision": "allow" if allow else "deny",
                "granted": asked if scopes is None else scopes,
            },
            allow_redirects=False,
            timeout=HTTP_TIMEOUT,
        )
        answer.raise_for_status()
        return answer.headers["Location"]

    @verb
    def revoke_grant(self, user: str, *, client_id: str | None = None) -> int:
        """The user disconnects the app, and every token dies; how many grants that ended."""
        app, owner = self._app(client_id), self.state.user(user)
        self.state.consents.pop((app.client_id, owner.id), None)
        return self._end(app.client_id, owner.id)

    @verb
    def reset_secret(self, client_id: str | None = None) -> str:
        """A new client secret; the old one dies."""
        app = self._app(client_id)
        app.client_secret = self.state.new_secret()
        if self.reset_ends_grants:
            self._end(app.client_id)
        return app.client_secret

    @verb
    def expire_tokens(self, user: str | None = None) -> int:
        """Access tokens, of one user or all, stop working; refresh tokens stay good."""
        owner = self.state.user(user).id if user else None
        doomed = [token for token in self.state.access_tokens.values() if owner in (None, token.user_id)]
        for token in doomed:
            token.expires_at = time.time()
        return len(doomed)

    def _end(self, client_id: str, user_id: str | None = None) -> int:
        doomed = self.state.grants_of(client_id, user_id)
        for grant in doomed:
            self.state.end_grant(grant)
        return len(doomed)
