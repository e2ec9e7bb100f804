"""The door at which Kick delivers: what is believed and stored, and what is said to whoever brings something else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEntry
from connections.domain import channels, deliveries, desk, switches, webhooks
from connections.domain.deliveries import Lines
from connections.domain.desk import Desk, Outcome, Parcel
from connections.enums import GrantState, Use
from connections.models import Connection, PlatformSwitch, Webhook
from connections.platforms import PLATFORMS
from connections.platforms.kick import signature
from connections.platforms.kick.scopes import SCOPES
from connections.platforms.webhooks import DEAF_SINCE, REFUSALS, SUBSCRIPTIONS, Delivery, Listening
from events.domain import scanning
from events.enums import Kind, Origin, SourceState
from events.models import ChatLine, Event, IngestSource
from lumio.lib.errors import DatabaseAway
from lumio.lib.redact import redact
from tests import factories
from tests.connections.calls import running
from tests.connections.conftest import PAGE
from tests.fakes.kick import Kick, payloads
from tests.fakes.kick.webhooks import Sent

STREAMER = "700001"
KICK = PLATFORMS["kick"]
OURS = {"channel.followed": "01JMJVAGE9JQS97VRB0000000A", "chat.message.sent": "01JMJVAGE9JQS97VRB0000000B"}


@pytest.fixture(autouse=True)
def _of_this_test(monkeypatch):
    """What a process knows by itself: Kick's key, and over which lines something came."""
    monkeypatch.setattr(signature, "KEY", signature.PublicKey())
    monkeypatch.setattr(deliveries, "LINES", Lines())


@pytest.fixture
def kick(settings) -> Iterator[Kick]:
    with running(Kick(), settings) as stand_in:
        stand_in.add_user("mira-plays", id=STREAMER, name="Mira_Plays")
        yield stand_in


@dataclass
class Line:
    """One account's channel at Kick, its address and its source."""

    kick: Kick
    account: Account
    connection: Connection
    hook: Webhook
    client: Client

    @property
    def path(self) -> str:
        return f"/v1/webhooks/kick/{self.hook.code}"

    @property
    def source(self) -> IngestSource:
        return IngestSource.objects.get(key=self.connection.source_key)

    def follow(self, user: str = "juno") -> dict[str, Any]:
        streamer = self.kick.state.user(self.connection.channel_id)
        return payloads.follow(streamer, self.kick.state.user(user))

    def message(self, words: str = "hello") -> dict[str, Any]:
        streamer = self.kick.state.user(self.connection.channel_id)
        return payloads.message(streamer, self.kick.state.user("juno"), words)

    def redemption(self, status: str = "pending") -> dict[str, Any]:
        streamer, fan = self.kick.state.user(self.connection.channel_id), self.kick.state.user("juno")
        return payloads.redemption(streamer, fan, "Hydrate!", cost=100, text="now", status=status)

    def sign(self, name: str, event: Any, **how: Any) -> Sent:
        return self.kick.webhooks.signed(name, event, url=self.path, **how)

    def deliver(self, sent: Sent, *, client: Client | None = None, **headers: str | None):
        given = {**sent.headers, **headers}
        kept = {name: value for name, value in given.items() if value is not None and name != "Content-Type"}
        return (client or self.client).generic(
            "POST", sent.url, sent.body, content_type="application/json", headers=kept
        )

    def bring(self, name: str, event: Any, **how: Any):
        return self.deliver(self.sign(name, event, **how))


def line_of(kick: Kick, account: Account, *, channel_id: str = STREAMER) -> Line:
    connection = factories.make_connection(
        account=account,
        platform="kick",
        channel_id=channel_id,
        channel_name="Mira_Plays",
        scopes=[scope.name for scope in SCOPES],
    )
    IngestSource.objects.create(account=account, key=connection.source_key, fence=3)
    hook = Webhook.objects.create(account=account, platform="kick", code=f"code-of-{account.pk}")
    return Line(kick, account, connection, hook, Client(HTTP_HOST="localhost"))


@pytest.fixture
def line(kick: Kick, account: Account) -> Line:
    return line_of(kick, account)


def stored() -> list[tuple[str, str]]:
    return [(row.kind, row.actor_login) for row in (*Event.objects.order_by("seq"), *ChatLine.objects.order_by("seq"))]


