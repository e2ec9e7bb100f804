"""What the operator does in Django admin: global bots, their app credentials, the Discord bot, switches."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.domain.accounts import instance_account
from accounts.models import AuditEntry
from connections.domain import bots, vault
from connections.domain.bots import Voice
from connections.enums import GrantState, Purpose
from connections.models import AppCredentials, Connection, DiscordBot, OAuthAttempt, PlatformSwitch
from tests import factories
from tests.connections.conftest import as_stored, come_back
from tests.connections.speakers import CLIENT_ID, CLIENT_SECRET, channel, custom, operators_app, shared
from tests.connections.stages import stage_of
from tests.connections.test_bots import DEAD
from tests.fakes.discord import Discord
from tests.fakes.wire import environment
from tests.pages import words

PAGE = "/admin/bots/"


@pytest.fixture
def staff(db):
    return factories.make_user(email="root@example.com", name="Root", is_staff=True, is_superuser=True)


@pytest.fixture
def operator(staff) -> Client:
    """An operator who is a member of no account."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(staff)
    return client


@pytest.fixture(params=["twitch", "kick"])
def stage(request, settings):
    with stage_of(request.param, settings) as found:
        yield found


@pytest.fixture
def twitch(settings):
    with stage_of("twitch", settings) as found:
        yield found


@pytest.fixture
def discord(settings):
    with Discord() as stand_in:
        for name, value in environment(discord=stand_in.url).items():
            setattr(settings, name, value)
        yield stand_in


def section(client, slug: str) -> str:
    page = client.get(PAGE).content.decode()
    return words(re.search(rf'<section [^>]*id="{slug}".*?</section>', page, re.DOTALL)[0])


def banners(client) -> list[str]:
    return [str(message) for message in client.get(PAGE).context["messages"]]


def audit() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(account__is_instance=True).order_by("id")
    return [(entry.action, entry.actor_name, entry.via_detail) for entry in entries]


def leave(client, slug: str) -> str:
    response = client.post(f"{PAGE}{slug}/connect")
    assert response.status_code == 200, response.headers
    return response.context["url"]


class TestDoors:
    ADDRESSES = ["", "twitch/credentials", "twitch/credentials/delete", "twitch/connect", "twitch/disconnect",
                 "discord", "discord/check", "discord/remove"]  # fmt: skip

    @pytest.mark.parametrize("address", ADDRESSES)
    @pytest.mark.parametrize("who", ["owner", "nobody", "token"])
    def test_nobody_else_comes_in(self, client, ada_client, ada_actor, twitch, address, who):
        operators_app(twitch)
        bot = as_stored(shared_bot(twitch))
        __, token = factories.make_token(actor=ada_actor, permissions={"events:read"})
        caller = ada_client if who == "owner" else client
        query = f"?token={token.reveal()}" if who == "token" else ""

        for response in (caller.get(PAGE + address + query), caller.post(PAGE + address + query)):
            assert response.status_code == 302
            assert response["Location"].startswith("/admin/login/")

        assert as_stored(Connection.objects.get()) == bot
        assert AppCredentials.objects.count() == 1

    @pytest.mark.parametrize("address", ADDRESSES[1:])
    def test_looking_does_nothing(self, operator, address):
        assert operator.get(PAGE + address, follow=True).redirect_chain[-1] == (PAGE, 302)

    @pytest.mark.parametrize("address", ["nowhere/connect", "spotify/connect", "discord/connect", "twitch/disconnect"])
    def test_what_there_is_not(self, operator, address):
        assert operator.post(PAGE + address).status_code == 404

    def test_forms_from_elsewhere_are_refused(self, staff, twitch):
        client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
        client.force_login(staff)
        shared(twitch)

        assert client.post(f"{PAGE}twitch/disconnect").status_code == 403
        assert Connection.objects.exists()

    def test_the_first_page_of_the_admin_leads_to_it(self, operator):
        page = operator.get("/admin/").content.decode()

        assert f'href="{PAGE}"' in page


def shared_bot(stage) -> Connection:
    return factories.make_connection(account=instance_account(), platform=stage.slug, purpose=Purpose.BOT)


