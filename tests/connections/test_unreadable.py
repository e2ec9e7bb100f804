"""Stored values that cannot be decrypted, one kind after the other, at every door: a sentence, and never an error."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from connections.domain import grants, oauth, refresh, validation, vault
from connections.domain.grants import GrantUnusable
from connections.enums import GrantState, Purpose
from connections.models import AppCredentials, Connection, DiscordBot, OAuthAttempt
from connections.platforms import PLATFORMS
from connections.platforms.failures import SecretUnreadable
from connections.tasks import refresh_due, validate_due
from events.enums import SourceState
from events.ingest.supervisor import Supervisor
from events.models import IngestSource
from lumio.lib.secrets import Secret
from tests import factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET, CONNECT, PAGE, banners, come_back, leave, link
from tests.connections.test_ingest import FAST
from tests.waiting import in_db, until_db

pytestmark = pytest.mark.django_db

CLIENT = ("client_id_encrypted", "client_secret_encrypted")
ACCESS, REFRESH = "access_token_encrypted", "refresh_token_encrypted"
FIELDS = (*CLIENT, ACCESS, REFRESH)
PAIR = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
REST = "/v1/connections"
OPERATOR = "/admin/bots/"
SENTENCE = (
    "What Lumio stored for Twitch cannot be read with its encryption keys. Put the missing key back, or enter the app "
    "credentials again and reconnect."
)


def damage(model, field: str) -> None:
    """Change one byte of every stored value of this field, as a broken disk or another key would."""
    for row in model.objects.all():
        blob = bytes(getattr(row, field))
        model.objects.filter(pk=row.pk).update(**{field: blob[:-1] + bytes([blob[-1] ^ 1])})


@pytest.fixture(params=FIELDS)
def damaged(request, grant) -> str:
    """The field of Ada's app credentials, or of her sign-ins as channel and as bot, that cannot be read."""
    grant()
    grant(purpose=Purpose.BOT, channel_id="2", channel_name="Bot")
    damage(AppCredentials if request.param in CLIENT else Connection, request.param)
    return request.param


def channel() -> Connection:
    return Connection.objects.get(purpose=Purpose.CHANNEL)


def put(client, data: dict):
    return client.put(f"{REST}/credentials/twitch", json.dumps(data), content_type="application/json")


def graphql(client, query: str, **variables) -> dict:
    body = json.dumps({"query": query, "variables": variables})
    return client.post("/v1/gql", body, content_type="application/json").json()


def said(*used: str, by: str) -> str:
    """The sentence if what cannot be read is needed there."""
    return SENTENCE if by in used else ""


class TestShowing:
    @pytest.mark.parametrize(
        "page",
        [
            "/dashboard",
            PAGE,
            f"{PAGE}/twitch/card",
            f"{PAGE}/renewal",
            f"{PAGE}/credentials",
            f"{PAGE}/bot",
            f"{PAGE}/bot/twitch/card",
            "/dashboard/bots",
            REST,
            f"{REST}/credentials",
            f"{REST}/credentials/twitch",
            "/v1/bot-connections",
            "/v1/bot-status",
        ],
    )
    def test_every_page_and_list_is_there(self, ada_client, damaged, page):
        assert ada_client.get(page).status_code == 200

    def test_one_connection_too(self, ada_client, damaged):
        assert ada_client.get(f"{REST}/{channel().pk}").json()["data"]["channel_name"] == "Mira_Plays"

    def test_graphql_too(self, ada_client, damaged):
        answer = graphql(ada_client, "{ channelConnections { channelName trouble } appCredentials { clientIdHint } }")

        assert answer["data"] == {
            "channelConnections": [{"channelName": "Mira_Plays", "trouble": ""}],
            "appCredentials": [{"clientIdHint": CLIENT_ID[-4:]}],
        }