class TestWhatIsTaken:
    def test_an_event(self, line):
        sent = line.sign("channel.followed", line.follow())

        response = line.deliver(sent)

        assert (response.status_code, response.content) == (204, b"")
        [event] = Event.objects.all()
        assert (event.account, event.source, event.external_id) == (line.account, line.connection.source_key, sent.id)
        assert (event.kind, event.origin, event.actor_name) == (Kind.FOLLOW, Origin.LIVE, "juno")

    def test_a_chat_message(self, line):
        assert line.bring("chat.message.sent", line.message("hi [emote:1:gg]")).status_code == 204

        [row] = ChatLine.objects.all()
        assert (row.message, row.actor_login) == ("hi gg", "juno")

    @pytest.mark.parametrize("minutes", [None, 5])
    def test_a_ban_takes_what_was_said_out_of_the_chat(self, line, minutes):
        streamer, juno = line.kick.state.user(STREAMER), line.kick.state.user("juno")
        line.bring("chat.message.sent", line.message("buy my things"))

        ban = payloads.ban(streamer, streamer, juno, reason="spam", minutes=minutes)
        assert line.bring("moderation.banned", ban).status_code == 204

        said, cleared = ChatLine.objects.order_by("seq")
        assert said.removed["by"]["name"] == "Mira_Plays"
        assert (cleared.kind, cleared.actor_login) == (Kind.CHAT_USER_CLEARED, "juno")
        [event] = Event.objects.all()
        assert event.kind == (Kind.MOD_TIMEOUT if minutes else Kind.MOD_BAN)

    def test_what_nobody_knows_is_taken_and_kept(self, line):
        event = line.follow() | {"hosts": 3}

        assert line.bring("channel.hosted", event).status_code == 204

        [row] = Event.objects.all()
        assert (row.kind, row.extra, row.raw) == (Kind.UNKNOWN, {"type": "channel.hosted"}, event)

    def test_a_repeat_is_taken_and_is_the_same(self, line):
        sent = line.sign("channel.followed", line.follow())

        assert [line.deliver(sent).status_code for _ in range(3)] == [204, 204, 204]
        assert stored() == [(Kind.FOLLOW, "juno")]

    def test_no_cookie_and_no_csrf_token_are_asked_for(self, line):
        strict = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)

        response = line.deliver(line.sign("channel.followed", line.follow()), client=strict)

        assert response.status_code == 204
        assert response.cookies == {}

    def test_as_many_as_there_are(self, line):
        sent = [line.sign("chat.message.sent", line.message()) for _ in range(150)]

        answers = {line.deliver(one).status_code for one in sent}

        assert answers == {204}
        assert ChatLine.objects.count() == 150

    def test_also_while_the_sign_in_is_over(self, line):
        Connection.objects.update(state=GrantState.NEEDS_SIGN_IN)

        assert line.bring("channel.followed", line.follow()).status_code == 204
        assert stored() == [(Kind.FOLLOW, "juno")]

    def test_of_a_subscription_that_is_ours(self, line):
        IngestSource.objects.update(memory={SUBSCRIPTIONS: OURS})
        sent = line.sign("channel.followed", line.follow())

        response = line.deliver(sent, **{"Kick-Event-Subscription-Id": OURS["channel.followed"]})

        assert response.status_code == 204

    def test_of_any_subscription_while_not_all_of_ours_are_known(self, line):
        IngestSource.objects.update(memory={SUBSCRIPTIONS: OURS | {"kicks.gifted": ""}})

        assert line.bring("channel.followed", line.follow()).status_code == 204


class TestRedemptions:
    def test_the_first_sight_alone_is_a_new_one(self, line):
        pending = line.redemption()

        for status in ("pending", "accepted", "rejected"):
            assert line.bring("channel.reward.redemption.updated", pending | {"status": status}).status_code == 204

        rows = Event.objects.order_by("seq").values_list("kind", "extra__status")
        assert list(rows) == [
            (Kind.REDEMPTION, "pending"),
            (Kind.REDEMPTION_UPDATE, "accepted"),
            (Kind.REDEMPTION_UPDATE, "rejected"),
        ]

    def test_one_that_skips_the_queue_is_a_new_one(self, line):
        line.bring("channel.reward.redemption.updated", line.redemption("accepted"))

        assert Event.objects.get().kind == Kind.REDEMPTION

    def test_a_repeat_of_the_first_is_no_update(self, line):
        sent = line.sign("channel.reward.redemption.updated", line.redemption())

        line.deliver(sent)
        line.deliver(sent)

        assert Event.objects.get().kind == Kind.REDEMPTION

    def test_another_one_is_new(self, line):
        line.bring("channel.reward.redemption.updated", line.redemption())
        line.bring("channel.reward.redemption.updated", line.redemption())

        assert set(Event.objects.values_list("kind", flat=True)) == {Kind.REDEMPTION}

    def test_what_happened_before_and_between_does_not_matter(self, line):
        old, pending = line.redemption(), line.redemption()
        line.bring("channel.reward.redemption.updated", old)
        Event.objects.update(received_at=timezone.now() - timedelta(days=2))
        line.bring("channel.reward.redemption.updated", pending)
        for _ in range(3):
            line.bring("channel.followed", line.follow())

        line.bring("channel.reward.redemption.updated", pending | {"status": "accepted"})

        kinds = Event.objects.exclude(kind=Kind.FOLLOW).order_by("seq").values_list("kind", flat=True)
        assert list(kinds) == [Kind.REDEMPTION, Kind.REDEMPTION, Kind.REDEMPTION_UPDATE]

    def test_both_in_one_transaction(self, line):
        pending = line.redemption()
        parcels = [_parcel(line, "channel.reward.redemption.updated", pending | {"status": status}) for status in "ab"]

        Desk()._take(parcels)

        assert list(Event.objects.order_by("seq").values_list("kind", flat=True)) == [
            Kind.REDEMPTION,
            Kind.REDEMPTION_UPDATE,
        ]


