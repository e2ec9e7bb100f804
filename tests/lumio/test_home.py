"""The dashboard once everything is set up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Permission
from connections.enums import GrantState
from events.enums import SourceState
from events.models import IngestSource
from lumio import home
from tests.factories import make_actor, make_connection, make_credentials, make_event, make_token


@pytest.fixture
def connection(account, ada_actor):
    """Everything the checklist asks for."""
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


def test_the_checklist_makes_room_for_events_and_connections(ada_client, connection):
    source(connection)

    content = ada_client.get("/dashboard").content.decode()

    assert "Latest events" in content
    assert "Grace" in content
    assert "Delivering · 13 of 13 subscriptions" in content
    assert "Everything is set up" in content
    assert 'class="steps"' not in content


def test_a_broken_connection_is_said_first(ada_client, connection):
    connection.state = GrantState.NEEDS_SIGN_IN
    connection.save()

    content = ada_client.get("/dashboard").content.decode()

    assert "One of your connections needs you." in content
    assert "Reconnect needed" in content
    assert "Everything is set up" not in content


def test_a_sign_in_that_broke_before_the_first_event_is_the_next_step(ada_client, ada_actor, account):
    make_credentials(account=account)
    make_token(actor=ada_actor, permissions={Permission.EVENTS_READ})
    connection = make_connection(account=account, state=GrantState.NEEDS_SIGN_IN)

    assert ada_client.get("/dashboard").context["next_step"].title == "Connect your channel"
    connection.state = GrantState.CONNECTED
    connection.save()
    assert ada_client.get("/dashboard").context["next_step"].title == "See your first event"


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ({Permission.EVENTS_READ}, {"feed", "channels", "words", "platforms"}),
        ({Permission.CONNECTIONS_READ}, {"cards", "needs_attention"}),
        (set(), set()),
    ],
)
def test_only_what_the_person_may_see_is_fetched(account, connection, permissions, shown):
    context = home.of(make_actor(account=account, permissions=permissions))

    assert context.keys() - {"account_id"} == shown


def test_it_takes_nine_queries(account, connection, django_assert_num_queries):
    source(connection)
    actor = make_actor(account=account)

    with django_assert_num_queries(9):
        home.of(actor)


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
