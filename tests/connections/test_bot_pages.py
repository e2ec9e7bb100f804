"""The pages Bot Connections and Bot Control, and the way out to a platform and back as a bot."""

from __future__ import annotations

import html
import re

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from accounts.domain.accounts import instance_account
from accounts.enums import ALL, Permission
from accounts.models import AuditEntry
from connections.enums import GrantState, Purpose
from connections.models import BotPause, Connection, DiscordBot, OAuthAttempt, PlatformSwitch
from connections.platforms import PLATFORMS
from tests import factories
from tests.connections.conftest import PAGE, as_stored, come_back
from tests.connections.speakers import BOTS, CONTROL, channel, custom, said
from tests.connections.stages import stage_of
from tests.connections.test_bots import DEAD, row
from tests.pages import signed_in, words


@pytest.fixture(params=["twitch", "kick"])
def stage(request, settings):
    with stage_of(request.param, settings) as found:
        yield found


@pytest.fixture
def twitch(settings):
    with stage_of("twitch", settings) as found:
        yield found


def card(client, slug: str = "twitch") -> str:
    """One card as it stands in the page, its markup included."""
    page = client.get(BOTS).content.decode()
    return re.search(rf'<article class="card[^"]*" id="bot-{slug}".*?</article>', page, re.DOTALL)[0]


def banners(client, page: str = BOTS) -> list[str]:
    return [str(message) for message in client.get(page).context["messages"]]


def leave(client, slug: str) -> str:
    response = client.post(f"{BOTS}/{slug}/connect")
    assert response.status_code == 200, response.headers
    return response.context["url"]


def link(client, stage, user: str = "otto", **decision):
    return come_back(client, stage.stand_in.consent(leave(client, stage.slug), user=user, **decision))