def _parcel(line: Line, name: str, event: Any) -> Parcel:
    sent = line.sign(name, event)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    read = KICK.read(Delivery(headers, sent.body.encode()), Listening(STREAMER))
    return Parcel(line.hook, line.connection.source_key, read)


class TestWhatIsRefused:
    """Each leaves nothing behind but what the card says about it."""

    def refused(self, line: Line, response, status: int, code: str, *, noted: bool = True) -> None:
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert stored() == []
        hook = Webhook.objects.get(pk=line.hook.pk)
        assert (hook.refusal_code, hook.delivered_at) == (code if noted else "", None)
        assert (hook.refused_at is not None) is noted

    def test_a_signature_of_somebody_else(self, line):
        response = line.bring("channel.followed", line.follow(), forged=True)

        self.refused(line, response, 403, "delivery_not_signed")

    @pytest.mark.parametrize(
        "header", ["Kick-Event-Signature", "Kick-Event-Message-Id", "Kick-Event-Message-Timestamp"]
    )
    def test_without_what_is_signed(self, line, header):
        response = line.deliver(line.sign("channel.followed", line.follow()), **{header: None})

        self.refused(line, response, 403, "delivery_not_signed")

    def test_another_body_under_a_signature(self, line):
        sent = line.sign("channel.followed", line.follow())

        response = line.deliver(replace(sent, body=sent.body.replace("juno", "hoss")))

        self.refused(line, response, 403, "delivery_not_signed")

    @pytest.mark.parametrize("age", [301, -310, 86_400])
    def test_too_old_or_from_the_future(self, line, age):
        response = line.bring("channel.followed", line.follow(), age=age)

        self.refused(line, response, 403, "delivery_out_of_date")

    @pytest.mark.parametrize("age", [290, -290])
    def test_a_little_off_is_fine(self, line, age):
        assert line.bring("channel.followed", line.follow(), age=age).status_code == 204

    def test_of_another_channel(self, line, kick):
        other = payloads.follow(kick.add_user("otto", id="1234"), kick.state.user("juno"))

        self.refused(line, line.bring("channel.followed", other), 403, "delivery_of_other_channel")

    def test_of_another_app(self, line):
        IngestSource.objects.update(memory={SUBSCRIPTIONS: OURS})

        self.refused(line, line.bring("channel.followed", line.follow()), 403, "delivery_of_other_app")

    @pytest.mark.parametrize(
        "body",
        [
            *("", "no JSON", "[]", "7", '"x"', "{}", "[" * 100_000),
            *(
                '{"broadcaster": null}',
                '{"broadcaster": {"user_id": "700001"}}',
                '{"broadcaster": {"user_id": 700001}}',
            ),
        ],
    )
    def test_a_body_of_the_wrong_shape(self, line, body):
        self.refused(line, line.bring("channel.followed", body), 400, "delivery_unreadable")

    def test_another_type_over_a_true_body(self, line):
        sent = line.sign("channel.followed", line.follow())

        response = line.deliver(sent, **{"Kick-Event-Type": "kicks.gifted"})

        self.refused(line, response, 400, "delivery_unreadable")

    def test_a_time_that_is_none(self, line, kick, monkeypatch):
        monkeypatch.setattr("tests.fakes.kick.webhooks.timestamp", lambda at=None: "soon")

        self.refused(line, line.bring("channel.followed", line.follow()), 400, "delivery_unreadable")

    def test_what_is_larger_than_a_mebibyte(self, line):
        body = json.dumps(line.follow() | {"padding": "x" * 1024 * 1024})

        response = line.bring("channel.followed", body)

        self.refused(line, response, 413, "too_large", noted=False)

    def test_what_is_as_large_as_that_is_taken(self, line):
        words = json.dumps(line.follow() | {"padding": ""})
        body = words.replace('"padding": ""', f'"padding": "{"x" * (1024 * 1024 - len(words))}"')

        assert line.bring("channel.followed", body).status_code == 204

    def test_looking_instead_of_bringing(self, line):
        assert line.client.get(line.path).status_code == 405

    def test_every_refusal_has_a_sentence_for_the_card(self):
        assert all(refusal(platform="Kick").text.startswith(("Kick ", "Something ")) for refusal in REFUSALS.values())


