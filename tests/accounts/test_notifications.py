from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database
from django.db import transaction
from django.http import Http404
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.actor import system_actor
from accounts.authentication import actor_of_member
from accounts.domain import notifications
from accounts.domain.notifications import KINDS, Bell, Entry
from accounts.domain.people import PersonNeeded
from accounts.enums import Permission
from accounts.models import Notification, NotificationRead
from accounts.tasks import forget_notifications
from tests import factories
from tests.factories import KIND, make_notification

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind")]


def texts(actor) -> list[str]:
    return [entry.text for entry in notifications.listing(actor, limit=50).rows]


def member_actor(account, permissions):
    return actor_of_member(factories.make_member(account=account, permissions=permissions))


class TestNotifying:
    def test_what_is_said_is_made_from_the_params(self, account, ada_actor):
        row = make_notification(account=account, platform="Twitch", channel="Ada")

        [entry] = notifications.listing(ada_actor, limit=10).rows
        assert entry == Entry(
            id=row.pk,
            code=KIND.code,
            tone="bad",
            text="Twitch ended the sign-in of Ada.",
            action="Reconnect",
            url="/dashboard/connections#card-twitch",
            created_at=row.created_at,
            resolved_at=None,
            read=False,
        )

    def test_the_sentence_is_in_the_readers_language(self, monkeypatch, account, ada_actor):
        spoken = dataclasses.replace(KIND, text=lambda params: gettext("Sign in"), action="")
        monkeypatch.setitem(KINDS, KIND.code, spoken)
        make_notification(account=account)

        with translation.override("de"):
            german = texts(ada_actor)

        assert (texts(ada_actor), german) == (["Sign in"], ["Anmelden"])

    def test_the_same_again_is_the_same_with_its_newest_params(self, account, ada_actor):
        first = make_notification(account=account, subject="connection:1", channel="Ada")
        notifications.mark_read(ada_actor, first.pk)

        again = make_notification(account=account, subject="connection:1", channel="Grace")

        assert again.pk == first.pk
        [entry] = notifications.listing(ada_actor, limit=10).rows
        assert (entry.text, entry.read) == ("Twitch ended the sign-in of Grace.", True)

    @pytest.mark.parametrize("change", ["subject", "account", "code"])
    def test_what_differs_is_another(self, monkeypatch, account, cleo_actor, change):
        monkeypatch.setitem(KINDS, "other", dataclasses.replace(KIND, code="other"))
        said = {"account": account, "subject": "connection:1", "code": KIND.code}
        other = {"account": cleo_actor.account, "subject": "connection:2", "code": "other"}

        make_notification(**said)
        make_notification(**said | {change: other[change]})

        assert Notification.objects.count() == 2

    def test_it_is_undone_with_the_change_it_tells_of(self, account):
        with pytest.raises(RuntimeError), transaction.atomic():
            make_notification(account=account)
            raise RuntimeError

        assert not Notification.objects.exists()

    def test_a_kind_that_nobody_registered_is_a_mistake(self, account):
        with pytest.raises(KeyError):
            notifications.notify(account, "unheard_of", subject="x", params={})

        assert not Notification.objects.exists()

    def test_it_costs_a_look_and_an_insert(self, account, django_assert_num_queries):
        with django_assert_num_queries(2 + 4):  # begin and end of two savepoints
            notifications.notify(account, KIND.code, subject="a", params={"n": 1})
        with django_assert_num_queries(1 + 2):
            notifications.notify(account, KIND.code, subject="a", params={"n": 1})


@pytest.mark.django_db(transaction=True)
def test_told_at_the_same_moment_by_many_it_is_one(account):
    gate = threading.Barrier(8)

    def tell(number: int) -> None:
        try:
            gate.wait()
            notifications.notify(account, KIND.code, subject="connection:1", params={"number": number})
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tell, range(24)))

    assert Notification.objects.count() == 1


