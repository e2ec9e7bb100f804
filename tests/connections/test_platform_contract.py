"""What every platform has to do, asked of each at its stand-in: sign in, refuse, rotate, revoke, survive an outage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from connections.domain import grants, refresh, vault
from connections.domain.channels import CardState
from connections.enums import Act, GrantState, Purpose
from connections.models import AppCredentials, Connection, OAuthAttempt
from connections.platforms import PLATFORMS, oauth
from connections.platforms.base import short_name
from connections.platforms.chatting import Timeouts
from connections.platforms.failures import (
    IN_CHAT,
    STORED,
    ActRefused,
    NotSent,
    PlatformFailure,
    RateLimited,
    ScopeMissing,
    Unavailable,
    stored,
)
from events.types import Person
from lumio.lib.secrets import Secret
from tests.connections.calls import Access
from tests.connections.conftest import PAGE, as_stored, banners, come_back
from tests.connections.stages import OTHER, STAND_INS, STREAMER, Stage, stage_of

#: What Lumio does alike for all of them, so that one of them shows it quickly.
ALIKE = pytest.mark.parametrize(
    "stage",
    [slug if slug == "twitch" else pytest.param(slug, marks=pytest.mark.trial) for slug in PLATFORMS],
    indirect=True,
)
CAN_BE_ASKED = [slug for slug, platform in PLATFORMS.items() if platform.oauth.client_credentials]


def test_every_platform_is_on_the_stage():
    assert list(STAND_INS) == list(PLATFORMS)


@pytest.fixture(params=PLATFORMS)
def stage(request, settings):
    with stage_of(request.param, settings) as made:
        yield made


@pytest.fixture
def paired(stage: Stage, account) -> Stage:
    stage.credentials(account)
    return stage


class TestSigningIn:
    def test_allowed(self, paired, ada_client, account, ada):
        connection = paired.connected(ada_client)

        assert (connection.account, connection.purpose, connection.connected_by) == (account, Purpose.CHANNEL, ada)
        assert (connection.channel_id, connection.channel_name) == (
            paired.platform.identity(
                vault.read(connection, "access_token_encrypted"), vault.client_for(account.pk, paired.slug)
            ).id,
            "Mira_Plays",
        )
        assert connection.scopes == paired.scopes
        assert connection.refresh_token_encrypted is not None
        assert connection.expires_at > timezone.now()
        assert timezone.now() < connection.refresh_due_at < connection.expires_at
        assert paired.card(ada_client).state == CardState.CONNECTED
        page = ada_client.get(f"{PAGE}?connected={paired.slug}").content.decode()
        assert f"Successfully connected to {paired.platform.name}!" in page

    def test_denied(self, paired, ada_client):
        response = paired.link(ada_client, allow=False)

        assert response.url == PAGE
        [banner] = banners(ada_client)
        assert f"{paired.platform.name} says that access was refused." in banner
        assert not Connection.objects.exists()

    @ALIKE
    def test_with_a_state_of_somebody_elses_making(self, paired, ada_client):
        url = paired.stand_in.consent(paired.leave(ada_client), user=STREAMER)
        state = OAuthAttempt.objects.get()

        come_back(ada_client, url.replace("state=", "state=x"))

        assert "does not know this answer" in banners(ada_client)[0]
        assert not Connection.objects.exists()
        state.refresh_from_db()
        assert state.used_at is None

    @ALIKE
    def test_twice_with_one_code(self, paired, ada_client):
        url = paired.stand_in.consent(paired.leave(ada_client), user=STREAMER)
        come_back(ada_client, url)
        before = as_stored(Connection.objects.get())
        ada_client.get(PAGE)

        come_back(ada_client, url)

        assert "has already been finished" in banners(ada_client)[0]
        assert as_stored(Connection.objects.get()) == before

    @ALIKE
    def test_in_another_browser(self, paired, ada_client, ben_client, account, ada):
        account.members.update(role=account.roles.get(slug="administrator"))
        url = paired.stand_in.consent(paired.leave(ada_client), user=STREAMER)

        come_back(ben_client, url)

        assert "was started in another browser" in banners(ben_client)[0]
        assert not Connection.objects.exists()

    def test_with_a_wrong_secret(self, stage, ada_client, account):
        stage.credentials(account, client_secret="wrong0secret0that0is0long0enough")

        response = stage.link(ada_client)

        assert response.url == PAGE
        [banner] = banners(ada_client)
        assert "App Credentials page" in banner
        assert not Connection.objects.exists()

    def test_an_answer_with_fewer_scopes_is_believed(self, paired, ada_client, monkeypatch):
        monkeypatch.setattr(oauth, "exchange", _without_first_scope(oauth.exchange, paired))

        paired.link(ada_client)

        connection = Connection.objects.get()
        missing = paired.scopes[0]
        assert connection.scopes == paired.scopes[1:]
        assert [scope.name for scope in paired.card(ada_client).missing] == [missing]
        assert f"Reconnect to grant {short_name(missing)}" in ada_client.get(PAGE).content.decode()


def _without_first_scope(exchange, stage):
    return lambda *args, **kwargs: replace(exchange(*args, **kwargs), scopes=stage.scopes[1:])


@ALIKE
class TestReconnecting:
    def test_the_same_channel_has_new_tokens(self, paired, ada_client):
        before = paired.connected(ada_client)

        after = paired.connected(ada_client)

        assert (after.pk, after.channel_id, after.version) == (before.pk, before.channel_id, before.version + 1)
        assert bytes(after.access_token_encrypted) != bytes(before.access_token_encrypted)

    def test_another_channel_is_refused_by_name(self, paired, ada_client):
        before = as_stored(paired.connected(ada_client))

        response = paired.link(ada_client, user=OTHER)

        assert response.url == PAGE
        [banner] = banners(ada_client)
        assert "This is connected to Mira_Plays, but you signed in as Otto" in banner
        assert as_stored(Connection.objects.get()) == before
        other = paired.stand_in.state.user(OTHER).id
        kept = [token for token in paired.stand_in.state.access_tokens.values() if token.user_id == other]
        server = paired.platform.oauth
        # Handed back, unless that may cost the sign-in that stays.
        assert (kept == []) is (bool(server.revoke_url) and not server.revoking_ends_all)

    def test_mends_a_sign_in_that_has_ended(self, paired, ada_client, account):
        connection = paired.connected(ada_client)
        paired.stand_in.revoke_grant(STREAMER)
        with pytest.raises(PlatformFailure):
            refresh.refresh(connection.pk, connection.version)
        assert account.notifications.filter(resolved_at=None).count() == 1

        paired.connected(ada_client)

        assert paired.card(ada_client).state == CardState.CONNECTED
        assert account.notifications.filter(resolved_at=None).count() == 0


class TestRefreshing:
    @pytest.mark.parametrize("rotation", [True, False], ids=["rotating", "not rotating"])
    def test_the_new_tokens_work(self, paired, ada_client, account, rotation):
        paired.stand_in.configure(rotation=rotation)
        connection = paired.connected(ada_client)
        old = vault.read(connection, "refresh_token_encrypted").reveal()

        refresh.refresh(connection.pk, connection.version)

        connection.refresh_from_db()
        assert (connection.version, connection.state, connection.failure_code) == (2, GrantState.CONNECTED, "")
        assert connection.scopes == paired.scopes
        assert (vault.read(connection, "refresh_token_encrypted").reveal() == old) is not rotation
        identity = grants.call(
            connection.pk,
            lambda access: paired.platform.identity(access.token, vault.client_for(account.pk, paired.slug)),
        )
        assert identity.id == connection.channel_id
        refresh.refresh(connection.pk, 2)
        assert Connection.objects.get().version == 3
        assert [entry["code"] for entry in Connection.objects.get().refresh_log] == ["", ""]

    def test_an_access_token_that_is_refused_is_renewed_once(self, paired, ada_client, account):
        connection = paired.connected(ada_client)
        paired.stand_in.expire_tokens()

        response = ada_client.post(f"{PAGE}/{connection.pk}/test")

        assert response.url == f"{PAGE}#card-{connection.platform}"
        [banner] = banners(ada_client)
        assert banner.startswith(f"{paired.platform.name} answered in ")
        assert "signed in as Mira_Plays" in banner
        assert Connection.objects.get().version == connection.version + 1


class TestDisconnecting:
    def test_the_platform_is_told(self, paired, ada_client, django_capture_on_commit_callbacks):
        connection = paired.connected(ada_client)

        with django_capture_on_commit_callbacks(execute=True):
            ada_client.post(f"{PAGE}/{connection.pk}/disconnect")

        assert not Connection.objects.exists()
        assert AppCredentials.objects.exists()
        kept = list(paired.stand_in.state.access_tokens)
        assert (kept == []) is bool(paired.platform.oauth.revoke_url)
        assert paired.card(ada_client).state == CardState.READY

    @ALIKE
    def test_an_outage_does_not_keep_the_connection(self, paired, ada_client, django_capture_on_commit_callbacks):
        connection = paired.connected(ada_client)
        paired.stand_in.fail("*", status=503, times=None)

        with django_capture_on_commit_callbacks(execute=True):
            ada_client.post(f"{PAGE}/{connection.pk}/disconnect")

        assert not Connection.objects.exists()


class TestSavingCredentials:
    def test_a_pair_is_checked_where_the_platform_can_be_asked(self, stage, ada_client, account):
        url = f"{PAGE}/credentials/{stage.slug}"
        pair = {"client_id": stage.stand_in.client_id, "client_secret": stage.stand_in.client_secret}

        assert ada_client.post(url, pair).status_code == 302

        can_ask = stage.platform.oauth.client_credentials
        [banner] = banners(ada_client)
        assert (f"{stage.platform.name} accepts these app credentials" in banner) is can_ask
        assert AuditEntry.objects.get(action="credentials.saved").after["checked"] is can_ask

    @pytest.mark.parametrize("stage", CAN_BE_ASKED, indirect=True)
    def test_a_wrong_one_is_refused_at_once_there(self, stage, ada_client, account):
        url = f"{PAGE}/credentials/{stage.slug}"

        response = ada_client.post(url, {"client_id": stage.stand_in.client_id, "client_secret": "w" * 30})

        assert response.status_code == 422
        assert not AppCredentials.objects.exists()

    @ALIKE
    def test_a_new_secret_alone_keeps_the_connection(self, paired, ada_client):
        connection = paired.connected(ada_client)
        new = paired.stand_in.reset_secret()

        response = ada_client.post(f"{PAGE}/credentials/{paired.slug}", {"client_id": "", "client_secret": new})

        assert response.status_code == 302
        after = Connection.objects.get()
        assert (after.pk, after.state, after.version) == (connection.pk, GrantState.CONNECTED, connection.version)
        assert after.refresh_due_at <= timezone.now()
        assert vault.client_of(AppCredentials.objects.get()).id == paired.stand_in.client_id


# --- What one does in a chat ---------------------------------------------------------------------------------------

WITH_CHAT = [slug for slug, platform in PLATFORMS.items() if platform.chat]
#: Each act of each platform that it declares.
ACTS = [(slug, act) for slug in WITH_CHAT for act in PLATFORMS[slug].chat.acts]


class Chatroom:
    """A stage on which the streamer is live, and where somebody has just said something."""

    def __init__(self, stage: Stage) -> None:
        self.platform, self.stand_in = stage.platform, stage.stand_in
        self.stand_in.go_live()
        self.mira = self.access()
        juno = self.stand_in.add_user("juno", name="Juno")
        self.juno = Person(juno.id, juno.login, juno.name)
        self.message_id = self.stand_in.chat("juno", "Who is there?")

    def access(self, *, without: Collection[str] = ()) -> Access:
        scopes = [scope.name for scope in self.platform.scopes if scope.name not in without]
        tokens = self.stand_in.issue_tokens(STREAMER, scopes)
        owner = self.stand_in.state.user(STREAMER)
        return Access(Secret(tokens["access_token"]), owner.id, self.stand_in.client_id)

    def do(self, act: Act, channel: Access | None = None) -> str | None:
        """Ask the platform for it, as the domain does; an unban ends whatever there is."""
        mira, platform = channel or self.mira, self.platform
        match act:
            case Act.SEND:
                return platform.say("Hello", channel_id=mira.channel_id, sender=mira)
            case Act.REPLY:
                return platform.say("Me", channel_id=mira.channel_id, sender=mira, reply_to=self.message_id)
            case Act.DELETE:
                return platform.delete_message(self.message_id, self.juno, channel=mira)
            case Act.TIMEOUT:
                return platform.time_out(self.juno, platform.chat.timeouts.shortest, "caps", channel=mira)
            case Act.BAN:
                return platform.ban(self.juno, "spam", channel=mira)
            case Act.UNBAN:
                return platform.lift(self.juno, self.reference, channel=mira)

    reference = "a-ban-that-was-made-here"

    def silence(self) -> None:
        self.reference = self.platform.ban(self.juno, "", channel=self.mira)

    @property
    def standing(self) -> tuple[int, bool]:
        """How many messages stand in the chat, and whether Juno may write there."""
        return len(self.stand_in.messages()), not self.stand_in.state.user(STREAMER).silenced.hold(self.juno.id)


@pytest.fixture
def chatroom(stage) -> Chatroom:
    return Chatroom(stage)


def test_what_cannot_be_done_in_a_chat_is_explained():
    for slug in WITH_CHAT:
        chat, asked_for = PLATFORMS[slug].chat, {scope.name for scope in PLATFORMS[slug].scopes}
        assert Act.SEND in chat.acts
        assert {act for act in Act if act not in chat.acts} == set(chat.lacks), slug
        assert isinstance(chat.timeouts, Timeouts) is (Act.TIMEOUT in chat.acts)
        assert {name for scopes in chat.acts.values() for name in scopes} <= asked_for


def test_why_something_was_not_done_can_be_stored_and_shown():
    assert not set(STORED) & set(IN_CHAT)
    assert {type(stored(code, {"platform": "Twitch"})) for code in IN_CHAT} == set(IN_CHAT.values())
    sentences = {stored(code, {"platform": "Twitch", "reason": "x"}).text for code in IN_CHAT}
    assert len(sentences) == len(IN_CHAT)
    assert all("Twitch" in sentence and "{" not in sentence for sentence in sentences)


@pytest.mark.parametrize(("stage", "act"), ACTS, indirect=["stage"])
class TestActing:
    def test_it_is_done(self, chatroom, act):
        if act == Act.UNBAN:
            chatroom.silence()
        messages = len(chatroom.stand_in.messages())

        answer = chatroom.do(act)

        assert isinstance(answer, str) is (act not in (Act.DELETE, Act.UNBAN))
        change = {Act.SEND: 1, Act.REPLY: 1, Act.DELETE: -1}.get(act, 0)
        silenced = act in (Act.TIMEOUT, Act.BAN)
        left, may_write = chatroom.standing
        assert may_write is not silenced
        # A platform may take what somebody said with them.
        assert left == messages + change or (silenced and left == 0)

    def test_not_without_the_scope(self, chatroom, act):
        before = chatroom.standing
        needed = chatroom.platform.chat.acts[act]

        with pytest.raises(ScopeMissing):
            chatroom.do(act, chatroom.access(without=needed))

        assert chatroom.standing == before

    @pytest.mark.parametrize(
        ("fault", "failure"),
        [
            ({"status": 500}, Unavailable),
            ({"status": 503, "body": "<html>Just a moment...</html>"}, Unavailable),
            ({"close": True}, Unavailable),
            ({"status": 429, "headers": {"Retry-After": "7"}, "body": {"status": 11706}}, RateLimited),
            ({"status": 403, "body": {"message": "No.", "error": {"message": "No."}, "status": 12999}}, None),
        ],
        ids=["500", "HTML", "hung up", "429", "no"],
    )
    def test_a_refusal_has_a_type_and_changes_nothing(self, chatroom, act, fault, failure):
        before = chatroom.standing
        for method in ("POST", "DELETE"):  # YouTube is asked for the chat first
            chatroom.stand_in.fail(f"{method} *", times=None, **fault)

        with pytest.raises(failure or (NotSent if act in (Act.SEND, Act.REPLY) else ActRefused)) as refusal:
            chatroom.do(act)

        assert chatroom.platform.name in refusal.value.text
        assert refusal.value.retry_after == (7 if failure is RateLimited else None)
        assert chatroom.standing == before


@pytest.mark.parametrize("stage", WITH_CHAT, indirect=True)
def test_a_viewer_is_looked_up(chatroom):
    profile = chatroom.platform.profile(chatroom.juno, channel=chatroom.mira)

    assert profile.page_url.startswith("https://")
    assert profile.avatar_url


# --- The fault matrix ---------------------------------------------------------------------------------------------

CONNECTED, NEEDS_SIGN_IN, REJECTED = GrantState.CONNECTED, GrantState.NEEDS_SIGN_IN, GrantState.CREDENTIALS_REJECTED

#: What goes wrong while a sign-in is renewed → the state it leaves, a code that may be stored, words on the card.
FAULTS = {
    "invalid grant": (NEEDS_SIGN_IN, {"grant_ended"}, "ended this sign-in"),
    "wrong secret": (
        REJECTED,
        {"credentials_rejected", "client_secret_rejected"},
        "does not accept the app credentials",
    ),
    "500": (CONNECTED, {"platform_unavailable"}, "does not answer as it should right now"),
    "429": (CONNECTED, {"platform_rate_limited"}, "Wait 120 seconds"),
    "time-out": (CONNECTED, {"platform_silent"}, "could not be reached or took too long"),
    "refused": (CONNECTED, {"platform_silent"}, "could not be reached or took too long"),
    "HTML": (CONNECTED, {"answer_not_understood"}, "a proxy or a firewall may be answering"),
    "truncated": (CONNECTED, {"answer_not_understood"}, "a proxy or a firewall may be answering"),
}


def go_wrong(stage: Stage, fault: str) -> None:
    stand_in = stage.stand_in
    match fault:
        case "invalid grant":
            stand_in.revoke_grant(STREAMER)
        case "wrong secret":
            next(iter(stand_in.state.apps.values())).client_secret = "another0secret0than0the0saved0one"
        case "500":
            stand_in.fail(stage.refresh_path, status=500)
        case "429":
            stand_in.fail(stage.refresh_path, status=429, headers={"Retry-After": "120"})
        case "time-out":
            stand_in.fail(stage.refresh_path, delay=3.0)
        case "refused":
            stand_in.stop()
        case "HTML":
            stand_in.fail(stage.refresh_path, status=200, body="<html>Sign in to the Wi-Fi</html>")
        case "truncated":
            stand_in.fail(stage.refresh_path, status=200, body='{"access_token": "abc", "expires_in"')


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_card_says_when_renewing_fails(paired, ada_client, account, fault, monkeypatch):
    monkeypatch.setitem(oauth._ask.__kwdefaults__, "deadline", 1.0)
    connection = paired.connected(ada_client)
    before = as_stored(connection)
    state, codes, words = FAULTS[fault]
    go_wrong(paired, fault)

    with pytest.raises(PlatformFailure):
        refresh.refresh(connection.pk, connection.version)

    after = as_stored(connection)
    assert (after["state"], after["failure_code"] in codes) == (state, True), after["failure_code"]
    kept = ("access_token_encrypted", "refresh_token_encrypted", "channel_id", "scopes", "version", "expires_at")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert after["refresh_log"][0]["code"] == after["failure_code"]
    card = paired.card(ada_client)
    assert (card.state, card.token_is_dead) == (CardState(state), state != CONNECTED)
    assert words in card.trouble
    assert card.renewals[0].trouble == card.trouble
    told = account.notifications.filter(resolved_at=None).count()
    if state == CONNECTED:
        wait = (after["refresh_due_at"] - timezone.now()).total_seconds()
        assert (wait > 110) is (fault == "429")
        assert 0 < wait <= 120
        assert told == 0
    else:
        assert after["refresh_due_at"] is None
        assert told == 1


@ALIKE
@pytest.mark.parametrize("fault", ["500", "429", "time-out", "refused", "HTML", "truncated"])
def test_what_passes_is_red_only_when_the_token_has_run_out(paired, ada_client, fault, monkeypatch):
    monkeypatch.setitem(oauth._ask.__kwdefaults__, "deadline", 1.0)
    connection = paired.connected(ada_client)
    Connection.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    go_wrong(paired, fault)

    with pytest.raises(PlatformFailure):
        refresh.refresh(connection.pk, connection.version)

    card = paired.card(ada_client)
    assert (card.state, card.token_is_dead) == (CardState.CONNECTED, True)
    assert "Lumio keeps trying by itself." in ada_client.get(PAGE).content.decode()
