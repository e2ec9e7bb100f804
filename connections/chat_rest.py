"""REST: writing into the chats of an account, and moderating them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Time, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView, any_of
from connections.chat_forms import BanInput, MessageInput, NoteInput, TimeoutInput
from connections.chat_shown import shown_card, shown_note, shown_order
from connections.domain import access, chat, chat_rights, grants, moderation, oauth, orders, viewer_card, viewer_notes
from connections.enums import Act, OrderState
from connections.platforms import failures
from events.domain import access as log_access
from events.rest import ChatRowOut

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from connections.models import ChatOrder

#: Why something is not done in a chat.
REFUSALS = (
    Http404,
    chat_rights.RightMissing,
    chat_rights.ActLacking,
    chat_rights.ChannelMissing,
    chat_rights.ActNotGranted,
    oauth.SwitchedOff,
    grants.GrantUnusable,
    orders.OutcomeUnknown,
    *failures.STORED.values(),
    *failures.REFUSED,
)


class MadeByOut(serializers.Serializer):
    name = serializers.CharField()


class TargetOut(serializers.Serializer):
    """A viewer."""

    id = serializers.CharField()
    login = serializers.CharField()
    name = serializers.CharField()


class OrderProblemOut(serializers.Serializer):
    code = serializers.CharField(help_text="For programs.")
    detail = serializers.CharField(help_text="What happened and what to do, in words.")
    retry_after = serializers.IntegerField(
        allow_null=True, help_text="Seconds in which the platform takes nothing more; null where it does not say."
    )


class OrderOut(serializers.Serializer):
    """One thing that was asked of one platform's chat."""

    id = serializers.UUIDField()
    act = serializers.ChoiceField(choices=[(act.value, act.label) for act in Act if act != Act.REPLY])
    platform = serializers.CharField()
    state = serializers.ChoiceField(choices=OrderState.choices)
    created_at = Time()
    waits_until = Time(allow_null=True, help_text="When it is its turn; null where it does not wait for one.")
    message_id = serializers.CharField(help_text="The platform's; empty where it does not tell.")
    seconds = serializers.IntegerField(allow_null=True, help_text="Of a timeout, as the platform took it.")
    target = TargetOut(allow_null=True, help_text="Who it is about; null for a message that was sent.")
    by = MadeByOut(help_text="Who asked for it.")
    voice = serializers.CharField(help_text="As what it was done: custom, global or channel; empty for nobody.")
    speaker = serializers.CharField(help_text="Who that is at the platform.")
    text = serializers.CharField(help_text="Of a message that was sent, as the platform got it.")
    problem = OrderProblemOut(allow_null=True, help_text="Why it failed.")
    can_undo = serializers.BooleanField(help_text="Whether it can be undone for some minutes yet.")
    undone = serializers.BooleanField()


class VoiceOut(serializers.Serializer):
    voice = serializers.CharField(help_text="custom, global or channel.")
    name = serializers.CharField()
    is_default = serializers.BooleanField()


class ActOut(serializers.Serializer):
    possible = serializers.BooleanField()
    why = serializers.CharField(help_text="Why not, in words; empty where it is possible.")


class ActsOut(serializers.Serializer):
    send = ActOut()
    reply = ActOut()
    delete = ActOut()
    timeout = ActOut()
    ban = ActOut()
    unban = ActOut()


class TimeoutsOut(serializers.Serializer):
    """In seconds."""

    shortest = serializers.IntegerField()
    longest = serializers.IntegerField()
    step = serializers.IntegerField()


class DeskChannelOut(serializers.Serializer):
    platform = serializers.CharField()
    name = serializers.CharField(help_text="The platform's.")
    channel_name = serializers.CharField()
    channel_id = serializers.CharField()
    longest = serializers.IntegerField(help_text="Characters (Unicode code points) of a message.")
    voices = VoiceOut(many=True)
    acts = ActsOut()
    timeouts = TimeoutsOut(allow_null=True)


class DeskOut(serializers.Serializer):
    """Where the caller may do what."""

    channels = DeskChannelOut(many=True)
    presets = serializers.ListField(child=serializers.IntegerField(), help_text="Timeouts to offer, in seconds.")
    me = MadeByOut(help_text="Who acts, as others will read it.")
    mentions = serializers.ListField(child=serializers.CharField(), help_text="Names that mean the streamer.")


