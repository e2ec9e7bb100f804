"""Keeping Kick's deliveries coming, against the stand-in: what is subscribed to, and what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connections.platforms.kick import ingest
from connections.platforms.kick.api import subscriptions_of
from connections.platforms.kick.scopes import SCOPES
from connections.platforms.kick.subscriptions import WORDS, Verdict, verdict_of
from connections.platforms.kick.timing import Timing
from connections.platforms.kick.topics import SCOPE, TOPICS
from connections.platforms.webhooks import DEAF_SINCE, SUBSCRIPTIONS, is_public
from events.enums import Kind, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from tests.connections.kick.conftest import STREAMER
from tests.connections.listening import OutletRecorder, StandInGrant, at_work
from tests.fakes.kick import Kick
from tests.waiting import until

FAST = Timing(check=0.1, busy=0.1, poll=0.1, backoff_first=0.02, backoff_longest=0.1)
PATH = "/public/v1/events/subscriptions"
CHANNELS = "/public/v1/channels"


class Recorder(OutletRecorder):
    @property
    def events(self) -> list[StreamEvent]:
        return [event for event, _ in self.stored]

    @property
    def state(self) -> tuple[SourceState, int | None] | None:
        return self.reports[-1][:2] if self.reports else None

    def is_complete(self) -> bool:
        return self.state == (SourceState.DELIVERING, len(TOPICS)) and self.last_failure is None


@pytest.fixture
def outlet() -> Recorder:
    return Recorder()


@pytest.fixture
def grant_of(kick: Kick) -> Callable[..., StandInGrant]:
    def make(*without: str) -> StandInGrant:
        return StandInGrant(kick, "mira-plays", STREAMER, [scope.name for scope in SCOPES if scope.name not in without])

    return make


def listening(outlet: Recorder, grant: StandInGrant, timing: Timing = FAST):
    return at_work(ingest.listen(STREAMER, outlet, grant, timing=timing))


def there(kick: Kick) -> list[str]:
    return [one.name for one in kick.subscriptions()]


def wishes(kick: Kick) -> list[list[str]]:
    return [[event["name"] for event in call.parameters["events"]] for call in kick.calls(f"POST {PATH}")]


class TestSubscribing:
    async def test_to_everything_at_once(self, kick, outlet, grant_of):
        async with listening(outlet, grant_of()):
            await until(outlet.is_complete)

        assert there(kick) == list(TOPICS)
        assert wishes(kick) == [list(TOPICS)]
        assert outlet.memory[SUBSCRIPTIONS] == {one.name: one.id for one in kick.subscriptions()}
        assert outlet.events == []

    async def test_to_nothing_that_is_there(self, kick, outlet, grant_of):
        grant = grant_of()
        async with listening(outlet, grant):
            await until(outlet.is_complete)
        kick.forget_calls()

        again = Recorder(memory=outlet.memory)
        async with listening(again, grant):
            await until(again.is_complete)

        assert wishes(kick) == []
        assert again.events == []

    async def test_again_to_what_kick_ended_and_the_gap_is_said(self, kick, outlet, grant_of):
        began = datetime.now(UTC)
        async with listening(outlet, grant_of()):
            await until(outlet.is_complete)
            kick.forget_calls()

            kick.lose_subscriptions("kicks.gifted", "channel.followed")
            await until(lambda: outlet.events)

        assert wishes(kick) == [["channel.followed", "kicks.gifted"]]
        assert sorted(there(kick)) == sorted(TOPICS)
        [missed] = outlet.events
        since, to = (datetime.fromisoformat(missed.extra[name]) for name in ("since", "until"))
        assert (missed.kind, missed.platform, missed.channel_id) == (Kind.SOURCE_GAP, "kick", STREAMER)
        assert began <= since <= to <= datetime.now(UTC)
        assert outlet.is_complete()

    async def test_what_was_ended_while_nobody_looked_is_a_gap_since_the_last_look(self, kick, outlet, grant_of):
        grant = grant_of()
        async with listening(outlet, grant):
            await until(outlet.is_complete)
        last_look = outlet.memory["whole_at"]
        kick.lose_subscriptions()

        again = Recorder(memory=outlet.memory)
        async with listening(again, grant):
            await until(lambda: again.events)

        assert again.events[0].extra["since"] == last_look

    async def test_that_something_was_turned_away_is_a_gap_although_all_is_there(self, kick, outlet, grant_of):
        grant = grant_of()
        async with listening(outlet, grant):
            await until(outlet.is_complete)
        turned_away = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()

        again = Recorder(memory=outlet.memory | {DEAF_SINCE: turned_away})
        async with listening(again, grant):
            await until(lambda: again.events)

        assert again.events[0].extra["since"] == turned_away
        assert again.memory[DEAF_SINCE] is None

    async def test_a_gap_lasts_until_everything_is_back(self, kick, outlet, grant_of):
        async with listening(outlet, grant_of()):
            await until(outlet.is_complete)
            kick.refuse_subscription("kicks.gifted", "retry quota exceeded", times=3)
            kick.lose_subscriptions()
            await until(lambda: outlet.last_failure is not None)
            assert outlet.events == []
            assert outlet.state == (SourceState.DELIVERING, len(TOPICS) - 1)

            await until(outlet.is_complete)

        assert [event.kind for event in outlet.events] == [Kind.SOURCE_GAP]

    async def test_already_there_is_as_good(self, kick, outlet, grant_of):
        kick.refuse_subscription("kicks.gifted", "subscription already exists")
        kick.fail(f"GET {PATH}", body={"data": [], "message": "OK"})
        grant = grant_of()
        async with listening(outlet, grant):
            await until(lambda: outlet.reports)

        assert outlet.state == (SourceState.DELIVERING, len(TOPICS))
        assert outlet.last_failure is None

    async def test_one_that_is_refused_takes_no_other_along(self, kick, outlet, grant_of):
        kick.refuse_subscription("kicks.gifted", "invalid event", times=1000)
        async with listening(outlet, grant_of()):
            await until(lambda: outlet.reports)

        assert outlet.state == (SourceState.DELIVERING, len(TOPICS) - 1)
        assert outlet.last_failure == Failure(
            "subscription_refused", {"platform": "Kick", "topic": "kicks.gifted", "reason": "invalid event"}
        )

    async def test_what_kick_was_too_busy_for_is_asked_for_again(self, kick, outlet, grant_of):
        for topic in TOPICS:
            kick.refuse_subscription(topic, "rate limit token bucket empty")
        async with listening(outlet, grant_of(), Timing(check=60, busy=0.05)):
            await until(lambda: outlet.reports)
            assert outlet.reports[0][:2] == (SourceState.STARTING, 0)
            assert outlet.reports[0][2].code == "subscription_limit"
            await until(outlet.is_complete)

    def test_other_channels_subscriptions_and_half_rows_are_not_ours(self):
        ours = {"id": "1", "event": "kicks.gifted", "broadcaster_user_id": int(STREAMER), "method": "webhook"}
        others = [ours | {"broadcaster_user_id": 1234}, ours | {"id": None}, ours | {"method": "socket"}, None, "x"]

        assert subscriptions_of(STREAMER, [*others, ours]) == [{"id": "1", "event": "kicks.gifted"}]
        assert subscriptions_of(STREAMER, {"data": []}) == []

    @pytest.mark.parametrize(
        ("error", "verdict"),
        [
            ("", Verdict.ACTIVE),
            ("Subscription already exists", Verdict.THERE_ALREADY),
            ("not authorized", Verdict.NO_SCOPE),
            ("rate limit token bucket", Verdict.BUSY),
            ("retry quota exceeded", Verdict.BUSY),
            ("something new", Verdict.REFUSED),
        ],
    )
    def test_what_an_error_means(self, error, verdict):
        assert verdict_of(error) is verdict
        assert all(words == words.lower() for words in WORDS)


class TestTrouble:
    async def test_without_the_scope_nothing_is_asked(self, kick, outlet, grant_of):
        async with listening(outlet, grant_of(SCOPE)):
            await until(lambda: outlet.reports and outlet.statuses)

        assert outlet.reports == [
            (SourceState.STOPPED, 0, Failure("scope_missing", {"platform": "Kick", "reason": SCOPE}))
        ]
        assert kick.calls(PATH) == []

    async def test_without_a_public_address_only_the_channel_is_looked_at(self, kick, outlet, grant_of, monkeypatch):
        monkeypatch.setattr(ingest, "reaches_us", lambda platform_url: False)
        async with listening(outlet, grant_of()):
            await until(lambda: outlet.reports and outlet.statuses)

        assert outlet.reports == [(SourceState.STOPPED, 0, Failure("no_public_address", {"platform": "Kick"}))]
        assert kick.calls(PATH) == []

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://lumio.vision", True),
            ("https://abc.trycloudflare.com", True),
            ("http://lumio.vision", False),
            ("https://localhost", False),
            ("https://lumio", False),
            ("https://studio.lan", False),
            ("https://192.168.1.20", False),
            ("https://127.0.0.1:8000", False),
            ("https://[::1]", False),
            ("https://8.8.8.8", True),
        ],
    )
    def test_which_address_is_public(self, url, expected):
        assert is_public(url) is expected

    async def test_an_expired_token_is_renewed_once(self, kick, outlet, grant_of):
        grant = grant_of()
        kick.expire_tokens()
        async with listening(outlet, grant):
            await until(outlet.is_complete)

        assert set(grant.refusals) == {1}

    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            ({"status": 500}, "platform_unavailable"),
            ({"status": 503, "body": "<html>Cloudflare</html>"}, "platform_unavailable"),
            ({"close": True}, "platform_silent"),
            ({"body": "not JSON"}, "platform_unavailable"),
        ],
    )
    async def test_an_outage_is_outlasted(self, kick, outlet, grant_of, fault, code):
        kick.fail(PATH, **fault, times=2)
        async with listening(outlet, grant_of()):
            await until(outlet.is_complete)

        state, active, failure = outlet.reports[0]
        assert (state, active, failure.code) == (SourceState.RECONNECTING, 0, code)

    async def test_during_an_outage_what_was_there_goes_on(self, kick, outlet, grant_of):
        async with listening(outlet, grant_of()):
            await until(outlet.is_complete)
            kick.fail(PATH, status=500, times=None)
            await until(lambda: outlet.last_failure is not None)
            assert outlet.state == (SourceState.DELIVERING, len(TOPICS))

            kick.heal()
            await until(outlet.is_complete)

        assert outlet.events == []

    async def test_a_pause_that_kick_asks_for_is_kept(self, kick, outlet, grant_of):
        kick.fail(PATH, status=429, headers={"Retry-After": "1"})
        async with listening(outlet, grant_of()):
            await until(lambda: outlet.last_failure is not None)
            assert outlet.last_failure.code == "platform_rate_limited"
            kick.forget_calls()
            await asyncio.sleep(0.5)
            assert kick.calls(PATH) == []
            await until(outlet.is_complete)


class TestTheChannel:
    async def test_live_with_viewers_title_and_category(self, kick, outlet, grant_of):
        kick.update_channel(title="Speedrun", category_name="Celeste")
        kick.go_live(viewers=12)
        async with listening(outlet, grant_of()):
            await until(lambda: outlet.statuses)

        first = outlet.statuses[0]
        since = first.pop("since")
        assert first == {
            "platform": "kick",
            "channel_id": STREAMER,
            "live": True,
            "viewers": 12,
            "title": "Speedrun",
            "category": "Celeste",
            "name": "Mira_Plays",
        }
        assert abs(datetime.now(UTC) - since) < timedelta(minutes=1)

    async def test_offline_has_neither_a_beginning_nor_viewers(self, kick, outlet, grant_of):
        kick.go_live()
        async with listening(outlet, grant_of()):
            await until(lambda: outlet.statuses)
            kick.go_offline()
            await until(lambda: not outlet.statuses[-1]["live"])

        assert (outlet.statuses[-1]["since"], outlet.statuses[-1]["viewers"]) == (None, None)

    @pytest.mark.parametrize("rows", [[], [{}], [None], ["x"], None])
    async def test_an_answer_without_the_channel_is_not_that_it_is_offline(self, kick, outlet, grant_of, rows):
        kick.go_live()
        kick.fail(CHANNELS, body={"data": rows, "message": "OK"}, times=2)

        async with listening(outlet, grant_of()):
            await until(lambda: outlet.statuses)

        assert outlet.statuses[0]["live"] is True
        assert len(kick.calls(CHANNELS)) >= 3

    async def test_what_is_missing_is_not_there(self, kick, outlet, grant_of):
        row = {"stream": None, "category": None, "stream_title": None}
        kick.fail(CHANNELS, body={"data": [row], "message": "OK"}, times=None)
        async with listening(outlet, grant_of()):
            await until(lambda: outlet.statuses)

        assert (outlet.statuses[0]["live"], outlet.statuses[0]["title"], outlet.statuses[0]["category"]) == (
            False,
            "",
            "",
        )

    async def test_trouble_with_it_stops_no_deliveries(self, kick, outlet, grant_of):
        kick.fail(CHANNELS, status=500, times=None)
        async with listening(outlet, grant_of()):
            await until(outlet.is_complete)
            kick.heal()
            await until(lambda: outlet.statuses)
