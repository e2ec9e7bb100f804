"""What the links to tools are like, and what is told of an OBS to whoever looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError
from django.utils import timezone

from events import bus, channels, states
from events.domain import watching
from integrations.domain import live, obs
from integrations.enums import Route, Tool
from integrations.obs import state
from integrations.tools.failures import WrongPassword
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _real_valkey(real_valkey) -> None:
    """What is kept is kept there."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """(channel, message) of everything that open pages are told."""
    told: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(bus, "announce", lambda channel, message: told.append((str(channel), message)))
    return told


@pytest.fixture
def row(account):
    return factories.make_integration(account=account, route=Route.DIRECT, host="obs.example", label="Gaming PC")


def link(**fields: Any) -> live.Link:
    return {
        "state": "connected",
        "version": "30.1.2",
        "latency_ms": 12,
        "via": "direct",
        "is_protected": True,
        "failure": None,
    } | fields  # type: ignore[return-value]


def of_link(row, account) -> tuple[str, str | None]:
    """What a page is told of the link, and why nothing can be told."""
    [message] = obs.messages([account.pk])[account.pk]
    return message["data"]["link"], (message["data"]["trouble"] or {}).get("code")


def picture(row, **fields: Any) -> dict[str, Any]:
    base = state.blank(integration=str(row.pk), label=row.label, via=row.route)
    return state.message(base | {"link": "connected", "scenes": [{"name": "Live"}]} | fields)


class TestLinks:
    def test_are_known_by_their_integration(self, row, account):
        other = factories.make_account(name="Ben live")
        with time_machine.travel(timezone.now(), tick=False):
            live.keep(row.pk, account.pk, link())
            at = timezone.now().isoformat()

            assert live.links(account.pk) == {row.pk: link(at=at)}
            assert live.links(other.pk) == {}

    def test_are_forgotten_each_by_itself(self, row, account):
        second = factories.make_integration(account=account, tool=Tool.STREAMERBOT)
        now = timezone.now()
        with time_machine.travel(now, tick=False) as travel:
            live.keep(row.pk, account.pk, link())
            travel.shift(timedelta(seconds=30))
            live.keep(second.pk, account.pk, link())
            travel.shift(timedelta(seconds=20))

            assert set(live.links(account.pk)) == {second.pk}

    def test_can_be_taken_back(self, row, account, said):
        live.keep(row.pk, account.pk, link())
        live.forget(row.pk, account.pk)
        live.forget(row.pk, account.pk)

        assert live.links(account.pk) == {}
        assert [channel for channel, _ in said] == [f"obs:{account.pk}"] * 2

    def test_only_what_changes_is_told(self, row, account, said):
        live.keep(row.pk, account.pk, link())
        live.keep(row.pk, account.pk, link(latency_ms=99))
        before = len(said)
        live.keep(row.pk, account.pk, live.trouble(row, WrongPassword(**live.named(row))))

        assert (before, len(said)) == (1, 2)
        assert said[-1][1]["data"]["trouble"]["code"] == "tool_wrong_password"

    def test_without_valkey_nothing_is_known_and_nobody_falls_over(self, row, account, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

        live.keep(row.pk, account.pk, link())
        live.forget(row.pk, account.pk)

        assert live.links(account.pk) == {}

    def test_without_the_database_whoever_looks_is_told_later(self, row, account, said, monkeypatch):
        def away(*_: Any) -> None:
            raise DatabaseError

        monkeypatch.setattr(states, "messages", away)

        live.keep(row.pk, account.pk, link())

        assert said == []
        assert set(live.links(account.pk)) == {row.pk}


class TestWhatPagesAreTold:
    def test_the_channel_of_an_account_without_obs_says_nothing(self, account):
        factories.make_integration(account=account, tool=Tool.STREAMERBOT)

        assert states.messages("obs", [account.pk]) == {account.pk: []}

    def test_the_picture_as_it_was_kept(self, row, account):
        live.keep(row.pk, account.pk, link())
        watching.keep(channels.obs(account.pk), picture(row), part=str(row.pk))

        assert obs.messages([account.pk]) == {account.pk: [picture(row)]}

    def test_nobody_speaks_for_it(self, row, account):
        assert of_link(row, account) == ("off", "tool_not_connected")

    def test_no_bridge_page_is_open(self, account):
        row = factories.make_integration(account=account)

        assert of_link(row, account) == ("off", "tool_no_bridge")

    def test_switched_off_whatever_was_kept(self, row, account):
        live.keep(row.pk, account.pk, link())
        watching.keep(channels.obs(account.pk), picture(row), part=str(row.pk))
        row.is_enabled = False
        row.save()

        assert of_link(row, account) == ("off", "tool_switched_off")

    def test_connected_but_nothing_read_yet(self, row, account):
        live.keep(row.pk, account.pk, link())

        assert of_link(row, account) == ("connecting", None)

    def test_trouble_counts_for_more_than_the_picture_of_before(self, row, account):
        watching.keep(channels.obs(account.pk), picture(row), part=str(row.pk))
        live.keep(row.pk, account.pk, live.trouble(row, WrongPassword(**live.named(row))))

        [message] = obs.messages([account.pk])[account.pk]
        assert (message["data"]["link"], message["data"]["scenes"]) == ("trouble", [])
        trouble = message["data"]["trouble"]
        assert (trouble["code"], trouble["params"]["address"]) == ("tool_wrong_password", "obs.example:4455")
        assert trouble["detail"].startswith("OBS Studio does not accept the password.")

    def test_several_accounts_are_one_query(self, row, account, django_assert_num_queries):
        others = [factories.make_account(name=f"Other {number}") for number in range(3)]
        for other in others:
            factories.make_integration(account=other)

        with django_assert_num_queries(1):
            found = obs.messages([account.pk, *(other.pk for other in others)])

        assert [len(messages) for messages in found.values()] == [1, 1, 1, 1]

    def test_one_that_was_removed_is_taken_off_open_pages(self, row, account, said):
        watching.keep(channels.obs(account.pk), picture(row), part=str(row.pk))

        obs.gone(row)

        assert said == [
            (f"obs:{account.pk}", {"id": str(row.pk), "type": "obs.removed", "data": {"integration": str(row.pk)}})
        ]
        assert watching.kept_parts([(channels.obs(account.pk), str(row.pk))]) == {}
