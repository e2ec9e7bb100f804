"""Setting OBS and Streamer.bot up, switching and removing them."""

from __future__ import annotations

import pytest

from accounts.actor import PermissionRefused
from accounts.domain import deletion
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from events import bus
from events.models import IngestSource
from integrations.domain import bridge, integrations, live, results, vault
from integrations.domain.integrations import Changes
from integrations.enums import Route, Tool, Trigger
from integrations.models import Bridge, Integration, IntegrationResult
from integrations.tools.failures import Kicked, NotRunning
from integrations.tools.link import Found
from tests import factories
from tests.domain import audited, refusal

pytestmark = pytest.mark.django_db

READ, CREATE, EDIT, DELETE = (
    Permission.CONNECTIONS_READ,
    Permission.CONNECTIONS_CREATE,
    Permission.CONNECTIONS_EDIT,
    Permission.CONNECTIONS_DELETE,
)


def add(actor, tool: str = "obs", **wanted) -> Integration:
    return integrations.add(actor=actor, tool=tool, wanted=Changes(**wanted)).row


def edit(actor, row: Integration, **wanted) -> Integration:
    return integrations.edit(actor=actor, integration=row, wanted=Changes(**wanted))


class TestAdding:
    @pytest.mark.parametrize(
        ("tool", "is_near", "facts"),
        [
            ("obs", True, ("OBS Studio", Route.BRIDGE, "127.0.0.1:4455", "/")),
            ("obs", False, ("OBS Studio", Route.BRIDGE, "127.0.0.1:4455", "/")),
            ("streamerbot", True, ("Streamer.bot", Route.DIRECT, "127.0.0.1:8080", "/")),
            ("streamerbot", False, ("Streamer.bot", Route.BRIDGE, "127.0.0.1:8080", "/")),
        ],
    )
    def test_what_is_left_out_has_its_usual_value(self, ada_actor, settings, tool, is_near, facts):
        settings.LUMIO_ALLOW_PRIVATE_HOSTS = is_near

        row = add(ada_actor, tool)

        row.refresh_from_db()
        assert (row.label, row.route, row.address, row.endpoint) == facts
        assert (row.is_enabled, row.password_encrypted, row.takes_events) == (True, None, False)
        assert row.created_by == ada_actor.user

    def test_takes_everything_that_is_given(self, ada_actor):
        row = add(
            ada_actor,
            "streamerbot",
            label="  Gaming\tPC ",
            route="direct",
            host=" bot.example.com ",
            port=7580,
            endpoint="api",
            password="hunter2\n",
            takes_events=True,
        )

        row.refresh_from_db()
        assert (row.label, row.route, row.address, row.endpoint, row.takes_events) == (
            "Gaming PC",
            Route.DIRECT,
            "bot.example.com:7580",
            "/api",
            True,
        )
        assert vault.password_of(row).reveal() == "hunter2"

    def test_is_audited_without_the_password(self, ada_actor):
        row = add(ada_actor, "streamerbot", route="bridge", password="hunter2")

        [entry] = AuditEntry.objects.filter(action=Action.INTEGRATION_ADDED)
        assert (entry.target_id, entry.target_name) == (str(row.pk), "Streamer.bot")
        assert entry.after == {
            "label": "Streamer.bot",
            "route": "bridge",
            "address": "127.0.0.1:8080",
            "password": "saved",
            "endpoint": "/",
            "takes_events": False,
        }

    def test_whoever_connects_to_it_is_told(self, ada_actor, account, told):
        topics = told(lambda: add(ada_actor))

        assert topics == {bus.INGEST, bridge.topic(account.pk), f"lumio:status:{account.pk}"}

    def test_several_get_numbers_unless_they_are_named(self, ada_actor):
        assert [add(ada_actor).label for _ in range(3)] == ["OBS Studio", "OBS Studio 2", "OBS Studio 3"]
        assert refusal(add, ada_actor, label="OBS Studio 2") == "label_taken"
        assert Integration.objects.count() == 3

    def test_another_account_may_have_the_same_label(self, ada_actor):
        add(ada_actor)

        assert add(factories.make_actor()).label == "OBS Studio"

    def test_twenty_are_enough(self, ada_actor, account):
        for number in range(20):
            factories.make_integration(account=account, label=f"OBS {number}")

        assert refusal(add, ada_actor) == "too_many_integrations"
        assert Integration.objects.count() == 20

    @pytest.mark.parametrize(
        ("host", "stored"),
        [
            ("stream.example.com", "stream.example.com"),
            ("203.0.113.7", "203.0.113.7"),
            ("[2001:DB8::7]", "2001:db8::7"),
            ("bücher.example", "bücher.example"),
        ],
    )
    def test_hosts(self, ada_actor, host, stored):
        assert add(ada_actor, route="direct", host=host).host == stored

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            ({"tool": "vlc"}, "no_such_tool"),
            ({"route": "carrier pigeon"}, "no_such_route"),
            ({"label": "x" * 81}, "label_too_long"),
            ({"port": 0}, "bad_port"),
            ({"port": 65_536}, "bad_port"),
            ({"route": "direct"}, "host_missing"),
            ({"route": "direct", "host": "  "}, "host_missing"),
            ({"route": "direct", "host": "ws://example.com"}, "bad_host"),
            ({"route": "direct", "host": "example.com:4455"}, "bad_host"),
            ({"route": "direct", "host": "two words"}, "bad_host"),
            ({"route": "direct", "host": "a" * 256}, "bad_host"),
            ({"route": "direct", "host": "x" * 64 + "é.example"}, "bad_host"),
            ({"host": "203.0.113.7"}, "only_beside_the_bridge"),
            ({"password": "x" * 501}, "password_too_long"),
            ({"endpoint": "/ws"}, "not_a_setting_of_obs"),
            ({"takes_events": True}, "not_a_setting_of_obs"),
            ({"tool": "streamerbot", "endpoint": "/a b"}, "bad_endpoint"),
            ({"tool": "streamerbot", "endpoint": "/" + "x" * 200}, "bad_endpoint"),
        ],
    )
    def test_what_cannot_be(self, ada_actor, wanted, code):
        assert refusal(add, ada_actor, **wanted) == code
        assert not Integration.objects.exists()

    def test_asks_for_the_right(self, account):
        with pytest.raises(PermissionRefused):
            add(factories.make_actor(account=account, permissions={READ, EDIT, DELETE}))

        assert not Integration.objects.exists()


