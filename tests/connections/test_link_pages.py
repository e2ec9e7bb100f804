"""What the holder of a one-time link sees, from opening it to being done, and the dashboard page that makes one."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import throttle
from accounts.enums import Permission
from accounts.models import AuditEntry, Member
from accounts.throttle import Limit
from connections.domain import links
from connections.enums import GrantState, LinkLifetime, Purpose
from connections.models import Connection, ConnectLink, OAuthAttempt, PlatformSwitch
from connections.platforms import PLATFORMS
from connections.platforms.twitch.scopes import BOT_SCOPES, SCOPES
from tests import factories, pages
from tests.connections.conftest import STREAMER, as_stored, come_back

TWITCH = PLATFORMS["twitch"]
BEGUN = "/connect"
MAKE = "/dashboard/connections/twitch/link"
GONE = "This link does not work."


@pytest.fixture(autouse=True)
def _credentials(credentials):
    return credentials


@pytest.fixture
def make(ada_actor):
    """Makes a link of Ada's, or of `actor`'s; its path."""

    def make(*, purpose: Purpose = Purpose.CHANNEL, lifetime: LinkLifetime = LinkLifetime.DAY, actor=None) -> str:
        _, code = factories.make_link(actor=actor or ada_actor, purpose=purpose, lifetime=lifetime)
        return f"/connect/{code.reveal()}"

    return make


@pytest.fixture
def address(make) -> str:
    return make()


def words(response) -> str:
    """What a page says, tags left out."""
    body = response.content.decode().partition("<body")[2].partition(">")[2]
    return pages.words(body)


def leave(client: Client, address: str) -> str:
    """Press the button; the address the browser leaves for."""
    response = client.post(address)
    assert response.status_code == 200, response.headers
    return response.context["url"]


def connect(client: Client, twitch, address: str, *, user: str = "mira_plays", allow: bool = True):
    """The whole way out and back; the page that it ends on."""
    back = come_back(client, twitch.consent(leave(client, address), user=user, allow=allow))
    assert (back.status_code, back["Location"]) == (302, BEGUN)
    return client.get(BEGUN)


def refusals(account) -> list[str]:
    found = AuditEntry.objects.filter(account=account, action="connection.refused").order_by("id")
    return [entry.after["code"] for entry in found]


class TestAsking:
    def test_who_asks_for_what_until_when(self, client, address):
        page = client.get(address)

        said = words(page)
        assert page.status_code == 200
        assert "Connect Twitch to Ada live" in said
        assert "Ada asks you to connect your Twitch channel to Ada live." in said
        assert f'datetime="{ConnectLink.objects.get().expires_at.isoformat()}"' in page.content.decode()
        assert [scope.name for scope in SCOPES if f"<code>{scope.name}</code>" not in page.content.decode()] == []
        assert [scope.sentence for scope in SCOPES if str(scope.sentence) not in said] == []
        assert "You sign in at id.twitch.tv, and nobody here sees your password." in said

    def test_for_a_bot(self, client, make):
        said = words(client.get(make(purpose=Purpose.BOT)))

        assert "Connect a Twitch bot to Ada live" in said
        assert "the bot, not the channel: it has a Twitch account of its own" in said
        assert [scope.sentence for scope in BOT_SCOPES if str(scope.sentence) not in said] == []

    def test_looking_changes_nothing_and_begins_no_session(self, client, address):
        before = ConnectLink.objects.values().get()

        client.get(address)
        client.head(address)

        assert ConnectLink.objects.values().get() == before
        assert not OAuthAttempt.objects.exists()
        assert not Session.objects.exists()

    def test_one_query(self, client, address, django_assert_num_queries):
        with django_assert_num_queries(1):
            client.get(address)

    def test_who_is_signed_in_here_is_told_whose_account_it_is_for(self, cleo_client, client, address):
        told = "You are signed in to this Lumio as Cleo. This link connects to Ada live all the same"

        assert told in words(cleo_client.get(address))
        assert "You are signed in" not in words(client.get(address))

    def test_names_are_text(self, client, account, address):
        account.name = "<script>alert(1)</script>"
        account.save()

        page = client.get(address).content.decode()

        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestTheCodeStaysWhereItIs:
    def test_no_page_is_kept_and_no_referer_holds_it(self, client, twitch, address):
        url = leave(client, address)
        back = come_back(client, twitch.consent(url, user="mira_plays"))

        for response in (client.get(address), client.post(address), back, client.get(BEGUN), client.get("/connect/x")):
            assert response["Cache-Control"] == "no-store"
            assert response["Referrer-Policy"] == "strict-origin"
        for response in (client.get(address), client.get(BEGUN)):
            assert '<meta name="referrer" content="strict-origin">' in response.content.decode()

    def test_the_page_that_leaves_tells_the_platform_nothing(self, client, twitch, address):
        page = client.post(address)

        code = address.removeprefix(BEGUN)
        assert '<meta name="referrer" content="no-referrer">' in page.content.decode()
        assert code not in page.content.decode()
        assert "<form" not in page.content.decode()  # without an Origin it would be refused

    def test_it_is_neither_in_the_title_nor_in_the_session_nor_in_the_database(self, client, twitch, address):
        code = address.rpartition("/")[2]
        page = client.get(address).content.decode()
        connect(client, twitch, address)

        assert code not in re.search(r"<title>.*</title>", page)[0]
        assert code not in str(dict(client.session))
        for model in (ConnectLink, OAuthAttempt, AuditEntry):
            assert code not in str(list(model.objects.values()))

    def test_the_form_is_protected_against_other_sites(self, address, twitch):
        client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
        page = client.get(address).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

        assert client.post(address).status_code == 403
        assert client.post(address, {"csrfmiddlewaretoken": token}, HTTP_ORIGIN="null").status_code == 403
        assert not OAuthAttempt.objects.exists()
        assert client.post(address, {"csrfmiddlewaretoken": token}).status_code == 200


class TestConnecting:
    def test_a_stranger_links_the_channel_to_the_account(self, client, ada, account, twitch, address):
        page = connect(client, twitch, address)

        assert page.status_code == 200
        assert "Mira_Plays at Twitch is now connected to Ada live. You can close this page." in words(page)
        connection = Connection.objects.get()
        assert (connection.account, connection.channel_id, connection.connected_by, connection.purpose) == (
            account,
            STREAMER,
            ada,
            "channel",
        )
        assert ConnectLink.objects.get().used_at is not None
        assert client.get("/dashboard").status_code == 302  # they are signed in to nothing

    def test_the_page_can_be_loaded_again_and_the_link_cannot(self, client, twitch, address):
        connect(client, twitch, address)

        assert "is now connected to Ada live" in words(client.get(BEGUN))
        for response in (client.get(address), client.post(address)):
            assert response.status_code == 410
            assert GONE in words(response)
        assert OAuthAttempt.objects.count() == 1

    def test_a_bot(self, client, twitch, make, grant):
        grant()
        twitch.add_user("helper", id="555", name="Helper")

        page = connect(client, twitch, make(purpose=Purpose.BOT), user="helper")

        assert "Helper at Twitch is now connected to Ada live." in words(page)
        assert Connection.objects.get(purpose=Purpose.BOT).channel_name == "Helper"

    def test_someone_signed_in_links_it_to_the_links_account_all_the_same(
        self, cleo_client, cleo_actor, account, twitch, address
    ):
        factories.make_credentials(account=cleo_actor.account)

        page = connect(cleo_client, twitch, address)

        assert "is now connected to Ada live" in words(page)
        assert Connection.objects.get().account == account
        assert AuditEntry.objects.filter(account=cleo_actor.account, action__startswith="connect").count() == 0
        assert cleo_client.get("/dashboard").status_code == 200

    def test_reconnecting_renews(self, client, account, twitch, grant, make):
        grant(state=GrantState.NEEDS_SIGN_IN, failure_code="grant_ended", failed_since=timezone.now())

        connect(client, twitch, make())

        connection = Connection.objects.get()
        assert (connection.state, connection.failure_code, connection.version) == (GrantState.CONNECTED, "", 2)
        entry = AuditEntry.objects.get(account=account, action="connection.renewed")
        assert (entry.actor_name, entry.via) == ("Ada", "connect_link")

    def test_queries(self, client, twitch, address, django_assert_max_num_queries):
        url = leave(client, address)
        back = twitch.consent(url, user="mira_plays")

        with django_assert_max_num_queries(32):
            come_back(client, back)
        with django_assert_max_num_queries(2):  # the session and the link
            client.get(BEGUN)


class TestRefusals:
    """Each is told on the link's page, which offers the button once more."""

    def refused(self, page, sentence: str) -> None:
        assert page.status_code == 200
        assert sentence in words(page)
        assert "Connect with Twitch" in words(page)
        assert not ConnectLink.objects.exclude(used_at=None).exists()

    def test_deny_then_allow(self, client, account, twitch, address):
        page = connect(client, twitch, address, allow=False)

        self.refused(
            page,
            "Twitch says that access was refused. Nothing was linked. Click Connect and allow what Lumio asks for.",
        )
        assert not Connection.objects.exists()
        assert refusals(account) == ["access_denied"]

        assert "is now connected to Ada live" in words(connect(client, twitch, BEGUN))

    def test_another_channel_on_reconnect(self, client, account, twitch, grant, make):
        before = as_stored(grant())
        twitch.add_user("kai", name="Kai")
        address = make()

        page = connect(client, twitch, address, user="kai")

        self.refused(page, "This is connected to Mira_Plays, but you signed in as Kai at Twitch.")
        assert as_stored(Connection.objects.get()) == before
        kai = twitch.state.find_user("kai").id
        assert [token for token in twitch.state.access_tokens.values() if token.user_id == kai] == []
        assert refusals(account) == ["other_channel"]

        connect(client, twitch, BEGUN)
        assert Connection.objects.get().version == 2

    def test_the_channel_where_a_bot_is_wanted(self, client, twitch, grant, make):
        grant()

        page = connect(client, twitch, make(purpose=Purpose.BOT))

        self.refused(page, "Mira_Plays is the channel itself, and a custom bot needs a Twitch account of its own.")
        assert Connection.objects.get().purpose == Purpose.CHANNEL

    def test_a_redirect_uri_that_the_app_does_not_know_comes_back_without_a_state(self, client, twitch, address):
        leave(client, address)

        back = client.get("/connections/twitch/callback", {"error": "redirect_mismatch"})

        assert back["Location"] == BEGUN
        self.refused(client.get(BEGUN), "Add exactly http://localhost:8000/connections/twitch/callback")

    def test_a_wrong_secret(self, client, account, twitch, address):
        url = leave(client, address)
        twitch.reset_secret()

        come_back(client, twitch.consent(url, user="mira_plays"))

        self.refused(client.get(BEGUN), "Twitch does not accept the app credentials.")
        assert refusals(account) == ["client_secret_rejected"]

    def test_a_rate_limit_pauses_the_link_too(self, client, twitch, address):
        url = leave(client, address)
        twitch.fail("/oauth2/token", status=429)
        come_back(client, twitch.consent(url, user="mira_plays"))
        self.refused(client.get(BEGUN), "Wait 60 seconds")

        again = client.post(BEGUN)

        assert again["Location"] == BEGUN
        self.refused(client.get(BEGUN), "Twitch asked for a pause.")

    def test_switched_off_meanwhile(self, client, twitch, address):
        PlatformSwitch.objects.create(platform="twitch")

        begun = client.post(address)

        assert begun["Location"] == BEGUN
        self.refused(client.get(BEGUN), "Twitch has been switched off by whoever runs this Lumio.")
        assert not OAuthAttempt.objects.exists()

    def test_more_than_ten_minutes_at_the_platform(self, client, twitch, address):
        back = twitch.consent(leave(client, address), user="mira_plays")
        OAuthAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=1))

        come_back(client, back)

        self.refused(client.get(BEGUN), "took longer than ten minutes")

    def test_ten_starts_in_five_minutes_are_enough(self, client, twitch, address):
        for _ in range(10):
            leave(client, address)

        assert client.post(address)["Location"] == BEGUN

        assert OAuthAttempt.objects.count() == 10
        self.refused(client.get(BEGUN), "Wait 5 minutes")