class TestResolving:
    def test_what_is_over_says_so_and_is_not_unread(self, account, ada_actor):
        row = make_notification(account=account)

        notifications.resolve(account, KIND.code, subject=row.subject)

        [entry] = notifications.listing(ada_actor, limit=10).rows
        assert entry.resolved_at is not None
        assert entry.read is True
        assert notifications.unread(ada_actor) == 0

    def test_it_can_begin_anew(self, account, ada_actor):
        row = make_notification(account=account, subject="connection:1")
        notifications.resolve(account, KIND.code, subject="connection:1")

        again = make_notification(account=account, subject="connection:1")

        assert again.pk != row.pk
        assert [entry.read for entry in notifications.listing(ada_actor, limit=10).rows] == [False, True]

    def test_only_what_is_meant(self, account, cleo_actor):
        make_notification(account=account, subject="connection:1")
        make_notification(account=account, subject="connection:2")
        make_notification(account=cleo_actor.account, subject="connection:1")

        notifications.resolve(account, KIND.code, subject="connection:1")

        left = Notification.objects.filter(resolved_at=None).order_by("pk")
        assert [(row.account, row.subject) for row in left] == [
            (account, "connection:2"),
            (cleo_actor.account, "connection:1"),
        ]

    def test_what_is_not_open_stays_as_it_is(self, account):
        row = make_notification(account=account)
        with time_machine.travel(timezone.now() - timedelta(hours=1)):
            notifications.resolve(account, KIND.code, subject=row.subject)
        row.refresh_from_db()
        first = row.resolved_at

        notifications.resolve(account, KIND.code, subject=row.subject)
        notifications.resolve(account, KIND.code, subject="connection:none")

        row.refresh_from_db()
        assert row.resolved_at == first


class TestReading:
    def test_only_whoever_holds_the_permission_sees_it(self, account):
        make_notification(account=account)
        may = member_actor(account, {Permission.CONNECTIONS_READ})
        may_not = member_actor(account, set(Permission) - {Permission.CONNECTIONS_READ})

        assert [notifications.unread(may), notifications.unread(may_not)] == [1, 0]
        assert [len(texts(may)), len(texts(may_not))] == [1, 0]

    def test_nothing_of_another_account_is_seen(self, account, cleo_actor):
        make_notification(account=account)

        assert (texts(cleo_actor), notifications.unread(cleo_actor)) == ([], 0)

    def test_one_that_may_not_be_seen_cannot_be_marked(self, account, cleo_actor):
        row = make_notification(account=account)
        may_not = member_actor(account, set(Permission) - {Permission.CONNECTIONS_READ})

        for actor in (cleo_actor, may_not):
            with pytest.raises(Http404):
                notifications.mark_read(actor, row.pk)
            assert notifications.mark_all_read(actor) == 0

        assert not NotificationRead.objects.exists()

    @pytest.mark.parametrize("nobodys", [0, -1, 2**63 - 1, 2**63, 10**40])
    def test_an_id_that_is_nobodys_is_not_found(self, ada_actor, nobodys):
        with pytest.raises(Http404):
            notifications.mark_read(ada_actor, nobodys)

    def test_a_mark_is_ones_own(self, account, ada_actor, ben_actor):
        row = make_notification(account=account)

        entry = notifications.mark_read(ada_actor, row.pk)
        notifications.mark_read(ada_actor, row.pk)

        assert entry.read is True
        assert [notifications.unread(ada_actor), notifications.unread(ben_actor)] == [0, 1]
        assert NotificationRead.objects.count() == 1

    def test_all_are_marked_at_once(self, account, ada_actor, ben_actor):
        rows = [make_notification(account=account) for _ in range(3)]
        notifications.mark_read(ada_actor, rows[0].pk)
        notifications.resolve(account, KIND.code, subject=rows[1].subject)

        assert notifications.mark_all_read(ada_actor) == 1
        assert notifications.mark_all_read(ada_actor) == 0
        assert [notifications.unread(ada_actor), notifications.unread(ben_actor)] == [0, 2]

    def test_a_token_lists_and_has_no_marks(self, client, account, ada_actor):
        row = make_notification(account=account)
        token, _ = factories.make_token(actor=ada_actor, permissions={"connections:read"})
        by_token = dataclasses.replace(ada_actor, token_id=token.pk)
        notifications.mark_read(ada_actor, row.pk)

        assert [entry.read for entry in notifications.listing(by_token, limit=10).rows] == [None]
        assert notifications.unread(by_token) == 0
        for attempt in (
            lambda: notifications.mark_read(by_token, row.pk),
            lambda: notifications.mark_all_read(by_token),
        ):
            with pytest.raises(PersonNeeded):
                attempt()
        assert NotificationRead.objects.count() == 1

    def test_lumio_itself_sees_what_there_is(self, account):
        make_notification(account=account)

        assert len(texts(system_actor(account))) == 1

    def test_what_a_later_version_no_longer_knows_is_left_out(self, monkeypatch, account, ada_actor):
        row = make_notification(account=account)
        monkeypatch.delitem(KINDS, KIND.code)

        assert notifications.bell(ada_actor) == Bell(0, [])
        with pytest.raises(Http404):
            notifications.mark_read(ada_actor, row.pk)

    def test_pages_of_the_list(self, account, ada_actor):
        ids = [make_notification(account=account).pk for _ in range(5)]

        first = notifications.listing(ada_actor, limit=2)
        second = notifications.listing(ada_actor, limit=2, before=ids[3])
        last = notifications.listing(ada_actor, limit=2, before=ids[1])
        turned = notifications.listing(ada_actor, limit=2, after=ids[1])

        pages = [([entry.id for entry in page.rows], page.has_more) for page in (first, second, last, turned)]
        assert pages == [
            ([ids[4], ids[3]], True),
            ([ids[2], ids[1]], True),
            ([ids[0]], False),
            ([ids[2], ids[3]], True),
        ]


