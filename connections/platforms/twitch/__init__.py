"""Twitch. Facts: https://dev.twitch.tv/docs/authentication."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from connections.enums import Act
from connections.platforms.base import Client, Dialect, Identity, OAuthServer, Platform, Validated
from connections.platforms.chatting import Chat, Pace, Timeouts
from connections.platforms.failures import (
    ClientPublic,
    ClientSecretRejected,
    ClientUnknown,
    CodeRejected,
    GrantEnded,
    NothingToRefreshWith,
    RedirectMismatch,
    ScopeRejected,
    Unavailable,
)
from connections.platforms.oauth import scope_names, seconds_of
from connections.platforms.twitch import acts, api, ingest, pictures
from connections.platforms.twitch.scopes import BOT_SCOPES, SCOPES
from lumio.lib.payload import text
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from connections.platforms.base import Badges, Cheermotes
    from connections.platforms.chatting import Profile
    from connections.platforms.listening import Access, Grant
    from events.ingest.base import Outlet
    from events.types import Person


class Twitch(Platform):
    slug = "twitch"
    name = api.NAME
    icon = "twitch"
    used_for = (_("chat"), _("events"), _("moderation"), _("rewards"))
    oauth = OAuthServer(
        site="TWITCH_AUTH_URL",
        scopes=SCOPES,
        bot_scopes=BOT_SCOPES,
        # Without it Twitch silently reuses whoever the browser is signed in as.
        reconnect_parameters={"force_verify": "true"},
        client_credentials=True,
        rate_reset_header=api.RESET_HEADER,
        dialects=(
            Dialect(GrantEnded, "invalid refresh token", (400, 401)),
            Dialect(NothingToRefreshWith, "missing refresh token", (400,)),
            Dialect(ClientSecretRejected, "invalid client secret", (400, 401, 403)),
            # What an app registered as "Public" is told.
            Dialect(ClientPublic, "missing client secret", (400,)),
            Dialect(ClientPublic, "invalid client credentials", (400,)),
            Dialect(ClientUnknown, "invalid client", (400, 401, 403)),
            Dialect(CodeRejected, "invalid authorization code", (400,)),
            Dialect(RedirectMismatch, "redirect_uri does not match", (400,)),
            Dialect(ScopeRejected, "invalid scope", (400,)),
        ),
    )
    console_url = "https://dev.twitch.tv/console/apps"
    console_name = _("Twitch developer console")
    steps = (
        _("Open the Twitch developer console and sign in as yourself. Twitch asks for two-factor authentication once."),
        _("Choose Register Your Application and give it any name that nobody else has, such as your channel's name."),
        _("Paste the redirect URI shown on this page into OAuth Redirect URLs and press Add."),
        _("Choose Chat Bot as the category and Confidential as the client type, then create it."),
        _("Open Manage, copy the Client ID, press New Secret, and paste both here."),
    )
    traps = (
        _("The client type must be Confidential. A Public app has no secret, and Twitch refuses the sign-in."),
        _("The redirect URI is compared character by character, the end included: no slash may follow."),
        _("New Secret ends the old one at once. Whoever makes a new one has to enter it here and reconnect."),
    )

    emote_providers = ("7tv", "bttv", "ffz")
    has_badges = True
    tells_moderators = True
    mod_command = "/mod {login}"
    chat = Chat(
        longest=500,
        # For an ordinary sender; broadcasters and moderators may send 100: https://dev.twitch.tv/docs/chat/#rate-limits.
        pace=Pace(20, 30.0),
        acts={
            Act.SEND: ("user:write:chat",),
            Act.REPLY: ("user:write:chat",),
            Act.DELETE: ("moderator:manage:chat_messages",),
            Act.TIMEOUT: ("moderator:manage:banned_users",),
            Act.BAN: ("moderator:manage:banned_users",),
            Act.UNBAN: ("moderator:manage:banned_users",),
        },
        timeouts=Timeouts(shortest=1, longest=1_209_600),
        deletes_within=timedelta(hours=6),
    )
    #: Twitch audits that this happens: https://dev.twitch.tv/docs/authentication/validate-tokens/.
    validates_every = timedelta(hours=1)

    def identity(self, token: Secret, client: Client) -> Identity:
        return api.own_user(token, client.id)

    def validate(self, token: Secret, client: Client) -> Validated:
        body = api.validate(token)
        client_id, user_id = text(body.get("client_id"), 200), text(body.get("user_id"), 100)
        scopes = body.get("scopes") or []
        if not client_id or not user_id or not isinstance(scopes, list):
            raise Unavailable(platform=self.name)
        return Validated(
            client_id=client_id,
            identity_id=user_id,
            scopes=scope_names(scopes),
            expires_in=seconds_of(body.get("expires_in")),
        )

    def is_moderator(self, bot_id: str, channel: Access) -> bool:
        return api.is_moderator(bot_id, channel)

    def say(
        self, text: str, *, channel_id: str, sender: Access, channel: Access | None = None, reply_to: str = ""
    ) -> str:
        return acts.say(text, channel_id, sender, reply_to)

    def delete_message(self, message_id: str, author: Person, *, channel: Access) -> None:
        acts.delete_message(message_id, channel)

    def time_out(self, viewer: Person, seconds: int, reason: str, *, channel: Access) -> str:
        """Twitch needs no reference to end it."""
        acts.silence(viewer.id, reason, channel, seconds=seconds)
        return ""

    def ban(self, viewer: Person, reason: str, *, channel: Access) -> str:
        acts.silence(viewer.id, reason, channel)
        return ""

    def lift(self, viewer: Person, reference: str, *, channel: Access) -> None:
        acts.lift(viewer.id, channel)

    def profile(self, viewer: Person, *, channel: Access) -> Profile:
        return acts.profile(viewer, channel)

    def emote_url(self, emote_id: str) -> str:
        return pictures.emote_url(emote_id)

    def badges(self, access: Access, channel_id: str = "") -> Badges:
        return pictures.badges(access, channel_id)

    def cheermotes(self, access: Access, channel_id: str) -> Cheermotes:
        return pictures.cheermotes(access, channel_id)

    async def listen(self, channel_id: str, outlet: Outlet, *, grant: Grant) -> None:
        await ingest.listen(channel_id, outlet, grant)
