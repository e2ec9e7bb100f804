"""`YouTube`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.oauth import LETTERS, OAuthStandIn, random_token
from tests.fakes.server import verb
from tests.fakes.youtube.api import Api
from tests.fakes.youtube.items import item, price
from tests.fakes.youtube.moderation import Moderation
from tests.fakes.youtube.oauth import OAuth
from tests.fakes.youtube.state import Broadcast, Spoken, State, User, YouTubeSettings


class YouTube(OAuthStandIn[User]):
    slug = "youtube"
    client_id = "31337-lumio0for0the0tests.apps.googleusercontent.com"
    client_secret = "GOCSPX-lumio0secret0for0the0tests"
    state: State
    settings: YouTubeSettings
    oauth: OAuth

    def __init__(self) -> None:
        super().__init__(OAuth(State()))
        self.api = Api(self.state)
        self.moderation = Moderation(self.api)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.oauth.routes(), *self.api.routes(), *self.moderation.routes()]

    @verb
    def delete_app(self, client_id: str | None = None) -> None:
        """The OAuth client is deleted in the console."""
        self.oauth.deleted.add(self._app(client_id).client_id)

    @verb
    def make_moderator(self, user: str, *, channel: str | None = None) -> None:
        self._channel(channel).moderators.add(self.state.user(user).id)

    @verb
    def go_live(
        self,
        *,
        title: str = "Hello",
        viewers: int | None = 7,
        privacy: str = "public",
        persistent: bool = True,
        chat: bool = True,
        started_ago: float = 0.0,
        channel: str | None = None,
    ) -> Broadcast:
        """One more broadcast begins; several may run at once."""
        broadcast = Broadcast(
            id=random_token(11, LETTERS),
            title=title,
            chat_id=f"K{random_token(60, LETTERS)}" if chat else "",
            started_at=f"{datetime.now(UTC) - timedelta(seconds=started_ago):%Y-%m-%dT%H:%M:%SZ}",
            viewers=viewers,
            privacy=privacy,
            persistent=persistent,
        )
        self._channel(channel).broadcasts.append(broadcast)
        return broadcast

    @verb
    def go_offline(self, broadcast_id: str | None = None, *, channel: str | None = None) -> int:
        """A broadcast ends and its chat with it, or all that run; how many there were."""
        owner = self._channel(channel)
        running = [one for one in owner.broadcasts if not one.is_over]
        ending = [one for one in running if broadcast_id in (None, one.id)]
        for broadcast in ending:
            if self.settings.says_end:
                self._put(item("chatEndedEvent", owner, **self._where(owner, broadcast)), broadcast)
            broadcast.is_over, broadcast.ended_at = True, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            self.api.chats.wake(broadcast.chat_id)
        return len(ending)

    # What is said in the chat of a channel's newest broadcast; each returns its id

    @verb
    def chat(self, user: str, text: str, *, ago: float = 0.0, broadcast_id: str | None = None) -> str:
        """`ago`: so many seconds before now. Who is silenced says nothing, and "" comes back."""
        if self._channel(None).silenced.hold(self.state.user(user).id):
            return ""
        return self._say(
            "textMessageEvent", user, text, broadcast_id, ago=ago, textMessageDetails={"messageText": text}
        )

    @verb
    def superchat(
        self,
        user: str,
        amount: str = "5.00",
        currency: str = "EUR",
        *,
        text: str = "",
        ago: float = 0.0,
        broadcast_id: str | None = None,
    ) -> str:
        details = price(amount, currency) | {"tier": 2} | ({"userComment": text} if text else {})
        return self._say("superChatEvent", user, text, broadcast_id, ago=ago, superChatDetails=details)

    @verb
    def sticker(self, user: str, amount: str = "2.00", currency: str = "EUR", *, ago: float = 0.0) -> str:
        sticker = {"stickerId": "hi_otter_v2", "altText": "An otter waves hello", "altTextLanguage": "en"}
        details = price(amount, currency) | {"tier": 1, "superStickerMetadata": sticker}
        return self._say("superStickerEvent", user, sticker["altText"], ago=ago, superStickerDetails=details)

    @verb
    def member(self, user: str, level: str = "Keepers", *, upgrade: bool = False) -> str:
        self._channel(None).members.add(self.state.user(user).id)
        details = {"memberLevelName": level, "isUpgrade": upgrade}
        return self._say("newSponsorEvent", user, f"{user} is a member now", newSponsorDetails=details)

    @verb
    def milestone(self, user: str, months: int = 12, *, text: str = "", level: str = "Keepers") -> str:
        details = {"userComment": text, "memberMonth": months, "memberLevelName": level}
        return self._say("memberMilestoneChatEvent", user, text, memberMilestoneChatDetails=details)

    @verb
    def gift_memberships(self, user: str, recipients: list[str], *, more: int = 0, level: str = "Keepers") -> str:
        """The gift, then what each of them got; `more` recipients are counted and not told of."""
        gift = {"giftMembershipsCount": len(recipients) + more, "giftMembershipsLevelName": level}
        gift_id = self._say("membershipGiftingEvent", user, "Gifts!", membershipGiftingDetails=gift)
        for recipient in recipients:
            details = {
                "memberLevelName": level,
                "gifterChannelId": self.state.user(user).id,
                "associatedMembershipGiftingMessageId": gift_id,
            }
            self._say("giftMembershipReceivedEvent", recipient, "A gift", giftMembershipReceivedDetails=details)
        return gift_id

    @verb
    def gift(self, user: str, jewels: int = 10, *, name: str = "Heart") -> str:
        details = {"giftName": name, "jewelsAmount": str(jewels), "comboCount": 1, "altText": f"A {name}"}
        return self._say("giftEvent", user, "", giftDetails=details)

    @verb
    def ban(self, user: str, seconds: int | None = None, *, moderator: str | None = None) -> str:
        """For good, or for so many seconds."""
        owner = self._channel(None)
        by = self.state.user(moderator) if moderator else owner
        _, said = self.moderation.silence(
            owner, self._broadcast(owner, None), self.state.user(user), by=by, seconds=seconds
        )
        return said["id"]

    @verb
    def messages(self) -> list[dict[str, Any]]:
        """What people said and what still stands there, oldest first."""
        items = self._broadcast(self._channel(None), None).items
        return [said for said in items if said["snippet"].get("type") == "textMessageEvent"]

    @verb
    def delete_message(self, message_id: str) -> str:
        """A deletion that is told, as before June 2026."""
        details = {"deletedMessageId": message_id}
        return self._say("messageDeletedEvent", self._channel(None).login, "", messageDeletedDetails=details)

    @verb
    def poll(self, question: str, options: list[str], *, votes: list[int] | None = None, closed: bool = False) -> str:
        """Begin a poll, say how it stands, or close it."""
        broadcast = self._broadcast(self._channel(None), None)
        tallies = votes or [0] * len(options)
        rows = [{"optionText": option, "tally": str(tally)} for option, tally in zip(options, tallies, strict=True)]
        details = {
            "metadata": {"questionText": question, "options": rows},
            "status": "closed" if closed else "active",
        }
        owner = self._channel(None)
        poll_id = broadcast.poll["id"] if broadcast.poll else ""
        said = item("pollEvent", owner, **self._where(owner, broadcast), id=poll_id, pollDetails=details)
        if closed or votes is None:
            self._put(said, broadcast)
        broadcast.poll = None if closed else said
        return said["id"]

    @verb
    def say_raw(self, raw: dict[str, Any]) -> None:
        """Anything at all, as an item."""
        self._put(raw, self._broadcast(self._channel(None), None))

    @verb
    def close_chat(self, *, channel: str | None = None) -> None:
        """The streamer switches the chat off; the broadcast goes on."""
        broadcast = self._broadcast(self._channel(channel), None)
        broadcast.has_chat = False
        self.end_streams()

    # What goes wrong

    @verb
    def streams(self) -> int:
        """Connections to streams that are open."""
        return len(self.api.chats.connections)

    @verb
    def cut_streams(self) -> int:
        """Cut them without a word."""
        connections = list(self.api.chats.connections)
        for connection in connections:
            connection.cut()
        return len(connections)

    @verb
    def end_streams(self) -> int:
        """Close them properly, as YouTube does now and then."""
        connections = list(self.api.chats.connections)
        for connection in connections:
            connection.end()
        return len(connections)

    @verb
    def break_tokens(self) -> None:
        """No page token given so far is good any more."""
        self.api.chats.generation += 1

    def hang_up(self) -> None:
        self.cut_streams()

    def _say(self, kind: str, user: str, words: str, broadcast_id: str | None = None, **details: Any) -> str:
        owner = self._channel(None)
        broadcast = self._broadcast(owner, broadcast_id)
        said = item(kind, self.state.user(user), **self._where(owner, broadcast), words=words, **details)
        self._put(said, broadcast)
        return said["id"]

    def _put(self, said: dict[str, Any], broadcast: Broadcast) -> None:
        broadcast.items.append(said)
        self.api.chats.wake(broadcast.chat_id)

    def _where(self, owner: User, broadcast: Broadcast) -> dict[str, Any]:
        return {"owner": owner, "broadcast": broadcast, "cdn_url": self.settings.cdn_url}

    @staticmethod
    def _broadcast(owner: User, broadcast_id: str | None) -> Broadcast:
        """The newest that runs, or the one of that id."""
        for broadcast in reversed(owner.broadcasts):
            if broadcast_id == broadcast.id or (broadcast_id is None and not broadcast.is_over):
                return broadcast
        raise LookupError("no such broadcast: go live first")

    @verb
    def quota_spent(self, client_id: str | None = None) -> int:
        """Units an app used up today."""
        return self.api.quota.spent.get(self._app(client_id).client_id, 0)

    @verb
    def spoken(self) -> list[Spoken]:
        """What was said through the API, oldest first."""
        return list(self.api.spoken)