class TestEditing:
    @pytest.fixture
    def row(self, ada_actor) -> Integration:
        return add(ada_actor, "streamerbot", route="direct", host="bot.example.com", password="hunter2")

    def test_leaves_what_is_left_out(self, ada_actor, row):
        edited = edit(ada_actor, row, port=7580)

        edited.refresh_from_db()
        assert (edited.label, edited.address, edited.route) == ("Streamer.bot", "bot.example.com:7580", Route.DIRECT)
        assert vault.password_of(edited).reveal() == "hunter2"
        assert edited.revision == row.revision + 1

    @pytest.mark.parametrize(
        ("password", "known", "said"), [("other", "other", "changed"), ("", None, "none"), (None, "hunter2", None)]
    )
    def test_the_password_is_kept_replaced_or_forgotten(self, ada_actor, row, password, known, said):
        edited = edit(ada_actor, row, label="Bot", password=password)

        found = vault.password_of(edited)
        assert (found and found.reveal()) == known
        [(before, after)] = audited(Action.INTEGRATION_CHANGED)
        assert (before.get("password"), after.get("password")) == ("saved" if said else None, said)
        assert "hunter2" not in repr((before, after))

    def test_the_log_says_what_changed_and_nothing_else(self, ada_actor, row):
        edit(ada_actor, row, port=7580, label="Streamer.bot")

        assert audited(Action.INTEGRATION_CHANGED) == [
            ({"address": "bot.example.com:8080"}, {"address": "bot.example.com:7580"})
        ]

    @pytest.mark.parametrize("place", [{"host": "203.0.113.7"}, {"route": "direct", "host": "203.0.113.7"}])
    @pytest.mark.parametrize("password", ["another", ""])
    def test_the_saved_password_goes_to_no_other_host(self, ada_actor, row, place, password):
        if "route" in place:
            edit(ada_actor, row, route="bridge")

        assert refusal(edit, ada_actor, row, **place) == "password_of_another_host"
        assert edit(ada_actor, row, **place, password=password).address == "203.0.113.7:8080"

    def test_nothing_happens_where_nothing_changes(self, ada_actor, row, told):
        topics = told(lambda: edit(ada_actor, row, label="", port=8080, host="bot.example.com"))

        assert topics == set()
        assert audited(Action.INTEGRATION_CHANGED) == []

    def test_whoever_connects_to_it_is_told(self, ada_actor, account, row, told):
        topics = told(lambda: edit(ada_actor, row, port=1))

        assert topics == {bus.INGEST, bridge.topic(account.pk), f"lumio:status:{account.pk}"}

    def test_through_the_bridge_it_is_on_this_computer(self, ada_actor, row):
        assert edit(ada_actor, row, route="bridge").address == "127.0.0.1:8080"

    def test_an_obs_that_is_to_be_reached_from_outside_needs_a_host(self, ada_actor):
        row = add(ada_actor)

        assert refusal(edit, ada_actor, row, route="direct") == "host_missing"
        assert edit(ada_actor, row, route="direct", host="203.0.113.7").address == "203.0.113.7:4455"
        assert edit(ada_actor, row, route="direct", port=4456).address == "203.0.113.7:4456"

    def test_a_refusal_changes_nothing(self, ada_actor, row):
        assert refusal(edit, ada_actor, row, label="Bot", port=0) == "bad_port"

        row.refresh_from_db()
        assert (row.label, row.port, row.revision) == ("Streamer.bot", 8080, 0)

    def test_asks_for_the_right(self, account, row):
        with pytest.raises(PermissionRefused):
            edit(factories.make_actor(account=account, permissions={READ, CREATE, DELETE}), row, port=1)

        row.refresh_from_db()
        assert row.port == 8080


