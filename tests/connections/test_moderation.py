"""Deleting, silencing and undoing: who may, what the platform is asked, and what is noted and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import Http404

from accounts.actor import PermissionRefused
from accounts.authentication import actor_from_token
from accounts.domain.accounts import instance_account
from accounts.enums import ALL, Permission
from accounts.models import AuditEntry
from connections.domain import access, moderation, orders
from connections.domain.chat_rights import ActLacking, ActNotGranted, ChannelMissing
from connections.domain.grants import GrantUnusable
from connections.domain.moderation import NotUndoable, OwnPeople, TooOldToDelete
from connections.domain.oauth import SwitchedOff
from connections.domain.orders import OutcomeUnknown
from connections.enums import Act, GrantState, OrderState, Purpose
from connections.models import ChatOrder, PlatformSwitch
from connections.platforms.failures import ActRefused, NoAnswer, RateLimited, Unavailable
from events.enums import Kind, Origin
from events.models import ChatLine, Viewer
from events.types import Person
from tests import factories
from tests.connections.chatters import STREAMER, connect

GRACE = Person(id="2002", login="grace", name="Grace")


@pytest.fixture
def channel(kettle, account):
    return connect(account)


def say(account, text: str = "buy my pills", actor: Person = GRACE, **fields) -> ChatLine:
    fields = {"platform": "kettle", "channel_id": STREAMER, "origin": Origin.LIVE} | fields
    made = factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, actor=actor, message=text, **fields)
    # As an upstream connection delivers it.
    ChatLine.objects.filter(account=account, seq=made.seq).update(source="kettle:1")
    return ChatLine.objects.get(account=account, seq=made.seq)


@pytest.fixture
def line(account, channel) -> ChatLine:
    return say(account)


@pytest.fixture
def grace(line) -> Viewer:
    return Viewer.objects.get()


def told(account) -> list[tuple]:
    """What the chat log says of moderation."""
    rows = ChatLine.objects.filter(account=account).exclude(kind=Kind.CHAT_MESSAGE).order_by("seq")
    return [(row.kind, row.actor_id, row.extra) for row in rows]


def audit(account) -> list[tuple]:
    entries = AuditEntry.objects.filter(account=account, action__startswith="chat.").order_by("id")
    return [(entry.action, entry.actor_name, entry.via, entry.target_name, entry.after) for entry in entries]


ANA = {"id": "", "login": "", "name": "Ada"}


class TestDone:
    def test_a_message_is_deleted(self, kettle, ada_actor, account, line):
        order = moderation.delete_message(actor=ada_actor, seq=line.seq)

        assert kettle.asked.calls == [("delete", STREAMER, line.external_id, "2002")]
        assert (order.state, order.act, order.message_id, order.target_name) == (
            OrderState.DONE,
            Act.DELETE,
            line.external_id,
            "Grace",
        )
        assert told(account) == [
            (
                Kind.CHAT_MESSAGE_DELETED,
                "2002",
                {"message_id": line.external_id, "seq": line.seq, "moderator": ANA, "via": "lumio"},
            )
        ]
        line.refresh_from_db()
        assert line.removed_by == ANA
        assert audit(account) == [("chat.message_deleted", "Ada", "session", "kettle Grace", {"text": "buy my pills"})]

    def test_a_viewer_is_timed_out_for_as_long_as_the_platform_takes(self, kettle, ada_actor, account, grace):
        order = moderation.time_out(actor=ada_actor, viewer=grace, seconds=61, reason="Spam")

        assert kettle.asked.calls == [("timeout", STREAMER, "2002", 120, "Spam")]
        assert (order.state, order.seconds, order.reference) == (OrderState.DONE, 120, "timeout-1")
        extra = {"act": "timeout", "seconds": 120, "reason": "Spam", "moderator": ANA, "via": "lumio"}
        assert told(account) == [(Kind.CHAT_USER_CLEARED, "2002", extra)]
        assert ChatLine.objects.get(kind=Kind.CHAT_MESSAGE).removed_by == ANA
        assert audit(account) == [
            ("chat.timed_out", "Ada", "session", "kettle Grace", {"seconds": 120, "reason": "Spam"})
        ]

    def test_a_viewer_is_banned(self, kettle, ada_actor, account, grace):
        order = moderation.ban(actor=ada_actor, viewer=grace)

        assert kettle.asked.calls == [("ban", STREAMER, "2002", "")]
        assert (order.state, order.seconds) == (OrderState.DONE, None)
        extra = {"act": "ban", "seconds": None, "reason": "", "moderator": ANA, "via": "lumio"}
        assert told(account) == [(Kind.CHAT_USER_CLEARED, "2002", extra)]
        assert audit(account) == [("chat.banned", "Ada", "session", "kettle Grace", None)]

    def test_a_ban_made_here_is_lifted_with_what_the_platform_said(self, kettle, ada_actor, account, grace):
        moderation.ban(actor=ada_actor, viewer=grace)

        order = moderation.unban(actor=ada_actor, viewer=grace)

        assert kettle.asked.calls[1:] == [("lift", STREAMER, "2002", "ban-1")]
        assert (order.act, order.state, order.undoes) == (Act.UNBAN, OrderState.DONE, None)
        extra = {"act": "unban", "seconds": None, "reason": "", "moderator": ANA, "via": "lumio"}
        assert told(account)[1:] == [(Kind.CHAT_USER_RESTORED, "2002", extra)]
        assert audit(account)[1:] == [("chat.unbanned", "Ada", "session", "kettle Grace", None)]

    def test_one_made_elsewhere_without(self, kettle, ada_actor, grace):
        moderation.unban(actor=ada_actor, viewer=grace)

        assert kettle.asked.calls == [("lift", STREAMER, "2002", "")]

    def test_a_popout_token_is_named_with_whose_it_is(self, kettle, ada_actor, account, ben, grace):
        _, secret = factories.make_token(actor=ada_actor, permissions={"chat:read", "chat:ban"})
        actor = actor_from_token(secret.reveal(), "/popout/chat")

        moderation.ban(actor=actor, viewer=grace)

        [entry] = AuditEntry.objects.filter(account=account, action="chat.banned")
        assert (entry.actor_name, entry.via, entry.via_detail) == (
            "Ada",
            "popout_token",
            f"popout token …{secret.reveal()[-4:]}",
        )

    def test_more_of_a_message_than_a_line_is_not_in_the_audit_log(self, ada_actor, account, channel):
        line = say(account, "x" * 200)

        moderation.delete_message(actor=ada_actor, seq=line.seq)

        assert audit(account)[0][4] == {"text": "x" * 80}


class TestUndo:
    def test_a_timeout_is_lifted_once(self, kettle, ada_actor, grace):
        order = moderation.time_out(actor=ada_actor, viewer=grace, seconds=60)
        assert (order.can_undo, order.is_undone) == (True, False)

        lifted = moderation.undo(actor=ada_actor, order_id=order.pk)

        assert kettle.asked.calls[1:] == [("lift", STREAMER, "2002", "timeout-1")]
        assert (lifted.act, lifted.undoes) == (Act.UNBAN, order)
        assert order.is_undone
        with pytest.raises(NotUndoable):
            moderation.undo(actor=ada_actor, order_id=order.pk)
        assert len(kettle.asked.calls) == 2

    def test_what_could_not_be_lifted_can_be_tried_again(self, kettle, ada_actor, grace):
        order = moderation.ban(actor=ada_actor, viewer=grace)
        kettle.asked.answers = [Unavailable(platform="Kettle")]
        with pytest.raises(Unavailable):
            moderation.undo(actor=ada_actor, order_id=order.pk)

        moderation.undo(actor=ada_actor, order_id=order.pk)

        assert order.is_undone

    @pytest.mark.parametrize(
        "fields",
        [
            {"done_at": datetime.now(UTC) - timedelta(minutes=11)},
            {"act": Act.DELETE},
            {"act": Act.UNBAN},
            {"state": OrderState.FAILED, "failure_code": "act_refused"},
        ],
    )
    def test_nothing_else_can_be_undone(self, kettle, ada_actor, account, channel, fields):
        order = factories.make_order(account=account, **{"platform": "kettle"} | fields)

        with pytest.raises(NotUndoable):
            moderation.undo(actor=ada_actor, order_id=order.pk)
        assert (order.can_undo, kettle.asked.calls) == (False, [])


class TestRefused:
    @pytest.mark.parametrize(
        ("does", "needs"),
        [
            (lambda actor, line, viewer: moderation.delete_message(actor=actor, seq=line.seq), {"chat:delete"}),
            (lambda actor, line, viewer: moderation.time_out(actor=actor, viewer=viewer, seconds=60), {"chat:timeout"}),
            (lambda actor, line, viewer: moderation.ban(actor=actor, viewer=viewer), {"chat:ban"}),
            (lambda actor, line, viewer: moderation.unban(actor=actor, viewer=viewer), {"chat:ban", "chat:timeout"}),
        ],
    )
    def test_without_the_right(self, kettle, account, line, grace, does, needs):
        with pytest.raises(PermissionRefused):
            does(factories.make_actor(account=account, permissions=ALL - needs), line, grace)
        assert (kettle.asked.calls, ChatOrder.objects.count(), told(account)) == ([], 0, [])

        for right in needs:
            does(factories.make_actor(account=account, permissions={right}), line, grace)

        assert len(kettle.asked.calls) == len(needs)

    def test_what_is_another_accounts(self, kettle, cleo_actor, account, line, grace):
        order = factories.make_order(account=account, platform="kettle")

        for foreign in (
            lambda: moderation.delete_message(actor=cleo_actor, seq=line.seq),
            lambda: moderation.get_viewer(cleo_actor, Act.BAN, "kettle", "2002"),
            lambda: moderation.undo(actor=cleo_actor, order_id=order.pk),
            lambda: access.get_order(cleo_actor, order.pk, Permission.CHAT_WRITE),
        ):
            with pytest.raises(Http404):
                foreign()
        assert kettle.asked.calls == []

    @pytest.mark.parametrize(("platform", "user_id"), [("kettle", "9"), ("twitch", "2002"), ("kettle", "\0")])
    def test_somebody_nobody_saw(self, ada_actor, grace, platform, user_id):
        with pytest.raises(Http404):
            moderation.get_viewer(ada_actor, Act.BAN, platform, user_id)

    @pytest.mark.parametrize("who", ["channel", "custom", "shared"])
    def test_the_streamer_and_the_bots_before_the_platform_is_asked(self, kettle, ada_actor, account, channel, who):
        owner = account
        if who == "shared":
            owner = instance_account()
        ids = {"channel": STREAMER, "custom": "5005", "shared": "6006"}
        if who != "channel":
            connect(owner, purpose=Purpose.BOT, channel_id=ids[who], channel_name="Bot")
        say(account, actor=Person(id=ids[who], login="mira", name="Mira"))
        viewer = Viewer.objects.get(user_id=ids[who])

        with pytest.raises(OwnPeople):
            moderation.ban(actor=ada_actor, viewer=viewer)
        with pytest.raises(OwnPeople):
            moderation.time_out(actor=ada_actor, viewer=viewer, seconds=60)

        assert (kettle.asked.calls, ChatOrder.objects.count()) == ([], 0)

    def test_the_streamers_own_message(self, kettle, ada_actor, account, channel):
        line = say(account, actor=Person(id=STREAMER, login="mira", name="Mira"))

        with pytest.raises(OwnPeople):
            moderation.delete_message(actor=ada_actor, seq=line.seq)
        assert kettle.asked.calls == []

    def test_a_message_that_is_too_old_for_the_platform(self, kettle, ada_actor, account, channel):
        line = say(account, occurred_at=datetime.now(UTC) - timedelta(hours=6, seconds=1))

        with pytest.raises(TooOldToDelete) as refusal:
            moderation.delete_message(actor=ada_actor, seq=line.seq)
        assert refusal.value.text == "Kettle deletes only messages of the last 6 hours, and this one is older."
        assert kettle.asked.calls == []

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            (lambda row: row.delete(), ChannelMissing),
            (lambda row: set_state(row, scopes=["kettle:write"]), ActNotGranted),
            (lambda row: PlatformSwitch.objects.create(platform="kettle", use="channel"), SwitchedOff),
        ],
    )
    def test_where_the_channel_cannot(self, kettle, ada_actor, account, channel, grace, change, refusal):
        change(channel)

        with pytest.raises(refusal):
            moderation.ban(actor=ada_actor, viewer=grace)
        assert (kettle.asked.calls, ChatOrder.objects.count()) == ([], 0)

    def test_a_sign_in_that_is_over(self, kettle, ada_actor, channel, grace):
        params = {"platform": "Kettle", "reason": "gone"}
        set_state(channel, state=GrantState.NEEDS_SIGN_IN, failure_code="grant_ended", failure_params=params)

        with pytest.raises(Exception, match="grant_ended") as refusal:
            moderation.ban(actor=ada_actor, viewer=grace)
        assert "Click Reconnect" in refusal.value.text

    def test_what_the_platform_has_no_way_for(self, kettle, ada_actor, grace, monkeypatch):
        chat = replace(kettle.chat, acts={}, lacks={Act.BAN: "Kettle bans nobody."})
        monkeypatch.setattr(type(kettle), "chat", chat)

        with pytest.raises(ActLacking) as refusal:
            moderation.ban(actor=ada_actor, viewer=grace)
        assert refusal.value.text == "Kettle bans nobody."
        with pytest.raises(ActLacking) as refusal:
            moderation.unban(actor=ada_actor, viewer=grace)
        assert refusal.value.text == "Other programs cannot do this at Kettle. Do it there itself."

    @pytest.mark.parametrize(
        ("answer", "refusal", "code"),
        [
            (ActRefused(platform="Kettle", reason="a moderator"), ActRefused, "act_refused"),
            (RateLimited(platform="Kettle", seconds=9, retry_after=9), RateLimited, "platform_rate_limited"),
            (NoAnswer(platform="Kettle"), OutcomeUnknown, "outcome_unknown"),
        ],
    )
    def test_by_the_platform(self, kettle, ada_actor, account, grace, answer, refusal, code):
        kettle.asked.answers = [answer]

        with pytest.raises(refusal):
            moderation.ban(actor=ada_actor, viewer=grace, reason="Spam")

        order = ChatOrder.objects.get()
        assert (order.state, orders.problem(order).code) == (OrderState.FAILED, code)
        assert (told(account), audit(account)) == ([], [])

    def test_by_a_grant_that_was_lost_meanwhile(self, kettle, ada_actor, channel, grace):
        set_state(channel, expires_at=datetime.now(UTC) - timedelta(minutes=1), refresh_token_encrypted=None)

        with pytest.raises(GrantUnusable):
            moderation.ban(actor=ada_actor, viewer=grace)
        assert ChatOrder.objects.get().state == OrderState.FAILED


class TestAMessageThatIsGone:
    def test_is_not_asked_for_again(self, kettle, ada_actor, account, line):
        moderation.delete_message(actor=ada_actor, seq=line.seq)

        order = moderation.delete_message(actor=ada_actor, seq=line.seq)

        assert order.state == OrderState.DONE
        assert (len(kettle.asked.calls), len(told(account)), len(audit(account))) == (1, 1, 1)

    def test_is_fine_where_somebody_was_faster(self, kettle, ada_actor, account, line):
        def somebody_elses():
            ChatLine.objects.filter(pk=line.pk).update(removed_at=datetime.now(UTC))
            raise ActRefused(platform="Kettle", reason="no such message")

        kettle.asked.answers = [somebody_elses]

        assert moderation.delete_message(actor=ada_actor, seq=line.seq).state == OrderState.DONE

    def test_is_the_platforms_word_where_nobody_was(self, kettle, ada_actor, account, line):
        kettle.asked.answers = [ActRefused(platform="Kettle", reason="no such message")]

        with pytest.raises(ActRefused):
            moderation.delete_message(actor=ada_actor, seq=line.seq)
        line.refresh_from_db()
        assert line.removed_at is None


def test_an_act_that_was_broken_off_may_or_may_not_have_been_done(kettle, account, channel):
    now = datetime.now(UTC)
    begun = {"platform": "kettle", "state": OrderState.WAITING, "begun_at": now, "done_at": None}
    order = factories.make_order(account=account, **begun)
    orders.sweep()
    order.refresh_from_db()
    assert order.state == OrderState.WAITING

    with time_machine.travel(now + orders.LEASE + timedelta(seconds=1)):
        orders.sweep()

    order.refresh_from_db()
    assert (order.state, orders.problem(order).text) == (
        OrderState.FAILED,
        "No answer came from Kettle, so this may or may not have been done. Look at the chat before you try again.",
    )


def set_state(row, **fields) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)