class TestAddressesThatLeadNowhere:
    @pytest.mark.parametrize(
        "path",
        [
            "/v1/webhooks/kick/made-up",
            "/v1/webhooks/twitch/made-up",
            "/v1/webhooks/x/y",
            "/v1/webhooks/kick/%00",  # PostgreSQL cannot even be asked for it
        ],
    )
    def test_are_answered_alike(self, line, path):
        sent = replace(line.sign("channel.followed", line.follow()), url=path)

        response = line.deliver(sent)

        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert stored() == []

    def test_a_signature_is_looked_at_there_too(self, line, monkeypatch):
        looked_at = []
        monkeypatch.setattr(signature.KEY, "signed", lambda delivery: bool(looked_at.append(delivery)))

        line.deliver(replace(line.sign("channel.followed", line.follow()), url="/v1/webhooks/kick/made-up"))

        assert len(looked_at) == 1

    def test_before_anybody_connected_and_after(self, line):
        Connection.objects.all().delete()

        assert line.bring("channel.followed", line.follow()).status_code == 404

    def test_a_guess_is_not_limited_into_anybody_elses_way(self, line):
        for _ in range(130):
            line.client.post("/v1/webhooks/kick/made-up", {}, content_type="application/json")

        assert line.bring("channel.followed", line.follow()).status_code == 204


class TestAccounts:
    def test_what_comes_to_one_is_never_another_ones(self, line, kick, cleo):
        kick.add_user("cleo", id="900009")
        other = line_of(kick, Account.objects.exclude(pk=line.account.pk).get(), channel_id="900009")

        assert line.bring("channel.followed", other.follow()).status_code == 403
        assert other.bring("channel.followed", other.follow("otto")).status_code == 204

        [event] = Event.objects.all()
        assert (event.account, event.actor_login) == (other.account, "otto")

    def test_two_of_one_channel_have_each_their_own(self, line, kick, cleo):
        other = line_of(kick, Account.objects.exclude(pk=line.account.pk).get())
        sent = line.sign("channel.followed", line.follow())

        assert line.deliver(sent).status_code == other.deliver(replace(sent, url=other.path)).status_code == 204

        assert {row.account for row in Event.objects.all()} == {line.account, other.account}


