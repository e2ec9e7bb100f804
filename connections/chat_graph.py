"""GraphQL: the same as `connections.chat_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import any_of, field
from accounts.scalars import BigInt, DateTime
from connections.chat_forms import BanInput, MessageInput, NoteInput, TimeoutInput
from connections.chat_shown import shown_card, shown_note, shown_order
from connections.domain import access, chat, chat_rights, moderation, viewer_card, viewer_notes
from connections.enums import Act
from events.domain import access as log_access
from events.graph import LogEntry, entry

if TYPE_CHECKING:
    from accounts.actor import Actor


class ChatName(graphene.ObjectType):
    """Somebody by name."""

    name = graphene.String(required=True)


class ChatTarget(graphene.ObjectType):
    """Whom an order is about, as the platform knows them."""

    id = graphene.String(required=True)
    login = graphene.String(required=True)
    name = graphene.String(required=True)


class ChatProblem(graphene.ObjectType):
    """Why something is not there or not done."""

    code = graphene.String(required=True)
    detail = graphene.String(required=True)
    retry_after = graphene.Int(description="Seconds in which the platform takes nothing more, where it says so.")


class ChatOrder(graphene.ObjectType):
    """One thing that was asked of one platform's chat."""

    id = graphene.ID(required=True)
    act = graphene.String(required=True, description="send, delete, timeout, ban or unban")
    platform = graphene.String(required=True)
    state = graphene.String(required=True, description="waiting, done or failed")
    created_at = DateTime(required=True)
    waits_until = DateTime(description="When it is its turn; null where it does not wait for one")
    message_id = graphene.String(required=True, description="The platform's; empty where it does not tell")
    seconds = BigInt(description="Of a timeout, as the platform took it")
    target = graphene.Field(ChatTarget, description="Who it is about; null for a message that was sent")
    by = graphene.Field(ChatName, required=True, description="Who asked for it")
    voice = graphene.String(required=True, description="As what: custom, global or channel; empty for nobody")
    speaker = graphene.String(required=True, description="Who that is at the platform")
    text = graphene.String(required=True, description="Of a message that was sent, as the platform got it")
    problem = graphene.Field(ChatProblem, description="Why it failed")
    can_undo = graphene.Boolean(required=True, description="Whether it can be undone for some minutes yet")
    undone = graphene.Boolean(required=True)


class ChatVoice(graphene.ObjectType):
    """As what one can write there."""

    voice = graphene.String(required=True, description="custom, global or channel")
    name = graphene.String(required=True)
    is_default = graphene.Boolean(required=True)


class ChatAct(graphene.ObjectType):
    """Whether something can be done, and if not, why."""

    possible = graphene.Boolean(required=True)
    why = graphene.String(required=True)


class ChatActs(graphene.ObjectType):
    """What the caller can do in a chat."""

    send = graphene.Field(ChatAct, required=True)
    reply = graphene.Field(ChatAct, required=True)
    delete = graphene.Field(ChatAct, required=True)
    timeout = graphene.Field(ChatAct, required=True)
    ban = graphene.Field(ChatAct, required=True)
    unban = graphene.Field(ChatAct, required=True)


class ChatTimeouts(graphene.ObjectType):
    """How long a timeout may last, in seconds, in whole steps."""

    shortest = BigInt(required=True)
    longest = BigInt(required=True)
    step = BigInt(required=True)


class ChatChannel(graphene.ObjectType):
    """A connected channel with a chat."""

    platform = graphene.String(required=True)
    name = graphene.String(required=True, description="The platform's")
    channel_name = graphene.String(required=True)
    channel_id = graphene.String(required=True)
    longest = graphene.Int(required=True, description="Characters (Unicode code points) of a message")
    voices = graphene.List(graphene.NonNull(ChatVoice), required=True)
    acts = graphene.Field(ChatActs, required=True)
    timeouts = graphene.Field(ChatTimeouts)


class ChatDesk(graphene.ObjectType):
    """Where the caller may do what."""

    channels = graphene.List(graphene.NonNull(ChatChannel), required=True)
    presets = graphene.List(graphene.NonNull(graphene.Int), required=True, description="Timeouts to offer, in seconds")
    me = graphene.Field(ChatName, required=True, description="Who acts, as others will read it")
    mentions = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Names that mean the streamer"
    )


class SeenViewer(graphene.ObjectType):
    """A viewer as Lumio knows them."""

    platform = graphene.String(required=True)
    id = graphene.String(required=True, description="The platform's")
    login = graphene.String(required=True)
    name = graphene.String(required=True)
    avatar = graphene.String(required=True)
    first_seen_at = DateTime(required=True)
    last_seen_at = DateTime(required=True, description="Within a few minutes")
    first_message_at = DateTime()


