"""Out to the platform and back, against the stand-in over the wire."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Member
from connections.domain import vault
from connections.enums import GrantState
from connections.models import Connection, OAuthAttempt, PlatformSwitch
from tests.connections.conftest import CLIENT_ID, CONNECT, PAGE, as_stored, banners, come_back, leave, link

CALLBACK = "/connections/twitch/callback"


@pytest.fixture(autouse=True)
def _credentials(credentials):
    return credentials


def audit(account) -> list[str]:
    return list(AuditEntry.objects.filter(account=account).order_by("id").values_list("action", flat=True))


def refusal_codes(account) -> list[str]:
    entries = AuditEntry.objects.filter(account=account, action="connection.refused").order_by("id")
    return [entry.after["code"] for entry in entries]


class TestLeaving:
    def test_the_address_asks_for_everything_once(self, ada_client, twitch):
        url = leave(ada_client)

        query = parse_qs(urlsplit(url).query)
        assert url.startswith(f"{twitch.url}/oauth2/authorize?")
        assert query.pop("state")[0]
        assert len(query.pop("scope")[0].split()) == 27
        assert query == {
            "client_id": [CLIENT_ID],
            "redirect_uri": ["http://localhost:8000/connections/twitch/callback"],
            "response_type": ["code"],
        }

    def test_the_state_is_not_stored_as_it_is(self, ada_client, twitch):
        state = parse_qs(urlsplit(leave(ada_client)).query)["state"][0]

        assert len(state) == 43
        assert state not in str(OAuthAttempt.objects.values().get())

    def test_reconnect_makes_the_platform_ask_who_it_is(self, ada_client, grant):
        grant()

        assert parse_qs(urlsplit(leave(ada_client)).query)["force_verify"] == ["true"]

    def test_nothing_leaves_without_credentials(self, ada_client, account, credentials):
        credentials.delete()

        response = ada_client.post(CONNECT)

        assert response.url == PAGE
        assert banners(ada_client) == [
            "There are no app credentials for Twitch. Set them up on the App Credentials page."
        ]
        assert not OAuthAttempt.objects.exists()

    def test_ten_starts_in_five_minutes_are_enough(self, ada_client, twitch):
        for _ in range(10):
            leave(ada_client)

        response = ada_client.post(CONNECT)

        assert response.url == PAGE
        assert OAuthAttempt.objects.count() == 10
        assert "Wait 5 minutes" in banners(ada_client)[0]

    def test_not_when_switched_off(self, ada_client, twitch):
        PlatformSwitch.objects.create(platform="twitch")

        ada_client.post(CONNECT)

        assert banners(ada_client) == ["Twitch has been switched off by whoever runs this Lumio."]

    def test_another_accounts_form_is_refused(self, ada_client, twitch, cleo):
        other = Member.objects.get(user=cleo).account

        response = ada_client.post(CONNECT, {"account": str(other.pk)})

        assert response.status_code == 409
        assert not OAuthAttempt.objects.exists()


class TestComingBack:
    def test_allow_links_the_channel(self, ada, ada_client, account, twitch):
        response = link(ada_client, twitch)

        assert response.url == f"{PAGE}?connected=twitch"
        connection = Connection.objects.get()
        assert (connection.channel_id, connection.channel_login, connection.channel_name) == (
            "31337",
            "mira_plays",
            "Mira_Plays",
        )
        assert (connection.account, connection.connected_by, connection.state, connection.version) == (
            account,
            ada,
            GrantState.CONNECTED,
            1,
        )
        assert len(connection.scopes) == 27
        assert vault.read(connection, "access_token_encrypted").reveal() in twitch.state.access_tokens
        assert "connection.created" in audit(account)
        assert "Successfully connected to Twitch!" in ada_client.get(response.url).content.decode()

    def test_due_dates_are_spread_between_three_quarters_and_six_sevenths(self, ada_client, twitch):
        link(ada_client, twitch)

        connection = Connection.objects.get()
        share = (connection.refresh_due_at - connection.connected_at) / (
            connection.expires_at - connection.connected_at
        )
        assert 0.74 < share < 0.86

    def test_deny(self, ada_client, account, twitch):
        response = come_back(ada_client, twitch.consent(leave(ada_client), user="mira_plays", allow=False))

        assert response.url == PAGE
        assert banners(ada_client) == [
            "Twitch says that access was refused. Nothing was linked. Click Connect and allow what Lumio asks for."
        ]
        assert not Connection.objects.exists()
        assert refusal_codes(account) == ["access_denied"]

    def test_a_tampered_state(self, ada_client, account, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")

        response = come_back(ada_client, url.replace("state=", "state=x"))

        assert response.url == PAGE
        assert banners(ada_client)[0].startswith("Lumio does not know this answer from Twitch")
        assert not Connection.objects.exists()
        assert not twitch.calls("/oauth2/token")

    @pytest.mark.parametrize(
        "query", [{}, {"code": "abc"}, {"state": ""}, {"state": "\x00", "code": "\ud800".encode("utf-8", "replace")}]
    )
    def test_a_made_up_answer(self, ada_client, twitch, query):
        response = ada_client.get(CALLBACK, query)

        assert response.url == PAGE
        assert len(banners(ada_client)) == 1
        assert not Connection.objects.exists()

    def test_an_answer_counts_once(self, ada_client, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        come_back(ada_client, url)
        before = as_stored(Connection.objects.get())

        response = come_back(ada_client, url)

        assert response.url == PAGE
        assert banners(ada_client)[0].startswith("This sign-in at Twitch has already been finished")
        assert as_stored(Connection.objects.get()) == before
        assert len(twitch.calls("/oauth2/token")) == 1

    def test_an_answer_is_good_for_ten_minutes(self, ada_client, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        OAuthAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=1))

        come_back(ada_client, url)

        assert "longer than ten minutes" in banners(ada_client)[0]
        assert not Connection.objects.exists()

    def test_another_session_of_the_same_person(self, ada, ada_client, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        other = Client(HTTP_HOST="localhost")
        other.force_login(ada)

        come_back(other, url)

        assert banners(other)[0].startswith("This sign-in at Twitch was started in another browser")
        assert not Connection.objects.exists()

    def test_a_link_sent_to_somebody_else(self, ada_client, cleo_client, cleo, twitch):
        """Session fixation: Cleo opens the answer to a sign-in that Ada started, and the other way round."""
        url = twitch.consent(leave(ada_client), user="mira_plays")

        come_back(cleo_client, url)
        assert banners(cleo_client)[0].startswith("This sign-in at Twitch was started in another browser")

        come_back(ada_client, url)
        assert banners(ada_client)[0].startswith("This sign-in at Twitch has already been finished")
        assert not Connection.objects.exists()
        assert not twitch.calls("/oauth2/token")

    def test_a_right_that_went_away_meanwhile(self, account, ben, ben_client, twitch):
        member = Member.objects.get(user=ben)
        member.role = account.roles.get(slug="administrator")
        member.save()
        url = twitch.consent(leave(ben_client), user="mira_plays")
        member.role = account.roles.get(slug="moderator")
        member.save()

        response = come_back(ben_client, url)

        assert response.status_code == 403
        assert "connections:edit" in response.content.decode()
        assert not Connection.objects.exists()
        assert not twitch.calls("/oauth2/token")

    def test_signed_out_meanwhile(self, ada_client, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        ada_client.logout()

        response = come_back(ada_client, url)

        assert response.url == "/account/login/?next=/dashboard/connections"
        assert not Connection.objects.exists()

    def test_a_redirect_uri_that_the_app_does_not_know(self, ada_client, twitch):
        twitch.state.apps[CLIENT_ID].redirect_uris[:] = ["http://localhost:8000/connections/twitch/callback/"]
        sent_to = requests.get(leave(ada_client), allow_redirects=False, timeout=30).headers["Location"]
        assert "state" not in sent_to

        response = ada_client.get(CALLBACK, dict(parse_qs(urlsplit(sent_to).query)))

        assert response.url == PAGE
        assert (
            "Add exactly http://localhost:8000/connections/twitch/callback as a redirect URI" in banners(ada_client)[0]
        )

    def test_a_wrong_secret(self, ada_client, account, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        twitch.reset_secret()

        come_back(ada_client, url)

        assert banners(ada_client)[0].startswith(
            "Twitch does not accept the app credentials. It said: “invalid client secret”."
        )
        assert refusal_codes(account) == ["client_secret_rejected"]
        assert not Connection.objects.exists()

    def test_a_rate_limit_switches_connect_off_for_a_while(self, ada_client, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        twitch.fail("/oauth2/token", status=429)

        come_back(ada_client, url)

        assert "Wait 60 seconds" in banners(ada_client)[0]
        page = ada_client.get(PAGE)
        remaining = page.context["cards"][0].pause_until - timezone.now()
        assert timedelta(seconds=55) < remaining <= timedelta(seconds=60)
        assert "<count-down" in page.content.decode()
        ada_client.post(CONNECT)
        assert banners(ada_client)[0].startswith("Twitch asked for a pause.")

    def test_an_outage_while_asking_whose_token_it_is_gives_it_back(self, ada_client, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        twitch.fail("/helix/users", status=503, times=None)

        come_back(ada_client, url)

        assert not Connection.objects.exists()
        assert len(twitch.calls("/oauth2/revoke")) == 1

    def test_fewer_scopes_than_asked_for_are_shown(self, ada_client, twitch):
        url = twitch.consent(leave(ada_client), user="mira_plays")
        for code in twitch.state.codes.values():
            code.scopes = [scope for scope in code.scopes if scope != "bits:read"]

        come_back(ada_client, url)

        assert len(Connection.objects.get().scopes) == 26
        assert "Reconnect to grant bits:read, needed for events" in ada_client.get(PAGE).content.decode()

    def test_words_of_the_platform_are_text(self, ada_client, twitch):
        twitch.add_user("evil", name="<script>alert(1)</script>")
        url = twitch.consent(leave(ada_client), user="evil")

        come_back(ada_client, url)
        page = ada_client.get(PAGE).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

        state = parse_qs(urlsplit(leave(ada_client)).query)["state"][0]
        ada_client.get(CALLBACK, {"state": state, "error": "x", "error_description": "<script>alert(2)</script>{0}"})
        page = ada_client.get(PAGE).content.decode()
        assert "<script>alert(2)" not in page
        assert "alert(2)" in page

    @pytest.mark.parametrize("address", [CALLBACK, f"{CALLBACK}/"])
    def test_a_redirect_uri_that_is_registered_with_another_spelling(self, ada_client, address):
        """Twitch says so without a state, at the address that is registered."""
        answer = ada_client.get(address, {"error": "redirect_mismatch"})

        assert answer["Location"] == PAGE
        assert "http://localhost:8000/connections/twitch/callback" in ada_client.get(PAGE).content.decode()

    def test_a_strangers_words_are_not_repeated(self, ada_client, account):
        """Without a state we know, anybody may have made the link up."""
        ada_client.get(CALLBACK, {"error": "x", "error_description": "Call 555-0100 to get your account back"})

        page = ada_client.get(PAGE).content.decode()
        assert "to get your account back" not in page
        assert "Lumio does not know this answer from Twitch" in page

    def test_a_platform_that_there_is_not(self, ada_client):
        assert ada_client.get("/connections/nowhere/callback").status_code == 404

    def test_an_invented_banner_is_not_shown(self, ada_client, account):
        page = ada_client.get(f"{PAGE}?{urlencode({'connected': 'twitch'})}").content.decode()

        assert "Successfully connected" not in page


class TestReconnecting:
    def test_the_same_channel_gets_new_tokens(self, ada_client, account, twitch):
        link(ada_client, twitch)
        before = Connection.objects.get()

        link(ada_client, twitch)

        after = Connection.objects.get()
        assert (after.pk, after.version, after.connected_at) == (before.pk, 2, before.connected_at)
        assert vault.read(after, "access_token_encrypted") != vault.read(before, "access_token_encrypted")
        assert audit(account)[-1] == "connection.renewed"

    def test_it_mends_what_was_lost(self, ada_client, twitch, grant):
        grant(state=GrantState.NEEDS_SIGN_IN, failure_code="grant_ended", failed_since=timezone.now())

        link(ada_client, twitch)

        connection = Connection.objects.get()
        assert (connection.state, connection.failure_code, connection.failed_since) == (GrantState.CONNECTED, "", None)

    def test_another_channel_is_refused_and_its_tokens_handed_back(self, ada_client, account, twitch):
        link(ada_client, twitch)
        before = as_stored(Connection.objects.get())
        twitch.add_user("kai", name="Kai")

        response = link(ada_client, twitch, user="kai")

        assert response.url == PAGE
        assert banners(ada_client)[0].startswith("This is connected to Mira_Plays, but you signed in as Kai at Twitch.")
        assert as_stored(Connection.objects.get()) == before
        kai = twitch.state.find_user("kai").id
        assert [token for token in twitch.state.access_tokens.values() if token.user_id == kai] == []
        assert refusal_codes(account) == ["other_channel"]

    def test_two_sign_ins_at_once_do_not_swap_the_channel(self, ada_client, twitch):
        """Both started before there was a connection, so neither expected a channel."""
        twitch.add_user("kai", name="Kai")
        first, second = leave(ada_client), leave(ada_client)

        come_back(ada_client, twitch.consent(first, user="mira_plays"))
        come_back(ada_client, twitch.consent(second, user="kai"))

        assert Connection.objects.get().channel_name == "Mira_Plays"


def test_members_without_the_right_cannot_start(ben_client, twitch):
    response = ben_client.post(CONNECT)

    assert response.status_code == 403
    assert not OAuthAttempt.objects.exists()


def test_old_attempts_are_cleared_away(ada, ada_client, account, twitch):
    factory = {"account": account, "user": ada, "platform": "twitch", "purpose": "channel", "redirect_uri": "x"}
    OAuthAttempt.objects.create(
        state_digest="a", session_digest="b", created_at=timezone.now() - timedelta(days=2), **factory
    )

    leave(ada_client)

    assert OAuthAttempt.objects.count() == 1
