"""Bots over REST and GraphQL: the same rows, rules and codes."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.domain.accounts import instance_account
from accounts.enums import Permission
from connections.enums import Purpose
from connections.models import BotPause, Connection, OAuthAttempt, PlatformSwitch
from connections.platforms import PLATFORMS
from tests import factories
from tests.connections.conftest import come_back
from tests.connections.speakers import BOTS, channel, custom, said
from tests.connections.stages import stage_of
from tests.connections.test_bots import DEAD, row
from tokens.domain.tokens import NeverByToken

REST = "/v1/bot-connections"


@pytest.fixture
def twitch(settings):
    with stage_of("twitch", settings) as found:
        yield found


@pytest.fixture
def rows(account):
    """A channel and a custom bot on Twitch, and a global bot on Kick, where nobody is connected."""
    scopes = [scope.name for scope in PLATFORMS["twitch"].oauth.bot_scopes]
    row(account, Purpose.CHANNEL, "Mira")
    row(account, Purpose.BOT, "OttoBot", scopes=scopes)
    row(instance_account(), Purpose.BOT, "LumioBot", platform="kick")


def post(client, address: str, data: dict | None = None):
    return client.post(address, json.dumps(data or {}), content_type="application/json")


def graphql(client, query: str) -> dict:
    return client.post("/v1/gql", json.dumps({"query": query}), content_type="application/json").json()


def code(answer: dict) -> str:
    return answer["errors"][0]["extensions"]["code"]


class TestReading:
    def test_what_bots_there_are_and_who_speaks(self, ada_client, rows):
        data = ada_client.get(REST).json()["data"]

        by_platform = {found["platform"]: found for found in data}
        assert list(by_platform) == [*(slug for slug, p in PLATFORMS.items() if p.has_bots), "discord"]
        bot = by_platform["twitch"].pop("custom_bot")
        assert by_platform["twitch"] == {
            "platform": "twitch",
            "state": "active",
            "enabled": True,
            "reason": "",
            "speaks_as": "custom",
            "speaker_name": "OttoBot",
            "global_bot_name": "",
            "is_moderator": None,
        }
        assert (bot["name"], bot["state"], bot["failure_code"], bot["missing_scopes"]) == (
            "OttoBot",
            "connected",
            "",
            [],
        )
        assert not [name for name in bot if "token" in name]
        kick = by_platform["kick"]
        assert (kick["state"], kick["speaks_as"], kick["global_bot_name"]) == ("no_connection", None, "LumioBot")
        assert (by_platform["discord"]["state"], by_platform["discord"]["custom_bot"]) == ("no_connection", None)

    def test_graphql_shows_the_same(self, ada_client, rows):
        fields = "platform state enabled reason speaksAs speakerName globalBotName isModerator"
        bot = "name state failureCode trouble missingScopes"

        told = graphql(ada_client, f"{{ botConnections {{ {fields} customBot {{ {bot} }} }} }}")

        shown = {found["platform"]: found for found in told["data"]["botConnections"]}
        assert shown["twitch"] == {
            "platform": "twitch",
            "state": "active",
            "enabled": True,
            "reason": "",
            "speaksAs": "custom",
            "speakerName": "OttoBot",
            "globalBotName": "",
            "isModerator": None,
            "customBot": {
                "name": "OttoBot",
                "state": "connected",
                "failureCode": "",
                "trouble": "",
                "missingScopes": [],
            },
        }
        assert shown["discord"]["customBot"] is None

    def test_states(self, ada_client, account, rows):
        Connection.objects.filter(account=account, purpose=Purpose.BOT).update(**DEAD)
        BotPause.objects.create(account=account, platform="twitch")
        PlatformSwitch.objects.create(platform="kick", use="bot", reason="Quota")

        data = ada_client.get("/v1/bot-status").json()["data"]

        assert [found for found in data if found["platform"] in {"twitch", "kick"}] == [
            {
                "platform": "twitch",
                "state": "paused",
                "enabled": False,
                "reason": "",
                "speaks_as": "channel",
                "speaker_name": "Mira",
            },
            {
                "platform": "kick",
                "state": "unavailable",
                "enabled": True,
                "reason": "Quota",
                "speaks_as": None,
                "speaker_name": "",
            },
        ]
        told = graphql(ada_client, "{ botStatus { platform state enabled } }")["data"]["botStatus"]
        assert {"platform": "twitch", "state": "paused", "enabled": False} in told

    def test_a_popout_token_that_may_look_may_do_no_more(self, client, account, rows):
        actor = factories.make_actor(account=account)
        __, token = factories.make_token(actor=actor, permissions={Permission.BOT_CONNECTIONS_READ})
        query = f"?token={token.reveal()}"

        assert client.get(REST + query).status_code == 200
        for response in (
            post(client, f"{REST}/twitch/authorize{query}"),
            post(client, f"{REST}/twitch/hello{query}"),
            client.delete(f"{REST}/twitch{query}"),
            post(client, f"/v1/bot-toggle{query}", {"platform": "twitch", "enabled": False}),
            post(client, f"/v1/bot-rejoin{query}", {"platform": "twitch"}),
        ):
            assert (response.status_code, response.json()["code"]) == (403, "permission_refused")
        assert Connection.objects.filter(account=account, purpose=Purpose.BOT).exists()
        assert not BotPause.objects.exists()
        assert not OAuthAttempt.objects.exists()

    def test_a_token_cannot_even_be_given_more(self, account):
        actor = factories.make_actor(account=account)

        with pytest.raises(NeverByToken):
            factories.make_token(actor=actor, permissions={Permission.BOT_CONNECTIONS_CREATE})


class TestConnecting:
    def test_the_address_is_good_in_this_session(self, twitch, ada_client, account):
        channel(twitch, account)

        response = post(ada_client, f"{REST}/twitch/authorize")

        url = response.json()["data"]["authorization_url"]
        asked = parse_qs(urlsplit(url).query)
        assert asked["scope"] == [" ".join(scope.name for scope in twitch.platform.oauth.bot_scopes)]
        assert asked["force_verify"] == ["true"]
        assert come_back(ada_client, twitch.stand_in.consent(url, user="otto")).url == f"{BOTS}?connected=twitch"

    @pytest.mark.parametrize(
        ("slug", "status", "refused"), [("twitch", 409, "no_credentials"), ("spotify", 404, "not_found")]
    )
    def test_where_it_cannot_begin(self, ada_client, account, slug, status, refused):
        response = post(ada_client, f"{REST}/{slug}/authorize")

        assert (response.status_code, response.json()["code"]) == (status, refused)
        assert not OAuthAttempt.objects.exists()


class TestDisconnecting:
    @pytest.mark.parametrize("over", ["rest", "graphql"])
    def test_ones_own(self, ada_client, cleo_client, account, rows, over):
        def disconnect(client):
            if over == "rest":
                response = client.delete(f"{REST}/twitch")
                return response.json()["code"] if response.content else response.status_code
            told = graphql(client, 'mutation { disconnectBot(platform: "twitch") { platform } }')
            return code(told) if "errors" in told else 204

        assert disconnect(cleo_client) == "not_found"
        assert Connection.objects.filter(account=account, purpose=Purpose.BOT).exists()
        assert disconnect(ada_client) == 204
        assert not Connection.objects.filter(account=account, purpose=Purpose.BOT).exists()
        assert Connection.objects.filter(purpose=Purpose.BOT).get().channel_name == "LumioBot"
        assert disconnect(ada_client) == "not_found"


class TestHello:
    def test_it_says_what_was_said_and_by_whom(self, twitch, ada_client, account):
        mira, otto = channel(twitch, account), custom(twitch, account)

        response = post(ada_client, f"{REST}/twitch/hello")

        assert response.json()["data"] == {
            "text": "Hello from Lumio!",
            "speaker_name": "Otto",
            "channel_name": "Mira_Plays",
        }
        assert said(twitch) == [(mira.channel_id, otto.channel_id, "Hello from Lumio!")]

    @pytest.mark.parametrize("over", ["rest", "graphql"])
    def test_what_was_not_shown_is_a_refusal(self, twitch, ada_client, account, over):
        channel(twitch, account)
        twitch.stand_in.drop_next_message("msg_rejected", "Being checked")

        if over == "rest":
            response = post(ada_client, f"{REST}/twitch/hello")
            assert (response.status_code, response.json()["code"]) == (409, "message_held")
        else:
            told = graphql(ada_client, 'mutation { sayHello(platform: "twitch") { text } }')
            assert code(told) == "message_held"
        assert said(twitch) == []

    def test_graphql_says_the_same(self, twitch, ada_client, account):
        channel(twitch, account)

        told = graphql(ada_client, 'mutation { sayHello(platform: "twitch") { text speakerName channelName } }')

        assert told["data"]["sayHello"] == {
            "text": "Hello from Lumio!",
            "speakerName": "Mira_Plays",
            "channelName": "Mira_Plays",
        }

    def test_nobody_to_say_it(self, ada_client, account):
        response = post(ada_client, f"{REST}/kick/hello")

        assert (response.status_code, response.json()["code"]) == (409, "nobody_speaks")


class TestPausing:
    @pytest.mark.parametrize("over", ["rest", "graphql"])
    def test_off_and_on(self, ada_client, account, rows, over):
        def toggle(enabled: bool) -> dict:
            if over == "rest":
                given = {"platform": "twitch", "enabled": enabled}
                return post(ada_client, "/v1/bot-toggle", given).json()["data"]
            query = f'toggleBotForPlatform(platform: "twitch", enabled: {json.dumps(enabled)})'
            told = graphql(ada_client, f"mutation {{ {query} {{ status {{ state enabled }} }} }}")
            return told["data"]["toggleBotForPlatform"]["status"]

        off, on = toggle(False), toggle(True)

        assert (off["state"], off["enabled"]) == ("paused", False)
        assert (on["state"], on["enabled"]) == ("active", True)
        assert not BotPause.objects.exists()

    @pytest.mark.parametrize("over", ["rest", "graphql"])
    def test_rejoining(self, twitch, ada_client, account, over):
        channel(twitch, account)
        BotPause.objects.create(account=account, platform="twitch")

        if over == "rest":
            told = post(ada_client, "/v1/bot-rejoin", {"platform": "twitch"}).json()["data"]
        else:
            answer = graphql(ada_client, 'mutation { rejoinBot(platform: "twitch") { status { state enabled } } }')
            told = answer["data"]["rejoinBot"]["status"]

        assert (told["state"], told["enabled"]) == ("active", True)
        assert not BotPause.objects.exists()

    @pytest.mark.parametrize(
        ("address", "given", "status", "refused"),
        [
            ("/v1/bot-toggle", {}, 400, "invalid"),
            ("/v1/bot-toggle", {"platform": "twitch", "enabled": "perhaps"}, 400, "invalid"),
            ("/v1/bot-toggle", {"platform": "spotify", "enabled": False}, 404, "not_found"),
            ("/v1/bot-rejoin", {"platform": "nowhere"}, 404, "not_found"),
            ("/v1/bot-rejoin", {"platform": "twitch"}, 409, "nobody_speaks"),
        ],
    )
    def test_refusals_have_a_code(self, ada_client, account, address, given, status, refused):
        response = post(ada_client, address, given)

        assert (response.status_code, response.json()["code"]) == (status, refused)
        assert not BotPause.objects.exists()

    def test_only_in_ones_own_account(self, cleo_client, cleo_actor, account, rows):
        post(cleo_client, "/v1/bot-toggle", {"platform": "twitch", "enabled": False})

        assert BotPause.objects.get().account == cleo_actor.account
