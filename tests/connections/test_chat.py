"""Writing into chats: where to, as whom, how fast, and what becomes of a message whatever happens."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.http import Http404

from accounts.actor import PermissionRefused
from accounts.domain.accounts import instance_account
from accounts.enums import ALL, Permission
from accounts.models import AuditEntry, Member
from connections import tasks
from connections.domain import chat, orders
from connections.domain.chat import NothingToSay, NowhereToSend, TextTooLong, UnknownPlatform
from connections.enums import GrantState, OrderState, Purpose, Voice
from connections.models import BotPause, ChatOrder, Connection, PlatformSwitch
from connections.platforms import PLATFORMS
from connections.platforms.chatting import Pace
from connections.platforms.failures import ActRefused, NoAnswer, NotSent, RateLimited
from events.enums import Kind, Origin
from events.models import ChatLine
from events.types import Person
from tests import factories
from tests.connections.chatters import CHAT, SCOPES, STREAMER, Kettle, connect
from tests.connections.speakers import channel as sign_in
from tests.connections.speakers import custom, said
from tests.connections.stages import stage_of

#: Each platform is asked in a thread of its own.
pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def channel(kettle, account):
    return connect(account)


@pytest.fixture
def teapot(monkeypatch, account):
    """A third platform, where one cannot answer."""
    platform = type("Teapot", (Kettle,), {"slug": "teapot", "name": "Teapot"})()
    acts = {act: scopes for act, scopes in CHAT.acts.items() if act != "reply"}
    monkeypatch.setattr(type(platform), "chat", type(CHAT)(longest=30, pace=CHAT.pace, acts=acts))
    monkeypatch.setitem(PLATFORMS, platform.slug, platform)
    connect(account, platform="teapot")
    return platform


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """Nobody here waits for the turn of a message unless the test is about that."""
    monkeypatch.setattr(orders, "WAITS_FOR", 0.0)


def states(made) -> list[tuple[str, str]]:
    return [(order.platform, order.state) for order in made]


def audit(account) -> list[tuple]:
    entries = AuditEntry.objects.filter(account=account, action="chat.sent").order_by("id")
    return [(entry.actor_name, entry.target_name, entry.after) for entry in entries]


class TestWhereTo:
    def test_wherever_it_can_be_sent(self, kettle, teapot, ada_actor, account, channel):
        factories.make_connection(account=account, platform="twitch", state=GrantState.NEEDS_SIGN_IN)

        made = chat.send(actor=ada_actor, text="Hello")

        assert states(made) == [("kettle", "done"), ("teapot", "done")]
        assert kettle.asked.calls == teapot.asked.calls == [("say", STREAMER, "Hello")]
        assert [order.message_id for order in made] == ["say-1", "say-1"]
        assert audit(account) == [
            ("Ada", f"{slug} Mira", {"text": "Hello", "channel": "Mira", "speaker": "Mira"})
            for slug in sorted(("kettle", "teapot"), key=[one[1].split()[0] for one in audit(account)].index)
        ]

    def test_to_the_chosen_ones_once_each(self, kettle, teapot, ada_actor, channel):
        made = chat.send(actor=ada_actor, text="Hello", platforms=["teapot", "teapot"])

        assert states(made) == [("teapot", "done")]
        assert kettle.asked.calls == []

    def test_each_fails_by_itself(self, kettle, teapot, ada_actor, account, channel):
        kettle.asked.answers = [NotSent(platform="Kettle", reason="banned words")]

        made = chat.send(actor=ada_actor, text="Hello")

        assert states(made) == [("kettle", "failed"), ("teapot", "done")]
        problem = orders.problem(made[0])
        assert (problem.code, problem.text) == (
            "not_sent",
            "Kettle did not show the message. It said: “banned words”.",
        )
        assert len(audit(account)) == 1

    def test_a_platform_that_hangs_holds_up_no_other(self, kettle, teapot, ada_actor, channel, monkeypatch):
        monkeypatch.setattr(orders, "ANSWERED_WITHIN", 1.0)
        answered = threading.Event()
        kettle.asked.answers = [lambda: answered.wait(10)]

        made = chat.send(actor=ada_actor, text="Hello")
        answered.set()

        assert states(made) == [("kettle", "waiting"), ("teapot", "done")]
        until(lambda: ChatOrder.objects.get(platform="kettle").state == OrderState.DONE)

    def test_an_answer_goes_to_the_platform_of_the_message_alone(self, kettle, teapot, ada_actor, account, channel):
        line = say(account)

        chat.send(actor=ada_actor, text="Hello", platforms=["kettle", "teapot"], reply_to=line.seq)

        assert kettle.asked.calls == [("say", STREAMER, "Hello", line.external_id)]
        assert teapot.asked.calls == []

    def test_where_there_are_no_answers_the_other_is_named(self, teapot, ada_actor, account):
        line = say(account, platform="teapot")

        [order] = chat.send(actor=ada_actor, text="Hello", reply_to=line.seq)

        assert teapot.asked.calls == [("say", STREAMER, "@Grace Hello")]
        assert order.text == "@Grace Hello"


class TestAsWhom:
    @pytest.fixture
    def bots(self, account, channel):
        connect(account, purpose=Purpose.BOT, channel_id="5005", channel_name="OttoBot")
        connect(instance_account(), purpose=Purpose.BOT, channel_id="6006", channel_name="LumioBot")

    @pytest.mark.parametrize(
        ("voice", "sender", "name"),
        [
            (None, "5005", "OttoBot"),
            (Voice.CUSTOM, "5005", "OttoBot"),
            (Voice.GLOBAL, "6006", "LumioBot"),
            (Voice.CHANNEL, STREAMER, "Mira"),
        ],
    )
    def test_as_whom_one_chooses(self, kettle, ada_actor, bots, voice, sender, name):
        [order] = chat.send(actor=ada_actor, text="Hello", voice=voice)

        assert kettle.asked.calls == [("say", sender, "Hello")]
        assert (order.voice, order.speaker_name) == (voice or Voice.CUSTOM, name)

    def test_never_as_another_than_one_chose(self, kettle, ada_actor, channel):
        [order] = chat.send(actor=ada_actor, text="Hello", voice=Voice.CUSTOM)

        assert (order.state, orders.problem(order).code, kettle.asked.calls) == ("failed", "voice_silent", [])

    def test_over_the_wire_as_a_bot_and_as_the_channel(self, settings, ada_actor, account):
        with stage_of("twitch", settings) as twitch:
            mira, otto = sign_in(twitch, account), custom(twitch, account)

            made = [chat.send(actor=ada_actor, text=voice, voice=voice)[0] for voice in (Voice.CUSTOM, Voice.CHANNEL)]

            assert [order.state for order in made] == ["done", "done"]
            assert all(order.message_id for order in made)
            assert said(twitch) == [
                (mira.channel_id, otto.channel_id, "custom"),
                (mira.channel_id, mira.channel_id, "channel"),
            ]


class TestRefused:
    @pytest.mark.parametrize("text", ["", "   ", "\n\t", "\0\x1b", "\u200b\u200d", "\u3000"])
    def test_nothing_to_read(self, kettle, ada_actor, channel, text):
        with pytest.raises(NothingToSay):
            chat.send(actor=ada_actor, text=text)
        assert ChatOrder.objects.count() == 0

    def test_what_is_no_text_is_taken_out(self, kettle, ada_actor, channel):
        chat.send(actor=ada_actor, text=" Hel\0lo\r\nthere\x07 👩‍👩‍👧 ")

        assert kettle.asked.calls == [("say", STREAMER, "Hello  there 👩‍👩‍👧")]

    def test_too_long_for_one_of_them_is_sent_nowhere(self, kettle, teapot, ada_actor, channel):
        with pytest.raises(TextTooLong) as refusal:
            chat.send(actor=ada_actor, text="😀" * 31)

        assert refusal.value.text == (
            "Teapot takes 30 characters at most, and this message has 31. Nothing was sent; shorten it."
        )
        assert (kettle.asked.calls, teapot.asked.calls, ChatOrder.objects.count()) == ([], [], 0)

    def test_shortened_it_is_sent_as_far_as_each_takes_it(self, kettle, teapot, ada_actor, channel):
        chat.send(actor=ada_actor, text="x" * 35, shorten=True)

        sent = {call[2] for call in kettle.asked.calls + teapot.asked.calls}
        assert sent == {"x" * 29 + "…", "x" * 35}

    def test_as_long_as_it_may_be(self, kettle, ada_actor, channel):
        [order] = chat.send(actor=ada_actor, text="😀" * 40)

        assert order.state == "done"

    @pytest.mark.parametrize("platforms", [["discord"], ["kettle", "nowhere"], ["spotify"]])
    def test_a_platform_without_a_chat(self, kettle, ada_actor, channel, platforms):
        with pytest.raises(UnknownPlatform):
            chat.send(actor=ada_actor, text="Hello", platforms=platforms)
        assert kettle.asked.calls == []

    @pytest.mark.parametrize("platforms", [None, []])
    def test_nowhere_to_send(self, kettle, ada_actor, platforms):
        with pytest.raises(NowhereToSend):
            chat.send(actor=ada_actor, text="Hello", platforms=platforms)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda account: Connection.objects.all().delete(), "nobody_speaks"),
            (lambda account: Connection.objects.update(state=GrantState.NEEDS_SIGN_IN), "nobody_speaks"),
            (lambda account: Connection.objects.update(scopes=[]), "act_not_granted"),
            (lambda account: BotPause.objects.create(account=account, platform="kettle"), "bot_paused"),
            (lambda account: PlatformSwitch.objects.create(platform="kettle"), "platform_unavailable_here"),
        ],
    )
    def test_where_it_was_wanted_and_cannot_be_sent_the_order_says_why(
        self, kettle, ada_actor, account, channel, change, code
    ):
        change(account)

        [order] = chat.send(actor=ada_actor, text="Hello", platforms=["kettle"])

        assert (order.state, orders.problem(order).code, kettle.asked.calls) == ("failed", code, [])

    def test_without_the_right(self, kettle, account, cleo_actor, channel):
        line = say(account)
        with pytest.raises(PermissionRefused):
            chat.send(actor=factories.make_actor(account=account, permissions=ALL - {"chat:write"}), text="Hello")
        with pytest.raises(Http404):
            chat.send(actor=cleo_actor, text="Hello", reply_to=line.seq)
        assert (kettle.asked.calls, ChatOrder.objects.count()) == ([], 0)


class TestPace:
    """Three messages in half a minute, if a test does not say otherwise."""

    def test_what_is_too_much_waits_for_its_turn(self, kettle, ada_actor, account, channel):
        made = one_a_second(ada_actor, 5)

        assert [order.state for order in made] == ["done"] * 3 + ["waiting"] * 2
        assert [order.due_at for order in made[3:]] == [NOW + timedelta(seconds=30), NOW + timedelta(seconds=31)]
        with time_machine.travel(NOW + timedelta(seconds=29), tick=False):
            tasks.send_waiting()
            assert len(kettle.asked.calls) == 3
        with time_machine.travel(NOW + timedelta(seconds=30), tick=False):
            tasks.send_waiting()
            assert len(kettle.asked.calls) == 4
        with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
            tasks.send_waiting()
        assert [call[2] for call in kettle.asked.calls] == ["0", "1", "2", "3", "4"]
        assert len(audit(account)) == 5

    def test_it_counts_for_a_speaker_wherever_they_speak(self, kettle, ada_actor, cleo_actor, channel):
        connect(cleo_actor.account, channel_id="777", channel_name="Cleo")
        connect(instance_account(), purpose=Purpose.BOT, channel_id="6006", channel_name="LumioBot")

        with time_machine.travel(NOW, tick=False):
            made = [chat.send(actor=actor, text="Hi")[0] for actor in (ada_actor, cleo_actor, ada_actor, cleo_actor)]
            [other] = chat.send(actor=cleo_actor, text="Hi", voice=Voice.CHANNEL)

        assert [order.state for order in (*made, other)] == ["done", "done", "done", "waiting", "done"]

    def test_seconds_between_two_are_kept_by_whoever_asked(self, kettle, ada_actor, channel, monkeypatch):
        monkeypatch.setattr(orders, "WAITS_FOR", 5.0)
        monkeypatch.setattr(type(kettle), "chat", with_pace(Pace(messages=50, seconds=30, between=0.5)))

        made = [chat.send(actor=ada_actor, text="Hi")[0] for _ in range(2)]

        assert [order.state for order in made] == ["done", "done"]
        assert made[1].begun_at - made[0].begun_at >= timedelta(seconds=0.5)

    def test_without_valkey_as_well(self, kettle, ada_actor, channel, monkeypatch):
        cache.clear()
        monkeypatch.setattr("accounts.throttle.cache", None)

        with time_machine.travel(NOW, tick=False):
            made = [chat.send(actor=ada_actor, text="Hi")[0] for _ in range(4)]

        assert [order.state for order in made] == ["done"] * 3 + ["waiting"]

    def test_a_platform_that_wants_a_pause_gets_it_and_the_order_is_kept(self, kettle, ada_actor, channel):
        kettle.asked.answers = [RateLimited(platform="Kettle", seconds=20, retry_after=20)]

        made = one_a_second(ada_actor, 2)
        assert states(made) == [("kettle", "waiting")] * 2
        assert [order.due_at for order in made] == [NOW + timedelta(seconds=20)] * 2
        with time_machine.travel(NOW + timedelta(seconds=19), tick=False):
            orders.deliver("kettle", STREAMER)
            assert len(kettle.asked.calls) == 1
        with time_machine.travel(NOW + timedelta(seconds=21), tick=False):
            tasks.send_waiting()

        assert [call[2] for call in kettle.asked.calls] == ["0", "0", "1"]
        assert set(ChatOrder.objects.values_list("state", flat=True)) == {"done"}

    def test_one_that_wants_too_long_a_pause_has_said_no(self, kettle, ada_actor, channel):
        kettle.asked.answers = [RateLimited(platform="Kettle", seconds=600, retry_after=600)]

        [order] = chat.send(actor=ada_actor, text="Hi")

        assert (order.state, orders.problem(order).code) == ("failed", "platform_rate_limited")

    def test_what_could_not_be_sent_for_five_minutes_is_not_sent(self, kettle, ada_actor, channel):
        order = waiting(ada_actor, created_at=NOW, due_at=NOW)

        with time_machine.travel(NOW + orders.PATIENCE + timedelta(seconds=1)):
            tasks.send_waiting()

        order.refresh_from_db()
        assert (order.state, orders.problem(order).code, kettle.asked.calls) == ("failed", "waited_too_long", [])

    def test_nor_what_would_have_to_wait_for_longer(self, kettle, ada_actor, channel, monkeypatch):
        monkeypatch.setattr(type(kettle), "chat", with_pace(Pace(messages=1, seconds=200)))

        with time_machine.travel(NOW, tick=False):
            made = [chat.send(actor=ada_actor, text="Hi")[0] for _ in range(3)]

        assert [order.state for order in made] == ["done", "waiting", "failed"]
        assert orders.problem(made[2]).code == "waited_too_long"


class TestNeverTwice:
    def test_of_two_who_find_a_waiting_message_one_sends_it(self, kettle, ada_actor, channel):
        order = waiting(ada_actor)
        both = threading.Barrier(2)

        def work():
            both.wait(10)
            orders._in_thread("kettle", STREAMER, 2.0)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)

        order.refresh_from_db()
        assert (order.state, len(kettle.asked.calls)) == ("done", 1)

    def test_what_somebody_is_sending_is_left_to_them_and_keeps_the_next_waiting(self, kettle, ada_actor, channel):
        first = waiting(ada_actor, begun_at=datetime.now(UTC))

        [second] = chat.send(actor=ada_actor, text="Hi")

        first.refresh_from_db()
        assert (first.state, second.state, kettle.asked.calls) == ("waiting", "waiting", [])

    def test_what_was_broken_off_is_not_begun_again_and_says_so(self, kettle, ada_actor, account, channel):
        first = waiting(ada_actor, begun_at=datetime.now(UTC) - orders.LEASE)

        [second] = chat.send(actor=ada_actor, text="Hi")

        first.refresh_from_db()
        assert (first.state, orders.problem(first).text) == (
            "failed",
            "No answer came from Kettle, so this may or may not have been done. Look at the chat before you try again.",
        )
        assert (second.state, [call[2] for call in kettle.asked.calls]) == ("done", ["Hi"])
        assert len(audit(account)) == 1

    def test_an_answer_that_never_came_leaves_it_open(self, kettle, ada_actor, channel):
        kettle.asked.answers = [NoAnswer(platform="Kettle")]

        [order] = chat.send(actor=ada_actor, text="Hi")
        tasks.send_waiting()

        assert (order.state, orders.problem(order).code) == ("failed", "outcome_unknown")
        assert len(kettle.asked.calls) == 1

    def test_so_does_a_mistake_of_ours(self, kettle, ada_actor, channel, caplog):
        kettle.asked.answers = [ValueError("a mistake")]

        [order] = chat.send(actor=ada_actor, text="Hi")

        assert (order.state, orders.problem(order).code) == ("failed", "outcome_unknown")
        assert "Sending a message at Kettle failed" in caplog.text

    def test_for_somebody_who_is_gone_nothing_is_sent(self, kettle, ben_actor, account, channel):
        order = waiting(ben_actor)
        Member.objects.filter(user=ben_actor.user).delete()

        tasks.send_waiting()

        order.refresh_from_db()
        assert (order.state, orders.problem(order).code, kettle.asked.calls) == ("failed", "asker_gone", [])


class TestDesk:
    def test_what_can_be_done_where(self, kettle, ada_actor, account, channel, django_assert_num_queries):
        connect(account, purpose=Purpose.BOT, channel_id="5005", channel_name="OttoBot")

        with django_assert_num_queries(3):
            desk = chat.desk(ada_actor)

        possible = {"possible": True, "why": ""}
        assert desk == {
            "channels": [
                {
                    "platform": "kettle",
                    "name": "Kettle",
                    "channel_name": "Mira",
                    "channel_id": STREAMER,
                    "longest": 40,
                    "voices": [
                        {"voice": "custom", "name": "OttoBot", "is_default": True},
                        {"voice": "channel", "name": "Mira", "is_default": False},
                    ],
                    "acts": dict.fromkeys(("send", "reply", "delete", "timeout", "ban", "unban"), possible),
                    "timeouts": {"shortest": 60, "longest": 600, "step": 60},
                }
            ],
            "presets": [1, 60, 600, 3600, 86400],
            "me": {"name": "Ada"},
            "mentions": ["mira", "Mira"],
        }

    def test_why_something_cannot(self, kettle, account, channel):
        Connection.objects.update(scopes=SCOPES[:1])
        actor = factories.make_actor(account=account, permissions=ALL - {Permission.CHAT_DELETE})

        acts = chat.desk(actor)["channels"][0]["acts"]

        assert {name for name, act in acts.items() if act["possible"]} == {"send", "reply"}
        assert acts["delete"]["why"] == (
            "This needs the permission chat:delete. Ask an account owner for a role or a popout token that has it."
        )
        assert acts["ban"]["why"] == (
            "The sign-in of Mira at Kettle lacks the right for this: kettle:moderate. Click Reconnect on the "
            "Connections page to grant it."
        )

    def test_there_is_nothing_without_a_channel(self, ada_actor):
        assert chat.desk(ada_actor)["channels"] == []


class TestForgetting:
    def test_messages_go_after_a_week_and_what_was_done_to_viewers_after_ninety_days(self, account):
        def make(days: int, **fields):
            moment = datetime.now(UTC) - timedelta(days=days)
            return factories.make_order(account=account, created_at=moment, **fields)

        kept = [make(6, act="send"), make(89), make(89, act="ban"), make(1, state=OrderState.FAILED)]
        make(8, act="send"), make(8, act="delete"), make(91), make(8, act="ban", state=OrderState.FAILED)

        assert tasks.forget_orders() == 4

        assert set(ChatOrder.objects.values_list("pk", flat=True)) == {order.pk for order in kept}


@pytest.mark.parametrize(
    "refusal",
    [
        *(kind(platform="Kettle", reason="no", voice="bot") for kind in (NotSent, ActRefused)),
        *(
            kind(platform="Kettle", voice="bot", why="No.", channel="Mira", right="x", permission="y")
            for kind in orders.OURS.values()
        ),
    ],
    ids=lambda refusal: refusal.code,
)
def test_whatever_an_order_failed_of_can_be_told(account, refusal):
    order = factories.make_order(account=account, state=OrderState.WAITING)

    orders.fail(order, refusal)

    told = orders.problem(ChatOrder.objects.get())
    assert (type(told), told.text) == (type(refusal), refusal.text)


def say(account, **fields) -> ChatLine:
    fields = {"platform": "kettle", "channel_id": STREAMER, "origin": Origin.LIVE} | fields
    grace = Person(id="2002", login="grace", name="Grace")
    return factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, actor=grace, message="Hello", **fields)


def one_a_second(actor, number: int) -> list[ChatOrder]:
    """So many messages, one after the other from NOW on."""
    made = []
    for n in range(number):
        with time_machine.travel(NOW + timedelta(seconds=n), tick=False):
            made += chat.send(actor=actor, text=f"{n}")
    return made


def waiting(actor, **fields) -> ChatOrder:
    """A message that waits, due now."""
    order = orders.draft(actor, PLATFORMS["kettle"], "send", text="Waiting", voice=Voice.CHANNEL)
    order.speaker_id, order.speaker_name = STREAMER, "Mira"
    for name, value in fields.items():
        setattr(order, name, value)
    order.save()
    return order


def with_pace(pace: Pace):
    return type(CHAT)(longest=40, pace=pace, acts=CHAT.acts, timeouts=CHAT.timeouts)


def until(check) -> None:
    for _ in range(100):
        if check():
            return
        threading.Event().wait(0.1)
    raise AssertionError("It did not happen.")
