"""The dashboard once everything is set up."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.enums import Permission
from connections.enums import GrantState
from events.domain import status
from events.enums import Kind, Origin, SourceState
from events.models import IngestSource
from integrations.enums import TokenState
from lumio import home
from tests.factories import (
    make_actor,
    make_connection,
    make_credentials,
    make_event,
    make_member,
    make_se_token,
    make_token,
)
from tests.pages import signed_in


@pytest.fixture
def connection(account, ada_actor):
    """All that the first steps lead to."""
    make_credentials(account=account)
    make_token(actor=ada_actor, permissions={Permission.EVENTS_READ})
    make_event(account=account)
    return make_connection(account=account)


def source(connection, state=SourceState.DELIVERING):
    return IngestSource.objects.create(
        account=connection.account,
        key=connection.source_key,
        state=state,
        leased_until=timezone.now() + timedelta(minutes=1),
        subscriptions_active=13,
        subscriptions_wanted=13,
    )


def stations(client) -> list[str]:
    """The markup of each channel's card."""
    page = client.get("/dashboard").content.decode()
    [channels] = re.findall(r"<channel-list.*?</channel-list>", page, re.DOTALL)
    return re.findall(r"<article.*?</article>", channels.partition("<template")[0], re.DOTALL)


def health(client) -> str:
    """What the page asks for once it is there."""
    return client.get("/dashboard", headers={"HX-Request": "true"}).content.decode()


def texts(markup: str) -> list[str]:
    """What is seen of it, piece by piece."""
    seen = re.sub(r"<(\w+)[^>]* hidden[^>]*>.*?</\1>", "", markup, flags=re.DOTALL)
    return [
        text
        for piece in re.sub(r"<svg.*?</svg>", "", seen, flags=re.DOTALL).split("<")
        if (text := piece.partition(">")[2].strip())
    ]


def test_the_first_steps_make_room_for_events_and_connections(ada_client, connection):
    source(connection)

    content = ada_client.get("/dashboard").content.decode()

    assert "All events" in content
    assert "Grace" in content
    assert 'class="steps"' not in content
    assert "Delivering · 13 of 13 subscriptions" in health(ada_client)


def test_a_broken_connection_is_said_first(ada_client, connection):
    connection.state = GrantState.NEEDS_SIGN_IN
    connection.save()

    content = health(ada_client)

    assert "One of your connections needs you." in content
    assert "Reconnect needed" in content
    assert "Health" not in content


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ({Permission.EVENTS_READ}, {"channels", "feed"}),
        ({Permission.CHAT_READ}, {"channels", "chat"}),
        ({Permission.CONNECTIONS_READ}, {"channels"}),
        (set(), set()),
    ],
)
def test_only_what_the_person_may_see_is_fetched(account, connection, permissions, shown):
    context = home.of(make_actor(account=account, permissions=permissions))

    assert context.keys() - {"account_id", "can", "words", "platforms", "tools"} == shown


@pytest.mark.parametrize("lines", [1, 3])
def test_it_takes_six_queries_however_much_there_is(account, connection, lines, django_assert_num_queries):
    source(connection)
    for _ in range(lines):
        status.update(account.pk, "twitch", "1001", live=True)
        make_event(account=account)
        make_event(account=account, kind=Kind.CHAT_MESSAGE)
    actor = make_actor(account=account)

    with django_assert_num_queries(6):
        home.of(actor)


def test_the_page_has_a_card_for_each_channel_live_ones_first(ada_client, account, connection):
    source(connection)
    status.update(account.pk, "kick", "9", channel_name="mira", live=False, title="Later")
    since = datetime(2026, 5, 1, 12, tzinfo=UTC)
    live = {"live": True, "live_since": since, "viewers": 1284, "title": "Finishing the roof", "category": "Minecraft"}
    status.update(account.pk, "twitch", "1001", channel_name="Mira", **live)

    twitch, kick = stations(ada_client)

    assert texts(twitch) == [
        "Twitch", "Mira", "LIVE", "Finishing the roof", "Minecraft", "1,284 viewers"
    ]  # fmt: skip
    assert 'data-source="delivering"' in twitch and f'data-since="{since.isoformat()}"' in twitch
    assert texts(kick) == ["Kick", "mira", "Offline", "Not delivering", "Later"]


