"""Discord, which serves all accounts with one bot of the operator's: no OAuth, so it is not in the registry.

Facts: https://discord.com/developers/docs/reference. More than 10,000 answers of 401, 403 or 429 within ten minutes
lead to a ban, so whoever calls stops after the first 401.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from connections.platforms.answers import ask, json_object
from connections.platforms.base import pause_of
from connections.platforms.failures import PlatformFailure, RateLimited, Unavailable
from lumio.lib import http
from lumio.lib.payload import ID_LENGTH, NAME_LENGTH, text

if TYPE_CHECKING:
    from lumio.lib.secrets import Secret

SLUG = "discord"
NAME = "Discord"
ICON = "discord"
#: Discord wants this form: https://discord.com/developers/docs/reference#user-agent.
USER_AGENT = "DiscordBot (https://lumio.vision, 1.0)"
#: What the bot may do on a server that it is invited to.
PERMISSIONS = {
    "view channel": 1 << 10,
    "send messages": 1 << 11,
    "manage messages": 1 << 13,
    "embed links": 1 << 14,
    "moderate members": 1 << 40,
}


class BotTokenRefused(PlatformFailure):
    code = "bot_token_refused"
    status = 409
    is_final = True
    sentence = _(
        "{platform} does not accept the bot token: it was mistyped, reset or deleted. In the developer portal open the "
        "application, then Bot, press Reset Token and paste what appears."
    )


@dataclass(frozen=True)
class Bot:
    """Whom a bot token belongs to."""

    id: str
    name: str
    avatar_url: str
    application_id: str


def bot_of(token: Secret) -> Bot:
    """The bot behind a token. Raises BotTokenRefused for one that is dead, or another PlatformFailure."""
    user, application = _get("/users/@me", token), _get("/applications/@me", token)
    bot_id, name = text(user.get("id"), ID_LENGTH), text(user.get("username"), NAME_LENGTH)
    application_id = text(application.get("id"), ID_LENGTH)
    if not bot_id or not name or not application_id:
        raise Unavailable(platform=NAME)
    avatar = text(user.get("avatar"), 100)
    avatar_url = f"{settings.DISCORD_CDN_URL}/avatars/{bot_id}/{avatar}.png" if avatar else ""
    return Bot(bot_id, name, avatar_url, application_id)


def invitation(application_id: str) -> str:
    """Where the owner of a server lets the bot in."""
    query = {
        "client_id": application_id,
        "scope": "bot applications.commands",
        "permissions": sum(PERMISSIONS.values()),
    }
    return f"{settings.DISCORD_URL}/oauth2/authorize?{urlencode(query, quote_via=quote)}"


def _get(path: str, token: Secret) -> dict[str, Any]:
    headers = {"Authorization": f"Bot {token.reveal()}", "User-Agent": USER_AGENT}
    return json_object(NAME, ask(NAME, "GET", settings.DISCORD_API_URL + path, headers=headers), _failure_of)


def _failure_of(answer: http.Answer) -> PlatformFailure:
    if answer.status == 401:
        return BotTokenRefused(platform=NAME)
    if answer.status == 429:
        pause = pause_of(answer)
        return RateLimited(platform=NAME, seconds=pause, retry_after=pause)
    return Unavailable(platform=NAME)