class TestTheEnd:
    def test_after_disconnecting_nothing_is_stored(self, line, ada_actor):
        channels.disconnect(actor=ada_actor, connection=line.connection)

        assert line.bring("channel.followed", line.follow()).status_code == 404
        assert stored() == []

    def test_nor_what_was_under_way_then(self, line, ada_actor, monkeypatch):
        read = KICK.read

        def read_and_disconnect(delivery, listening):
            event = read(delivery, listening)
            channels.disconnect(actor=ada_actor, connection=line.connection)
            return event

        monkeypatch.setattr(KICK, "read", read_and_disconnect)

        response = line.bring("channel.followed", line.follow())

        assert (response.status_code, response.json()["code"]) == (503, "not_listening_yet")
        assert stored() == []

    def test_what_is_switched_off_stores_nothing_and_owns_up_later(self, line, ada_actor):
        switch = PlatformSwitch(platform="kick", use=Use.CHANNEL)
        switches.save(actor=ada_actor, switch=switch)

        assert line.bring("channel.followed", line.follow()).status_code == 404
        first = line.source.memory[DEAF_SINCE]
        assert line.bring("channel.followed", line.follow()).status_code == 404

        assert stored() == []
        assert line.source.memory[DEAF_SINCE] == first
        switches.delete(actor=ada_actor, switch=switch)
        assert line.bring("channel.followed", line.follow()).status_code == 204

    def test_nor_what_was_under_way_when_it_was_switched_off(self, line, ada_actor, monkeypatch):
        read = KICK.read

        def read_and_switch_off(delivery, listening):
            event = read(delivery, listening)
            switches.save(
                actor=ada_actor, switch=PlatformSwitch(platform="kick", use=Use.CHANNEL, account=line.account)
            )
            return event

        monkeypatch.setattr(KICK, "read", read_and_switch_off)

        assert line.bring("channel.followed", line.follow()).status_code == 404
        assert stored() == []

    def test_a_source_that_moves_to_another_process_misses_nothing(self, line, monkeypatch):
        read = KICK.read

        def read_and_move(delivery, listening):
            IngestSource.objects.update(fence=9)
            return read(delivery, listening)

        monkeypatch.setattr(KICK, "read", read_and_move)

        assert line.bring("channel.followed", line.follow()).status_code == 204
        assert stored() == [(Kind.FOLLOW, "juno")]

    def test_before_the_first_word_of_ingest_it_is_to_come_again(self, line):
        IngestSource.objects.all().delete()

        response = line.bring("channel.followed", line.follow())

        assert (response.status_code, response["Retry-After"]) == (503, "5")

    def test_kick_is_told_to_stop(self, line, kick, ada_actor, django_capture_on_commit_callbacks):
        factories.make_credentials(account=line.account, platform="kick", client_id=kick.client_id)
        tokens = kick.issue_tokens("mira-plays", [scope.name for scope in SCOPES])
        Connection.objects.all().delete()
        connection = factories.make_connection(
            account=line.account, platform="kick", channel_id=STREAMER, access_token=tokens["access_token"]
        )
        given = {"Authorization": f"Bearer {tokens['access_token']}"}
        wish = {"method": "webhook", "events": [{"name": "channel.followed", "version": 1}]}
        signature.api.ask("Kick", "POST", f"{kick.url}/public/v1/events/subscriptions", headers=given, json=wish)
        assert len(kick.subscriptions()) == 1

        with django_capture_on_commit_callbacks(execute=True):
            channels.disconnect(actor=ada_actor, connection=connection)

        assert kick.subscriptions() == []
        assert kick.state.access_tokens == {}


class TestALineThatIsKnown:
    """Within the same second it is not looked up again, and believed for no longer than it holds."""

    @pytest.fixture
    def known(self, line) -> Line:
        assert line.bring("channel.followed", line.follow("first")).status_code == 204
        return line

    def test_is_not_looked_up_again(self, known, monkeypatch):
        monkeypatch.setattr(Webhook.objects, "with_listener", None)

        assert known.bring("channel.followed", known.follow()).status_code == 204
        assert stored() == [(Kind.FOLLOW, "first"), (Kind.FOLLOW, "juno")]

    def test_takes_nothing_after_disconnecting(self, known, ada_actor):
        channels.disconnect(actor=ada_actor, connection=known.connection)

        assert known.bring("channel.followed", known.follow()).status_code == 404
        assert stored() == [(Kind.FOLLOW, "first")]

    def test_takes_nothing_at_an_address_that_was_made_anew(self, known, ada_actor):
        webhooks.renew(actor=ada_actor, platform=KICK)

        assert known.bring("channel.followed", known.follow()).status_code == 404
        assert stored() == [(Kind.FOLLOW, "first")]

    def test_takes_what_comes_under_a_new_subscription(self, known, monkeypatch):
        IngestSource.objects.update(memory={SUBSCRIPTIONS: OURS})
        monkeypatch.setattr(deliveries, "LINES", Lines())
        ours = {"Kick-Event-Subscription-Id": OURS["channel.followed"]}
        assert known.deliver(known.sign("channel.followed", known.follow("second")), **ours).status_code == 204

        IngestSource.objects.update(memory={SUBSCRIPTIONS: {"channel.followed": "01JMJVAGE9JQS97VRB0000000Z"}})
        renewed = {"Kick-Event-Subscription-Id": "01JMJVAGE9JQS97VRB0000000Z"}

        assert known.deliver(known.sign("channel.followed", known.follow("third")), **renewed).status_code == 204

    def test_turns_away_without_undoing_what_its_source_has_kept_since(self, known, ada_actor):
        IngestSource.objects.update(memory={SUBSCRIPTIONS: OURS})
        switches.save(actor=ada_actor, switch=PlatformSwitch(platform="kick", use=Use.CHANNEL))
        ours = {"Kick-Event-Subscription-Id": OURS["channel.followed"]}

        assert known.deliver(known.sign("channel.followed", known.follow()), **ours).status_code == 404

        assert known.source.memory.keys() == {SUBSCRIPTIONS, DEAF_SINCE}
        assert known.source.memory[SUBSCRIPTIONS] == OURS

    def test_turns_away_also_when_its_source_is_gone(self, known, ada_actor):
        switches.save(actor=ada_actor, switch=PlatformSwitch(platform="kick", use=Use.CHANNEL))
        channels.disconnect(actor=ada_actor, connection=known.connection)

        assert known.bring("channel.followed", known.follow()).status_code == 404
        assert stored() == [(Kind.FOLLOW, "first")]

    def test_is_looked_up_again_a_second_later(self, known, monkeypatch):
        later = deliveries.time.monotonic() + deliveries.KNOWN_FOR
        monkeypatch.setattr(deliveries.time, "monotonic", lambda: later)

        assert deliveries.LINES.known(KICK, known.hook.code) is None

    def test_is_that_of_one_platform_alone(self, known):
        assert deliveries.LINES.known(PLATFORMS["twitch"], known.hook.code) is None

    def test_of_too_many_all_are_forgotten(self, known, monkeypatch):
        monkeypatch.setattr(deliveries, "MOST_KNOWN", 1)
        deliveries.LINES.look_up(KICK, known.hook.code)

        assert len(deliveries.LINES._known) == 1