class TestALinkThatWorksNoMore:
    ENDS = {
        "withdrawn": lambda link, maker: links.withdraw(actor=maker, link=link),
        "its maker left": lambda link, maker: Member.objects.filter(user=maker.user).delete(),
        "its maker lost the right": lambda link, maker: Member.objects.filter(user=maker.user).update(
            role=link.account.roles.get(slug="viewer")
        ),
    }

    @pytest.fixture
    def maker(self, account):
        return factories.make_actor(account=account, permissions={Permission.CONNECTIONS_EDIT})

    def gone(self, response) -> None:
        assert response.status_code == 410
        assert GONE in words(response)
        assert "Ask the person you have it from for a new one." in words(response)

    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
    def test_right_before_the_start(self, client, twitch, make, maker, end):
        address = make(actor=maker)
        client.get(address)
        end(ConnectLink.objects.get(), maker)

        self.gone(client.post(address))
        self.gone(client.get(address))

        assert not OAuthAttempt.objects.exists()

    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
    def test_while_at_the_platform(self, client, account, twitch, make, maker, end):
        back = twitch.consent(leave(client, make(actor=maker)), user="mira_plays")
        end(ConnectLink.objects.get(), maker)

        come_back(client, back)

        page = client.get(BEGUN)
        self.gone(page)
        assert "Nothing was connected, and Lumio kept no access to what you signed in to." in words(page)
        assert not Connection.objects.exists()
        assert not twitch.calls("/oauth2/token")
        assert refusals(account) == ["link_gone"]
        assert OAuthAttempt.objects.get().used_at is not None  # the answer counts once all the same
        self.gone(client.post(BEGUN))

    def test_run_out_while_at_the_platform(self, client, twitch, make):
        address = make(lifetime=LinkLifetime.HOUR)
        with time_machine.travel(timezone.now() + timedelta(minutes=55)):
            url = leave(client, address)
        with time_machine.travel(timezone.now() + timedelta(minutes=61)):
            come_back(client, twitch.consent(url, user="mira_plays"))
            self.gone(client.get(BEGUN))

        assert not Connection.objects.exists()

    def test_made_up(self, client, db):
        for code in ("made-up", "x" * 3000, "%00", "%F0%9F%A6%A6"):
            self.gone(client.get(f"/connect/{code}"))
            self.gone(client.post(f"/connect/{code}"))

        assert not Session.objects.exists()

    def test_a_second_tab_of_who_is_done_already(self, client, twitch, address):
        first, second = leave(client, address), leave(client, address)
        come_back(client, twitch.consent(first, user="mira_plays"))

        come_back(client, twitch.consent(second, user="mira_plays"))

        page = client.get(BEGUN)
        assert "is now connected to Ada live" in words(page)
        assert "Nothing was connected" not in words(page)
        assert Connection.objects.get().version == 1


