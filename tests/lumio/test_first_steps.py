"""The guide for the first steps: what each step says, to whom, and what its page does."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import Http404
from django.utils import timezone

from accounts.enums import Permission
from connections.enums import GrantState, Purpose
from connections.models import AppCredentials, OAuthAttempt, PlatformSwitch
from events.enums import Kind, Origin, SourceState
from events.models import Event, IngestSource
from lumio import first_steps
from lumio.first_steps import Left, StepState
from overlays.models import Alert, Source
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET, twitch  # noqa: F401  # a fixture
from tests.factories import (
    make_actor,
    make_connection,
    make_credentials,
    make_event,
    make_layer,
    make_member,
    make_overlay,
    make_token,
    make_variation,
)
from tests.pages import signed_in

PAGE = "/dashboard/start"
OF_TWITCH = "/dashboard/start/twitch"


def states(actor, slug: str = "") -> dict[str, str]:
    return {step.slug: step.state.value for step in first_steps.guide(actor, slug).steps}


def step(actor, slug: str, platform: str = "twitch"):
    [found] = [one for one in first_steps.guide(actor, platform).steps if one.slug == slug]
    return found


def source(connection, state=SourceState.DELIVERING, **fields):
    defaults = {"subscriptions_active": 13, "subscriptions_wanted": 13}
    return IngestSource.objects.create(
        account=connection.account,
        key=connection.source_key,
        state=state,
        leased_until=timezone.now() + timedelta(minutes=1),
        **defaults | fields,
    )


def attempt(actor, *, minutes_ago: int) -> OAuthAttempt:
    return OAuthAttempt.objects.create(
        account=actor.account,
        user=actor.user,
        platform="twitch",
        purpose=Purpose.CHANNEL,
        state_digest="1",
        session_digest="2",
        redirect_uri="http://localhost:8000/connections/twitch/callback",
        created_at=timezone.now() - timedelta(minutes=minutes_ago),
    )


def open_page(overlay, **fields) -> Source:
    return Source.objects.create(id="7c1d2f0a-3a43-4f2c-8f43-0d2f8c8f4d11", overlay=overlay, **fields)


class TestStates:
    def test_a_fresh_account_makes_an_app_and_saves_what_it_got(self, ada_actor):
        assert states(ada_actor) == {
            "app": "now", "credentials": "now", "connect": "later", "event": "later", "obs": "later"
        }  # fmt: skip

    def test_with_credentials_it_connects(self, ada_actor, account):
        make_credentials(account=account)

        assert states(ada_actor) == {
            "app": "done", "credentials": "done", "connect": "now", "event": "later", "obs": "later"
        }  # fmt: skip

    def test_connected_it_waits_for_an_event_and_can_already_go_into_obs(self, ada_actor, account):
        make_credentials(account=account)
        source(make_connection(account=account))

        assert states(ada_actor) == {
            "app": "done", "credentials": "done", "connect": "done", "event": "now", "obs": "now"
        }  # fmt: skip
        assert step(ada_actor, "connect").done == "Connected as Ada."

    @pytest.mark.parametrize("origin", [Origin.LIVE, Origin.TEST])
    def test_an_event_is_one_that_happened_or_a_test(self, ada_actor, account, origin):
        make_event(account=account, origin=origin)

        assert states(ada_actor)["event"] == "done"

    def test_that_nothing_was_heard_is_no_event(self, ada_actor, account):
        make_event(account=account, kind=Kind.SOURCE_GAP)

        assert states(ada_actor)["event"] == "later"

    def test_an_event_of_another_platform_is_none_of_this_one(self, ada_actor, account):
        make_event(account=account, platform="kick")

        assert states(ada_actor, "twitch")["event"] == "later"
        assert states(ada_actor, "kick")["event"] == "done"

    def test_an_open_overlay_is_on_screen(self, ada_actor, account):
        open_page(make_overlay(account=account))

        assert states(ada_actor)["obs"] == "done"

    @pytest.mark.parametrize("gone", [{"connected": False}, {"seen_at": timezone.now() - timedelta(hours=1)}])
    def test_an_overlay_that_is_open_no_more_is_not(self, ada_actor, account, gone):
        make_connection(account=account)
        open_page(make_overlay(account=account), **gone)

        assert states(ada_actor)["obs"] == "now"

    def test_a_popout_that_was_opened_is(self, ada_actor):
        token, _ = make_token(actor=ada_actor, permissions={Permission.EVENTS_READ})
        before = states(ada_actor)["obs"]
        token.last_used_at = timezone.now()
        token.save()

        assert (before, states(ada_actor)["obs"]) == ("later", "done")

    def test_all_done_has_no_next_step(self, ada_actor, account):
        make_credentials(account=account)
        source(make_connection(account=account))
        make_event(account=account)
        open_page(make_overlay(account=account))

        guide = first_steps.guide(ada_actor)

        assert (guide.number_done, guide.is_done, guide.next) == (5, True, None)


class TestTroubles:
    def test_a_sign_in_that_never_came_back_tells_of_the_redirect_uri(self, ada_actor, account):
        make_credentials(account=account)
        attempt(ada_actor, minutes_ago=5)

        app = step(ada_actor, "app")

        assert app.state == StepState.WRONG
        assert app.trouble.startswith("A sign-in was started but never came back. If Twitch showed an error page")

    def test_a_changed_address_has_both_done_again(self, ada_actor, account):
        make_credentials(account=account, redirect_uri="https://old.example.com/connections/twitch/callback")

        assert step(ada_actor, "app").trouble.startswith("The address of this Lumio has changed.")
        assert states(ada_actor)["credentials"] == "now"

    def test_a_changed_address_harms_no_sign_in_that_works(self, ada_actor, account):
        make_credentials(account=account, redirect_uri="https://old.example.com/connections/twitch/callback")
        make_connection(account=account)

        assert states(ada_actor)["app"] == "done"

    def test_rejected_credentials_repeat_what_the_platform_said(self, ada_actor, account):
        make_credentials(account=account)
        failure = {"failure_code": "credentials_rejected", "failure_params": {"platform": "Twitch", "reason": "no"}}
        make_connection(account=account, state=GrantState.CREDENTIALS_REJECTED, **failure)

        assert states(ada_actor)["credentials"] == "wrong"
        assert "Twitch" in step(ada_actor, "credentials").trouble

    def test_a_lost_sign_in_is_told_where_one_connects(self, ada_actor, account):
        make_credentials(account=account)
        failure = {"failure_code": "grant_ended", "failure_params": {"platform": "Twitch", "reason": "no"}}
        make_connection(account=account, state=GrantState.NEEDS_SIGN_IN, **failure)

        assert states(ada_actor)["connect"] == "wrong"
        assert "Twitch" in step(ada_actor, "connect").trouble

    def test_a_source_that_stopped_is_told_where_one_waits(self, ada_actor, account):
        source(make_connection(account=account), SourceState.STOPPED)

        assert states(ada_actor)["event"] == "wrong"

    def test_kick_that_cannot_come_here_is_told_where_one_waits(self, ada_actor, account, settings):
        settings.LUMIO_WEBHOOK_URL = "http://localhost:8000"
        make_connection(account=account, platform="kick")

        assert states(ada_actor, "kick")["event"] == "wrong"

    def test_a_platform_that_is_switched_off_says_why(self, ada_actor):
        PlatformSwitch.objects.create(platform="twitch", reason="Back on {Monday}")

        assert step(ada_actor, "app").trouble == "Back on {Monday}"
        assert set(states(ada_actor, "twitch").values()) == {"wrong", "later"}
        assert first_steps.guide(ada_actor).platform.slug == "youtube"


class TestPlatforms:
    def test_the_one_that_is_furthest_is_looked_at(self, ada_actor, account):
        make_credentials(account=account, platform="youtube")
        after_credentials = first_steps.guide(ada_actor).platform.slug
        make_connection(account=account, platform="kick")

        assert (after_credentials, first_steps.guide(ada_actor).platform.slug) == ("youtube", "kick")

    @pytest.mark.parametrize("slug", ["spotify", "nowhere"])
    def test_there_are_only_those_of_streaming(self, ada_actor, slug):
        with pytest.raises(Http404):
            first_steps.guide(ada_actor, slug)


class TestRights:
    def test_whoever_may_not_is_told_who_may(self, account):
        actor = make_actor(account=account, permissions={Permission.CONNECTIONS_READ})

        assert [role.slug for role in step(actor, "app").roles] == ["administrator", "owner"]
        assert step(actor, "event").roles is None

    def test_how_far_it_is_everybody_is_told_but_no_names_or_troubles(self, account):
        make_credentials(account=account)
        make_connection(account=account, state=GrantState.NEEDS_SIGN_IN, failure_code="grant_ended")
        make_event(account=account)

        guide = first_steps.guide(make_actor(account=account, permissions=set()))

        assert [one.state.value for one in guide.steps] == ["done", "done", "wrong", "done", "now"]
        assert {one.trouble + one.done for one in guide.steps} == {""}
        assert (guide.card, guide.event) == (None, None)

    def test_whoever_has_a_role_without_them_sees_no_form(self, account):
        member = make_member(account=account, permissions={Permission.EVENTS_READ})

        content = signed_in(member.user).get(PAGE).content.decode()

        assert "Your role does not include this step." in content
        assert "client_secret" not in content


class TestLeft:
    def test_a_fresh_account_has_everything_before_it(self, account):
        assert first_steps.left(account) == Left.EVERYTHING

    def test_a_test_event_alone_is_not_enough(self, account):
        make_event(account=account)
        before = first_steps.left(account)
        make_connection(account=account)

        assert (before, first_steps.left(account)) == (Left.EVERYTHING, Left.STAGE)

    def test_something_to_put_into_obs_ends_it(self, account):
        make_event(account=account, origin=Origin.LIVE)
        make_overlay(account=account)

        assert first_steps.left(account) == Left.NOTHING

    def test_after_two_weeks_nobody_is_reminded(self, account):
        make_event(account=account, origin=Origin.LIVE)
        account.created_at -= first_steps.REMINDED_FOR

        assert first_steps.left(account) == Left.NOTHING

    def test_it_takes_one_query(self, account, django_assert_num_queries):
        with django_assert_num_queries(1):
            first_steps.left(account)

    def test_the_dashboard_leads_to_the_next_step(self, ada_client, account):
        make_credentials(account=account)

        content = ada_client.get("/dashboard").content.decode()

        assert 'href="/dashboard/start#step-connect"' in content
        assert "From here to the first event on your stream." in content

    def test_the_dashboard_reminds_of_the_last_one(self, ada_client, account):
        make_event(account=account, origin=Origin.LIVE)

        content = ada_client.get("/dashboard").content.decode()

        assert 'href="/dashboard/start#step-obs"' in content


class TestPage:
    @pytest.mark.parametrize("connected", [False, True])
    def test_it_takes_twelve_queries_at_most(self, ada_client, account, connected, django_assert_max_num_queries):
        make_credentials(account=account)
        if connected:
            for slug in ("twitch", "youtube", "kick"):
                source(make_connection(account=account, platform=slug))
            make_event(account=account)
            make_overlay(account=account)
        ada_client.get(OF_TWITCH)  # the first look makes addresses that platforms deliver to

        with django_assert_max_num_queries(12):
            ada_client.get(OF_TWITCH)

    def test_whoever_may_nothing_costs_no_more(self, account, django_assert_max_num_queries):
        client = signed_in(make_member(account=account, permissions={Permission.EVENTS_READ}).user)
        client.get(OF_TWITCH)

        with django_assert_max_num_queries(12):
            client.get(OF_TWITCH)

    def test_htmx_gets_the_steps_alone_and_nothing_while_they_are_the_same(self, ada_client, account):
        page = ada_client.get(PAGE).content.decode()
        [again] = re.findall(r'hx-get="(/dashboard/start/twitch\?seen=\w+)"', page)

        same = ada_client.get(again, headers={"HX-Request": "true"})
        make_credentials(account=account)
        changed = ada_client.get(again, headers={"HX-Request": "true"}).content.decode()

        assert (same.status_code, same.content) == (204, b"")
        assert changed.strip().startswith('<div class="stack" id="first-steps"')
        assert "2 of 5 steps are done." in changed.partition("hx-swap-oob")[2]

    def test_once_all_is_done_it_asks_no_more(self, ada_client, account):
        make_credentials(account=account)
        source(make_connection(account=account))
        make_event(account=account)
        open_page(make_overlay(account=account))

        content = ada_client.get(PAGE).content.decode()

        assert "You are set up." in content
        assert 'hx-get="/dashboard/start' not in content

    def test_the_redirect_uri_is_there_to_copy(self, ada_client):
        assert 'value="http://localhost:8000/connections/twitch/callback"' in ada_client.get(PAGE).content.decode()

    def test_kicks_webhook_url_is_there_too_for_who_may_edit(self, ada_client, account):
        member = make_member(account=account, permissions={Permission.CONNECTIONS_READ})

        assert "/v1/webhooks/kick/" in ada_client.get(f"{PAGE}/kick").content.decode()
        assert "/v1/webhooks/kick/" not in signed_in(member.user).get(f"{PAGE}/kick").content.decode()

    def test_the_pair_is_saved_and_tried(self, ada_client, account, twitch):  # noqa: F811
        answer = ada_client.post(
            f"{OF_TWITCH}/credentials", {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}, follow=True
        )

        assert answer.redirect_chain == [(OF_TWITCH, 302)]
        assert "Saved. Twitch accepts these app credentials." in answer.content.decode()
        assert AppCredentials.objects.get(account=account).client_id_hint == CLIENT_ID[-4:]

    def test_a_pair_that_is_refused_is_said_on_the_page(self, ada_client, twitch):  # noqa: F811
        answer = ada_client.post(f"{OF_TWITCH}/credentials", {"client_id": CLIENT_ID, "client_secret": "wrong0secret"})

        assert answer.status_code == 422
        content = answer.content.decode()
        assert "Twitch does not accept the app credentials." in content
        assert "wrong0secret" not in content
        assert AppCredentials.objects.count() == 0

    def test_a_test_event_is_one_of_the_platform(self, ada_client, account):
        answer = ada_client.post(f"{PAGE}/kick/test-event")

        row = Event.objects.get(account=account)
        assert answer["Location"] == f"{PAGE}/kick"
        assert (row.kind, row.platform, row.origin) == (Kind.FOLLOW, "kick", Origin.TEST)

    @pytest.mark.parametrize(("shown", "sent"), [(["raid", "tip"], "tip"), (["raid", "follow"], "follow")])
    def test_a_test_event_is_one_that_alerts_show(self, ada_client, account, shown, sent):
        variations = [make_variation(kinds=[kind]) for kind in shown]
        make_layer(overlay=make_overlay(account=account), type="alert_box", config={"variations": variations})

        ada_client.post(f"{PAGE}/kick/test-event")

        assert Event.objects.get(account=account).kind == sent
        assert Alert.objects.filter(account=account).count() == 1

    def test_a_sign_in_that_is_begun_here_ends_here(self, ada_client, account, twitch):  # noqa: F811
        make_credentials(account=account, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        ada_client.post("/dashboard/connections/twitch/connect", {"page": "first_steps"})

        refused = ada_client.get("/connections/twitch/callback?error=access_denied&state=unknown")
        ada_client.post("/dashboard/connections/twitch/connect")
        elsewhere = ada_client.get("/connections/twitch/callback?error=access_denied&state=unknown")

        assert urlsplit(refused["Location"]).path == OF_TWITCH
        assert urlsplit(elsewhere["Location"]).path == "/dashboard/connections"


class TestEmptyPages:
    """A page that has nothing to show says where to begin."""

    @pytest.mark.parametrize("page", ["/dashboard/chat", "/dashboard/events", "/popout/chat", "/popout/events"])
    def test_without_a_channel_it_leads_here(self, ada_client, account, page):
        before = ada_client.get(page).content.decode()
        source(make_connection(account=account))
        make_event(account=account)
        make_event(account=account, kind=Kind.CHAT_MESSAGE)

        assert f'href="{PAGE}"' in before
        assert page == "/dashboard/events" or f'href="{PAGE}"' not in ada_client.get(page).content.decode()

    @pytest.mark.parametrize("page", ["chat", "events"])
    def test_a_browser_source_is_led_nowhere(self, ada_actor, client, page):
        _, secret = make_token(actor=ada_actor, permissions={Permission.CHAT_READ, Permission.EVENTS_READ})

        assert f'href="{PAGE}"' not in client.get(f"/popout/{page}?token={secret.reveal()}").content.decode()

    @pytest.mark.parametrize(
        ("page", "leads_to"),
        [
            ("/dashboard/music", "/dashboard/connections#card-spotify"),
            ("/dashboard/obs", "/dashboard/connections"),
            ("/dashboard/connections/bot", "/dashboard/connections#card-twitch"),
            ("/dashboard/automations", "/dashboard/automations/new"),
            ("/dashboard/automations/runs", "/dashboard/automations"),
            ("/dashboard/overlays", "/dashboard/overlays/new"),
            ("/dashboard/tokens", "/dashboard/tokens/new"),
        ],
    )
    def test_others_lead_to_what_they_lack(self, ada_client, page, leads_to):
        main = ada_client.get(page).content.decode().partition('<main class="main"')[2]

        assert f'href="{leads_to}"' in main