class TestCredentials:
    def save(self, client, slug: str, client_id: str = CLIENT_ID, secret: str = CLIENT_SECRET):
        return client.post(f"{PAGE}{slug}/credentials", {"client_id": client_id, "client_secret": secret})

    def test_they_are_checked_and_kept_for_this_lumio(self, stage, operator):
        stage.stand_in.add_app(CLIENT_ID, CLIENT_SECRET, redirect_uris=[stage.platform.redirect_uri])

        response = self.save(operator, stage.slug)

        assert response.url == PAGE
        assert banners(operator) == [f"Saved. {stage.platform.name} accepts these app credentials."]
        saved = AppCredentials.objects.get()
        assert saved.account == instance_account()
        assert vault.client_of(saved).secret.reveal() == CLIENT_SECRET
        assert audit() == [("credentials.saved", "Root", "Django admin")]
        page = operator.get(PAGE).content.decode()
        assert CLIENT_SECRET not in page
        assert CLIENT_ID not in page

    @pytest.mark.parametrize(
        ("client_id", "secret", "said"),
        [
            (CLIENT_ID, "wrong0secret", "does not accept the app credentials"),
            (CLIENT_ID, CLIENT_ID, "Client ID and Client Secret are the same."),
            (CLIENT_ID, "two words", "There is a space or a line break in it."),
        ],
    )
    def test_what_cannot_be_it_is_said_in_the_form(self, twitch, operator, client_id, secret, said):
        twitch.stand_in.add_app(CLIENT_ID, CLIENT_SECRET)

        response = self.save(operator, "twitch", client_id, secret)

        assert response.status_code == 422
        assert said in words(response.content.decode())
        assert secret not in response.content.decode() or secret == CLIENT_ID
        assert not AppCredentials.objects.exists()

    def test_deleting_them_disconnects_the_bot(self, twitch, operator):
        shared(twitch)

        assert operator.post(f"{PAGE}twitch/credentials/delete").url == PAGE

        assert not AppCredentials.objects.exists()
        assert not Connection.objects.exists()
        assert [action for action, *__ in audit()] == ["bot.disconnected", "credentials.deleted"]


class TestGlobalBots:
    def test_the_operator_signs_in_as_the_bot_and_everybody_speaks_through_it(
        self, stage, operator, ada_actor, account
    ):
        operators_app(stage)
        channel(stage, account)
        url = leave(operator, stage.slug)
        assert f"client_id={CLIENT_ID}" in url

        response = come_back(operator, stage.stand_in.consent(url, user="otto"))

        assert response.url == PAGE
        assert banners(operator) == [f"Successfully connected Otto as the global bot at {stage.platform.name}!"]
        bot = Connection.objects.get(purpose=Purpose.BOT)
        assert (bot.account, bot.connected_by.name) == (instance_account(), "Root")
        assert audit() == [("bot.connected", "Root", "Django admin")]
        status = next(found for found in bots.statuses(ada_actor) if found.platform is stage.platform)
        assert (status.voice, status.speaker) == (Voice.GLOBAL, bot)
        bots.say_hello(actor=ada_actor, platform=stage.platform)
        assert "Global bot Otto · connected" in section(operator, stage.slug)

    def test_the_page_that_leaves_leads_back_here(self, twitch, operator):
        operators_app(twitch)

        page = operator.post(f"{PAGE}twitch/connect").content.decode()

        assert f'href="{PAGE}"' in page

    def test_without_app_credentials_it_cannot_begin(self, operator):
        response = operator.post(f"{PAGE}twitch/connect")

        assert response.url == PAGE
        assert banners(operator)[0].startswith("There are no app credentials for Twitch.")
        assert not OAuthAttempt.objects.exists()

    def test_a_refusal_ends_on_this_page(self, twitch, operator):
        operators_app(twitch)

        response = come_back(operator, twitch.stand_in.consent(leave(operator, "twitch"), user="otto", allow=False))

        assert response.url == PAGE
        assert banners(operator)[0].startswith("Twitch says that access was refused.")
        assert not Connection.objects.exists()

    def test_an_operator_with_an_account_of_their_own_connects_for_everybody_all_the_same(self, twitch, account, ada):
        ada.is_staff = True
        ada.save()
        client = Client(HTTP_HOST="localhost")
        client.force_login(ada)
        operators_app(twitch)
        channel(twitch, account)

        come_back(client, twitch.stand_in.consent(leave(client, "twitch"), user="otto"))

        assert Connection.objects.get(purpose=Purpose.BOT).account == instance_account()

    def test_reconnecting_mends_it_and_never_changes_who_it_is(self, twitch, operator):
        bot = shared(twitch, **DEAD, failed_since=timezone.now())
        assert "LumioBot cannot speak." in section(operator, "twitch")
        before = as_stored(bot)

        come_back(operator, twitch.stand_in.consent(leave(operator, "twitch"), user="otto"))
        assert banners(operator)[0].startswith("This is connected to LumioBot, but you signed in as Otto")
        assert as_stored(bot) == before
        come_back(operator, twitch.stand_in.consent(leave(operator, "twitch"), user="lumio_bot"))

        assert Connection.objects.get().state == GrantState.CONNECTED

    def test_disconnecting(self, twitch, operator, ada_actor, account):
        channel(twitch, account)
        shared(twitch)
        own = custom(twitch, account)

        assert operator.post(f"{PAGE}twitch/disconnect").url == PAGE

        assert Connection.objects.filter(purpose=Purpose.BOT).get() == own
        assert audit() == [("bot.disconnected", "Root", "Django admin")]
        assert AppCredentials.objects.filter(account__is_instance=True).exists()

    def test_an_answer_is_good_for_the_operator_who_began_alone(self, twitch, operator, ada_client, account):
        operators_app(twitch)
        url = twitch.stand_in.consent(leave(operator, "twitch"), user="otto")

        response = come_back(ada_client, url)

        assert response.url == "/dashboard/connections/bot"
        assert not Connection.objects.exists()
        assert come_back(operator, url).url == PAGE
        assert banners(operator)[0].startswith("This sign-in at Twitch has already been finished")
        assert not Connection.objects.exists()

    def test_who_is_no_operator_any_more_finishes_nothing(self, twitch, operator, staff):
        operators_app(twitch)
        url = twitch.stand_in.consent(leave(operator, "twitch"), user="otto")
        staff.is_staff = staff.is_superuser = False
        staff.save()

        assert come_back(operator, url).status_code == 403
        assert not Connection.objects.exists()

    def test_what_is_switched_off_is_not_connected(self, twitch, operator):
        operators_app(twitch)
        PlatformSwitch.objects.create(platform="twitch", use="bot", reason="Maintenance")

        assert operator.post(f"{PAGE}twitch/connect").url == PAGE

        assert not OAuthAttempt.objects.exists()
        assert "Bots are switched off here: Maintenance" in section(operator, "twitch")


