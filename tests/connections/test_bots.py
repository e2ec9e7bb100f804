"""Who speaks for an account: rows, refusals, and what the simulated platforms show in their chats."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from accounts.actor import PermissionRefused
from accounts.domain.accounts import instance_account
from accounts.enums import ALL, Permission
from accounts.models import AuditEntry
from connections.domain import bot_cards, bots
from connections.domain.bots import BotPaused, BotState, NobodySpeaks, Voice
from connections.domain.grants import GrantUnusable
from connections.domain.oauth import SwitchedOff
from connections.enums import GrantState, Purpose
from connections.models import BotPause, Connection, PlatformSwitch
from connections.platforms import PLATFORMS
from connections.platforms.failures import NotLive, NotSent, Unavailable
from tests import factories
from tests.connections.conftest import as_stored
from tests.connections.speakers import channel, custom, said, shared
from tests.connections.stages import stage_of

TWITCH = PLATFORMS["twitch"]
DEAD = {"state": GrantState.NEEDS_SIGN_IN, "failure_code": "grant_ended", "failure_params": {"platform": "Twitch"}}


@pytest.fixture(params=["twitch", "kick"])
def stage(request, settings):
    with stage_of(request.param, settings) as found:
        yield found


@pytest.fixture
def twitch(settings):
    with stage_of("twitch", settings) as found:
        yield found


def row(account, purpose: Purpose, name: str, **fields) -> Connection:
    return factories.make_connection(
        account=account, purpose=purpose, channel_id=name, channel_login=name.lower(), channel_name=name, **fields
    )


def the_status(actor, slug: str = "twitch"):
    return next(status for status in bots.statuses(actor) if status.platform.slug == slug)


def audit(account) -> list[str]:
    entries = AuditEntry.objects.filter(account=account, action__startswith="bot.").order_by("id")
    return list(entries.values_list("action", flat=True))


class TestWhoSpeaks:
    @pytest.mark.parametrize(
        ("there", "voice", "name"),
        [
            ({"channel": {}}, Voice.CHANNEL, "Mira"),
            ({"channel": {}, "shared": {}}, Voice.GLOBAL, "LumioBot"),
            ({"channel": {}, "shared": {}, "custom": {}}, Voice.CUSTOM, "OttoBot"),
            ({"channel": {}, "shared": {}, "custom": DEAD}, Voice.GLOBAL, "LumioBot"),
            ({"channel": {}, "shared": DEAD, "custom": DEAD}, Voice.CHANNEL, "Mira"),
            ({"channel": DEAD, "custom": {}}, Voice.CUSTOM, "OttoBot"),
            ({"channel": DEAD, "custom": DEAD}, None, None),
            ({"custom": {}, "shared": {}}, None, None),
            ({}, None, None),
        ],
    )
    def test_the_first_whose_sign_in_works_where_there_is_a_chat(self, ada_actor, account, there, voice, name):
        who = {
            "channel": (account, Purpose.CHANNEL, "Mira"),
            "custom": (account, Purpose.BOT, "OttoBot"),
            "shared": (instance_account(), Purpose.BOT, "LumioBot"),
        }
        for key, fields in there.items():
            row(*who[key], **fields)

        status = the_status(ada_actor)

        assert (status.voice, status.speaker and status.speaker.channel_name) == (voice, name)
        assert status.state == (BotState.ACTIVE if voice else BotState.NO_CONNECTION)
        assert status.has_fallen_back is ("custom" in there and voice not in (Voice.CUSTOM, None))
        if voice:
            assert bots.speaker(account, TWITCH).channel_name == name
        else:
            with pytest.raises(NobodySpeaks):
                bots.speaker(account, TWITCH)

    def test_a_streamer_who_is_this_lumios_bot_speaks_as_the_channel(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "LumioBot")
        row(instance_account(), Purpose.BOT, "LumioBot")

        assert the_status(ada_actor).voice == Voice.CHANNEL

    def test_other_accounts_bots_do_not_count(self, ada_actor, account, cleo_actor):
        row(account, Purpose.CHANNEL, "Mira")
        row(cleo_actor.account, Purpose.BOT, "CleoBot")
        BotPause.objects.create(account=cleo_actor.account, platform="twitch")
        PlatformSwitch.objects.create(platform="twitch", use="bot", account=cleo_actor.account)

        status = the_status(ada_actor)

        assert (status.voice, status.custom, status.state) == (Voice.CHANNEL, None, BotState.ACTIVE)

    @pytest.mark.parametrize("for_everybody", [True, False])
    def test_with_bots_switched_off_the_channel_speaks_and_sign_ins_stay(self, ada_actor, account, for_everybody):
        row(account, Purpose.CHANNEL, "Mira")
        bot = as_stored(row(account, Purpose.BOT, "OttoBot"))
        PlatformSwitch.objects.create(
            platform="twitch", use="bot", account=None if for_everybody else account, reason="Too loud"
        )

        status = the_status(ada_actor)

        assert (status.state, status.reason, status.voice) == (BotState.UNAVAILABLE, "Too loud", Voice.CHANNEL)
        assert bots.speaker(account, TWITCH).channel_name == "Mira"
        assert as_stored(Connection.objects.get(purpose=Purpose.BOT)) == bot

    def test_with_channels_switched_off_nobody_speaks(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "Mira")
        row(account, Purpose.BOT, "OttoBot")
        PlatformSwitch.objects.create(platform="twitch", use="channel", reason="Maintenance")

        status = the_status(ada_actor)

        assert (status.state, status.reason, status.speaker) == (BotState.UNAVAILABLE, "Maintenance", None)
        with pytest.raises(SwitchedOff):
            bots.speaker(account, TWITCH)

    def test_a_pause_silences_whoever_would_speak(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "Mira")
        BotPause.objects.create(account=account, platform="twitch")

        assert the_status(ada_actor).state == BotState.PAUSED
        with pytest.raises(BotPaused):
            bots.speaker(account, TWITCH)

    def test_where_a_bot_needs_the_channel_it_cannot_speak_without_it(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "Mira", platform="youtube", **DEAD)
        row(account, Purpose.BOT, "OttoBot", platform="youtube")

        assert the_status(ada_actor, "youtube").speaker is None

    def test_a_bot_that_was_granted_less_says_what_a_reconnect_would_add(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "Mira")
        scopes = [scope.name for scope in TWITCH.oauth.bot_scopes if scope.name != "user:bot"]
        row(account, Purpose.BOT, "OttoBot", scopes=scopes)

        assert [scope.name for scope in bot_cards.card(ada_actor, TWITCH).missing] == ["user:bot"]


class TestHello:
    def test_it_is_said_as_the_custom_bot_in_the_channel(self, stage, ada_actor, account):
        mira, otto = channel(stage, account), custom(stage, account)

        bots.say_hello(actor=ada_actor, platform=stage.platform)

        assert said(stage) == [(mira.channel_id, otto.channel_id, "Hello from Lumio!")]
        assert audit(account) == ["bot.said_hello"]

    def test_else_as_the_global_bot_through_the_operators_app(self, stage, ada_actor, account):
        mira, lumio = channel(stage, account), shared(stage)

        bots.say_hello(actor=ada_actor, platform=stage.platform)

        assert said(stage) == [(mira.channel_id, lumio.channel_id, "Hello from Lumio!")]

    def test_else_as_the_channel(self, twitch, ada_actor, account):
        mira = channel(twitch, account)

        bots.say_hello(actor=ada_actor, platform=twitch.platform)

        assert said(twitch) == [(mira.channel_id, mira.channel_id, "Hello from Lumio!")]

    @pytest.mark.parametrize("dead", ["mira_plays", "otto"])
    def test_on_youtube_a_bot_finds_the_chat_with_the_channels_sign_in(self, settings, ada_actor, account, dead):
        with stage_of("youtube", settings) as youtube:
            channel(youtube, account)
            otto = custom(youtube, account)
            with pytest.raises(NotLive):
                bots.say_hello(actor=ada_actor, platform=youtube.platform)
            stream = youtube.stand_in.go_live(channel="mira_plays")
            youtube.stand_in.expire_tokens(dead)

            bots.say_hello(actor=ada_actor, platform=youtube.platform)

            spoken = [(said.chat_id, said.author_id, said.text) for said in youtube.stand_in.spoken()]
            assert spoken == [(stream.chat_id, otto.channel_id, "Hello from Lumio!")]

    def test_a_refused_token_is_refreshed_once(self, stage, ada_actor, account):
        mira, otto = channel(stage, account), custom(stage, account)
        stage.stand_in.expire_tokens("otto")

        bots.say_hello(actor=ada_actor, platform=stage.platform)

        assert said(stage) == [(mira.channel_id, otto.channel_id, "Hello from Lumio!")]
        assert Connection.objects.get(pk=otto.pk).version == otto.version + 1

    def test_a_bot_whose_grant_is_gone_says_so_and_the_next_one_speaks(self, twitch, ada_actor, account):
        mira, otto = channel(twitch, account), custom(twitch, account)
        twitch.stand_in.revoke_grant("otto")

        with pytest.raises(GrantUnusable, match="grant_unusable") as refusal:
            bots.say_hello(actor=ada_actor, platform=twitch.platform)
        assert "Click Reconnect" in refusal.value.text
        assert said(twitch) == []
        bots.say_hello(actor=ada_actor, platform=twitch.platform)

        assert said(twitch) == [(mira.channel_id, mira.channel_id, "Hello from Lumio!")]
        assert Connection.objects.get(pk=otto.pk).state == GrantState.NEEDS_SIGN_IN
        assert bot_cards.card(ada_actor, twitch.platform).needs_attention

    def test_what_the_platform_did_not_show_is_not_called_said(self, stage, ada_actor, account):
        channel(stage, account)
        custom(stage, account)
        stage.stand_in.drop_next_message()

        with pytest.raises(NotSent):
            bots.say_hello(actor=ada_actor, platform=stage.platform)

        assert said(stage) == []
        assert audit(account) == []

    @pytest.mark.parametrize(
        ("in_the_way", "refusal"),
        [
            (lambda account: BotPause.objects.create(account=account, platform="twitch"), BotPaused),
            (lambda account: PlatformSwitch.objects.create(platform="twitch", use="bot"), SwitchedOff),
            (lambda account: PlatformSwitch.objects.create(platform="twitch", use="channel"), SwitchedOff),
            (lambda account: Connection.objects.filter(purpose=Purpose.CHANNEL).delete(), NobodySpeaks),
        ],
    )
    def test_nothing_is_sent_where_nothing_may_be(self, twitch, ada_actor, account, in_the_way, refusal):
        channel(twitch, account)
        custom(twitch, account)
        in_the_way(account)

        with pytest.raises(refusal):
            bots.say_hello(actor=ada_actor, platform=twitch.platform)

        assert said(twitch) == []
        assert twitch.stand_in.calls("/helix/*") == []


class TestModerators:
    @pytest.fixture(autouse=True)
    def _there(self, twitch, account):
        channel(twitch, account)
        custom(twitch, account)

    def test_nobody_knows_until_twitch_was_asked(self, twitch, ada_actor):
        assert bot_cards.card(ada_actor, twitch.platform).moderator is None
        assert twitch.stand_in.calls("/helix/moderation/moderators") == []

    def test_an_answer_is_remembered_for_the_bot_that_speaks(self, twitch, ada_actor, account):
        assert bot_cards.check_moderator(actor=ada_actor, platform=twitch.platform) is False
        assert bot_cards.card(ada_actor, twitch.platform).moderator is False
        twitch.stand_in.make_moderator("otto")

        assert bot_cards.check_moderator(actor=ada_actor, platform=twitch.platform) is True
        assert bot_cards.card(ada_actor, twitch.platform).moderator is True
        Connection.objects.filter(purpose=Purpose.BOT).delete()
        shared(twitch)
        assert bot_cards.card(ada_actor, twitch.platform).moderator is None

    def test_the_command_names_the_bot_to_the_letter_where_it_is_needed(self, twitch, ada_actor):
        assert bot_cards.card(ada_actor, twitch.platform).mod_command == ""
        bot_cards.check_moderator(actor=ada_actor, platform=twitch.platform)
        assert bot_cards.card(ada_actor, twitch.platform).mod_command == "/mod otto"
        twitch.stand_in.make_moderator("otto")
        bot_cards.check_moderator(actor=ada_actor, platform=twitch.platform)

        assert bot_cards.card(ada_actor, twitch.platform).mod_command == ""

    def test_an_outage_is_no_answer(self, twitch, ada_actor):
        twitch.stand_in.fail("/helix/moderation/moderators", status=503, times=None)

        with pytest.raises(Unavailable):
            bot_cards.check_moderator(actor=ada_actor, platform=twitch.platform)

        assert bot_cards.card(ada_actor, twitch.platform).moderator is None

    def test_a_channel_that_speaks_itself_is_not_asked_about(self, twitch, ada_actor):
        Connection.objects.filter(purpose=Purpose.BOT).delete()

        assert bot_cards.check_moderator(actor=ada_actor, platform=twitch.platform) is None
        assert twitch.stand_in.calls("/helix/moderation/moderators") == []


class TestPauses:
    def test_they_begin_and_end_once(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "Mira")

        for _ in range(2):
            assert bots.pause(actor=ada_actor, platform=TWITCH).state == BotState.PAUSED
        for _ in range(2):
            assert bots.resume(actor=ada_actor, platform=TWITCH).state == BotState.ACTIVE

        assert audit(account) == ["bot.paused", "bot.rejoined"]

    def test_rejoining_asks_whether_the_sign_in_is_still_good(self, stage, ada_actor, account):
        channel(stage, account)
        custom(stage, account)
        bots.pause(actor=ada_actor, platform=stage.platform)

        status = bots.rejoin(actor=ada_actor, platform=stage.platform)

        assert (status.state, status.voice) == (BotState.ACTIVE, Voice.CUSTOM)
        assert audit(account) == ["bot.paused", "bot.rejoined"]

    def test_a_pause_stays_while_the_platform_does_not_let_it_in(self, twitch, ada_actor, account):
        channel(twitch, account)
        bots.pause(actor=ada_actor, platform=twitch.platform)
        twitch.stand_in.fail("/helix/users", status=503, times=None)

        with pytest.raises(Unavailable):
            bots.rejoin(actor=ada_actor, platform=twitch.platform)

        assert the_status(ada_actor).state == BotState.PAUSED
        assert audit(account) == ["bot.paused"]

    def test_nobody_can_rejoin(self, ada_actor, account):
        with pytest.raises(NobodySpeaks):
            bots.rejoin(actor=ada_actor, platform=TWITCH)

    def test_what_is_switched_off_cannot_rejoin(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "Mira")
        PlatformSwitch.objects.create(platform="twitch", use="bot")

        with pytest.raises(SwitchedOff):
            bots.rejoin(actor=ada_actor, platform=TWITCH)


class TestDisconnecting:
    def test_the_next_one_speaks_and_the_tokens_are_handed_back(
        self, stage, ada_actor, account, django_capture_on_commit_callbacks
    ):
        mira, lumio = channel(stage, account), shared(stage)
        custom(stage, account)

        with django_capture_on_commit_callbacks(execute=True):
            bots.disconnect(actor=ada_actor, platform=stage.platform)

        assert set(Connection.objects.all()) == {mira, lumio}
        assert the_status(ada_actor, stage.slug).voice == Voice.GLOBAL
        tokens = stage.stand_in.state.access_tokens.values()
        assert {token.user_id for token in tokens} == {mira.channel_id, lumio.channel_id}
        assert audit(account) == ["bot.disconnected"]

    def test_there_has_to_be_one_of_ones_own(self, ada_actor, account):
        row(account, Purpose.CHANNEL, "Mira")
        row(instance_account(), Purpose.BOT, "LumioBot")

        with pytest.raises(Http404):
            bots.disconnect(actor=ada_actor, platform=TWITCH)

        assert Connection.objects.count() == 2


class TestPermissions:
    @pytest.mark.parametrize(
        ("permission", "act"),
        [
            (Permission.BOT_CONNECTIONS_READ, lambda actor: bots.statuses(actor)),
            (Permission.BOT_CONNECTIONS_READ, lambda actor: bot_cards.cards(actor)),
            (Permission.BOT_CONNECTIONS_READ, lambda actor: bot_cards.check_moderator(actor=actor, platform=TWITCH)),
            (Permission.BOT_CONNECTIONS_CREATE, lambda actor: bots.say_hello(actor=actor, platform=TWITCH)),
            (Permission.BOT_CONNECTIONS_CREATE, lambda actor: bots.pause(actor=actor, platform=TWITCH)),
            (Permission.BOT_CONNECTIONS_CREATE, lambda actor: bots.resume(actor=actor, platform=TWITCH)),
            (Permission.BOT_CONNECTIONS_CREATE, lambda actor: bots.rejoin(actor=actor, platform=TWITCH)),
            (Permission.BOT_CONNECTIONS_DELETE, lambda actor: bots.disconnect(actor=actor, platform=TWITCH)),
        ],
    )
    def test_each_act_asks_for_its_own(self, account, permission, act):
        row(account, Purpose.CHANNEL, "Mira")
        row(account, Purpose.BOT, "OttoBot")
        BotPause.objects.create(account=account, platform="kick")
        actor = factories.make_actor(account=account, permissions=ALL - {permission})

        with pytest.raises(PermissionRefused, match=permission.value):
            act(actor)

        assert (Connection.objects.count(), BotPause.objects.count()) == (2, 1)


class TestQueries:
    def test_empty_and_full_cost_the_same(self, ada_actor, account, django_assert_num_queries):
        with django_assert_num_queries(5):
            bot_cards.cards(ada_actor)
        for slug in ("twitch", "kick", "youtube"):
            for purpose in Purpose:
                row(account, purpose, f"{slug} {purpose}", platform=slug)
            row(instance_account(), Purpose.BOT, f"global {slug}", platform=slug)
            BotPause.objects.create(account=account, platform=slug)

        with django_assert_num_queries(5):
            bot_cards.cards(ada_actor)
        with django_assert_num_queries(3):
            bots.statuses(ada_actor)


def test_a_card_is_drawn_anew_when_something_changed(ada_actor, account):
    seen = [bot_cards.card(ada_actor, TWITCH).fingerprint]
    row(account, Purpose.CHANNEL, "Mira")
    seen.append(bot_cards.card(ada_actor, TWITCH).fingerprint)
    bot = row(account, Purpose.BOT, "OttoBot")
    seen.append(bot_cards.card(ada_actor, TWITCH).fingerprint)
    Connection.objects.filter(pk=bot.pk).update(**DEAD, failed_since=timezone.now() - timedelta(minutes=1))
    seen.append(bot_cards.card(ada_actor, TWITCH).fingerprint)
    bots.pause(actor=ada_actor, platform=TWITCH)
    seen.append(bot_cards.card(ada_actor, TWITCH).fingerprint)

    assert len(set(seen)) == 5
    assert bot_cards.card(ada_actor, TWITCH).fingerprint == seen[-1]