class TestConnecting:
    def test_a_bot_signs_in_and_its_page_says_so(self, stage, ada_client, account):
        channel(stage, account)

        response = link(ada_client, stage)

        assert response.url == f"{BOTS}?connected={stage.slug}"
        bot = Connection.objects.get(purpose=Purpose.BOT)
        assert (bot.account, bot.channel_name, bot.state) == (account, "Otto", GrantState.CONNECTED)
        assert sorted(bot.scopes) == sorted(scope.name for scope in stage.platform.oauth.bot_scopes)
        assert "Successfully connected Otto as your custom bot!" in ada_client.get(response.url).content.decode()
        assert AuditEntry.objects.filter(account=account, action="bot.connected").count() == 1

    def test_the_page_that_leaves_leads_back_to_the_bots(self, twitch, ada_client, account):
        channel(twitch, account)

        page = ada_client.post(f"{BOTS}/twitch/connect").content.decode()

        assert f'href="{BOTS}"' in page
        assert f'href="{PAGE}"' not in page

    def test_a_bot_that_is_the_channel_is_refused_with_the_reason(self, stage, ada_client, account):
        channel(stage, account)

        response = link(ada_client, stage, user="mira_plays")

        assert response.url == BOTS
        [banner] = banners(ada_client)
        assert banner.startswith("Mira_Plays is the channel itself, and a custom bot needs a ")
        assert "private window" in banner
        assert not Connection.objects.filter(purpose=Purpose.BOT).exists()

    def test_a_channel_that_is_the_bot_is_refused_on_its_own_page(self, stage, ada_client, account):
        stage.credentials(account)
        custom(stage, account)

        response = stage.link(ada_client, "otto")

        assert response.url == PAGE
        assert banners(ada_client, PAGE)[0].startswith("Otto is connected as your custom bot.")
        assert not Connection.objects.filter(purpose=Purpose.CHANNEL).exists()

    def test_reconnecting_never_changes_the_bot(self, stage, ada_client, account):
        channel(stage, account)
        before = as_stored(custom(stage, account))
        stage.stand_in.add_user("kai", name="Kai")

        response = link(ada_client, stage, user="kai")

        assert response.url == BOTS
        assert banners(ada_client)[0].startswith("This is connected to Otto, but you signed in as Kai at ")
        assert as_stored(Connection.objects.get(purpose=Purpose.BOT)) == before

    def test_reconnecting_mends_a_bot_that_was_lost(self, stage, ada_client, account):
        channel(stage, account)
        bot = custom(stage, account, **DEAD)

        link(ada_client, stage)

        assert Connection.objects.get(pk=bot.pk).state == GrantState.CONNECTED
        assert AuditEntry.objects.filter(account=account, action="bot.reconnected").count() == 1

    def test_deny(self, twitch, ada_client, account):
        channel(twitch, account)

        response = link(ada_client, twitch, allow=False)

        assert response.url == BOTS
        assert banners(ada_client) == [
            "Twitch says that access was refused. Nothing was linked. Click Connect and allow what Lumio asks for."
        ]

    def test_signed_out_meanwhile(self, twitch, ada_client, account):
        channel(twitch, account)
        url = twitch.stand_in.consent(leave(ada_client, "twitch"), user="otto")
        ada_client.logout()

        response = come_back(ada_client, url)

        assert response.url == f"/account/login/?next={BOTS}"
        assert not Connection.objects.filter(purpose=Purpose.BOT).exists()

    def test_a_right_that_went_away_meanwhile(self, twitch, account):
        channel(twitch, account)
        member = factories.make_member(account=account, permissions=ALL)
        client = signed_in(member.user)
        url = twitch.stand_in.consent(leave(client, "twitch"), user="otto")
        member.role.permissions = sorted(ALL - {Permission.BOT_CONNECTIONS_CREATE})
        member.role.save()

        response = come_back(client, url)

        assert response.status_code == 403
        assert "bot-connections:create" in response.content.decode()
        assert not Connection.objects.filter(purpose=Purpose.BOT).exists()

    def test_the_permission_for_channels_is_not_enough(self, twitch, account):
        channel(twitch, account)
        member = factories.make_member(account=account, permissions=ALL - {Permission.BOT_CONNECTIONS_CREATE})

        response = signed_in(member.user).post(f"{BOTS}/twitch/connect")

        assert response.status_code == 403
        assert not OAuthAttempt.objects.exists()

    @pytest.mark.parametrize("use", ["bot", "channel"])
    def test_what_is_switched_off_is_the_bots(self, twitch, ada_client, account, use):
        channel(twitch, account)
        PlatformSwitch.objects.create(platform="twitch", use=use)

        response = ada_client.post(f"{BOTS}/twitch/connect")

        assert (response.status_code == 302) is (use == "bot")
        assert OAuthAttempt.objects.exists() is (use == "channel")

    @pytest.mark.parametrize("slug", ["spotify", "discord", "nowhere"])
    def test_there_is_no_bot_to_connect_everywhere(self, ada_client, account, slug):
        assert ada_client.post(f"{BOTS}/{slug}/connect").status_code == 404
        assert ada_client.get(f"{BOTS}/{slug}/card").status_code == 404

    def test_an_invented_banner_is_not_shown(self, ada_client, account):
        assert "Successfully connected" not in ada_client.get(f"{BOTS}?connected=twitch").content.decode()