class TestOtherBrowsers:
    def test_another_browser_cannot_finish(self, client, account, twitch, address):
        """Somebody begins, and has another person come back with the answer; and the other way round."""
        back = twitch.consent(leave(client, address), user="mira_plays")
        other = Client(HTTP_HOST="localhost")

        come_back(other, back)
        page = other.get(BEGUN)
        come_back(client, back)

        assert page.status_code == 404
        assert "This sign-in at Twitch was started in another browser" in words(page)
        assert "Open the link you were sent once more, in this browser." in words(page)
        assert "has already been finished" in words(client.get(BEGUN))
        assert not Connection.objects.exists()
        assert not twitch.calls("/oauth2/token")
        assert ConnectLink.objects.get().used_at is None

    def test_not_even_its_maker_can(self, client, ada_client, twitch, address):
        back = twitch.consent(leave(client, address), user="mira_plays")

        response = come_back(ada_client, back)

        assert response["Location"] == BEGUN
        assert "This sign-in at Twitch was started in another browser" in words(ada_client.get(BEGUN))
        assert not Connection.objects.exists()

    def test_a_session_that_does_not_know_the_link_shows_nothing_of_it(self, client, ada_client, twitch, address):
        leave(client, address)

        for other in (Client(HTTP_HOST="localhost"), ada_client):
            for response in (other.get(BEGUN), other.post(BEGUN)):
                assert response.status_code == 404
                assert "Ada live" not in words(response)

    def test_signed_out_members_are_still_sent_to_sign_in(self, client, db):
        response = client.get("/connections/twitch/callback", {"state": "made-up", "code": "x"})

        assert response["Location"] == "/account/login/?next=/dashboard/connections"


