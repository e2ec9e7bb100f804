"""YouTube, whose sign-in is Google's. Facts: https://developers.google.com/youtube/v3/live/docs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from connections.enums import Act
from connections.platforms.base import Client, Dialect, Identity, OAuthServer, Platform
from connections.platforms.chatting import Chat, Pace, Timeouts
from connections.platforms.failures import (
    ClientDeleted,
    ClientSecretRejected,
    ClientTypeRejected,
    ClientUnknown,
    NotSent,
    RedirectMismatch,
)
from connections.platforms.metering import Quota
from connections.platforms.youtube import acts, api, ingest
from connections.platforms.youtube.scopes import BOT_SCOPES, SCOPES, WRITE
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from connections.platforms.chatting import Profile
    from connections.platforms.listening import Access, Grant
    from events.ingest.base import Outlet
    from events.types import Person


class YouTube(Platform):
    slug = "youtube"
    name = api.NAME
    icon = "youtube"
    used_for = (_("chat"), _("superchats"), _("members"))
    oauth = OAuthServer(
        site="YOUTUBE_AUTH_URL",
        api="YOUTUBE_TOKEN_URL",
        authorize="/o/oauth2/v2/auth",
        scopes=SCOPES,
        bot_scopes=BOT_SCOPES,
        parameters={
            # Without these two there is no refresh token: not at all, or not from the second consent on.
            "access_type": "offline",
            # And people choose which of their channels it is to be.
            "prompt": "consent select_account",
        },
        pkce=True,
        revoking_ends_all=True,
        dialects=(
            # First, because Google describes it as "Unauthorized" too.
            Dialect(ClientTypeRejected, "unauthorized_client", (400, 401)),
            Dialect(ClientDeleted, "deleted_client", (401,)),
            Dialect(ClientUnknown, "client was not found", (401,)),
            Dialect(ClientSecretRejected, "client secret is invalid", (401,)),
            Dialect(ClientSecretRejected, "unauthorized", (401,)),
            Dialect(RedirectMismatch, "redirect_uri_mismatch", (400,)),
        ),
    )
    console_url = "https://console.cloud.google.com/apis/credentials"
    console_name = _("Google Cloud console")
    steps = (
        _("Open the Google Cloud console, sign in with any Google account, and create a project."),
        _("Under APIs & Services, open the Library, look for “YouTube Data API v3” and press Enable."),
        _("Open the OAuth consent screen, give the app a name, and choose External as its audience."),
        _("Under Audience press Publish app: while it says Testing, every sign-in ends after seven days."),
        _(
            "Under Clients create one of the type Web application, and paste the redirect URI shown on this page under "
            "Authorized redirect URIs."
        ),
        _("Copy the Client ID and the Client Secret and paste both here. Google shows the secret only once."),
    )
    traps = (
        _("A sign-in made while the app was in Testing ends after seven days, even if you publish it meanwhile."),
        _("The YouTube Data API v3 has to be enabled in the project; that takes a few minutes to arrive everywhere."),
        _(
            "Google warns that it has not verified the app. It is your own: choose Advanced and go on. Up to 100 "
            "people can sign in through such an app."
        ),
        _("If you have several channels, choose the one you stream on when Google asks."),
        _("The redirect URI is compared character by character, the end included: no slash may follow."),
        _("Each project has 10,000 units a day. Every program that uses the same project spends them too."),
    )
    notice = _(
        "While your Google app is in “Testing”, Google ends every sign-in after seven days. Publish the app, then "
        "connect once more."
    )
    emote_providers = ("7tv", "bttv")
    bot_notice = _(
        "Choose the bot's own channel when Google asks. Messages go out only while you are live, and each of them "
        "costs 21 of your project's 10,000 units a day."
    )
    chat = Chat(
        longest=200,
        # YouTube publishes no limit of its own besides the quota, which 500 messages use up.
        pace=Pace(1, 1.0),
        acts=dict.fromkeys((Act.SEND, Act.DELETE, Act.TIMEOUT, Act.BAN, Act.UNBAN), (WRITE,)),
        lacks={Act.REPLY: _("YouTube has no replies. Lumio writes “@” and the name in front instead.")},
        # It publishes no limits here either; its own pages offer timeouts of up to a day.
        timeouts=Timeouts(shortest=1, longest=86_400),
    )
    listened_to = _("chats")
    quota = Quota("YOUTUBE_DAILY_UNITS", reserve=1_500, zone="America/Los_Angeles")
    tells_moderators = True
    bots_need_channel = True

    def identity(self, token: Secret, client: Client) -> Identity:
        return api.own_channel(token, client.meter)

    async def listen(self, channel_id: str, outlet: Outlet, *, grant: Grant) -> None:
        await ingest.listen(channel_id, outlet, grant)

    def is_moderator(self, bot_id: str, channel: Access) -> bool | None:
        """While there is no live stream, YouTube does not tell."""
        return api.is_moderator(bot_id, channel)

    def say(
        self, text: str, *, channel_id: str, sender: Access, channel: Access | None = None, reply_to: str = ""
    ) -> str:
        """A bot's access finds only the bot's own chats, so that it cannot speak without that of the `channel`."""
        finder = channel or sender
        if finder.channel_id != channel_id:
            raise NotSent(platform=self.name, reason=_("only the channel's own sign-in finds its live chat"))
        return acts.say(text, finder, sender)

    def delete_message(self, message_id: str, author: Person, *, channel: Access) -> None:
        acts.delete_message(message_id, channel)

    def time_out(self, viewer: Person, seconds: int, reason: str, *, channel: Access) -> str:
        return acts.silence(viewer.id, channel, seconds=seconds)

    def ban(self, viewer: Person, reason: str, *, channel: Access) -> str:
        return acts.silence(viewer.id, channel)

    def lift(self, viewer: Person, reference: str, *, channel: Access) -> None:
        acts.lift(reference, channel)

    def profile(self, viewer: Person, *, channel: Access) -> Profile:
        return acts.profile(viewer, channel)

    def revoke_request(self, client: Client, token: Secret) -> dict[str, Any]:
        return {"data": {"token": token.reveal()}}
