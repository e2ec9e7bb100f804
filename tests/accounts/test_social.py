"""Signing in with an account elsewhere, against the simulated Twitch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from types import ModuleType
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.twitch.provider import TwitchProvider
from allauth.socialaccount.providers.twitch.views import TwitchOAuth2Adapter
from django.test import override_settings
from django.urls import include, path

import lumio.urls
from accounts import social_urls
from accounts.enums import Action
from accounts.models import AuditEntry, Member, User
from connections.models import PlatformSwitch
from tests import doors, factories
from tests.fakes.twitch import Twitch

CLIENT_ID, CLIENT_SECRET = "operators0client0id00000000000", "operators0secret00000000000000"
CALLBACK = "/account/social/twitch/login/callback/"
LOGIN = "/account/social/twitch/login/"
MIRA = "31337"


@pytest.fixture
def twitch(settings, monkeypatch):
    """Twitch as the operator set it up."""
    with Twitch() as stand_in:
        stand_in.add_app(CLIENT_ID, CLIENT_SECRET, redirect_uris=[f"http://localhost{CALLBACK}"])
        stand_in.add_user("mira_plays", id=MIRA, name="Mira_Plays", email="mira@example.com")
        monkeypatch.setattr(TwitchOAuth2Adapter, "access_token_url", f"{stand_in.url}/oauth2/token")
        monkeypatch.setattr(TwitchOAuth2Adapter, "authorize_url", f"{stand_in.url}/oauth2/authorize")
        monkeypatch.setattr(TwitchOAuth2Adapter, "profile_url", f"{stand_in.url}/helix/users")
        monkeypatch.setitem(registry.provider_map, "twitch", TwitchProvider)
        settings.SOCIALACCOUNT_PROVIDERS = {"twitch": {"APP": {"client_id": CLIENT_ID, "secret": CLIENT_SECRET}}}
        settings.LUMIO_SOCIAL = ["twitch"]
        urlconf = ModuleType("urlconf_with_twitch")
        urlconf.urlpatterns = [
            path("account/social/", include(social_urls.patterns(["twitch"]))),
            *lumio.urls.urlpatterns,
        ]
        urlconf.handler403, urlconf.handler404 = lumio.urls.handler403, lumio.urls.handler404
        monkeypatch.setitem(sys.modules, urlconf.__name__, urlconf)
        settings.ROOT_URLCONF = urlconf.__name__
        yield stand_in


def leave(client, *, process: str = "login") -> str:
    response = client.post(f"{LOGIN}?process={process}")
    assert response.status_code == 302
    return response["Location"]


def agree(address: str) -> str:
    """What the browser does at Twitch; the address it is sent back to."""
    form = {"login": "mira_plays", "decision": "allow"}
    answer = requests.post(address, data=form, allow_redirects=False, timeout=30)
    assert answer.status_code in {302, 303}, answer.text
    return answer.headers["Location"]


def come_back(client, address: str):
    parts = urlsplit(address)
    return client.get(parts.path, dict(parse_qsl(parts.query)))


def sign_in(client, **options):
    return come_back(client, agree(leave(client, **options)))


@pytest.fixture
def linked(ada) -> SocialAccount:
    return SocialAccount.objects.create(user=ada, provider="twitch", uid=MIRA)


def signed_in_as(client) -> str | None:
    return client.session.get("_auth_user_id")


class TestNotSetUp:
    @pytest.mark.parametrize("address", [LOGIN, CALLBACK, "/account/social/", "/account/social/signup/"])
    def test_there_is_no_door(self, ada_client, address):
        assert ada_client.get(address).status_code == 404
        assert ada_client.post(address).status_code == 404

    def test_there_is_no_button(self, client, ada_client, db):
        assert "/account/social/" not in client.get("/account/login/").content.decode()
        assert "/account/social/" not in ada_client.get("/account/security").content.decode()

    def test_no_provider_is_installed(self, settings):
        assert [app for app in settings.INSTALLED_APPS if app.startswith("allauth.socialaccount.")] == []


class TestSettings:
    def start(self, **environment: str) -> subprocess.CompletedProcess[str]:
        code = (
            "import django; django.setup()\n"
            "from django.conf import settings; from django.urls import reverse\n"
            "print(settings.LUMIO_SOCIAL, [a for a in settings.INSTALLED_APPS if 'providers' in a])\n"
            "print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][1:])\n"
            "print([reverse(f'{p}_callback') for p in settings.LUMIO_SOCIAL])"
        )
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lumio.settings", **environment}
        return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)

    def test_only_what_is_set_up_is_installed_and_has_doors(self):
        done = self.start(
            LUMIO_SOCIAL_GOOGLE_CLIENT_ID="id",
            LUMIO_SOCIAL_GOOGLE_CLIENT_SECRET="secret",
            LUMIO_SOCIAL_DISCORD_CLIENT_ID="id",
            LUMIO_SOCIAL_DISCORD_CLIENT_SECRET="secret",
        )

        assert done.stdout.splitlines() == [
            "['discord', 'google'] "
            "['allauth.socialaccount.providers.discord', 'allauth.socialaccount.providers.google']",
            "['https://discord.com', 'https://accounts.google.com']",
            "['/account/social/discord/login/callback/', '/account/social/google/login/callback/']",
        ]

    def test_half_a_pair_is_refused_by_name(self):
        done = self.start(LUMIO_SOCIAL_GITHUB_CLIENT_ID="id")

        assert done.returncode == 1
        assert "LUMIO_SOCIAL_GITHUB_CLIENT_SECRET is not set" in done.stderr


class TestSetUp:
    def test_every_door_has_a_gate(self, twitch):
        found = {door.name: door.asks for door in doors.urls() if "/account/social/" in door.name}

        assert found == {
            "page /account/social/": "member",
            "page /account/social/cancelled/": "public",
            "page /account/social/error/": "public",
            "page /account/social/signup/": "public",
            f"page {CALLBACK}": "public",
            f"page {LOGIN}": "public",
        }

    def test_the_button_leads_to_twitch_with_as_little_as_possible(self, twitch, client, db):
        page = client.get("/account/login/?next=/dashboard/tokens").content.decode()
        [action] = re.findall(r'action="(/account/social/[^"]*)"', page)

        address = client.post(action.replace("&amp;", "&"))["Location"]

        asked = parse_qs(urlsplit(address).query)
        assert address.startswith(f"{twitch.url}/oauth2/authorize?")
        assert asked["redirect_uri"] == [f"http://localhost{CALLBACK}"]
        assert asked["scope"] == ["user:read:email"]
        assert asked["state"][0]

    def test_a_linked_identity_signs_in_and_is_noted(self, twitch, client, ada, account, linked):
        response = sign_in(client)

        assert (response.status_code, response["Location"]) == (302, "/dashboard")
        assert signed_in_as(client) == str(ada.pk)
        assert AuditEntry.objects.latest("id").action == Action.SIGNED_IN
        assert not SocialToken.objects.exists()

    def test_an_unknown_one_is_refused_with_a_sentence(self, twitch, client, account):
        response = sign_in(client)

        assert (response.status_code, response["Location"]) == (302, "/account/login/")
        assert "Nobody here has linked this Twitch account." in client.get("/account/login/").content.decode()
        assert signed_in_as(client) is None
        assert not SocialAccount.objects.exists()

    def test_the_same_address_opens_nobodys_account(self, twitch, client, db):
        """Whoever controls an identity with Ada's address is not Ada."""
        ada = factories.make_user(email="mira@example.com")
        factories.make_account(owner=ada)

        for is_open in (False, True):
            with override_settings(LUMIO_OPEN_SIGNUP=is_open):
                sign_in(client)

            assert signed_in_as(client) is None
            assert not SocialAccount.objects.exists()
        assert User.objects.count() == 1

    @override_settings(LUMIO_OPEN_SIGNUP=True)
    def test_open_sign_up_makes_a_person_with_an_account(self, twitch, client, account):
        sign_in(client)

        person = User.objects.get(email="mira@example.com")
        assert signed_in_as(client) == str(person.pk)
        assert not person.has_usable_password()
        member = Member.objects.select_related("account", "role").get(user=person)
        assert member.role.is_owner
        assert member.account != account

    def test_an_inactive_person_is_not_let_in(self, twitch, client, ada, account, linked):
        ada.is_active = False
        ada.save()

        sign_in(client)

        assert signed_in_as(client) is None

    def test_cancelled(self, twitch, client, linked):
        state = parse_qs(urlsplit(leave(client)).query)["state"][0]

        response = client.get(CALLBACK, {"error": "access_denied", "state": state}, follow=True)

        assert "You have not agreed" in response.content.decode()
        assert signed_in_as(client) is None

    @pytest.mark.parametrize("query", [{}, {"code": "x"}, {"code": "x", "state": "made-up"}, {"error": "<b>oops"}])
    def test_a_state_that_was_never_given_out_is_refused(self, twitch, client, linked, query):
        response = client.get(CALLBACK, query)

        assert response.status_code == 401
        assert "That did not work" in response.content.decode()
        assert "<b>oops" not in response.content.decode()
        assert signed_in_as(client) is None

    def test_a_code_of_another_browser_is_refused(self, twitch, client, ada_client, linked):
        address = agree(leave(client))

        assert come_back(type(client)(HTTP_HOST="localhost"), address).status_code == 401

    @pytest.mark.parametrize("body", ["", "{}", "[]", "null", "<html>", '{"access_token": 5}', '{"access_token": "x"}'])
    def test_garbage_from_the_provider_is_a_failed_sign_in(self, twitch, client, linked, monkeypatch, body):
        address = agree(leave(client))

        def answer(session, method, url, **options):
            assert options["timeout"]
            response = requests.Response()
            response.status_code, response._content = 200, body.encode()
            return response

        monkeypatch.setattr(requests.Session, "request", answer)
        response = come_back(client, address)

        assert response.status_code == 401
        assert "Twitch did not confirm who you are" in response.content.decode()
        assert signed_in_as(client) is None