class TestSwitching:
    def test_pauses_and_goes_on(self, ada_actor, account, told):
        row = add(ada_actor)

        topics = told(lambda: integrations.switch(actor=ada_actor, integration=row, on=False))
        off = Integration.objects.get()
        integrations.switch(actor=ada_actor, integration=row, on=True)
        on = Integration.objects.get()

        assert topics == {bus.INGEST, bridge.topic(account.pk), f"lumio:status:{account.pk}"}
        assert [(one.is_enabled, one.revision) for one in (off, on)] == [(False, 1), (True, 2)]
        assert audited(Action.INTEGRATION_SWITCHED) == [(None, {"enabled": False}), (None, {"enabled": True})]

    def test_twice_is_once(self, ada_actor):
        row = add(ada_actor)

        for _ in range(2):
            integrations.switch(actor=ada_actor, integration=row, on=False)

        assert audited(Action.INTEGRATION_SWITCHED) == [(None, {"enabled": False})]

    def test_asks_for_the_right(self, account, ada_actor):
        row = add(ada_actor)

        with pytest.raises(PermissionRefused):
            integrations.switch(
                actor=factories.make_actor(account=account, permissions={READ, CREATE, DELETE}),
                integration=row,
                on=False,
            )

        assert Integration.objects.get().is_enabled


class TestRemoving:
    def test_takes_its_results_and_its_source_along(self, ada_actor, account, told):
        row = add(ada_actor)
        results.record(row.pk, trigger=Trigger.LINK, found=Found("30.1.2", 12))
        IngestSource.objects.create(account=account, key=row.source_key)

        topics = told(lambda: integrations.remove(actor=ada_actor, integration=row))

        assert not Integration.objects.exists()
        assert not IntegrationResult.objects.exists()
        assert not IngestSource.objects.exists()
        pages = {f"lumio:status:{account.pk}", f"lumio:obs:{account.pk}"}
        assert topics == {bus.INGEST, bridge.topic(account.pk), *pages}
        [(before, after)] = audited(Action.INTEGRATION_REMOVED)
        assert (before["label"], after) == ("OBS Studio", None)

    def test_twice_is_once(self, ada_actor):
        row = add(ada_actor)

        for _ in range(2):
            integrations.remove(actor=ada_actor, integration=row)

        assert len(audited(Action.INTEGRATION_REMOVED)) == 1

    def test_asks_for_the_right(self, account, ada_actor):
        row = add(ada_actor)

        with pytest.raises(PermissionRefused):
            integrations.remove(
                actor=factories.make_actor(account=account, permissions={READ, CREATE, EDIT}), integration=row
            )

        assert Integration.objects.get() == row