class TestTrouble:
    def test_while_the_database_is_away_it_is_to_come_again(self, line, monkeypatch):
        def away(*args, **kwargs):
            raise OperationalError("database is locked")

        monkeypatch.setattr(desk, "publish", away)

        response = line.bring("channel.followed", line.follow())

        assert (response.status_code, response.json()["code"]) == (503, "database_away")
        assert stored() == []

    def test_also_before_it_is_known_whose_it_is(self, line, monkeypatch):
        def away(*args, **kwargs):
            raise OperationalError("connection refused")

        monkeypatch.setattr(Webhook.objects, "with_listener", away)

        assert line.bring("channel.followed", line.follow()).status_code == 503

    def test_whoever_waits_for_too_long_is_to_come_again(self, line, monkeypatch):
        shared = Desk()
        monkeypatch.setattr(deliveries, "DESK", shared)
        monkeypatch.setattr(desk, "PATIENCE", 0.05)

        with shared._turn:
            response = line.bring("channel.followed", line.follow())

        assert (response.status_code, response.json()["code"]) == (503, "database_away")
        assert response.headers["Retry-After"] == "5"
        assert stored() == []
        assert line.bring("channel.followed", line.follow()).status_code == 204
        assert stored() == [(Kind.FOLLOW, "juno")]

    def test_a_thread_that_ends_leaves_nobody_waiting(self, line, monkeypatch):
        def ended(batches):
            raise SystemExit

        monkeypatch.setattr(desk, "publish", ended)
        parcels = [_parcel(line, "channel.followed", line.follow(user)) for user in ("juno", "otto")]

        with pytest.raises(SystemExit):
            Desk()._take(parcels)

        assert [type(parcel.error) for parcel in parcels] == [DatabaseAway, DatabaseAway]

    def test_one_that_cannot_be_looked_through_takes_no_neighbour_along(self, line, monkeypatch):
        scan = scanning.scan

        def choosy(events):
            events = list(events)
            if any(event.actor.login == "hoss" for event in events):
                raise RecursionError
            scan(events)

        monkeypatch.setattr(scanning, "scan", choosy)
        parcels = [_parcel(line, "channel.followed", line.follow(user)) for user in ("juno", "hoss", "otto")]

        Desk()._take(parcels)

        assert [parcel.outcome for parcel in parcels] == [Outcome.STORED, None, Outcome.STORED]
        assert isinstance(parcels[1].error, RecursionError)

    def test_one_that_cannot_be_stored_takes_no_neighbour_along(self, line, monkeypatch):
        publish = desk.publish

        def choosy(batches):
            if any(event.actor.login == "hoss" for batch in batches for event in batch.events):
                raise ValueError("no")
            return publish(batches)

        monkeypatch.setattr(desk, "publish", choosy)
        parcels = [_parcel(line, "channel.followed", line.follow(user)) for user in ("juno", "hoss", "otto")]

        Desk()._take(parcels)

        assert [parcel.outcome for parcel in parcels] == [Outcome.STORED, None, Outcome.STORED]
        assert isinstance(parcels[1].error, ValueError)
        assert stored() == [(Kind.FOLLOW, "juno"), (Kind.FOLLOW, "otto")]


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    @pytest.fixture
    def line(self, kick, account) -> Line:
        return line_of(kick, account)

    def at_once(self, line: Line, sent: list[Sent]) -> list[int]:
        def bring(one: Sent) -> int:
            try:
                return line.deliver(one, client=Client(HTTP_HOST="localhost")).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(bring, sent))

    def test_repeats_at_the_same_time_are_stored_once(self, line):
        sent = [line.sign("channel.followed", line.follow(f"fan{number}")) for number in range(5)]

        answers = self.at_once(line, sent * 4)

        assert answers == [204] * 20
        assert sorted(Event.objects.values_list("external_id", flat=True)) == sorted(one.id for one in sent)
        assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]

    def test_of_one_redemption_exactly_one_is_new(self, line):
        pending = line.redemption()
        sent = [line.sign("channel.reward.redemption.updated", pending | {"status": f"s{n}"}) for n in range(8)]

        assert self.at_once(line, sent) == [204] * 8

        assert sorted(Event.objects.values_list("kind", flat=True)) == [Kind.REDEMPTION] + [Kind.REDEMPTION_UPDATE] * 7

    def test_what_waits_for_its_turn_is_stored_together(self, line, monkeypatch):
        publish, sizes = desk.publish, []
        begun, go_on = threading.Event(), threading.Event()

        def slow(batches):
            sizes.append(len(batches))
            begun.set()
            go_on.wait(5)
            return publish(batches)

        monkeypatch.setattr(desk, "publish", slow)
        shared = Desk()
        parcels = [_parcel(line, "channel.followed", line.follow(f"fan{number}")) for number in range(6)]

        def store(parcel: Parcel) -> Outcome:
            try:
                return shared.store(parcel)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(6) as pool:
            first = pool.submit(store, parcels[0])
            assert begun.wait(5)
            rest = [pool.submit(store, parcel) for parcel in parcels[1:]]
            while len(shared._waiting) < 5:
                time.sleep(0.01)
            go_on.set()
            outcomes = [first.result(5), *(one.result(5) for one in rest)]

        assert outcomes == [Outcome.STORED] * 6
        assert sizes == [1, 5]
        assert Event.objects.count() == 6