class TestDiscord:
    def save(self, client, token: str):
        return client.post(f"{PAGE}discord", {"token": token})

    def test_a_token_is_checked_and_kept(self, operator, discord):
        bot = discord.add_bot("lumio")

        response = self.save(operator, f" Bot {bot.token} ")

        assert response.url == PAGE
        assert banners(operator) == ["Saved. Discord knows it as lumio."]
        saved = DiscordBot.objects.get()
        assert vault.read(saved, "token_encrypted").reveal() == bot.token
        assert (saved.bot_id, saved.application_id, saved.name) == (bot.id, bot.id, "lumio")
        assert [call.path for call in discord.calls("/api/v10/*")] == [
            "/api/v10/users/@me",
            "/api/v10/applications/@me",
        ]
        assert audit() == [("discord_bot.saved", "Root", "Django admin")]
        assert bot.token not in operator.get(PAGE).content.decode()

    def test_the_invitation_sums_what_the_bot_may_do(self, operator, discord):
        bot = discord.add_bot("lumio")
        self.save(operator, bot.token)

        page = html.unescape(operator.get(PAGE).content.decode())

        assert (
            f"https://discord.com/oauth2/authorize?client_id={bot.id}"
            "&scope=bot%20applications.commands&permissions=1099511655424"
        ) in page

    def test_after_a_401_nothing_more_is_asked(self, operator, discord):
        discord.add_bot("lumio")

        response = self.save(operator, "not.the.token")

        assert response.status_code == 422
        assert "Discord does not accept the bot token" in words(response.content.decode())
        assert len(discord.calls("/api/v10/*")) == 1
        assert not DiscordBot.objects.exists()

    @pytest.mark.parametrize("token", ["", "one.two", "one.two.three.four", "a b.c.d", "ü.b.c", "a..c", "x." * 300])
    def test_what_is_no_token_does_not_leave(self, operator, discord, token):
        assert self.save(operator, token).status_code == 422
        assert discord.calls("/api/v10/*") == []
        assert not DiscordBot.objects.exists()

    def test_another_token_that_is_refused_leaves_the_one_there_is(self, operator, discord):
        self.save(operator, discord.add_bot("lumio").token)
        before = DiscordBot.objects.values().get()

        self.save(operator, "not.the.token")

        assert DiscordBot.objects.values().get() == before

    def test_a_token_that_dies_is_asked_about_once(self, operator, discord):
        self.save(operator, discord.add_bot("lumio").token)
        discord.reset_token()

        operator.post(f"{PAGE}discord/check")
        asked = len(discord.calls("/api/v10/*"))
        operator.post(f"{PAGE}discord/check")

        assert len(discord.calls("/api/v10/*")) == asked == 3
        assert DiscordBot.objects.get().failure_code == "bot_token_refused"
        assert [action for action, *__ in audit()] == ["discord_bot.saved", "discord_bot.refused"]
        shown = section(operator, "discord")
        assert "Discord no longer accepts the token." in shown
        assert "Ask Discord now" not in shown

    def test_a_new_token_mends_it(self, operator, discord):
        self.save(operator, discord.add_bot("lumio").token)
        fresh = discord.reset_token()
        operator.post(f"{PAGE}discord/check")

        self.save(operator, fresh)

        assert DiscordBot.objects.get().failure_code == ""
        operator.post(f"{PAGE}discord/check")
        assert banners(operator)[-1] == "Discord accepts the token of lumio."

    def test_an_outage_kills_no_token(self, operator, discord):
        self.save(operator, discord.add_bot("lumio").token)
        discord.fail("/api/v10/users/@me", status=503)

        operator.post(f"{PAGE}discord/check")

        assert "does not answer as it should" in banners(operator)[-1]
        assert DiscordBot.objects.get().failure_code == ""

    def test_removing_it(self, operator, discord):
        self.save(operator, discord.add_bot("lumio").token)

        operator.post(f"{PAGE}discord/remove")

        assert not DiscordBot.objects.exists()
        assert [action for action, *__ in audit()] == ["discord_bot.saved", "discord_bot.removed"]
        assert banners(operator)[-1].startswith("The Discord bot was removed.")
        operator.post(f"{PAGE}discord/remove")
        assert banners(operator) == ["There is no Discord bot. Paste its token first."]