class TestUsing:
    def test_connecting(self, ada_client, damaged):
        refused = said(*CLIENT, by=damaged)

        for address, back in ((CONNECT, PAGE), (f"{PAGE}/bot/twitch/connect", f"{PAGE}/bot")):
            response = ada_client.post(address)

            assert response.status_code == (302 if refused else 200)
            assert [str(message) for message in ada_client.get(back).context["messages"]] == [refused] * bool(refused)

    def test_connecting_over_rest(self, ada_client, damaged):
        answer = ada_client.post(f"{REST}/twitch/authorize")

        told = answer.json()
        refused = (409, "secret_unreadable", SENTENCE)
        assert (answer.status_code, told.get("code"), told.get("detail")) == (
            refused if damaged in CLIENT else (200, None, None)
        )

    def test_testing(self, ada_client, damaged):
        address, needed = f"{PAGE}/{channel().pk}/test", (*CLIENT, ACCESS)

        page = ada_client.post(address, follow=True)
        rest = ada_client.post(f"{REST}/{channel().pk}/test").json()
        gql = graphql(ada_client, "mutation($id: ID!) { testConnection(id: $id) { name } }", id=str(channel().pk))

        refused = said(*needed, by=damaged)
        assert page.status_code == 200
        assert (SENTENCE in page.content.decode()) is bool(refused)
        assert rest.get("detail", "") == refused
        assert [error["message"] for error in gql.get("errors", [])] == [refused] * bool(refused)

    def test_speaking(self, ada_client, damaged):
        response = ada_client.post(f"{PAGE}/bot/twitch/hello", follow=True)

        messages = [str(message) for message in response.context["messages"]]
        refused = said(*CLIENT, ACCESS, by=damaged)
        assert [SENTENCE in message for message in messages] == [bool(refused)]

    def test_letting_the_bot_rejoin(self, ada_client, damaged):
        ada_client.post("/dashboard/bots/twitch/pause")

        response = ada_client.post("/dashboard/bots/twitch/rejoin", follow=True)

        refused = said(*CLIENT, ACCESS, by=damaged)
        assert (SENTENCE in response.content.decode()) is bool(refused)


@pytest.mark.django_db(transaction=True)  # sweeps work in threads of their own
class TestInTheBackground:
    def test_renewing_says_so_on_the_card_and_waits(self, ada_client, damaged):
        Connection.objects.update(refresh_due_at=timezone.now())

        refresh_due()

        refused = said(*CLIENT, REFRESH, by=damaged)
        row = channel()
        assert (row.state, row.failure_code) == (GrantState.CONNECTED, "secret_unreadable" if refused else "")
        assert row.version == (1 if refused else 2)
        assert row.refresh_due_at > timezone.now() + timedelta(minutes=20)
        page = ada_client.get(PAGE).content.decode()
        assert (SENTENCE in page) is bool(refused)

    def test_whoever_wants_a_token_is_told_so(self, damaged):
        refused = said(*CLIENT, ACCESS, by=damaged)

        try:
            told = ("", grants.access(channel().pk).version)
        except GrantUnusable as unusable:
            told = (unusable.text, unusable.is_final)

        assert told == ((SENTENCE, False) if refused else ("", 1))

    def test_validating_ends_nothing(self, twitch, damaged):
        Connection.objects.update(validate_due_at=timezone.now())

        validate_due()

        row = channel()
        refused = said(*CLIENT, ACCESS, by=damaged)
        assert (row.state, row.version, row.validated_at is None) == (GrantState.CONNECTED, 1, bool(refused))
        assert timezone.now() < row.validate_due_at
        assert (row.validate_due_at < timezone.now() + validation.AGAIN[1]) is bool(refused)


def test_a_renewal_mends_an_access_token(twitch, grant):
    connection = grant()
    damage(Connection, ACCESS)

    refresh.refresh(connection.pk, 1)

    assert grants.access(connection.pk).token.reveal() in twitch.state.access_tokens


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "field"), [(AppCredentials, CLIENT[0]), (Connection, ACCESS)])
async def test_listening_says_so_on_the_card(ada_client, twitch, grant, model, field):
    await in_db(grant)
    await in_db(lambda: damage(model, field))
    stop = asyncio.Event()
    running = asyncio.create_task(Supervisor(timing=FAST).run(stop))
    try:
        await until_db(lambda: IngestSource.objects.exclude(failure_code="").exists())
        page = await in_db(lambda: ada_client.get(PAGE).content.decode())
    finally:
        stop.set()
        await running

    source = await in_db(IngestSource.objects.get)
    assert (source.state, source.failure_code) == (SourceState.RECONNECTING, "secret_unreadable")
    assert SENTENCE in page