class TestProofOfLife:
    def test_is_noted_once_in_a_few_seconds(self, line, monkeypatch):
        line.bring("channel.followed", line.follow())
        hook = Webhook.objects.get()
        assert timezone.now() - hook.delivered_at < timedelta(seconds=2)
        assert line.source.last_event_at == hook.delivered_at

        line.bring("channel.followed", line.follow())
        assert Webhook.objects.get().delivered_at == hook.delivered_at

        Webhook.objects.update(delivered_at=timezone.now() - webhooks.NOTED_EVERY)
        monkeypatch.setattr(deliveries, "LINES", Lines())
        line.bring("channel.followed", line.follow())
        assert Webhook.objects.get().delivered_at > hook.delivered_at

    def test_refusals_too(self, line):
        line.bring("channel.followed", line.follow(), forged=True)
        first = Webhook.objects.get().refused_at
        line.bring("channel.followed", line.follow(), forged=True)
        assert Webhook.objects.get().refused_at == first

        line.bring("channel.followed", line.follow(), age=400)
        assert Webhook.objects.get().refusal_code == "delivery_out_of_date"

    def card(self, client: Client):
        return next(card for card in client.get(PAGE).context["cards"] if card.platform is KICK)

    def alive(self, line: Line) -> None:
        now = timezone.now()
        IngestSource.objects.update(
            state=SourceState.DELIVERING,
            state_since=now,
            leased_until=now + timedelta(minutes=1),
            subscriptions_active=10,
            subscriptions_wanted=10,
        )

    def test_subscribed_is_not_yet_delivering(self, line, ada_client):
        self.alive(line)

        card = self.card(ada_client)

        assert (card.waits_for_delivery, card.tone) == (True, "warn")
        page = ada_client.get(PAGE).content.decode()
        assert "Subscribed to 10 of 10, but Kick has not delivered anything yet" in page
        assert "No delivery seen yet" in page

    def test_the_first_delivery_changes_the_card(self, line, ada_client):
        self.alive(line)
        before = self.card(ada_client).fingerprint

        line.bring("channel.followed", line.follow())

        card = self.card(ada_client)
        assert (card.waits_for_delivery, card.tone) == (False, "ok")
        assert card.fingerprint != before
        assert "Kick last delivered" in ada_client.get(PAGE).content.decode()

    def test_a_refusal_is_said_until_something_is_taken(self, line, ada_client):
        line.bring("channel.followed", line.follow(), age=400)
        assert "Check the clock of the machine" in ada_client.get(PAGE).content.decode()

        line.bring("channel.followed", line.follow())

        assert "Check the clock of the machine" not in ada_client.get(PAGE).content.decode()

    def test_the_same_card_has_the_same_fingerprint_everywhere(self, line, ada_client):
        assert "object at 0x" not in repr(self.card(ada_client).webhook)

    def test_without_a_public_address_the_card_says_what_to_do(self, line, ada_client, settings):
        settings.KICK_API_URL = "https://api.kick.com"

        page = ada_client.get(PAGE).content.decode()

        assert "Kick cannot reach this Lumio." in page
        assert "LUMIO_WEBHOOK_URL" in page

    def test_with_one_it_says_nothing(self, line, ada_client, settings):
        settings.KICK_API_URL, settings.LUMIO_WEBHOOK_URL = "https://api.kick.com", "https://lumio.example.com"

        page = ada_client.get(PAGE).content.decode()

        assert "Kick cannot reach this Lumio." not in page
        assert f"https://lumio.example.com{line.path}" in page


