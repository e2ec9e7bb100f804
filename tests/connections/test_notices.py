"""Who is told when a sign-in has ended or is about to, and when that is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from accounts.domain import notifications
from accounts.models import Notification
from connections.domain import credentials, endings, grants, notices
from connections.enums import GrantState, Purpose
from connections.models import Connection
from connections.platforms import PLATFORMS
from connections.platforms.failures import GrantEnded
from connections.tasks import warn_of_ends
from tests import factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET, link

TWITCH = PLATFORMS["twitch"]
SPOTIFY = PLATFORMS["spotify"]


def told(actor) -> list[str]:
    return [entry.text for entry in notifications.listing(actor, limit=10).rows if entry.resolved_at is None]


def failure() -> GrantEnded:
    return GrantEnded(platform="Twitch", reason="Invalid refresh token")


class TestLost:
    def test_the_people_of_the_account_are_told_why(self, grant, ada_actor, ben_actor, cleo_actor):
        connection = grant()

        grants.mark_lost(connection.pk, "grant_revoked", {"platform": "Twitch"})

        sentence = (
            "Mira_Plays at Twitch is no longer signed in. Twitch says that Lumio's access was taken back. Click "
            "Reconnect to allow it again."
        )
        assert (told(ada_actor), told(ben_actor), told(cleo_actor)) == ([sentence], [sentence], [])
        [entry] = notifications.listing(ada_actor, limit=10).rows
        assert (entry.url, entry.tone) == ("/dashboard/connections#card-twitch", "bad")

    def test_once_however_often_it_is_found(self, grant, ada_actor):
        connection = grant()

        notices.lost(connection, failure())
        notices.lost(connection, failure())

        assert Notification.objects.count() == 1

    def test_of_a_bot_only_those_who_may_see_bots(self, account, credentials, ada_actor, ben_actor):
        bot = factories.make_connection(account=account, purpose=Purpose.BOT, channel_name="mira_bot")

        notices.lost(bot, failure())

        assert [text.partition(".")[0] for text in told(ada_actor)] == ["mira_bot at Twitch is no longer signed in"]
        assert told(ben_actor) == []

    def test_in_the_readers_language_even_years_later(self, grant, ada_actor):
        notices.lost(grant(), failure())
        Notification.objects.update(
            params={"platform": "gone", "name": "Mira", "code": "from_the_future", "params": {}}
        )

        with translation.override("de"):
            [text] = told(ada_actor)

        assert "Mira" in text
        assert "gone" in text

    def test_a_new_sign_in_ends_it(self, ada_client, grant, twitch, ada_actor):
        grants.mark_lost(grant().pk, "grant_revoked", {"platform": "Twitch"})

        link(ada_client, twitch)

        assert told(ada_actor) == []

    def test_disconnecting_ends_it(self, ada_client, grant, ada_actor):
        connection = grant()
        grants.mark_lost(connection.pk, "grant_revoked", {"platform": "Twitch"})

        ada_client.post(f"/dashboard/connections/{connection.pk}/disconnect")

        assert told(ada_actor) == []

    def test_the_right_secret_ends_it(self, ada_actor, grant):
        connection = grant(state=GrantState.CREDENTIALS_REJECTED)
        notices.lost(connection, failure())

        credentials.save(actor=ada_actor, platform=TWITCH, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)

        assert told(ada_actor) == []

    def test_another_app_begins_it(self, ada_actor, grant, twitch):
        grant()
        twitch.add_app("another0app0another0app0another", "another0secret0another0secret00")

        credentials.save(
            actor=ada_actor,
            platform=TWITCH,
            client_id="another0app0another0app0another",
            client_secret="another0secret0another0secret00",
        )

        [text] = told(ada_actor)
        assert "The app credentials now belong to another app." in text


class TestEndings:
    @pytest.fixture
    def music(self, account) -> Connection:
        return factories.make_connection(
            account=account,
            platform="spotify",
            channel_name="Mira",
            grant_ends_at=timezone.now() + SPOTIFY.warns_ahead - timedelta(minutes=1),
        )

    def test_people_are_warned_once(self, music, ada_actor):
        assert (warn_of_ends(), warn_of_ends()) == (1, 0)

        [entry] = notifications.listing(ada_actor, limit=10).rows
        assert entry.text.startswith("The sign-in of Mira at Spotify ends on ")
        assert (entry.tone, entry.url) == ("warn", "/dashboard/connections#card-spotify")

    @pytest.mark.parametrize(
        "fields",
        [
            {"grant_ends_at": None},
            {"state": GrantState.NEEDS_SIGN_IN},
            {"grant_ends_at": timezone.now() + timedelta(days=170)},
        ],
        ids=["no end", "over already", "far off"],
    )
    def test_nobody_is_warned_of_what_is_none(self, music, fields):
        Connection.objects.update(**fields)

        assert endings.warn() == 0
        assert not Notification.objects.exists()

    def test_a_reconnect_in_between_is_not_warned_of(self, music, monkeypatch):
        def renewed_meanwhile(*_):
            [row] = Connection.objects.select_related("account")
            Connection.objects.update(grant_ends_at=timezone.now() + timedelta(days=180))
            return [row]

        monkeypatch.setattr(endings, "_due", lambda slug, ahead: renewed_meanwhile() if slug == "spotify" else [])

        assert endings.warn() == 0
        assert not Notification.objects.exists()

    def test_the_card_says_so(self, music, ada_client):
        page = ada_client.get("/dashboard/connections").content.decode()

        assert "Nothing can renew this sign-in. Click Reconnect before it ends:" in page
