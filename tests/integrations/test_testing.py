"""Trying to reach a tool because a person asks: over the wire, against the stand-ins."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from accounts import throttle
from accounts.actor import PermissionRefused
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from integrations.domain import integrations, testing, vault
from integrations.enums import Route, Tool, Trigger
from integrations.models import Integration, IntegrationResult
from integrations.tools.failures import NoBridge
from tests import factories
from tests.fakes.obs import Obs
from tests.fakes.server import HOST
from tests.fakes.streamerbot import StreamerBot
from tests.processes.process import free_port

pytestmark = pytest.mark.django_db

PASSWORD = "harbour4Lights2x"


@pytest.fixture
def obs(settings) -> Iterator[Obs]:
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with Obs(PASSWORD) as stand_in:
        yield stand_in


@pytest.fixture
def streamerbot(settings) -> Iterator[StreamerBot]:
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with StreamerBot() as stand_in:
        yield stand_in


def remote(account, port: int, *, password: str | None = PASSWORD, **fields) -> Integration:
    fields = {"route": Route.DIRECT, "host": HOST, "port": port} | fields
    return factories.make_integration(account=account, password=password, **fields)


def outcome(actor, row: Integration) -> IntegrationResult:
    return testing.test(actor=actor, integration=row)


def test_a_remote_obs_answers_with_its_version(ada_actor, account, obs):
    result = outcome(ada_actor, remote(account, obs.port))

    assert result.sentence == f"Connected to OBS {obs.settings.obs_version} successfully!"
    assert (result.trigger, result.by, result.is_protected) == (Trigger.TEST, ada_actor.user, True)
    assert list(IntegrationResult.objects.all()) == [result]
    [entry] = AuditEntry.objects.filter(action=Action.INTEGRATION_TESTED)
    assert entry.after == {"version": obs.settings.obs_version}


def test_a_streamerbot_answers_with_its_version_and_how_many_actions_it_has(ada_actor, account, streamerbot):
    streamerbot.add_actions(31)

    result = outcome(ada_actor, remote(account, streamerbot.port, tool=Tool.STREAMERBOT, password=None))

    assert result.sentence == f"Connected to Streamer.bot {result.version} successfully! It has 31 actions."
    assert (result.actions, result.is_protected) == (31, False)


@pytest.mark.parametrize(
    ("fields", "code"), [({"password": "guess"}, "tool_wrong_password"), ({"password": None}, "tool_password_missing")]
)
def test_what_is_wrong_is_a_result_too(ada_actor, account, obs, fields, code):
    result = outcome(ada_actor, remote(account, obs.port, **fields))

    assert result.failure_code == code
    assert AuditEntry.objects.get(action=Action.INTEGRATION_TESTED).after == {"failure": code}


def test_nothing_listens(ada_actor, account, settings):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    port = free_port()

    result = outcome(ada_actor, remote(account, port))

    assert result.sentence.startswith(f"Nothing answers at {HOST}:{port}. Start OBS Studio,")


def test_an_obs_that_keeps_silent_is_waited_for_five_seconds(ada_actor, account, obs):
    obs.configure(says_hello=False)
    began = time.monotonic()

    result = outcome(ada_actor, remote(account, obs.port))

    assert result.failure_code == "tool_other_program"
    assert time.monotonic() - began < 7


def test_a_private_address_is_not_connected_to_where_the_operator_forbids(ada_actor, account, obs, settings):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = False

    result = outcome(ada_actor, remote(account, obs.port))

    assert result.failure_code == "tool_host_not_allowed"
    assert obs.clients() == []


def test_a_password_that_cannot_be_read_says_so(ada_actor, account, obs):
    row = remote(account, obs.port)
    other = factories.make_integration(account=account, label="Another")
    row.password_encrypted = vault.seal_password(other, vault.password_of(row))

    assert outcome(ada_actor, row).failure_code == "tool_password_unreadable"


def test_through_the_bridge_its_page_is_asked(ada_actor, account, monkeypatch):
    asked = []
    row = factories.make_integration(account=account, tool=Tool.STREAMERBOT)

    def ask(integration, command, data):
        asked.append((integration, command, data))
        return {"version": "1.0.1", "latency_ms": 7, "name": "", "actions": 3, "is_protected": True}

    monkeypatch.setattr("integrations.domain.commands.ask", ask)

    result = outcome(ada_actor, row)

    assert asked == [(row, "test", {})]
    assert result.sentence == "Connected to Streamer.bot 1.0.1 successfully! It has 3 actions."


def test_without_an_open_bridge_page_it_says_what_to_do(ada_actor, account):
    result = outcome(ada_actor, factories.make_integration(account=account, tool=Tool.STREAMERBOT))

    assert result.sentence == NoBridge(tool="Streamer.bot").text


def test_one_that_is_switched_off_is_tested_all_the_same(ada_actor, account, obs):
    assert outcome(ada_actor, remote(account, obs.port, is_enabled=False)).failure_code == ""


def test_asks_for_the_right(account, obs):
    others = {Permission.CONNECTIONS_READ, Permission.CONNECTIONS_CREATE, Permission.CONNECTIONS_DELETE}

    with pytest.raises(PermissionRefused):
        outcome(factories.make_actor(account=account, permissions=others), remote(account, obs.port))

    assert obs.clients() == []
    assert not IntegrationResult.objects.exists()


def test_on_the_page_what_came_of_it_stands_in_the_row(ada_client, account, obs):
    row = remote(account, obs.port)

    response = ada_client.post(f"/dashboard/connections/integrations/{row.pk}/test")

    assert response["Location"] == f"/dashboard/connections#integration-{row.pk}"
    shown = ada_client.get("/dashboard/connections/integrations/list").content.decode()
    assert f"Connected to OBS {obs.settings.obs_version} successfully!" in shown


def test_over_the_api_a_failure_is_an_answer(ada_client, account, obs):
    row = remote(account, obs.port, password="guess")

    response = ada_client.post(f"/v1/integrations/{row.pk}/test")

    said = response.json()["data"]
    assert response.status_code == 200
    assert (said["is_success"], said["failure_code"]) == (False, "tool_wrong_password")


def test_too_many_in_a_minute_are_not_made(ada_client, account, obs, monkeypatch):
    monkeypatch.setattr(throttle, "TOOL_TESTS", throttle.Limit("tool-tests", 1, 60))
    row = remote(account, obs.port)

    for _ in range(2):
        ada_client.post(f"/dashboard/connections/integrations/{row.pk}/test")

    assert IntegrationResult.objects.count() == 1
    assert integrations.listed(row).tested is not None