class TestSwitchedOff:
    SAID = "Signing in with Twitch is switched off by whoever runs this Lumio. Back at noon"

    @pytest.fixture
    def switch_off(self, twitch):
        return lambda: PlatformSwitch.objects.create(platform="twitch", use="login", reason="Back at noon")

    def test_there_is_no_button(self, switch_off, client, ada_client):
        switch_off()

        assert f'action="{LOGIN}' not in client.get("/account/login/").content.decode()
        assert "Link or unlink" not in ada_client.get("/account/security").content.decode()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_nobody_leaves(self, switch_off, client, linked, method):
        switch_off()

        response = getattr(client, method)(LOGIN)

        assert response["Location"] == "/account/login/"
        assert self.SAID in client.get("/account/login/").content.decode()

    def test_nobody_comes_in_who_left_before(self, twitch, switch_off, client, linked):
        address = agree(leave(client))
        switch_off()

        response = come_back(client, address)

        assert response["Location"] == "/account/login/"
        assert signed_in_as(client) is None
        assert not twitch.calls("/oauth2/token")

    @override_settings(LUMIO_OPEN_SIGNUP=True)
    def test_a_sign_up_that_was_begun_ends_nowhere(self, switch_off, client, account):
        factories.make_user(email="mira@example.com")
        sign_in(client)
        assert client.get("/account/social/signup/").status_code == 200
        switch_off()

        client.post("/account/social/signup/", {"email": "other@example.com"})

        assert signed_in_as(client) is None
        assert not SocialAccount.objects.exists()

    def test_what_is_linked_stays_and_can_be_unlinked(self, switch_off, client, ada, account, linked):
        client.post("/account/login/", {"login": "ada@example.com", "password": factories.PASSWORD})
        client.post("/account/reauthenticate/?next=/dashboard", {"password": factories.PASSWORD})
        switch_off()

        page = client.get("/account/social/").content.decode()
        assert MIRA in page
        assert "Link Twitch" not in page
        assert client.post(f"{LOGIN}?process=connect")["Location"] == "/account/social/"

    @pytest.mark.parametrize(("platform", "use"), [("twitch", "channel"), ("twitch", "bot"), ("google", "login")])
    def test_other_switches_change_nothing(self, twitch, client, ada, account, linked, platform, use):
        PlatformSwitch.objects.create(platform=platform, use=use)

        sign_in(client)

        assert signed_in_as(client) == str(ada.pk)

    def test_it_comes_back_by_itself(self, switch_off, client, ada, account, linked):
        switch_off().delete()

        sign_in(client)

        assert signed_in_as(client) == str(ada.pk)