class TestLimits:
    def test_tries_are_counted_against_the_address(self, client, twitch, address, monkeypatch, one_window):
        monkeypatch.setattr(throttle, "ADDRESS", Limit("address", 3))
        for _ in range(3):
            client.get(address)

        for response in (client.get(address), client.post(address), client.get(BEGUN)):
            assert response.status_code == 429
            assert "Too many requests." in words(response)
            assert 1 <= int(response["Retry-After"]) <= 60
            assert response["Cache-Control"] == "no-store"
        assert not OAuthAttempt.objects.exists()


class TestMaking:
    def test_the_link_is_shown_once_and_is_kept_nowhere(self, ada_client, account, client):
        response = ada_client.post(MAKE, {"lifetime": "1h", "account": str(account.pk)})

        page = html.unescape(response.content.decode())
        [found] = set(re.findall(r"http://localhost:8000/connect/[\w-]+", page))
        link = ConnectLink.objects.get()
        assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
        assert link.expires_at - link.created_at == pytest.approx(timedelta(hours=1), abs=timedelta(seconds=5))
        assert client.get(urlsplit(found).path).status_code == 200
        assert f'data-leave-for="{MAKE}?purpose=channel"' in page
        assert found not in ada_client.get(MAKE).content.decode()
        assert found.rpartition("/")[2] not in str(Session.objects.values_list("session_data"))

    def test_it_shows_what_they_will_see(self, ada_client):
        said = words(ada_client.get(MAKE))

        assert "Ada asks you to connect your Twitch channel to Ada live." in said
        assert [scope.sentence for scope in SCOPES if str(scope.sentence) not in said] == []

    def test_a_day_is_offered_first(self, ada_client):
        page = ada_client.get(MAKE).content.decode()

        assert re.findall(r'<option value="(\w+)"', page) == ["1h", "24h", "7d"]
        assert re.findall(r'<option value="(\w+)" selected', page) == ["24h"]

    def test_a_bots(self, ada_client):
        ada_client.post(f"{MAKE}?purpose=bot", {"lifetime": "7d"})

        assert ConnectLink.objects.get().purpose == Purpose.BOT

    @pytest.mark.parametrize(
        ("query", "data", "status"),
        [
            ("", {}, 422),
            ("", {"lifetime": "forever"}, 422),
            ("?purpose=x", {"lifetime": "1h"}, 404),
        ],
    )
    def test_what_makes_none(self, ada_client, query, data, status):
        assert ada_client.post(MAKE + query, data).status_code == status
        assert not ConnectLink.objects.exists()

    def test_a_refusal_is_told_above_the_form(self, ada_client, credentials):
        credentials.delete()

        response = ada_client.post(MAKE, {"lifetime": "1h"})

        assert response.status_code == 422
        assert "There are no app credentials for Twitch." in words(response)
        assert not ConnectLink.objects.exists()

    def test_each_purpose_asks_for_its_right(self, account):
        for purpose, own, other in (
            ("channel", Permission.CONNECTIONS_EDIT, Permission.BOT_CONNECTIONS_CREATE),
            ("bot", Permission.BOT_CONNECTIONS_CREATE, Permission.CONNECTIONS_EDIT),
        ):
            for permission, status in ((own, 200), (other, 403)):
                client = Client(HTTP_HOST="localhost")
                client.force_login(factories.make_member(account=account, permissions={permission}).user)
                for response in (
                    client.get(f"{MAKE}?purpose={purpose}"),
                    client.post(f"{MAKE}?purpose={purpose}", {"lifetime": "1h"}),
                ):
                    assert response.status_code == status
        assert ConnectLink.objects.count() == 2