class ViewerProfile(graphene.ObjectType):
    """A viewer as their platform tells; null and empty where it does not."""

    created_at = DateTime()
    followed_at = DateTime()
    avatar_url = graphene.String(required=True)
    page_url = graphene.String(required=True)


class ViewerAction(graphene.ObjectType):
    """Something that was done to a viewer."""

    act = graphene.String(required=True, description="timeout, ban or unban")
    at = DateTime(required=True)
    by = graphene.Field(ChatName, required=True, description="The name is empty where the platform does not tell")
    seconds = BigInt()
    reason = graphene.String(required=True)
    via = graphene.String(required=True, description="lumio or platform")


class ViewerNote(graphene.ObjectType):
    """What a moderator wrote down about a viewer."""

    id = graphene.ID(required=True)
    text = graphene.String(required=True)
    by = graphene.Field(ChatName, required=True)
    at = DateTime(required=True)


class ViewerCard(graphene.ObjectType):
    """All that is known of a viewer."""

    viewer = graphene.Field(SeenViewer, required=True)
    profile = graphene.Field(ViewerProfile)
    profile_problem = graphene.Field(ChatProblem, description="Why there is no profile")
    messages = graphene.List(
        graphene.NonNull(LogEntry),
        required=True,
        description="Newest first, 50 at most; none for who may not read the chat",
    )
    messages_total = graphene.Int(description="Of those that are kept; null for who may not read the chat")
    actions = graphene.List(graphene.NonNull(ViewerAction), required=True, description="Newest first, 50 at most")
    notes = graphene.List(graphene.NonNull(ViewerNote), description="Newest first; null for who may not read them")
    acts = graphene.Field(ChatActs, required=True)


class SendChatMessageInput(graphene.InputObjectType):
    text = graphene.String(required=True)
    platforms = graphene.List(
        graphene.NonNull(graphene.String), description="Where to; left out: wherever it can be sent"
    )
    reply_to = BigInt(description="The `seq` of the message that is answered; its platform alone gets the answer")
    voice = graphene.String(description="custom, global or channel; left out: as whoever speaks at the platform")


class SendChatMessage(graphene.Mutation):
    """Sends a message. Each platform succeeds or fails by itself, which its order tells."""

    class Arguments:
        input = SendChatMessageInput(required=True)

    orders = graphene.List(graphene.NonNull(ChatOrder), required=True)

    @staticmethod
    @field(Permission.CHAT_WRITE, limit=throttle.CHAT_SENDS)
    def mutate(root: Any, actor: Actor, *, input: dict[str, Any]) -> SendChatMessage:
        given = MessageInput(data=dict(input))
        given.is_valid(raise_exception=True)
        return SendChatMessage(orders=[shown_order(order) for order in chat.send(actor=actor, **given.wanted())])


class DeleteChatMessage(graphene.Mutation):
    """Takes the message with this `seq` out of its chat."""

    class Arguments:
        seq = BigInt(required=True)

    order = graphene.Field(ChatOrder, required=True)

    @staticmethod
    @field(Permission.CHAT_DELETE, limit=throttle.CHAT_ACTS)
    def mutate(root: Any, actor: Actor, *, seq: int) -> DeleteChatMessage:
        return DeleteChatMessage(order=shown_order(moderation.delete_message(actor=actor, seq=seq)))


class TimeoutViewer(graphene.Mutation):
    """Silences a viewer for a while. The platform's nearest number of seconds is taken, and told in the order."""

    class Arguments:
        platform = graphene.String(required=True)
        user_id = graphene.ID(required=True, description="The platform's")
        seconds = BigInt(required=True)
        reason = graphene.String(description="For the platform, the viewer and the other moderators to read")

    order = graphene.Field(ChatOrder, required=True)

    @staticmethod
    @field(Permission.CHAT_TIMEOUT, limit=throttle.CHAT_ACTS)
    def mutate(root: Any, actor: Actor, *, platform: str, user_id: str, **wanted: Any) -> TimeoutViewer:
        viewer = moderation.get_viewer(actor, Act.TIMEOUT, platform, user_id)
        given = taken(TimeoutInput, wanted)
        return TimeoutViewer(order=shown_order(moderation.time_out(actor=actor, viewer=viewer, **given)))


