"""Google ends every sign-in of a person with an app when one token of theirs is handed back."""

from __future__ import annotations

import pytest

from accounts.enums import Permission
from connections.models import Connection
from tests.connections.conftest import PAGE, come_back
from tests.connections.stages import STREAMER, stage_of


@pytest.fixture
def stage(settings, account):
    with stage_of("youtube", settings) as made:
        made.credentials(account)
        yield made


def test_a_bot_that_is_the_channel_costs_the_channel_nothing(stage, ada_client, ada_actor):
    assert ada_actor.can(Permission.BOT_CONNECTIONS_CREATE)
    stage.connected(ada_client)
    leaving = ada_client.post(f"{PAGE}/bot/youtube/connect").context["url"]

    come_back(ada_client, stage.stand_in.consent(leaving, user=STREAMER))

    assert [row.purpose for row in Connection.objects.all()] == ["channel"]
    assert len(stage.stand_in.calls("/revoke")) == 0
    assert len(stage.stand_in.state.grants) > 0


def test_disconnecting_the_last_one_hands_the_token_back(stage, ada_client, django_capture_on_commit_callbacks):
    connection = stage.connected(ada_client)

    with django_capture_on_commit_callbacks(execute=True):
        ada_client.post(f"{PAGE}/{connection.pk}/disconnect")

    assert len(stage.stand_in.calls("/revoke")) == 1