class TestTheAddress:
    CREDENTIALS = f"{PAGE}/credentials"

    def test_is_made_when_it_is_first_looked_at_and_stays(self, account, ada_client):
        first = ada_client.get(self.CREDENTIALS).content.decode()
        hook = Webhook.objects.get()
        again = ada_client.get(self.CREDENTIALS).content.decode()

        assert hook.account == account
        assert len(hook.code) >= 43  # 256 bits
        assert f"http://localhost:8000/v1/webhooks/kick/{hook.code}" in first
        assert hook.code in again
        assert Webhook.objects.count() == 1

    def test_is_for_who_may_edit_alone(self, line, ada_client, ben_client):
        assert line.hook.code in ada_client.get(PAGE).content.decode()
        assert line.hook.code not in ben_client.get(PAGE).content.decode()
        [shown] = ben_client.get("/v1/connections").json()["data"]
        assert shown["webhook"]["url"] == ""

    def test_over_the_apis(self, line, ada_client):
        line.bring("channel.followed", line.follow())
        url = f"http://localhost:8000{line.path}"

        [listed] = ada_client.get("/v1/webhooks").json()["data"]
        [connected] = ada_client.get("/v1/connections").json()["data"]
        query = "{ webhooks { platform url isReachable deliveredAt } channelConnections { webhook { url } } }"
        told = ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()["data"]

        assert (listed["platform"], listed["url"], listed["is_reachable"]) == ("kick", url, True)
        assert (listed["refusal_code"], listed["refused_at"]) == ("", None)
        assert listed["delivered_at"] is not None
        assert connected["webhook"] == listed
        [webhook] = told["webhooks"]
        assert (webhook["platform"], webhook["url"], webhook["isReachable"]) == ("kick", url, True)
        assert told["channelConnections"][0]["webhook"] == {"url": url}

    @pytest.fixture(params=["page", "rest", "graphql"])
    def renew(self, request, ada_client) -> Callable[[str], Any]:
        def by_page(platform: str):
            return ada_client.post(f"{PAGE}/{platform}/webhook/renew")

        def by_rest(platform: str):
            return ada_client.post("/v1/webhooks/renew", {"platform": platform}, content_type="application/json")

        def by_graphql(platform: str):
            query = f'mutation {{ renewWebhook(platform: "{platform}") {{ webhook {{ url }} }} }}'
            return ada_client.post("/v1/gql", {"query": query}, content_type="application/json")

        return {"page": by_page, "rest": by_rest, "graphql": by_graphql}[request.param]

    def test_can_be_made_anew(self, line, renew):
        line.bring("channel.followed", line.follow(), forged=True)

        assert renew("kick").status_code in {200, 302}

        hook = Webhook.objects.get()
        assert hook.code != line.hook.code
        assert (hook.delivered_at, hook.refused_at, hook.refusal_code) == (None, None, "")
        assert AuditEntry.objects.filter(action="webhook.renewed").count() == 1
        assert line.bring("channel.followed", line.follow()).status_code == 404
        line.hook = hook
        assert line.bring("channel.followed", line.follow()).status_code == 204

    def test_of_a_platform_that_calls_nobody_cannot(self, line, renew):
        renew("twitch")

        assert list(Webhook.objects.values_list("platform", "code")) == [("kick", line.hook.code)]
        assert not AuditEntry.objects.filter(action="webhook.renewed").exists()

    def test_is_never_logged(self, line):
        assert line.hook.code not in redact(f"Forbidden: {line.path}")


def test_deliveries_are_looked_through_before_anything_is_locked(monkeypatch):
    done: list[str] = []
    monkeypatch.setattr(scanning, "_scanners", {"lm_mark_": lambda finds: done.append("looked")})
    monkeypatch.setattr(desk, "_publish", lambda parcels: [done.append("stored") or Outcome.STORED])

    Desk().store(Parcel(None, "kick:1", factories.make_stream_event(message="lm_mark_")))

    assert done == ["looked", "stored"]
