"""Kick. Facts: https://docs.kick.com."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from connections.enums import Act
from connections.platforms import webhooks
from connections.platforms.base import Client, Identity, OAuthServer, Platform
from connections.platforms.chatting import Chat, Pace, Timeouts
from connections.platforms.kick import acts, api, deliveries, ingest, signature
from connections.platforms.kick.scopes import BOT_SCOPES, SCOPES
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from connections.platforms.chatting import Profile
    from connections.platforms.listening import Access, Grant
    from connections.platforms.webhooks import Delivery, Listening
    from events.ingest.base import Outlet
    from events.types import Person, StreamEvent


class Kick(Platform):
    """Kick's sign-in page writes localhost over a 127.0.0.1 in its own address, after which no redirect URI with that
    host fits any more; ours never has it (`Platform.loopback`)."""

    slug = "kick"
    name = api.NAME
    icon = "kick"
    used_for = (_("chat"), _("events"), _("moderation"))
    oauth = OAuthServer(
        site="KICK_AUTH_URL",
        authorize="/oauth/authorize",
        token="/oauth/token",  # noqa: S106  a path
        revoke="/oauth/revoke",
        scopes=SCOPES,
        bot_scopes=BOT_SCOPES,
        pkce=True,
        client_credentials=True,
        # Everything else is in the words of the standard. One sentence names all causes of `invalid_grant`, and
        # `invalid_client` does not say whether it is the id or the secret.
    )
    console_url = "https://kick.com/settings/developer"
    console_name = _("Kick developer settings")
    steps = (
        _("Open Kick's settings and turn on two-factor authentication under Security."),
        _("Open the Developer tab and create an app. It may have any name and description."),
        _("Paste the redirect URI shown on this page as the Redirect URL."),
        _("Turn on “Enable Webhooks” and paste the webhook URL shown on this page: through it chat and events arrive."),
        _(
            "Where Kick lists scopes, tick those for reading user and channel, writing to chat, subscribing to events, "
            "banning, and deleting messages."
        ),
        _("Save the app, copy its Client ID and Client Secret, and paste both here."),
    )
    traps = (
        _("Without two-factor authentication Kick does not show the Developer tab."),
        _("The redirect URI is compared character by character, the end included: no slash may follow."),
        _("There is one webhook URL for each app, so each Lumio account needs an app of its own."),
        _("Kick links whoever the browser is signed in as there and does not ask. Look who that is first."),
        _("Kick ends sign-ins by itself, often after one to three months. That is normal there: click Reconnect."),
    )
    app_has_bot = True
    emote_providers = ("7tv",)
    bot_notice = _(
        "Kick links whoever the browser is signed in as there. Open a private window, or sign out at Kick, before you "
        "connect the bot."
    )
    chat = Chat(
        longest=500,
        # Kick keeps its limits to itself; some 700 calls a minute were too many in April 2026. So a few a second, one
        # after the other.
        pace=Pace(5, 5.0, between=0.5),
        acts={
            Act.SEND: ("chat:write",),
            Act.REPLY: ("chat:write",),
            Act.DELETE: ("moderation:chat_message:manage",),
            Act.TIMEOUT: ("moderation:ban",),
            Act.BAN: ("moderation:ban",),
            Act.UNBAN: ("moderation:ban",),
        },
        timeouts=Timeouts(shortest=60, longest=604_800, step=60),
    )
    calls_us = True
    delivery_fixes = (
        _("In your app at Kick “Enable Webhooks” is on, and the webhook URL is exactly the one shown here."),
        _("The tunnel or proxy is running, and leads to this Lumio."),
        _("Your app at Kick has a bot. For some apps deliveries begin only after one was made there."),
        _(
            "Turning webhooks off at Kick and on again ends all subscriptions. Lumio makes them anew within a few "
            "minutes."
        ),
    )

    def identity(self, token: Secret, client: Client) -> Identity:
        return api.own_user(token)

    def emote_url(self, emote_id: str) -> str:
        return f"{settings.KICK_FILES_URL}/emotes/{quote(emote_id, safe='')}/fullsize"

    async def listen(self, channel_id: str, outlet: Outlet, *, grant: Grant) -> None:
        await ingest.listen(channel_id, outlet, grant)

    @property
    def reaches_us(self) -> bool:
        return webhooks.reaches_us(settings.KICK_API_URL)

    def is_authentic(self, delivery: Delivery) -> bool:
        return signature.KEY.signed(delivery)

    def read(self, delivery: Delivery, listening: Listening) -> StreamEvent:
        return deliveries.read(delivery, listening)

    def leave(self, channel: Access) -> None:
        api.unsubscribe(channel.channel_id, channel.token)

    def say(
        self, text: str, *, channel_id: str, sender: Access, channel: Access | None = None, reply_to: str = ""
    ) -> str:
        return acts.say(text, channel_id, sender, reply_to)

    def delete_message(self, message_id: str, author: Person, *, channel: Access) -> None:
        acts.delete_message(message_id, channel)

    def time_out(self, viewer: Person, seconds: int, reason: str, *, channel: Access) -> str:
        """Kick needs no reference to end it."""
        acts.silence(viewer.id, reason, channel, seconds=seconds)
        return ""

    def ban(self, viewer: Person, reason: str, *, channel: Access) -> str:
        acts.silence(viewer.id, reason, channel)
        return ""

    def lift(self, viewer: Person, reference: str, *, channel: Access) -> None:
        acts.lift(viewer.id, channel)

    def profile(self, viewer: Person, *, channel: Access) -> Profile:
        return acts.profile(viewer, channel)

    def revoke_request(self, client: Client, token: Secret) -> dict[str, Any]:
        """In the query string, with a hint whose name is Kick's own."""
        return {
            "params": {"token": token.reveal(), "token_hint_type": "access_token"},
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        }