class BanViewer(graphene.Mutation):
    """Silences a viewer for good."""

    class Arguments:
        platform = graphene.String(required=True)
        user_id = graphene.ID(required=True, description="The platform's")
        reason = graphene.String(description="For the platform, the viewer and the other moderators to read")

    order = graphene.Field(ChatOrder, required=True)

    @staticmethod
    @field(Permission.CHAT_BAN, limit=throttle.CHAT_ACTS)
    def mutate(root: Any, actor: Actor, *, platform: str, user_id: str, **wanted: Any) -> BanViewer:
        viewer = moderation.get_viewer(actor, Act.BAN, platform, user_id)
        given = taken(BanInput, wanted)
        return BanViewer(order=shown_order(moderation.ban(actor=actor, viewer=viewer, **given)))


class UnbanViewer(graphene.Mutation):
    """Ends a viewer's ban or timeout, whoever made it."""

    class Arguments:
        platform = graphene.String(required=True)
        user_id = graphene.ID(required=True, description="The platform's")

    order = graphene.Field(ChatOrder, required=True)

    @staticmethod
    @field(any_of(*chat_rights.RIGHTS[Act.UNBAN]), limit=throttle.CHAT_ACTS)
    def mutate(root: Any, actor: Actor, *, platform: str, user_id: str) -> UnbanViewer:
        viewer = moderation.get_viewer(actor, Act.UNBAN, platform, user_id)
        return UnbanViewer(order=shown_order(moderation.unban(actor=actor, viewer=viewer)))


class UndoChatOrder(graphene.Mutation):
    """Lifts a timeout or ban of the last 10 minutes; the order that does it."""

    class Arguments:
        id = graphene.ID(required=True)

    order = graphene.Field(ChatOrder, required=True)

    @staticmethod
    @field(any_of(*chat_rights.RIGHTS[Act.UNBAN]), limit=throttle.CHAT_ACTS)
    def mutate(root: Any, actor: Actor, *, id: str) -> UndoChatOrder:
        return UndoChatOrder(order=shown_order(moderation.undo(actor=actor, order_id=id)))


class AddViewerNote(graphene.Mutation):
    """Writes something down about a viewer."""

    class Arguments:
        platform = graphene.String(required=True)
        user_id = graphene.ID(required=True, description="The platform's")
        text = graphene.String(required=True)

    note = graphene.Field(ViewerNote, required=True)

    @staticmethod
    @field(Permission.CHAT_NOTES)
    def mutate(root: Any, actor: Actor, *, platform: str, user_id: str, text: str) -> AddViewerNote:
        viewer = log_access.get_viewer(actor, platform, user_id, Permission.CHAT_NOTES)
        given = taken(NoteInput, {"text": text})
        return AddViewerNote(note=shown_note(viewer_notes.add(actor=actor, viewer=viewer, **given)))


class RemoveViewerNote(graphene.Mutation):
    """Takes a note away."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(Permission.CHAT_NOTES)
    def mutate(root: Any, actor: Actor, *, id: str) -> RemoveViewerNote:
        viewer_notes.remove(actor=actor, note=access.get_note(actor, id))
        return RemoveViewerNote(id=id)


class Query:
    chat_desk = graphene.Field(ChatDesk, description="What the caller can do in which chat")
    chat_order = graphene.Field(ChatOrder, id=graphene.ID(required=True), description="What became of an order")
    chat_viewer = graphene.Field(
        ViewerCard,
        platform=graphene.String(required=True),
        user_id=graphene.ID(required=True),
        description="A viewer's card",
    )

    @staticmethod
    @field(Permission.CHAT_READ)
    def resolve_chat_desk(root: Any, actor: Actor) -> dict[str, Any]:
        return chat.desk(actor)

    @staticmethod
    @field(any_of(*chat_rights.ANY_RIGHT))
    def resolve_chat_order(root: Any, actor: Actor, *, id: str) -> dict[str, Any]:
        return shown_order(access.get_order(actor, id, *chat_rights.ANY_RIGHT))

    @staticmethod
    @field(any_of(*viewer_card.OPENED_BY))
    def resolve_chat_viewer(root: Any, actor: Actor, *, platform: str, user_id: str) -> dict[str, Any]:
        card = shown_card(viewer_card.card(actor, platform, user_id))
        return {**card, "messages": [entry(row) for row in card["messages"]]}


class Mutation:
    add_viewer_note = AddViewerNote.Field()
    ban_viewer = BanViewer.Field()
    delete_chat_message = DeleteChatMessage.Field()
    remove_viewer_note = RemoveViewerNote.Field()
    send_chat_message = SendChatMessage.Field()
    timeout_viewer = TimeoutViewer.Field()
    unban_viewer = UnbanViewer.Field()
    undo_chat_order = UndoChatOrder.Field()