class TestTheOpenOnes:
    def test_they_are_listed_and_withdrawn(self, ada_client, account, client, make):
        address = make(purpose=Purpose.BOT)
        link = ConnectLink.objects.get()
        assert "Made by Ada" in words(ada_client.get(MAKE))

        response = ada_client.post(
            f"/dashboard/connections/links/{link.pk}/withdraw", {"account": str(account.pk)}, follow=True
        )

        assert response.redirect_chain == [(f"{MAKE}?purpose=bot", 302)]
        assert "The link is withdrawn. It opens nothing any more." in words(response)
        assert "Made by Ada" not in words(response)
        assert client.get(address).status_code == 410

    def test_one_whose_maker_lost_the_right_says_so(self, ada_client, account, make):
        actor = factories.make_actor(account=account, permissions={Permission.CONNECTIONS_EDIT})
        make(actor=actor)
        assert "Works until" in words(ada_client.get(MAKE))

        Member.objects.filter(user=actor.user).delete()

        assert words(ada_client.get(MAKE)).count("Opens nothing") == 1
        assert "Who made it may no longer connect" in words(ada_client.get(MAKE))

    def test_another_accounts_is_not_there(self, cleo_client, make):
        make()

        assert (
            cleo_client.post(f"/dashboard/connections/links/{ConnectLink.objects.get().pk}/withdraw").status_code == 404
        )
        assert "Made by Ada" not in words(cleo_client.get(MAKE))
        assert ConnectLink.objects.open().count() == 1

    def test_queries(self, ada_client, make, django_assert_max_num_queries):
        ada_client.get(MAKE)  # the session's first page is written down
        for _ in range(2):
            make()
            with django_assert_max_num_queries(6):
                ada_client.get(MAKE)