class TestTheBell:
    def test_it_shows_the_latest_ten_and_counts_all(self, account, ada_actor):
        rows = [make_notification(account=account) for _ in range(12)]

        bell = notifications.bell(ada_actor)

        assert bell.unread == 12
        assert [entry.id for entry in bell.latest] == [row.pk for row in rows[:1:-1]]

    @pytest.mark.parametrize(("unread", "badge"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (4321, "99+")])
    def test_its_number_has_room(self, unread, badge):
        assert Bell(unread, []).badge == badge

    def test_its_fingerprint_changes_with_all_that_it_shows(self, account, ada_actor):
        seen = []

        def look(_: object = None) -> None:
            seen.append(notifications.bell(ada_actor).fingerprint)

        look()
        row = make_notification(account=account, subject="connection:1")
        look()
        make_notification(account=account, subject="connection:1", channel="Ada L.")
        look()
        notifications.mark_read(ada_actor, row.pk)
        look()
        notifications.resolve(account, KIND.code, subject="connection:1")
        look()

        assert len(set(seen)) == 5
        look()
        assert seen[-1] == seen[-2]

    @pytest.mark.parametrize("number", [1, 40])
    def test_it_costs_one_query(self, account, ada_actor, django_assert_num_queries, number):
        for _ in range(number):
            make_notification(account=account)

        with django_assert_num_queries(1):
            notifications.bell(ada_actor)

    def test_where_nothing_may_be_seen_it_costs_none(self, account, django_assert_num_queries):
        make_notification(account=account)
        may_not = member_actor(account, {Permission.OVERLAYS_READ})

        with django_assert_num_queries(0):
            assert notifications.bell(may_not) == Bell(0, [])


class TestForgetting:
    @pytest.fixture
    def told(self, account) -> Callable[[timedelta], Notification]:
        def told(ago: timedelta) -> Notification:
            with time_machine.travel(timezone.now() - ago):
                return make_notification(account=account)

        return told

    def test_after_ninety_days_it_is_gone_with_its_marks(self, told, ada_actor):
        old, kept = told(timedelta(days=90, minutes=1)), told(timedelta(days=89, hours=23))
        notifications.mark_read(ada_actor, old.pk)
        notifications.mark_read(ada_actor, kept.pk)

        forget_notifications()

        assert [row.pk for row in Notification.objects.all()] == [kept.pk]
        assert [mark.notification_id for mark in NotificationRead.objects.all()] == [kept.pk]

    def test_it_goes_with_its_account(self, told, account, ada_actor):
        notifications.mark_read(ada_actor, told(timedelta(0)).pk)

        account.members.all().delete()
        account.delete()

        assert not Notification.objects.exists()
