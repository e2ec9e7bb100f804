"""Refreshing with real processes that race for one rotating grant, and die at the worst moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection as database
from django.utils import timezone

from connections.domain import vault
from connections.enums import GrantState
from connections.models import Connection
from tests.connections.crowd import DATABASE, Crowd
from tests.fakes.wire import environment

pytestmark = pytest.mark.django_db(transaction=True)

#: As many as there are rounds; more of both in tests/long/test_refresh.py.
PROCESSES = ROUNDS = 4


@pytest.fixture
def crowd(twitch, grant) -> Callable[..., Crowd]:
    """Processes on the database of this test, with a grant that rotates."""
    twitch.configure(rotation=True)
    connection = grant()

    def gather(size: int, **variables: str) -> Crowd:
        here = {DATABASE: str(database.settings_dict["NAME"]), **environment(twitch.url), **variables}
        return Crowd(connection.pk, size=size, environment=here)

    return gather


def spent(twitch) -> list[str]:
    """The refresh tokens that were sent, in order."""
    return [call.parameters["refresh_token"] for call in twitch.calls("/oauth2/token", grant_type="refresh_token")]


def test_processes_spend_each_refresh_token_once(twitch, crowd):
    twitch.configure(latency=0.03)
    with crowd(PROCESSES) as processes:
        got = [processes.renew(version) for version in range(1, ROUNDS + 1)]

    assert got == [[str(version + 1)] * PROCESSES for version in range(1, ROUNDS + 1)]
    sent = spent(twitch)
    assert (len(sent), len(set(sent))) == (ROUNDS, ROUNDS)
    row = Connection.objects.get()
    assert (row.version, row.state, row.refresh_owner) == (ROUNDS + 1, GrantState.CONNECTED, "")
    [grant] = twitch.state.grants
    assert vault.read(row, "refresh_token_encrypted").reveal() == grant.refresh_token
    assert vault.read(row, "access_token_encrypted").reveal() in twitch.state.access_tokens


@pytest.mark.parametrize(
    ("grace", "state", "code", "got"),
    [
        (False, GrantState.NEEDS_SIGN_IN, "refresh_answer_lost", "refresh_answer_lost"),
        pytest.param(True, GrantState.CONNECTED, "", "2", marks=pytest.mark.trial),
    ],
    ids=["strict", "with grace"],
)
def test_killed_between_answer_and_commit_costs_one_retry(grace, state, code, got, twitch, crowd):
    twitch.configure(rotation_grace=grace)
    with crowd(1, LUMIO_CRASH_AT="refresh.after_answer") as doomed:
        assert doomed.renew(1) == [""]
    before = Connection.objects.get()
    assert (before.version, before.refresh_owner != "") == (1, True)
    Connection.objects.update(refresh_leased_until=timezone.now())  # half a minute later

    with crowd(2) as survivors:
        assert survivors.renew(1) == [got, got]

    row = Connection.objects.get()
    assert (row.state, row.failure_code) == (state, code)
    first, again = spent(twitch)
    assert first == again == vault.read(before, "refresh_token_encrypted").reveal()
    if grace:
        assert vault.read(row, "access_token_encrypted").reveal() in twitch.state.access_tokens