class SeenOut(TargetOut):
    """A viewer as Lumio knows them."""

    platform = serializers.CharField()
    avatar = serializers.CharField()
    first_seen_at = Time()
    last_seen_at = Time(help_text="Within a few minutes.")
    first_message_at = Time(allow_null=True)


class ProfileOut(serializers.Serializer):
    """A viewer as their platform tells; null and empty where it does not."""

    created_at = Time(allow_null=True)
    followed_at = Time(allow_null=True)
    avatar_url = serializers.CharField()
    page_url = serializers.CharField()


class PastActionOut(serializers.Serializer):
    """Something that was done to a viewer."""

    act = serializers.CharField(help_text="timeout, ban or unban.")
    at = Time()
    by = MadeByOut(help_text="The name is empty where the platform does not tell.")
    seconds = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    via = serializers.CharField(help_text="lumio or platform.")


class NoteOut(serializers.Serializer):
    id = serializers.UUIDField()
    text = serializers.CharField()
    by = MadeByOut()
    at = Time()


class CardOut(serializers.Serializer):
    """All that is known of a viewer."""

    viewer = SeenOut()
    profile = ProfileOut(allow_null=True)
    profile_problem = OrderProblemOut(allow_null=True, help_text="Why there is no profile.")
    messages = ChatRowOut(many=True, help_text="Newest first, 50 at most; none for who may not read the chat.")
    messages_total = serializers.IntegerField(
        allow_null=True, help_text="Of those that are kept; null for who may not read the chat."
    )
    actions = PastActionOut(many=True, help_text="Newest first, 50 at most.")
    notes = NoteOut(many=True, allow_null=True, help_text="Newest first; null for who may not read them.")
    acts = ActsOut()


class ChatDesk(ApiView):
    gates: ClassVar = {"GET": Permission.CHAT_READ}

    @extend_schema(responses=DeskOut)
    def get(self, request: Request) -> Response:
        """What the caller can do in which chat, and why not."""
        return envelope(request, DeskOut(chat.desk(self.actor)).data)


class MessageList(ApiView):
    gates: ClassVar = {"POST": Permission.CHAT_WRITE}
    limits: ClassVar = {"POST": throttle.CHAT_SENDS}
    refusals: ClassVar = {
        "POST": (Http404, chat.NothingToSay, chat.TextTooLong, chat.UnknownPlatform, chat.NowhereToSend)
    }

    @extend_schema(request=MessageInput, responses={201: OrderOut(many=True)})
    def post(self, request: Request) -> Response:
        """Send a message. Each platform succeeds or fails by itself, which its order tells."""
        given = MessageInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = chat.send(actor=self.actor, **given.wanted())
        return created(
            OrderOut([shown_order(order) for order in made], many=True).data,
            reverse("rest_chat_order", args=[made[0].pk]),
        )


class MessageDetail(ApiView):
    gates: ClassVar = {"DELETE": Permission.CHAT_DELETE}
    limits: ClassVar = {"DELETE": throttle.CHAT_ACTS}
    refusals: ClassVar = {"DELETE": (*REFUSALS, moderation.OwnPeople, moderation.TooOldToDelete)}

    @extend_schema(responses={200: OrderOut})
    def delete(self, request: Request, seq: int) -> Response:
        """Take the message with this `seq` out of its chat."""
        return _told(request, moderation.delete_message(actor=self.actor, seq=seq))


class Timeout(ApiView):
    gates: ClassVar = {"POST": Permission.CHAT_TIMEOUT}
    limits: ClassVar = {"POST": throttle.CHAT_ACTS}
    refusals: ClassVar = {"POST": (*REFUSALS, moderation.OwnPeople)}

    @extend_schema(request=TimeoutInput, responses=OrderOut)
    def post(self, request: Request, platform: str, user_id: str) -> Response:
        """Silence a viewer for a while."""
        viewer = moderation.get_viewer(self.actor, Act.TIMEOUT, platform, user_id)
        return _told(request, moderation.time_out(actor=self.actor, viewer=viewer, **sent(TimeoutInput, request)))


