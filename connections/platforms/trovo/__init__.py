"""Trovo, which ended its live service on 30 June 2026. Facts: https://developer.trovo.live/docs/APIs.html."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from connections.enums import Act, Purpose
from connections.platforms.base import Client, Dialect, Identity, OAuthServer, Platform, said
from connections.platforms.chatting import Chat, Pace
from connections.platforms.failures import (
    ClientSecretRejected,
    CodeRejected,
    GrantEnded,
    PlatformFailure,
    RateLimited,
    RedirectMismatch,
    ScopeRejected,
    Unavailable,
)
from connections.platforms.oauth import scope_names
from connections.platforms.trovo import acts, api, ingest
from connections.platforms.trovo.scopes import BOT_SCOPES, SCOPES
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from connections.platforms.chatting import Profile
    from connections.platforms.listening import Access, Grant
    from events.ingest.base import Outlet
    from events.types import Person
    from lumio.lib.http import Answer


UNASKED = _(
    "Trovo gives Lumio two permissions, and both are needed for your chat and your name. Moderate in Trovo's own chat."
)


def _number(number: int, failure: type[PlatformFailure]) -> Dialect:
    """That number in the `status` of a refusal, whichever of its HTTP statuses Trovo chose."""
    return Dialect(failure, _spelled(number), (400, 401, 500))


def _spelled(number: int) -> str:
    return f"({number})"


class Trovo(Platform):
    slug = "trovo"
    name = api.NAME
    icon = "trovo"
    used_for = (_("chat"), _("events"))
    oauth = OAuthServer(
        site="TROVO_AUTH_URL",
        api="TROVO_API_URL",
        authorize="/page/login.html",
        token="/exchangetoken",  # noqa: S106  a path
        refresh="/refreshtoken",
        scopes=SCOPES,
        bot_scopes=BOT_SCOPES,
        reconnect_parameters={"force_verify": "true"},
        # Of "x-ratelimit-reset" nobody says whether it is a moment; the limit is one of requests a minute.
        dialects=(
            _number(11712, GrantEnded),  # the refresh token has expired
            _number(11713, GrantEnded),  # it is not valid
            _number(11717, ClientSecretRejected),
            _number(11716, RedirectMismatch),
            _number(11710, CodeRejected),  # not valid or expired, like 10710
            _number(10710, CodeRejected),
            _number(11711, CodeRejected),  # used before
            _number(11703, ScopeRejected),
            _number(11706, RateLimited),
            # 50 access tokens of one refresh token still live: only time helps, and the one that we have still works.
            _number(11718, Unavailable),
        ),
    )
    console_url = "https://developer.trovo.live/"
    console_name = _("Trovo developer portal")
    steps = (
        _("Open the Trovo developer portal and sign in as yourself."),
        _("Register an application. Trovo wants a name, a contact, a logo, and links to terms and a privacy policy."),
        _("Paste the redirect URI shown on this page as the redirect URL."),
        _("Wait until Trovo has looked at it, which took up to a week."),
        _("Copy the Client ID and the Client Secret and paste both here."),
    )
    traps = (
        _("Trovo ended its live service on 30 June 2026: an application you do not have yet may never be approved."),
        _("The redirect URI is compared character by character, the end included: no slash may follow."),
    )
    notice = _("Trovo ended its live service on 30 June 2026. Connecting works only where its servers still answer.")
    #: Chat is read with the client id alone.
    listens_without_grant = True
    bot_notice = _(
        "Trovo may refuse what a bot writes: letting another account into a channel takes a permission that Lumio does "
        "not ask for."
    )
    mod_command = "/mod {login}"
    chat = Chat(
        longest=500,
        pace=Pace(1, 1.0),  # https://developer.trovo.live/docs/APIs.html, error 10908
        acts={Act.SEND: ("chat_send_self",)},
        lacks={
            Act.REPLY: _("Trovo takes no replies from apps. Lumio writes “@” and the name in front instead."),
            **dict.fromkeys((Act.DELETE, Act.TIMEOUT, Act.BAN, Act.UNBAN), UNASKED),
        },
    )

    def identity(self, token: Secret, client: Client) -> Identity:
        return api.own_user(token, client.id)

    def granted_scopes(self, token: Secret, client: Client, purpose: Purpose) -> list[str]:
        return scope_names(api.scopes_of(token, client.id))

    def say(
        self, text: str, *, channel_id: str, sender: Access, channel: Access | None = None, reply_to: str = ""
    ) -> str:
        """Trovo tells no id."""
        acts.say(text, channel_id, sender)
        return ""

    def profile(self, viewer: Person, *, channel: Access) -> Profile:
        return acts.profile(viewer, channel)

    async def listen(self, channel_id: str, outlet: Outlet, *, grant: Grant) -> None:
        await ingest.listen(channel_id, outlet, grant)

    def token_request(self, client: Client, fields: Mapping[str, str]) -> dict[str, Any]:
        """JSON, and the client id as a header."""
        return {"json": {**fields, "client_secret": client.secret.reveal()}, "headers": {"client-id": client.id}}

    def revoke_request(self, client: Client, token: Secret) -> dict[str, Any]:
        return {"json": {"access_token": token.reveal()}, "headers": {"client-id": client.id}}

    def said(self, answer: Answer) -> list[str]:
        """Trovo's words, and its number for the dialects."""
        number = api.number_of(answer)
        return [*said(answer), *([] if number is None else [_spelled(number)])]