class TestListing:
    def test_oldest_first_with_their_links_and_results(self, ada_actor, account, django_assert_num_queries):
        rows = [factories.make_integration(account=account, label=f"OBS {number}") for number in range(3)]
        factories.make_integration(account=factories.make_account())
        results.record(rows[1].pk, trigger=Trigger.TEST, found=Found("30.1.2", 12))
        live.keep(rows[2].pk, account.pk, {"state": "connected", "version": "30.1.2", "latency_ms": 12})

        with django_assert_num_queries(1):
            listed = integrations.listing(ada_actor)

        assert [one.row for one in listed] == rows
        assert [one.state for one in listed] == ["silent", "silent", "connected"]
        assert [one.result and one.result.version for one in listed] == [None, "30.1.2", None]

    def test_asks_for_the_right(self, account):
        with pytest.raises(PermissionRefused):
            integrations.listing(factories.make_actor(account=account, permissions={EDIT}))

    @pytest.mark.parametrize(
        ("link", "state", "tone", "code"),
        [
            (None, "silent", "neutral", None),
            ({"state": "connecting"}, "connecting", "neutral", None),
            ({"state": "connected"}, "connected", "ok", None),
            ({"state": "limited"}, "limited", "warn", None),
            ({"state": "connected", "is_protected": False}, "connected", "warn", None),
            ({"state": "trouble", "failure": {"code": NotRunning.code, "params": {}}}, "trouble", "warn", NotRunning),
            ({"state": "trouble", "failure": {"code": Kicked.code, "params": {}}}, "trouble", "bad", Kicked),
        ],
    )
    def test_what_a_link_means(self, account, link, state, tone, code):
        listed = integrations.Listed(factories.make_integration(account=account), link, [])

        assert (listed.state, listed.tone, type(listed.failure) if listed.failure else None) == (state, tone, code)

    def test_one_that_is_off_has_no_state_of_its_own(self, account):
        row = factories.make_integration(account=account, is_enabled=False)
        link = {"state": "trouble", "is_protected": False, "failure": {"code": Kicked.code, "params": {}}}

        listed = integrations.Listed(row, link, [])

        assert (listed.state, listed.tone, listed.trouble, listed.is_open_to_anybody) == ("off", "neutral", "", False)

    @pytest.mark.parametrize(
        ("tool", "route", "offered"),
        [
            (Tool.OBS, Route.BRIDGE, False),
            (Tool.OBS, Route.DIRECT, True),
            (Tool.STREAMERBOT, Route.BRIDGE, True),
            (Tool.STREAMERBOT, Route.DIRECT, True),
        ],
    )
    def test_a_local_obs_has_no_test(self, account, tool, route, offered):
        row = factories.make_integration(account=account, tool=tool, route=route)

        assert integrations.Listed(row, None, []).has_test is offered

    def test_the_fingerprint_changes_with_what_is_shown(self, account):
        row = factories.make_integration(account=account)
        link = {"state": "connected", "version": "30.1.2", "latency_ms": 12}
        seen = integrations.fingerprint([integrations.Listed(row, link, [])])

        assert integrations.fingerprint([integrations.Listed(row, link | {"latency_ms": 15}, [])]) == seen
        assert integrations.fingerprint([integrations.Listed(row, link | {"latency_ms": 90}, [])]) != seen
        assert integrations.fingerprint([integrations.Listed(row, link | {"state": "limited"}, [])]) != seen
        assert integrations.fingerprint([]) != seen


def test_with_its_account_everything_goes_at_once(ada_actor, account, told):
    add(ada_actor, password="hunter2")
    bridge.address(account)
    other = factories.make_integration(account=factories.make_account())

    topics = told(lambda: deletion.close(actor=ada_actor, confirm_name=account.name))

    assert list(Integration.objects.all()) == [other]
    assert not Bridge.objects.exists()
    assert {bus.INGEST, bridge.topic(account.pk)} <= topics
