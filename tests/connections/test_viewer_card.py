"""The card of a viewer, and the notes about one."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.http import Http404

from accounts.actor import PermissionRefused
from accounts.enums import ALL, Permission
from accounts.models import AuditEntry
from connections.domain import access, viewer_card, viewer_notes
from connections.domain.viewer_card import PastAction
from connections.enums import Act, GrantState, OrderState
from connections.models import Connection, ViewerNote
from connections.platforms.failures import Unavailable
from events.enums import Kind, Origin
from events.models import Viewer
from events.types import Person
from tests import factories
from tests.connections.chatters import STREAMER, connect

pytestmark = pytest.mark.django_db(transaction=True)  # the platform is asked in another thread

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
GRACE = Person(id="2002", login="grace", name="Grace")


@pytest.fixture
def channel(kettle, account):
    return connect(account)


@pytest.fixture
def grace(account, channel) -> Viewer:
    log(account, Kind.CHAT_MESSAGE, message="Hello")
    return Viewer.objects.get()


def log(account, kind: Kind, actor: Person = GRACE, **fields):
    fields = {"platform": "kettle", "channel_id": STREAMER, "origin": Origin.LIVE} | fields
    return factories.make_event(account=account, kind=kind, actor=actor, **fields)


def the_card(actor):
    return viewer_card.card(actor, "kettle", "2002")


class TestCard:
    def test_everything_that_is_known(self, kettle, ada_actor, account, grace):
        log(account, Kind.CHAT_MESSAGE, message="Bye")
        log(account, Kind.CHAT_MESSAGE, Person(id="3003", name="Heidi"), message="Not Grace's")
        note = viewer_notes.add(actor=ada_actor, viewer=grace, text="Sells pills")

        card = the_card(ada_actor)

        assert card.viewer == grace
        assert [row["data"]["message"] for row in card.messages] == ["Bye", "Hello"]
        assert card.total == 2
        assert card.profile.page_url == "https://kettle.example/grace"
        assert card.profile_problem is None
        assert card.notes == [note]
        assert all(act["possible"] for act in card.acts.values())

    def test_past_actions_are_told_once_newest_first(self, ada_actor, account, grace):
        make = {"account": account, "platform": "kettle", "created_at": NOW}
        factories.make_order(**make, seconds=600, reason="Spam")
        factories.make_order(**make | {"created_at": NOW + timedelta(hours=2)}, act=Act.BAN, state=OrderState.FAILED)
        factories.make_order(**make, target_id="3003")
        mira = {"extra": {"moderator": {"id": STREAMER, "login": "mira", "name": "Mira"}}}
        log(account, Kind.MOD_TIMEOUT, amount=600, occurred_at=NOW + timedelta(seconds=2), **mira)
        log(account, Kind.MOD_BAN, message="Again", occurred_at=NOW + timedelta(hours=1), **mira)
        log(account, Kind.MOD_UNBAN, occurred_at=NOW + timedelta(hours=3))
        log(account, Kind.FOLLOW)

        assert the_card(ada_actor).actions == [
            PastAction(Act.UNBAN, NOW + timedelta(hours=3), "", None, "", "platform"),
            PastAction(Act.BAN, NOW + timedelta(hours=1), "Mira", None, "Again", "platform"),
            PastAction(Act.TIMEOUT, NOW, "Ben", 600, "Spam", "lumio"),
        ]

    @pytest.mark.parametrize("rows", [1, 60])
    def test_it_takes_as_many_queries_whatever_there_is(
        self, ada_actor, account, grace, rows, django_assert_num_queries
    ):
        for _ in range(rows):
            log(account, Kind.CHAT_MESSAGE, message="Hello")
            log(account, Kind.MOD_BAN)
            factories.make_order(account=account, platform="kettle")
            factories.make_note(account=account, platform="kettle")
        the_card(ada_actor)

        with django_assert_num_queries(9):
            card = the_card(ada_actor)

        assert len(card.messages) == min(rows + 1, viewer_card.MESSAGES)
        assert len(card.actions) <= viewer_card.ACTIONS

    def test_whoever_may_not_read_the_chat_or_notes_sees_none(self, account, grace):
        viewer_notes.add(actor=factories.make_actor(account=account), viewer=grace, text="Sells pills")

        card = the_card(factories.make_actor(account=account, permissions={"events:userinfo"}))

        assert (card.viewer, card.messages, card.total, card.notes) == (grace, [], None, None)
        assert not any(act["possible"] for act in card.acts.values())

    def test_without_the_right_there_is_no_card(self, kettle, account, cleo_actor, ada_actor, grace):
        outsider = factories.make_actor(account=account, permissions=ALL - {"chat:userinfo", "events:userinfo"})

        with pytest.raises(PermissionRefused):
            the_card(outsider)
        for actor, user_id in ((cleo_actor, "2002"), (ada_actor, "9")):
            with pytest.raises(Http404):
                viewer_card.card(actor, "kettle", user_id)
        assert kettle.asked.calls == []

    def test_nor_where_there_is_no_chat(self, ada_actor, account, grace):
        Viewer.objects.update(platform="spotify")

        with pytest.raises(Http404):
            viewer_card.card(ada_actor, "spotify", "2002")


class TestProfile:
    def test_is_asked_for_once_in_ten_minutes(self, kettle, ada_actor, grace):
        the_card(ada_actor)
        the_card(ada_actor)
        assert kettle.asked.calls == [("profile", STREAMER, "2002")]

        cache.clear()
        the_card(ada_actor)

        assert len(kettle.asked.calls) == 2

    def test_without_it_there_is_the_rest_and_why(self, kettle, ada_actor, grace):
        kettle.asked.answers = [Unavailable(platform="Kettle")]

        card = the_card(ada_actor)

        assert (card.profile, card.profile_problem.code, card.total) == (None, "platform_unavailable", 1)
        assert the_card(ada_actor).profile is not None  # asked again

    def test_a_platform_that_hangs_holds_nothing_up(self, kettle, ada_actor, grace, monkeypatch):
        monkeypatch.setattr(viewer_card, "PROFILE_WAIT", 0.05)
        answered = threading.Event()
        kettle.asked.answers = [lambda: answered.wait(10)]

        card = the_card(ada_actor)
        answered.set()

        assert (card.profile, card.profile_problem.code) == (None, "platform_silent")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda: Connection.objects.all().delete(), "channel_missing"),
            (
                lambda: Connection.objects.update(
                    state=GrantState.NEEDS_SIGN_IN, failure_code="grant_ended", failure_params={"platform": "Kettle"}
                ),
                "grant_ended",
            ),
        ],
    )
    def test_nobody_is_asked_where_nobody_can(self, kettle, ada_actor, grace, change, code):
        change()

        card = the_card(ada_actor)

        assert (card.profile, card.profile_problem.code, kettle.asked.calls) == (None, code, [])


class TestNotes:
    def test_all_moderators_have_them_in_common(self, ada_actor, ben_actor, account, grace):
        viewer_notes.add(actor=ada_actor, viewer=grace, text="Sells pills")
        viewer_notes.add(actor=ben_actor, viewer=grace, text="x" * 200)

        notes = viewer_notes.of_viewer(ada_actor, grace)

        assert [(note.author_name, note.text) for note in notes] == [("Ben", "x" * 200), ("Ada", "Sells pills")]
        viewer_notes.remove(actor=ada_actor, note=notes[0])
        assert viewer_notes.of_viewer(ben_actor, grace) == notes[1:]
        entries = AuditEntry.objects.filter(account=account, action__startswith="chat.").order_by("id")
        assert [(one.action, one.actor_name, one.target_name, one.before, one.after) for one in entries] == [
            ("chat.note_added", "Ada", "kettle Grace", None, {"note": "Sells pills"}),
            ("chat.note_added", "Ben", "kettle Grace", None, {"note": "x" * 80}),
            ("chat.note_removed", "Ada", "kettle Grace", {"note": "x" * 80}, None),
        ]

    def test_are_for_who_may(self, account, cleo_actor, ada_actor, grace):
        note = viewer_notes.add(actor=ada_actor, viewer=grace, text="Sells pills")
        outsider = factories.make_actor(account=account, permissions=ALL - {Permission.CHAT_NOTES})

        for refused in (
            lambda: viewer_notes.add(actor=outsider, viewer=grace, text="No"),
            lambda: viewer_notes.of_viewer(outsider, grace),
            lambda: viewer_notes.remove(actor=outsider, note=note),
            lambda: access.get_note(outsider, note.pk),
        ):
            with pytest.raises(PermissionRefused):
                refused()
        with pytest.raises(Http404):
            access.get_note(cleo_actor, note.pk)
        assert ViewerNote.objects.get() == note