class TestCards:
    def test_with_nothing_at_all(self, ada_client, account):
        shown = card(ada_client)

        assert "No channel is connected, so there is no chat to speak in" in words(shown)
        assert "Whoever runs this Lumio has connected none here." in words(shown)
        assert "Set up app credentials" in words(shown)
        assert "Say hello" not in words(shown)

    def test_the_channel_speaks_while_there_is_no_bot(self, ada_client, account):
        factories.make_credentials(account=account)
        row(account, Purpose.CHANNEL, "Mira")

        shown = words(card(ada_client))

        assert "in the chat of Mira No bot Messages go out as Mira, the channel itself" in shown
        assert "Connect Bot" in shown
        assert "Say hello" in shown

    def test_the_global_bot(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira")
        row(instance_account(), Purpose.BOT, "LumioBot")

        shown = words(card(ada_client))

        assert "Messages go out as LumioBot" in shown
        assert "Global Bot (default) In use LumioBot, hosted by whoever runs this Lumio." in shown

    def test_a_global_bot_that_lost_its_sign_in(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira")
        row(instance_account(), Purpose.BOT, "LumioBot", **DEAD)

        assert "LumioBot cannot speak: whoever runs this Lumio has to sign it in again." in words(card(ada_client))

    def test_the_custom_bot(self, ada_client, account):
        factories.make_credentials(account=account)
        row(account, Purpose.CHANNEL, "Mira")
        row(account, Purpose.BOT, "OttoBot")

        shown = words(card(ada_client))

        assert "Custom Bot Messages go out as OttoBot" in shown
        assert "(auto-refresh)" in shown
        assert "Reconnect Say hello Ask somebody else Disconnect" in shown
        assert "From then on messages go out as Mira." in words(ada_client.get(BOTS).content.decode())

    def test_a_custom_bot_that_lost_its_sign_in(self, ada_client, account):
        factories.make_credentials(account=account)
        row(account, Purpose.CHANNEL, "Mira")
        row(account, Purpose.BOT, "OttoBot", **DEAD)

        shown = words(card(ada_client))

        assert "Reconnect needed OttoBot cannot speak." in shown
        assert "Messages go out as Mira until then." in shown
        assert "(refresh failed)" in shown

    def test_app_credentials_that_were_rejected(self, ada_client, account):
        factories.make_credentials(account=account)
        row(account, Purpose.CHANNEL, "Mira")
        row(account, Purpose.BOT, "OttoBot", state=GrantState.CREDENTIALS_REJECTED, failure_code="client_unknown")

        shown = card(ada_client)

        assert "App credentials rejected" in words(shown)
        assert f'href="{PAGE}/credentials#twitch"' in shown

    def test_a_channel_whose_sign_in_ended(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira", **DEAD)

        assert "Nobody can speak: the sign-in of Mira has ended" in words(card(ada_client))

    def test_a_pause(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira")
        BotPause.objects.create(account=account, platform="twitch")

        assert "Paused: Mira sends nothing" in words(card(ada_client))

    def test_switched_off_with_the_reason(self, ada_client, account):
        factories.make_credentials(account=account)
        row(account, Purpose.CHANNEL, "Mira")
        row(account, Purpose.BOT, "OttoBot")
        PlatformSwitch.objects.create(platform="twitch", use="bot", account=account, reason="Too loud <at night>")

        shown = card(ada_client)

        assert "Unavailable Too loud <at night> Messages go out as Mira until then." in words(shown)
        assert "The sign-in of OttoBot is kept." in words(shown)
        assert "<form" not in shown
        assert "<at night>" not in shown

    def test_kick_has_a_bot_of_ones_own_app(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira", platform="kick")

        shown = words(card(ada_client, "kick"))

        assert "Messages go out as the bot of your Kick app, or as Mira where it has none" in shown
        assert "At Kick this is the bot of your own app" in shown

    def test_what_a_reconnect_would_add(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira")
        scopes = [scope.name for scope in PLATFORMS["twitch"].oauth.bot_scopes if scope.name != "user:write:chat"]
        row(account, Purpose.BOT, "OttoBot", scopes=scopes)

        assert "Reconnect to grant user:write:chat, needed for chat" in words(card(ada_client))

    def test_names_are_text(self, ada_client, account):
        row(account, Purpose.CHANNEL, "<b>Mira")
        row(account, Purpose.BOT, "<script>alert(1)")

        page = ada_client.get(BOTS).content.decode()

        assert "<b>Mira" not in page
        assert "<script>alert" not in page

    def test_a_fragment_is_silent_until_something_changes(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira")
        address = html.unescape(re.search(r'hx-get="([^"]+)"', card(ada_client))[1])
        assert ada_client.get(address).status_code == 204

        row(account, Purpose.BOT, "OttoBot")
        response = ada_client.get(address)

        assert response.status_code == 200
        assert "Messages go out as OttoBot" in words(response.content.decode())

    def test_every_platform_with_bots_has_one_and_discord(self, ada_client, account):
        page = ada_client.get(BOTS).content.decode()

        assert re.findall(r'id="bot-(\w+)"', page) == [
            *(slug for slug, platform in PLATFORMS.items() if platform.has_bots),
            "discord",
        ]


class TestDiscord:
    @pytest.fixture
    def bot(self, db) -> DiscordBot:
        return DiscordBot.objects.create(
            token_encrypted=b"x", bot_id="1", name="lumio", application_id="1", checked_at="2026-01-01T00:00Z"
        )

    def test_it_cannot_be_customised(self, ada_client, account):
        shown = card(ada_client, "discord")

        assert "Not set up" in words(shown)
        assert "It cannot be customised here." in words(shown)
        assert "<form" not in shown

    def test_set_up_by_the_operator(self, ada_client, account, bot):
        assert "lumio Global Bot" in words(card(ada_client, "discord"))

    def test_a_token_that_died(self, ada_client, account, bot):
        DiscordBot.objects.update(failure_code="bot_token_refused")

        assert "lumio Token refused Discord no longer accepts the bot's token" in words(card(ada_client, "discord"))

    def test_switched_off(self, ada_client, account, bot):
        PlatformSwitch.objects.create(platform="discord", use="bot", reason="Too many pings")

        assert "Unavailable Too many pings" in words(card(ada_client, "discord"))


class TestSayingHello:
    def test_the_banner_says_that_it_was_delivered(self, stage, ada_client, account):
        mira, otto = channel(stage, account), custom(stage, account)

        response = ada_client.post(f"{BOTS}/{stage.slug}/hello")

        assert response.url == f"{BOTS}#bot-{stage.slug}"
        assert banners(ada_client) == [
            f"Delivered: “Hello from Lumio!” is in the chat of Mira_Plays at {stage.platform.name}."
        ]
        assert said(stage) == [(mira.channel_id, otto.channel_id, "Hello from Lumio!")]

    def test_or_why_it_was_not(self, twitch, ada_client, account):
        channel(twitch, account)
        twitch.stand_in.drop_next_message("msg_rejected", "Your message is being checked by mods.")

        ada_client.post(f"{BOTS}/twitch/hello")

        assert banners(ada_client) == [
            "Not delivered: Twitch holds the message back until a moderator has looked at it. Allow it in the chat at "
            "Twitch, or word it differently."
        ]

    def test_a_paused_bot_says_that_it_is(self, twitch, ada_client, account):
        channel(twitch, account)
        BotPause.objects.create(account=account, platform="twitch")

        ada_client.post(f"{BOTS}/twitch/hello")

        assert banners(ada_client)[0].startswith("Not delivered: The bot is paused at Twitch")
        assert said(twitch) == []

    def test_twenty_in_a_minute_are_enough(self, ada_client, account):
        with time_machine.travel(timezone.now(), tick=False):
            for _ in range(20):
                ada_client.post(f"{BOTS}/twitch/hello")
            row(account, Purpose.CHANNEL, "Mira")

            ada_client.post(f"{BOTS}/twitch/hello")

        assert banners(ada_client)[-1].startswith("Not delivered: Too many requests.")


class TestModerators:
    @pytest.fixture(autouse=True)
    def _there(self, twitch, account):
        channel(twitch, account)
        custom(twitch, account)

    def test_the_page_asks_by_itself_once(self, ada_client):
        shown = card(ada_client)

        assert "Twitch has not been asked yet whether Otto is a moderator." in words(shown)
        assert 'hx-trigger="submit, load"' in shown
        assert ", load" not in ada_client.get(f"{BOTS}/twitch/card").content.decode()

    def test_htmx_gets_the_card_with_the_command(self, ada_client):
        response = ada_client.post(f"{BOTS}/twitch/moderator", headers={"HX-Request": "true"})

        shown = response.content.decode()
        assert "Otto is not a moderator of Mira_Plays" in words(shown)
        assert "<code>/mod otto</code>" in shown

    def test_without_scripts_the_page_shows_it(self, twitch, ada_client):
        twitch.stand_in.make_moderator("otto")

        response = ada_client.post(f"{BOTS}/twitch/moderator")

        assert response.url == f"{BOTS}#bot-twitch"
        assert "Otto is a moderator of Mira_Plays." in words(card(ada_client))
        assert "/mod otto" not in card(ada_client)

    def test_an_outage_is_said_and_not_asked_about_again_and_again(self, twitch, ada_client):
        twitch.stand_in.fail("/helix/moderation/moderators", status=503, times=None)

        response = ada_client.post(f"{BOTS}/twitch/moderator", headers={"HX-Request": "true"})
        ada_client.post(f"{BOTS}/twitch/moderator")

        assert "Twitch does not answer as it should right now." in words(response.content.decode())
        assert ", load" not in response.content.decode()
        assert banners(ada_client)[0].startswith("Twitch does not answer as it should right now.")

    def test_a_platform_that_does_not_tell_right_now(self, settings, ada_client, account):
        with stage_of("youtube", settings) as youtube:
            channel(youtube, account)
            custom(youtube, account)

            response = ada_client.post(f"{BOTS}/youtube/moderator", headers={"HX-Request": "true"})

        assert "YouTube does not tell that right now." in words(response.content.decode())

    def test_a_platform_that_never_tells_names_the_command_all_the_same(self, ada_client, account):
        row(account, Purpose.CHANNEL, "Mira", platform="trovo")
        row(account, Purpose.BOT, "OttoBot", platform="trovo")

        shown = card(ada_client, "trovo")

        assert "Trovo does not tell whether OttoBot is a moderator." in words(shown)
        assert "<code>/mod ottobot</code>" in shown
        assert "Ask now" not in shown

    def test_an_answer_is_forgotten_when_valkey_is(self, ada_client):
        ada_client.post(f"{BOTS}/twitch/moderator")
        cache.clear()

        assert "Twitch has not been asked yet" in words(card(ada_client))


class TestControl:
    def rows(self, client) -> dict[str, str]:
        page = client.get(CONTROL).content.decode()
        rows = re.findall(r'<li class="row".*?</li>', page, re.DOTALL)
        return {re.search(r"platform--(\w+)", shown)[1]: words(shown) for shown in rows}

    def test_states(self, ada_client, account):
        for slug in ("twitch", "kick", "youtube"):
            row(account, Purpose.CHANNEL, f"Mira at {slug}", platform=slug)
        BotPause.objects.create(account=account, platform="kick")
        PlatformSwitch.objects.create(platform="youtube", use="bot", reason="Quota")

        shown = self.rows(ada_client)

        assert shown["twitch"] == (
            "Twitch Mira at twitch Active Messages go out as Mira at twitch, the channel itself Pause Rejoin"
        )
        assert shown["kick"] == "Kick Mira at kick Paused Paused: Mira at kick sends nothing Rejoin"
        assert shown["youtube"] == "YouTube Mira at youtube Unavailable Quota"
        assert shown["trovo"] == (
            "Trovo No Connection No channel is connected, so there is no chat to speak in See what to do"
        )

    def test_pause_and_rejoin(self, stage, ada_client, account):
        channel(stage, account)
        custom(stage, account)

        assert ada_client.post(f"{CONTROL}/{stage.slug}/pause").url == CONTROL
        assert BotPause.objects.get().platform == stage.slug
        assert banners(ada_client, CONTROL) == [f"Paused at {stage.platform.name}: nothing is sent there."]
        assert ada_client.post(f"{CONTROL}/{stage.slug}/rejoin").url == CONTROL

        assert banners(ada_client, CONTROL) == [f"{stage.platform.name} lets Otto in."]
        assert not BotPause.objects.exists()

    def test_rejoining_says_why_it_could_not(self, twitch, ada_client, account):
        channel(twitch, account)
        BotPause.objects.create(account=account, platform="twitch")
        twitch.stand_in.revoke_grant("mira_plays")

        ada_client.post(f"{CONTROL}/twitch/rejoin")

        assert "Click Reconnect" in banners(ada_client, CONTROL)[0]
        assert BotPause.objects.exists()

    def test_it_is_in_the_sidebar_for_who_may_see_it(self, ada_client, ben_client, account):
        link = f'<a class="nav-link" href="{CONTROL}"'
        assert link in ada_client.get("/dashboard").content.decode()
        assert link not in ben_client.get("/dashboard").content.decode()


class TestRights:
    @pytest.fixture(autouse=True)
    def _there(self, account):
        factories.make_credentials(account=account)
        row(account, Purpose.CHANNEL, "Mira")
        scopes = [scope.name for scope in PLATFORMS["twitch"].oauth.bot_scopes]
        row(account, Purpose.BOT, "OttoBot", scopes=scopes)

    def test_who_may_only_look_sees_no_button(self, account):
        member = factories.make_member(account=account, permissions={Permission.BOT_CONNECTIONS_READ})
        client = signed_in(member.user)

        for page in (BOTS, CONTROL):
            content = client.get(page).content.decode()
            main = content[content.index("<main") :]
            assert "OttoBot" in main
            for absent in ("Connect Bot", "Reconnect", "Say hello", "Disconnect", ">Pause<", "Rejoin</span>"):
                assert absent not in main, absent

    def test_the_header_button_is_for_who_may_look(self, account, ada_client, ben_client):
        assert f'href="{BOTS}"' in ada_client.get(PAGE).content.decode()
        assert f'href="{BOTS}"' not in ben_client.get(PAGE).content.decode()

    def test_disconnect_is_for_who_may_delete(self, account, ada_client):
        member = factories.make_member(account=account, permissions=ALL - {Permission.BOT_CONNECTIONS_DELETE})

        assert "disconnect-twitch" not in signed_in(member.user).get(BOTS).content.decode()
        assert ada_client.post(f"{BOTS}/twitch/disconnect").url == f"{BOTS}#bot-twitch"
        assert not Connection.objects.filter(purpose=Purpose.BOT).exists()

    def test_strangers_see_their_own(self, cleo_client):
        page = cleo_client.get(BOTS).content.decode()

        assert "OttoBot" not in page
        assert cleo_client.post(f"{BOTS}/twitch/disconnect").status_code == 404
        assert Connection.objects.filter(purpose=Purpose.BOT).exists()


class TestQueries:
    @pytest.mark.parametrize("page", [BOTS, CONTROL])
    def test_empty_and_full_cost_the_same(
        self, ada_client, account, page, django_assert_max_num_queries, django_assert_num_queries
    ):
        ada_client.get(page)  # the first page of a session also notes where it was begun
        with django_assert_max_num_queries(12) as empty:
            ada_client.get(page)
        for slug in ("twitch", "kick", "youtube", "trovo"):
            for purpose in Purpose:
                row(account, purpose, f"{slug} {purpose}", platform=slug)
            row(instance_account(), Purpose.BOT, f"global {slug}", platform=slug)
            factories.make_credentials(account=account, platform=slug)

        with django_assert_num_queries(len(empty)):
            ada_client.get(page)
