"""The Connections page: what each card says, and what it does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Permission
from accounts.models import AuditEntry
from connections.domain import channels
from connections.domain.channels import CardState
from connections.enums import GrantState
from connections.models import AppCredentials, Connection, OAuthAttempt, PlatformSwitch
from connections.platforms import PLATFORMS
from connections.platforms.twitch.scopes import SCOPES
from events.enums import SourceState
from events.models import IngestSource
from tests import factories
from tests.connections.conftest import PAGE, banners
from tests.pictures import cards

CARD = f"{PAGE}/twitch/card"


@pytest.fixture
def connection(account, credentials) -> Connection:
    return factories.make_connection(
        account=account,
        channel_id="31337",
        channel_name="Mira_Plays",
        scopes=[scope.name for scope in SCOPES],
        avatar_url="https://static-cdn.jtvnw.net/mira.png",
    )


def make_source(connection: Connection, **fields) -> IngestSource:
    now = timezone.now()
    defaults = {
        "account": connection.account,
        "key": connection.source_key,
        "owner": "a process",
        "fence": 1,
        "leased_until": now + timedelta(seconds=20),
        "state": SourceState.DELIVERING,
        "state_since": now,
        "subscriptions_active": 14,
        "subscriptions_wanted": 14,
        "last_event_at": now,
    }
    return IngestSource.objects.create(**defaults | fields)


def the_card(actor):
    return channels.card(actor, PLATFORMS["twitch"])


def html(client) -> str:
    """The page as far as it is about Twitch: its card and what that opens."""
    page = client.get(PAGE).content.decode()
    starts = [at.start() for at in re.finditer(r'<(?:article|dialog)[^>]* id="[\w-]+-twitch"', page)]
    return "".join(re.split(r"</(?:article|dialog)>", page[at:])[0] for at in starts)


class TestStates:
    def test_no_credentials(self, ada_actor, ada_client):
        assert the_card(ada_actor).state == CardState.NO_CREDENTIALS
        page = html(ada_client)
        assert "Set up app credentials to connect this platform." in page
        assert "Set Up" in page
        assert "Chat, events, moderation, rewards" in page

    def test_ready(self, ada_actor, ada_client, credentials):
        assert the_card(ada_actor).state == CardState.READY
        page = html(ada_client)
        assert "Credentials configured. Click Connect to authorize." in page
        assert 'action="/dashboard/connections/twitch/connect"' in page

    def test_connected(self, ada_actor, ada_client, connection):
        make_source(connection)

        assert the_card(ada_actor).state == CardState.CONNECTED
        page = html(ada_client)
        for text in (
            "Mira_Plays · ",
            ">31337<",
            "Delivering · 14 of 14 subscriptions",
            "+24",
            "(auto-refresh)",
            "Token expires",
        ):
            assert text in page
        assert (
            "Are you sure you want to disconnect Twitch? This will revoke the connection but keep your app credentials."
        ) in page
        assert page.count("facts__fact") == 27 + 5

    def test_a_token_without_end_shows_no_date(self, ada_client, connection):
        Connection.objects.update(expires_at=None)

        assert "Token expires" not in html(ada_client)

    def test_needs_sign_in(self, ada_actor, ada_client, connection):
        Connection.objects.update(
            state=GrantState.NEEDS_SIGN_IN,
            failure_code="grant_ended",
            failure_params={"platform": "Twitch", "reason": "Invalid refresh token"},
            failed_since=timezone.now(),
        )

        assert the_card(ada_actor).state == CardState.NEEDS_SIGN_IN
        page = html(ada_client)
        assert "Reconnect needed" in page
        assert "It said: “Invalid refresh token”." in page
        assert "Automatic refresh has failed. Click Reconnect to sign in again." in page
        assert "(refresh failed)" in page

    def test_credentials_rejected(self, ada_actor, ada_client, connection):
        Connection.objects.update(
            state=GrantState.CREDENTIALS_REJECTED,
            failure_code="credentials_rejected",
            failure_params={"platform": "Twitch", "reason": "invalid client secret"},
            failed_since=timezone.now(),
        )

        assert the_card(ada_actor).state == CardState.CREDENTIALS_REJECTED
        assert 'href="/dashboard/connections/credentials#twitch"' in html(ada_client)

    def test_a_passing_failure_is_red_only_once_the_token_is_dead(self, ada_actor, connection):
        Connection.objects.update(failure_code="platform_unavailable", failure_params={"platform": "Twitch"})
        assert not the_card(ada_actor).token_is_dead

        Connection.objects.update(expires_at=timezone.now())

        assert the_card(ada_actor).token_is_dead

    @pytest.mark.parametrize("for_everybody", [True, False])
    def test_switched_off(self, ada_actor, ada_client, account, connection, for_everybody):
        PlatformSwitch.objects.create(
            platform="twitch", account=None if for_everybody else account, reason="Maintenance until <noon>"
        )

        assert the_card(ada_actor).state == CardState.UNAVAILABLE
        page = html(ada_client)
        assert "Maintenance until &lt;noon&gt;" in page
        assert "twitch/connect" not in page
        assert f"{connection.pk}/disconnect" not in page

    def test_switched_off_for_another_account(self, ada_actor, credentials, cleo_actor):
        PlatformSwitch.objects.create(platform="twitch", account=cleo_actor.account)

        assert the_card(ada_actor).state == CardState.READY


class TestLife:
    def test_no_word_yet_is_not_called_delivering(self, ada_actor, ada_client, connection):
        assert the_card(ada_actor).life.tone == "neutral"
        assert "Waiting for the first word from the event connection: nothing is delivered yet" in html(ada_client)

    def test_starting_is_not_called_delivering(self, ada_client, connection):
        make_source(connection, state=SourceState.STARTING)

        assert "Starting: nothing is delivered yet" in html(ada_client)

    def test_a_dead_process_can_no_longer_claim_to_deliver(self, ada_actor, ada_client, connection):
        make_source(connection, leased_until=timezone.now() - timedelta(seconds=1))

        assert the_card(ada_actor).life.state == SourceState.RECONNECTING
        assert "Delivering" not in html(ada_client)

    def test_missing_subscriptions_are_a_warning(self, ada_actor, connection):
        make_source(connection, subscriptions_active=13)

        assert the_card(ada_actor).life.tone == "warn"

    def test_what_is_not_delivered_is_said(self, ada_client, connection):
        params = {
            "platform": "Twitch",
            "topic": "channel.cheer",
            "reason": "<subscription missing proper authorization>",
        }
        make_source(connection, subscriptions_active=13, failure_code="subscription_refused", failure_params=params)

        page = html(ada_client)

        assert "Delivering · 13 of 14 subscriptions" in page
        assert "Twitch does not deliver channel.cheer. It said: “&lt;subscription missing" in page

    def test_a_sign_in_that_ended_delivers_nothing(self, ada_client, connection):
        make_source(connection)
        Connection.objects.update(state=GrantState.NEEDS_SIGN_IN, failure_code="grant_ended", failure_params={})

        assert "Delivering" not in html(ada_client)

    def test_the_fragment_is_silent_until_something_changes(self, ada_actor, ada_client, connection):
        seen = the_card(ada_actor).fingerprint
        assert ada_client.get(CARD, {"seen": seen}).status_code == 204

        make_source(connection)
        response = ada_client.get(CARD, {"seen": seen})

        assert response.status_code == 200
        assert "Delivering · 14 of 14 subscriptions" in response.content.decode()


class TestHints:
    @pytest.mark.parametrize(("minutes", "is_said"), [(1, False), (3, True), (29, True), (31, False)])
    def test_a_sign_in_that_never_came_back(self, ada, ada_actor, account, credentials, minutes, is_said):
        OAuthAttempt.objects.create(
            state_digest="a",
            session_digest="b",
            account=account,
            user=ada,
            platform="twitch",
            purpose="channel",
            redirect_uri="x",
            created_at=timezone.now() - timedelta(minutes=minutes),
        )

        assert the_card(ada_actor).never_came_back is is_said

    def test_scopes_that_were_not_granted_are_named(self, ada_actor, connection):
        Connection.objects.update(scopes=[scope.name for scope in SCOPES if scope.name != "bits:read"])

        assert [scope.name for scope in the_card(ada_actor).missing] == ["bits:read"]

    def test_of_many_scopes_that_were_not_granted_three_are_named(self, ada_actor, ada_client, connection):
        Connection.objects.update(scopes=["user:read:chat", "tea:brew"])

        page = html(ada_client)

        assert (len(the_card(ada_actor).missing), the_card(ada_actor).missing_hidden) == (26, 23)
        assert page.count("Reconnect to grant ") == 3
        assert "Reconnect to grant user:write:chat, needed for chat" in page
        assert "and 23 more" in page
        assert (page.count("Not granted</span>"), page.count("Granted</span>")) == (26, 1)


class TestPermissions:
    def test_members_who_may_only_read_see_no_button(self, ben_client, connection):
        page = html(ben_client)

        assert "Mira_Plays" in page
        for absent in ("twitch/connect", "/disconnect", "App Credentials", "Set Up"):
            assert absent not in page

    def test_viewers_do_not_come_in(self, account, client):
        user = factories.make_user()
        factories.make_member(account=account, user=user, role="viewer")
        client.force_login(user)

        assert client.get(PAGE).status_code == 403
        assert client.get(CARD).status_code == 403

    def test_strangers_see_their_own_cards(self, cleo_client, connection):
        assert "Mira_Plays" not in html(cleo_client)


class TestDisconnecting:
    def test_it_forgets_and_hands_back(self, ada_client, account, grant, twitch, django_capture_on_commit_callbacks):
        connection = grant()

        with django_capture_on_commit_callbacks(execute=True):
            response = ada_client.post(f"{PAGE}/{connection.pk}/disconnect", {"account": account.pk})

        assert response.url == f"{PAGE}#card-twitch"
        assert not Connection.objects.exists()
        assert AppCredentials.objects.exists()
        assert twitch.state.access_tokens == {}
        assert banners(ada_client) == ["Disconnected from Twitch. Your app credentials were kept."]
        entry = AuditEntry.objects.get(action="connection.removed")
        assert entry.before == {"channel_id": "31337", "channel_name": "Mira_Plays"}

    def test_an_outage_of_the_platform_does_not_keep_it(
        self, ada_client, grant, twitch, django_capture_on_commit_callbacks
    ):
        connection = grant()
        twitch.fail("/oauth2/revoke", status=503)

        with django_capture_on_commit_callbacks(execute=True):
            ada_client.post(f"{PAGE}/{connection.pk}/disconnect")

        assert not Connection.objects.exists()

    def test_foreign_connections_are_not_there(self, cleo_client, connection):
        assert cleo_client.post(f"{PAGE}/{connection.pk}/disconnect").status_code == 404
        assert Connection.objects.exists()

    def test_needs_the_permission(self, ben_client, connection):
        assert ben_client.post(f"{PAGE}/{connection.pk}/disconnect").status_code == 403
        assert Connection.objects.exists()

    def test_looking_does_nothing(self, ada_client, connection):
        assert ada_client.get(f"{PAGE}/{connection.pk}/disconnect")["Location"] == PAGE
        assert Connection.objects.exists()


class TestQueries:
    def test_empty_and_full_pages_cost_the_same(self, ada_actor, connection, django_assert_num_queries):
        channels.cards(ada_actor)  # the first look makes the webhook URLs

        with django_assert_num_queries(5):
            channels.cards(ada_actor)
        make_source(connection)
        for _ in range(3):
            PlatformSwitch.objects.create(platform="kick", account=factories.make_account())

        with django_assert_num_queries(5):
            channels.cards(ada_actor)

    def test_the_page_stays_within_twelve(self, ada_client, connection, django_assert_max_num_queries):
        make_source(connection)
        ada_client.get(PAGE)  # the first page of a session also notes where it was begun

        with django_assert_max_num_queries(12):
            ada_client.get(PAGE)

    def test_with_all_of_them_too(self, db, client, django_assert_max_num_queries):
        owner = factories.make_user()
        cards.fill(owner)
        client.force_login(owner)
        client.get(PAGE)

        with django_assert_max_num_queries(12):
            page = client.get(PAGE)

        assert [card.connection is not None for card in page.context["cards"]] == [True] * len(PLATFORMS)


def test_cards_ask_for_the_permission(account):
    actor = factories.make_actor(account=account, permissions={Permission.EVENTS_READ})

    with pytest.raises(Exception, match="connections:read"):
        channels.cards(actor)


class TestWhatDependsOnIt:
    def test_bots_and_tokens_are_named_before_it_is_cut_off(self, ada_client, ada_actor, account, connection):
        factories.make_connection(account=account, purpose="bot", channel_id="31338", channel_name="Mira_Bot")
        for permission in ("events:read", "chat:read", "spotify:read"):
            factories.make_token(actor=ada_actor, permissions={permission})

        page = html(ada_client)

        assert '<a href="/dashboard/connections/bot">your custom bot Mira_Bot speaks in its chat</a>' in page
        assert '<a href="/dashboard/tokens">2 popout tokens show it</a>' in page

    def test_nothing_is_said_where_there_is_nothing(self, ada_client, connection):
        assert "Depends on it:" not in html(ada_client)