class TestMending:
    def test_the_page_takes_the_pair_again(self, ada_client, twitch, damaged):
        response = ada_client.post(f"{PAGE}/credentials/twitch", PAIR)

        assert response.status_code == 302
        assert_pair_is_back(twitch)

    def test_so_does_rest(self, ada_client, twitch, damaged):
        assert put(ada_client, PAIR).status_code == 200
        assert_pair_is_back(twitch)

    def test_so_does_graphql(self, ada_client, twitch, damaged):
        query = "mutation($input: AppCredentialsInput!) { saveAppCredentials(input: $input) { checked } }"

        answer = graphql(
            ada_client, query, input={"platform": "twitch", "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}
        )

        assert answer == {"data": {"saveAppCredentials": {"checked": True}}}
        assert_pair_is_back(twitch)

    def test_a_new_secret_alone_needs_the_id_that_is_stored(self, ada_client, damaged):
        before = AppCredentials.objects.values().get()

        answer = put(ada_client, {"client_secret": CLIENT_SECRET})

        if damaged == CLIENT[0]:
            assert (answer.status_code, answer.json()["code"]) == (422, "empty")
            assert AppCredentials.objects.values().get() == before
        else:
            assert answer.status_code == 200

    def test_reconnecting_brings_readable_tokens(self, ada_client, twitch, damaged):
        ada_client.post(f"{PAGE}/credentials/twitch", PAIR)

        link(ada_client, twitch)

        assert banners(ada_client) == []
        row = channel()
        assert (row.state, row.failure_code, row.channel_name) == (GrantState.CONNECTED, "", "Mira_Plays")
        assert grants.access(row.pk).token.reveal() in twitch.state.access_tokens
        refresh.refresh(row.pk, row.version)


def assert_pair_is_back(twitch) -> None:
    row = AppCredentials.objects.get()
    client = vault.client_of(row)
    assert (client.id, client.secret.reveal()) == (CLIENT_ID, CLIENT_SECRET)
    assert twitch.calls("/oauth2/token", grant_type="client_credentials")


class TestLettingGo:
    def test_disconnecting_on_the_page(self, ada_client, damaged):
        ada_client.post(f"{PAGE}/{channel().pk}/disconnect")
        ada_client.post(f"{PAGE}/bot/twitch/disconnect")

        assert not Connection.objects.exists()
        assert AppCredentials.objects.count() == 1

    def test_disconnecting_over_rest(self, ada_client, damaged):
        assert ada_client.delete(f"{REST}/{channel().pk}").status_code == 204
        assert not Connection.objects.filter(purpose=Purpose.CHANNEL).exists()

    def test_disconnecting_over_graphql(self, ada_client, damaged):
        pk = str(channel().pk)

        answer = graphql(ada_client, "mutation($id: ID!) { disconnect(id: $id) { id } }", id=pk)

        assert answer == {"data": {"disconnect": {"id": pk}}}
        assert not Connection.objects.filter(purpose=Purpose.CHANNEL).exists()

    @pytest.mark.parametrize(
        "delete",
        [
            lambda client: client.post(f"{PAGE}/credentials/twitch/delete"),
            lambda client: client.delete(f"{REST}/credentials/twitch"),
            lambda client: graphql(client, 'mutation { deleteAppCredentials(platform: "twitch") { platform } }'),
        ],
        ids=["page", "rest", "graphql"],
    )
    def test_deleting_the_app_credentials(self, ada_client, damaged, delete):
        delete(ada_client)

        assert not AppCredentials.objects.exists()
        assert not Connection.objects.exists()


class TestComingBack:
    @pytest.mark.parametrize("field", CLIENT)
    def test_a_pair_that_broke_meanwhile_links_nothing(self, ada_client, twitch, credentials, field):
        back = twitch.consent(leave(ada_client), user="mira_plays")
        damage(AppCredentials, field)

        come_back(ada_client, back)

        assert banners(ada_client) == [SENTENCE]
        assert not Connection.objects.exists()

    def test_a_verifier_that_broke_meanwhile_links_nothing(self, ada_actor, twitch, credentials):
        url = oauth.begin(actor=ada_actor, platform=PLATFORMS["twitch"], session_key="here")
        attempt = OAuthAttempt.objects.get()
        sealed = vault.seal(attempt, "code_verifier_encrypted", Secret("verifier"))
        OAuthAttempt.objects.update(code_verifier_encrypted=sealed)
        damage(OAuthAttempt, "code_verifier_encrypted")
        back = dict(pair.split("=") for pair in twitch.consent(url, user="mira_plays").partition("?")[2].split("&"))

        with pytest.raises(SecretUnreadable) as refusal:
            oauth.finish(actor=ada_actor, platform=PLATFORMS["twitch"], session_key="here", answer=back)

        assert refusal.value.text == SENTENCE
        assert not Connection.objects.exists()


class TestDiscord:
    def test_its_token_is_said_to_be_unreadable_and_can_be_removed(self, ada, ada_client, client):
        bot = DiscordBot(bot_id="1", name="Lumio", application_id="2", checked_at=timezone.now())
        bot.token_encrypted = vault.seal(bot, "token_encrypted", Secret("a.b.c"))
        bot.save()
        damage(DiscordBot, "token_encrypted")
        client.force_login(factories.make_user(is_staff=True, is_superuser=True))

        pages = [ada_client.get(f"{PAGE}/bot"), ada_client.get("/dashboard/bots"), client.get(OPERATOR)]
        checked = client.post(f"{OPERATOR}discord/check", follow=True)
        client.post(f"{OPERATOR}discord/remove")

        assert [page.status_code for page in pages] == [200] * 3
        assert [str(message) for message in checked.context["messages"]] == [SENTENCE.replace("Twitch", "Discord")]
        assert not DiscordBot.objects.exists()
