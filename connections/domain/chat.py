"""Writing into the chats of an account, and what can be done in them.

Messages go out as `connections.domain.bots` says who speaks. What is done to viewers and their messages is
`connections.domain.moderation`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission
from connections.domain import bots, orders
from connections.domain.chat_rights import acts, chat_of, statuses_of, why_not
from connections.enums import Act, OrderState, Voice
from connections.models import ChatOrder
from events.domain import access as log_access
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.domain.bots import BotStatus
    from events.models import ChatLine

#: Timeouts, in seconds, that pages offer.
PRESETS = (1, 60, 600, 3600, 86_400)


class NothingToSay(Refusal):
    code = "nothing_to_say"
    sentence = _("There is nothing to read in this message. Write something, then send it.")


class TextTooLong(Refusal):
    code = "text_too_long"
    sentence = _(
        "{platform} takes {longest} characters at most, and this message has {length}. Nothing was sent; shorten it."
    )


class UnknownPlatform(Refusal):
    code = "unknown_platform"
    sentence = _("There is no chat at “{platform}”. There is one at: {known}.")


class NowhereToSend(Refusal):
    code = "nowhere_to_send"
    status = 409
    sentence = _("There is no chat to write into. Connect a channel on the Connections page, or reconnect it.")


def desk(actor: Actor) -> dict[str, Any]:
    """Where the actor may do what, for pages to draw: REST and GraphQL answer with the same. Three queries."""
    statuses = [status for status in statuses_of(actor) if status.channel]
    names = [name for one in statuses if one.channel for name in (one.channel.channel_login, one.channel.channel_name)]
    return {
        "channels": [_channel(actor, status) for status in statuses],
        "presets": list(PRESETS),
        "me": {"name": actor.name},
        "mentions": list(dict.fromkeys(filter(None, names))),
    }


def _channel(actor: Actor, status: BotStatus) -> dict[str, Any]:
    assert status.channel is not None  # noqa: S101  only those that are connected are shown
    chat = chat_of(status)
    limits = chat.timeouts
    return {
        "platform": status.platform.slug,
        "name": status.platform.name,
        "channel_name": status.channel.channel_name,
        "channel_id": status.channel.channel_id,
        "longest": chat.longest,
        "voices": [
            {"voice": voice.value, "name": row.channel_name, "is_default": voice == status.voice}
            for voice, row in status.voices.items()
        ],
        "acts": acts(actor, status),
        "timeouts": limits and {"shortest": limits.shortest, "longest": limits.longest, "step": limits.step},
    }


def send(
    *,
    actor: Actor,
    text: str,
    platforms: Collection[str] | None = None,
    reply_to: int | None = None,
    voice: Voice | None = None,
    shorten: bool = False,
) -> list[ChatOrder]:
    """Send a message into the chats of `platforms`, or all in which that is possible; one order for each.

    `reply_to` is the `seq` of the message that is answered: its platform alone gets the answer. With `shorten` a
    platform gets as much of the text as it takes; else one for which it is too long refuses all. Each platform succeeds
    or fails by itself; what is still waiting after some seconds goes on by itself. Raises PermissionRefused, Http404
    for a message that there is not, or a Refusal where nothing was sent at all.
    """
    actor.require(Permission.CHAT_WRITE)
    line = None if reply_to is None else log_access.get_line(actor, reply_to, Permission.CHAT_WRITE)
    words = _readable(text)
    chosen = _chosen(actor, [line.platform] if line else platforms)
    texts = {status.platform.slug: _answer(words, line, status) for status in chosen}
    for status in chosen:
        if shorten:
            texts[status.platform.slug] = _shortened(texts[status.platform.slug], status)
        _check_length(texts[status.platform.slug], status)
    made = []
    for status in chosen:
        order = orders.draft(actor, status.platform, Act.SEND, text=texts[status.platform.slug])
        if line and Act.REPLY in chat_of(status).acts:
            order.reply_to = line.external_id
        _queue(order, actor, status, voice)
        made.append(order)
    orders.carry_out(order for order in made if order.state == OrderState.WAITING)
    found = ChatOrder.objects.in_bulk([order.pk for order in made])
    return [found[order.pk] for order in made]


def _readable(text: str) -> str:
    """The text on one line, without control characters. Raises NothingToSay."""
    words = "".join(" " if char.isspace() else char for char in text)
    words = "".join(char for char in words if unicodedata.category(char) not in ("Cc", "Cs")).strip()
    if all(unicodedata.category(char)[0] in "CZ" for char in words):
        raise NothingToSay
    return words


def _chosen(actor: Actor, slugs: Collection[str] | None) -> list[BotStatus]:
    """Where a message goes. Raises UnknownPlatform or NowhereToSend."""
    statuses = {status.platform.slug: status for status in statuses_of(actor)}
    if slugs is None:
        found = [status for status in statuses.values() if why_not(actor, status, Act.SEND) is None]
        if not found:
            raise NowhereToSend
        return found
    for slug in slugs:
        if slug not in statuses:
            raise UnknownPlatform(platform=slug[:20], known=", ".join(statuses))
    if not slugs:
        raise NowhereToSend
    return [statuses[slug] for slug in dict.fromkeys(slugs)]


def _answer(words: str, line: ChatLine | None, status: BotStatus) -> str:
    """The text as a platform gets it: where it has no answers, whoever is answered is named."""
    if line is None or Act.REPLY in chat_of(status).acts:
        return words
    return f"@{line.actor_name or line.actor_login} {words}"


def _shortened(text: str, status: BotStatus) -> str:
    longest = chat_of(status).longest
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _check_length(text: str, status: BotStatus) -> None:
    longest = chat_of(status).longest
    if len(text) > longest:
        raise TextTooLong(platform=status.platform.name, longest=longest, length=len(text))


def _queue(order: ChatOrder, actor: Actor, status: BotStatus, voice: Voice | None) -> None:
    """Store the message with its turn, or with why it cannot be sent there."""
    refusal = why_not(actor, status, Act.SEND)
    if refusal is None:
        try:
            order.voice, speaker = bots.voice_of(status, voice)
        except Refusal as error:
            refusal = error
    if refusal is not None:
        orders.fail(order, refusal)
    else:
        orders.queue(order, speaker)