class TestLinking:
    def test_it_is_linked_noted_and_unlinked(self, twitch, fresh, ada, account):
        response = sign_in(fresh, process="connect")

        assert (response.status_code, response["Location"]) == (302, "/account/social/")
        identity = SocialAccount.objects.get()
        assert (identity.user, identity.uid) == (ada, MIRA)
        assert AuditEntry.objects.latest("id").action == Action.IDENTITY_LINKED
        assert MIRA in fresh.get("/account/social/").content.decode()

        fresh.post("/account/social/", {"identity-account": identity.pk})

        assert not SocialAccount.objects.exists()
        assert AuditEntry.objects.latest("id").action == Action.IDENTITY_UNLINKED

    def test_the_page_asks_for_the_password_first(self, twitch, ada_client):
        response = ada_client.get("/account/social/")

        assert response.status_code == 302
        assert response["Location"].startswith("/account/reauthenticate/")

    def test_an_open_browser_alone_links_nothing(self, twitch, ada_client):
        response = sign_in(ada_client, process="connect")

        assert response["Location"].startswith("/account/reauthenticate/")
        assert not SocialAccount.objects.exists()

    def test_one_identity_belongs_to_one_person(self, twitch, fresh, cleo):
        SocialAccount.objects.create(user=cleo, provider="twitch", uid=MIRA)

        sign_in(fresh, process="connect")

        assert SocialAccount.objects.get().user == cleo
        assert "Somebody else here signs in with it." in fresh.get("/account/social/").content.decode()

    def test_nobody_unlinks_anothers(self, twitch, fresh, cleo):
        identity = SocialAccount.objects.create(user=cleo, provider="twitch", uid=MIRA)

        fresh.post("/account/social/", {"identity-account": identity.pk})

        assert SocialAccount.objects.get() == identity

    def test_the_last_way_in_stays(self, twitch, fresh, ada, linked):
        ada.set_unusable_password()
        ada.save()
        fresh.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")

        response = fresh.post("/account/social/", {"identity-account": linked.pk})

        assert "Set a password first" in response.content.decode()
        assert SocialAccount.objects.get() == linked
