"""Items of a live chat, as `liveChatMessages` has them: 64-bit numbers are strings, false booleans are there, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.oauth import LETTERS, random_token
from tests.fakes.youtube.state import Broadcast, User

#: Signs of amounts, and how many decimal places they show.
SIGNS = {"EUR": ("€", 2), "USD": ("$", 2), "JPY": ("¥", 0)}
MICROS = 1_000_000
#: Where the details of what costs money are.
PAID = {"superChatEvent": "superChatDetails", "superStickerEvent": "superStickerDetails"}


def message_id() -> str:
    return f"LCC.{random_token(40, LETTERS)}"


def item(
    kind: str,
    author: User,
    *,
    owner: User,
    broadcast: Broadcast,
    cdn_url: str,
    words: str = "",
    ago: float = 0.0,
    id: str = "",
    **details: Any,
) -> dict[str, Any]:
    """A message of a type. `ago` is how many seconds before now it was published."""
    published = datetime.now(UTC) - timedelta(seconds=ago)
    snippet = {
        "type": kind,
        "liveChatId": broadcast.chat_id,
        "authorChannelId": author.id,
        "publishedAt": f"{published:%Y-%m-%dT%H:%M:%S.%fZ}",
        "hasDisplayContent": bool(words),
        "displayMessage": words,
        **details,
    }
    return {
        "kind": "youtube#liveChatMessage",
        "id": id or message_id(),
        "snippet": snippet,
        "authorDetails": author_details(author, owner, cdn_url),
    }


def author_details(author: User, owner: User, cdn_url: str) -> dict[str, Any]:
    return profile(author, cdn_url) | {
        "isVerified": False,
        "isChatOwner": author is owner,
        "isChatSponsor": author.id in owner.members,
        "isChatModerator": author.id in owner.moderators,
    }


def profile(user: User, cdn_url: str) -> dict[str, Any]:
    return {
        "channelId": user.id,
        "channelUrl": f"http://www.youtube.com/channel/{user.id}",
        "displayName": user.name,
        "profileImageUrl": f"{cdn_url}/{user.id}=s88",
    }


def price(amount: str, currency: str) -> dict[str, Any]:
    """An amount like "5.00", in millionths and in words."""
    whole, _, fraction = amount.partition(".")
    sign, places = SIGNS.get(currency, (f"{currency} ", 2))
    shown = f"{sign}{whole}" + (f".{fraction:0<{places}}" if places else "")
    micros = int(whole) * MICROS + int(f"{fraction:0<6}" if fraction else 0)
    return {"amountMicros": str(micros), "currency": currency, "amountDisplayString": shown}


def super_chat_event(said: dict[str, Any]) -> dict[str, Any]:
    """The same as `superChatEvents` has it: under another id, and a moment later."""
    snippet = said["snippet"]
    details = snippet[PAID[snippet["type"]]]
    created = datetime.fromisoformat(snippet["publishedAt"]) + timedelta(seconds=1)
    author = {name: value for name, value in said["authorDetails"].items() if not name.startswith("is")}
    is_sticker = snippet["type"] == "superStickerEvent"
    sticker = {"superStickerMetadata": details["superStickerMetadata"]} if is_sticker else {}
    return {
        "kind": "youtube#superChatEvent",
        "id": said["id"].replace("LCC.", "SC."),
        "snippet": {
            "supporterDetails": author,
            "commentText": details.get("userComment", ""),
            "createdAt": f"{created:%Y-%m-%dT%H:%M:%SZ}",
            "amountMicros": details["amountMicros"],
            "currency": details["currency"],
            "displayString": details["amountDisplayString"],
            "messageType": details["tier"],
            "isSuperStickerEvent": is_sticker,
            **sticker,
        },
    }