class TestSwitches:
    ADD = reverse("admin:connections_platformswitch_add")

    def add(self, client, platform: str, use: str, *, account="", reason: str = "Maintenance"):
        given = {"platform": platform, "use": use, "account": account, "reason": reason}
        return client.post(self.ADD, given)

    @pytest.mark.parametrize(
        ("platform", "use"),
        [("twitch", "channel"), ("kick", "bot"), ("discord", "bot"), ("google", "login"), ("spotify", "channel")],
    )
    def test_each_use_has_one(self, operator, platform, use):
        assert self.add(operator, platform, use).status_code == 302

        switch = PlatformSwitch.objects.get()
        assert (switch.platform, switch.use, switch.reason) == (platform, use, "Maintenance")
        assert audit() == [("platform.switched_off", "Root", "Django admin")]

    @pytest.mark.parametrize(
        ("platform", "use", "said"),
        [
            ("spotify", "bot", "There is nothing to switch off: Spotify is not used for bots."),
            ("kick", "login", "There is nothing to switch off: Kick is not used for signing in to Lumio."),
            ("discord", "channel", "There is nothing to switch off: Discord is not used for channels."),
        ],
    )
    def test_what_does_not_exist_is_refused(self, operator, platform, use, said):
        response = self.add(operator, platform, use)

        assert response.status_code == 200
        assert said in words(response.content.decode())
        assert not PlatformSwitch.objects.exists()

    def test_nonsense_is_refused(self, operator):
        for platform, use in (("nowhere", "channel"), ("twitch", "tea"), ("", "")):
            assert self.add(operator, platform, use).status_code == 200
        assert not PlatformSwitch.objects.exists()

    def test_signing_in_belongs_to_no_account(self, operator, account):
        response = self.add(operator, "twitch", "login", account=account.pk)

        assert "Signing in can only be switched off for everybody" in words(response.content.decode())
        assert not PlatformSwitch.objects.exists()

    def test_the_same_twice_is_refused(self, operator, account):
        self.add(operator, "twitch", "bot")
        self.add(operator, "twitch", "bot", account=account.pk)

        for again in ("", account.pk):
            response = self.add(operator, "twitch", "bot", account=again)
            assert "This is switched off already." in words(response.content.decode())
        assert PlatformSwitch.objects.count() == 2

    def test_changing_the_reason_and_switching_on_again(self, operator):
        self.add(operator, "twitch", "bot")
        switch = PlatformSwitch.objects.get()
        address = reverse("admin:connections_platformswitch_change", args=[switch.pk])
        operator.post(address, {"platform": "twitch", "use": "bot", "account": "", "reason": "Until noon"})
        assert PlatformSwitch.objects.get().reason == "Until noon"

        operator.post(reverse("admin:connections_platformswitch_delete", args=[switch.pk]), {"post": "yes"})

        assert not PlatformSwitch.objects.exists()
        entries = AuditEntry.objects.filter(account__is_instance=True).order_by("id")
        assert [(entry.action, (entry.before or {}).get("reason")) for entry in entries] == [
            ("platform.switched_off", None),
            ("platform.switched_off", "Maintenance"),
            ("platform.switched_on", "Until noon"),
        ]

    def test_several_at_once(self, operator):
        for platform in ("twitch", "kick"):
            self.add(operator, platform, "bot")
        picked = {
            "action": "delete_selected",
            "_selected_action": list(PlatformSwitch.objects.values_list("pk", flat=True)),
        }

        operator.post(reverse("admin:connections_platformswitch_changelist"), picked | {"post": "yes"})

        assert not PlatformSwitch.objects.exists()
        assert [action for action, *__ in audit()][2:] == ["platform.switched_on"] * 2