class Ban(ApiView):
    gates: ClassVar = {"POST": Permission.CHAT_BAN}
    limits: ClassVar = {"POST": throttle.CHAT_ACTS}
    refusals: ClassVar = {"POST": (*REFUSALS, moderation.OwnPeople)}

    @extend_schema(request=BanInput, responses=OrderOut)
    def post(self, request: Request, platform: str, user_id: str) -> Response:
        """Silence a viewer for good."""
        viewer = moderation.get_viewer(self.actor, Act.BAN, platform, user_id)
        return _told(request, moderation.ban(actor=self.actor, viewer=viewer, **sent(BanInput, request)))


class Unban(ApiView):
    gates: ClassVar = {"POST": any_of(*chat_rights.RIGHTS[Act.UNBAN])}
    limits: ClassVar = {"POST": throttle.CHAT_ACTS}
    refusals: ClassVar = {"POST": REFUSALS}

    @extend_schema(request=None, responses=OrderOut)
    def post(self, request: Request, platform: str, user_id: str) -> Response:
        """End a viewer's ban or timeout, whoever made it."""
        viewer = moderation.get_viewer(self.actor, Act.UNBAN, platform, user_id)
        return _told(request, moderation.unban(actor=self.actor, viewer=viewer))


class OrderDetail(ApiView):
    gates: ClassVar = {"GET": any_of(*chat_rights.ANY_RIGHT)}
    refusals: ClassVar = {"GET": (Http404,)}

    @extend_schema(responses=OrderOut)
    def get(self, request: Request, order_id: UUID) -> Response:
        """What became of an order."""
        return _told(request, access.get_order(self.actor, order_id, *chat_rights.ANY_RIGHT))


class UndoOrder(ApiView):
    gates: ClassVar = {"POST": any_of(*chat_rights.RIGHTS[Act.UNBAN])}
    limits: ClassVar = {"POST": throttle.CHAT_ACTS}
    refusals: ClassVar = {"POST": (*REFUSALS, moderation.NotUndoable)}

    @extend_schema(request=None, responses=OrderOut)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Lift a timeout or ban of the last 10 minutes; the order that does it."""
        return _told(request, moderation.undo(actor=self.actor, order_id=order_id))


class ViewerDetail(ApiView):
    gates: ClassVar = {"GET": any_of(*viewer_card.OPENED_BY)}
    refusals: ClassVar = {"GET": (Http404,)}

    @extend_schema(responses=CardOut)
    def get(self, request: Request, platform: str, user_id: str) -> Response:
        """A viewer's card."""
        card = shown_card(viewer_card.card(self.actor, platform, user_id))
        # The messages are the very payload that sockets carry, as in the log itself.
        return envelope(request, {**CardOut(card).data, "messages": card["messages"]})


class NoteList(ApiView):
    gates: ClassVar = {"GET": Permission.CHAT_NOTES, "POST": Permission.CHAT_NOTES}
    refusals: ClassVar = {"GET": (Http404,), "POST": (Http404,)}

    @extend_schema(responses=NoteOut(many=True))
    def get(self, request: Request, platform: str, user_id: str) -> Response:
        """What moderators wrote down about a viewer, newest first."""
        viewer = log_access.get_viewer(self.actor, platform, user_id, Permission.CHAT_NOTES)
        notes = [shown_note(note) for note in viewer_notes.of_viewer(self.actor, viewer)]
        return envelope(request, NoteOut(notes, many=True).data)

    @extend_schema(request=NoteInput, responses={201: NoteOut})
    def post(self, request: Request, platform: str, user_id: str) -> Response:
        """Write something down about a viewer."""
        viewer = log_access.get_viewer(self.actor, platform, user_id, Permission.CHAT_NOTES)
        note = viewer_notes.add(actor=self.actor, viewer=viewer, text=sent(NoteInput, request)["text"])
        return created(NoteOut(shown_note(note)).data, request.path)


class NoteDetail(ApiView):
    gates: ClassVar = {"DELETE": Permission.CHAT_NOTES}
    refusals: ClassVar = {"DELETE": (Http404,)}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, note_id: UUID) -> Response:
        """Take a note away."""
        viewer_notes.remove(actor=self.actor, note=access.get_note(self.actor, note_id))
        return Response(status=204)


def _told(request: Request, order: ChatOrder) -> Response:
    return envelope(request, OrderOut(shown_order(order)).data)