def test_a_channel_that_was_never_heard_of_is_not_called_offline(ada_client, connection):
    source(connection)

    [twitch] = stations(ada_client)

    assert texts(twitch) == ["Twitch"]


def test_what_a_source_of_no_platform_says_is_no_channel(ada_client, account, connection):
    IngestSource.objects.create(account=account, key="streamelements:1", state=SourceState.DELIVERING)

    assert stations(ada_client) == []


def test_the_chat_is_in_the_page_oldest_first_with_what_was_taken_out_and_how(ada_client, account, connection):
    said = {"kind": Kind.CHAT_MESSAGE, "origin": Origin.LIVE}
    for number in range(152):
        make_event(account=account, external_id=f"m{number}", message=f"line {number}</script>", **said)
    moderator = {"id": "7", "login": "otto", "name": "Otto"}
    make_event(
        account=account,
        kind=Kind.CHAT_MESSAGE_DELETED,
        origin=Origin.LIVE,
        extra={"message_id": "m151", "moderator": moderator},
    )

    page = ada_client.get("/dashboard").content.decode()

    [chat] = re.findall(r"<chat-list.*?</chat-list>", page, re.DOTALL)
    lines = json.loads(re.search(r'<script type="application/json">(.*?)</script>', chat)[1])
    assert [line["seq"] for line in lines] == list(range(4, 154))
    assert lines[0]["data"]["message"] == "line 3</script>"
    assert [line["data"]["removed"] and line["data"]["removed"]["by"] for line in lines[-3:-1]] == [None, moderator]
    assert (lines[-1]["type"], lines[-1]["data"]["extra"]["moderator"]) == ("chat.message_deleted", moderator)
    assert 'data-after="153"' in chat


def test_tips_that_no_longer_arrive_need_somebody(ada_client, account, connection):
    source(connection)
    make_se_token(account=account, state=TokenState.BROKEN, failed_since=timezone.now(), label="Main Channel")

    content = health(ada_client)

    assert "One of your connections needs you." in content
    assert 'href="/dashboard/connections#streamelements"' in content
    assert "Main Channel" in content


def test_the_page_asks_for_the_health_of_what_is_connected_once_it_is_there(ada_client, connection):
    source(connection)

    assert 'hx-get="/dashboard" hx-trigger="load, every 10s"' in ada_client.get("/dashboard").content.decode()
    assert health(ada_client).startswith('\n<section class="home__health" id="home-health" aria-labelledby')


def test_of_nothing_connected_there_is_no_health_to_show(ada_client):
    assert 'id="home-health" hidden' in health(ada_client)


def test_health_is_shown_to_nobody_who_may_not_see_connections(account, connection):
    client = signed_in(make_member(account=account, permissions={Permission.EVENTS_READ}).user)

    assert 'hx-get="/dashboard"' not in client.get("/dashboard").content.decode()
    assert "home-health" not in health(client)


def test_what_needs_somebody_comes_first(ada_client, connection):
    source(connection, SourceState.STOPPED)

    content = health(ada_client)

    assert 'class="home__health home__health--first"' in content
    assert 'href="/dashboard/connections#card-twitch"' in content


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (SourceState.DELIVERING, "Connected"),
        (SourceState.RECONNECTING, "Reconnecting"),
        (SourceState.STOPPED, "Not delivering"),
    ],
)
def test_connected_is_said_only_of_what_delivers(ada_client, connection, state, word):
    source(connection, state)

    badge = ada_client.get("/dashboard/connections").content.decode().partition('class="card__badge"')[2]

    assert word in badge.partition("</div>")[0]
