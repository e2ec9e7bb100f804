"""The Integrations section of the Connections page, and the address of the bridge page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.enums import Permission
from integrations.domain import bridge, live, results, vault
from integrations.enums import Route, Tool, Trigger
from integrations.models import Bridge, Integration
from integrations.tools.failures import NotRunning, WrongPassword
from integrations.tools.link import Found
from tests import factories
from tests.pages import member, said, words
from tests.pictures.cards import fill

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/connections"
LIST = f"{PAGE}/integrations"
OBS, STREAMERBOT = f"{LIST}/add/obs", f"{LIST}/add/streamerbot"
BRIDGE = f"{PAGE}/bridge"
READ, CREATE, EDIT, DELETE = (
    Permission.CONNECTIONS_READ,
    Permission.CONNECTIONS_CREATE,
    Permission.CONNECTIONS_EDIT,
    Permission.CONNECTIONS_DELETE,
)


def shown(client: Client) -> str:
    """The rows, without what they open."""
    content = client.get(f"{LIST}/list").content.decode()
    return words(content.partition("<ol")[0])


def link(row: Integration, **fields) -> None:
    usual = {"state": "connected", "version": "30.1.2", "latency_ms": 12, "via": row.route, "is_protected": True}
    live.keep(row.pk, row.account_id, usual | fields)


class TestLooking:
    def test_says_what_to_do_while_there_is_none(self, ada_client):
        page = words(ada_client.get(PAGE).content.decode())

        assert "Integrations The programs beside your stream: OBS Studio and Streamer.bot." in page
        assert "Nothing beside your stream yet" in page

    def test_stands_between_music_and_streamelements(self, ada_client):
        headings = re.findall(r"<h2>([\w ]+)</h2>", ada_client.get(PAGE).content.decode())

        assert [name for name in headings if name in ("Music", "Integrations", "StreamElements")] == [
            "Music",
            "Integrations",
            "StreamElements",
        ]

    def test_an_obs_that_is_linked_through_its_bridge(self, ada_client, account):
        link(factories.make_integration(account=account, password="hunter2"))

        assert shown(ada_client).startswith(
            "OBS Studio Enabled Connected through OBS 12 ms, OBS 30.1.2 "
            "through the bridge page, port 4455 password saved Disable Edit Remove"
        )

    def test_a_local_obs_is_not_tested_by_hand(self, ada_client, account):
        factories.make_integration(account=account)

        rows = shown(ada_client)

        assert "Waiting for the bridge page" in rows
        assert "Testing happens by itself, through the browser source that runs in OBS. How to add it" in rows
        assert "/test" not in ada_client.get(f"{LIST}/list").content.decode()

    @pytest.mark.parametrize(
        ("fields", "button"),
        [
            ({"route": Route.DIRECT, "host": "203.0.113.7"}, "Test Connection"),
            ({"tool": Tool.STREAMERBOT}, "Test"),
            ({"tool": Tool.STREAMERBOT, "route": Route.DIRECT}, "Test"),
        ],
    )
    def test_everything_else_is(self, ada_client, account, fields, button):
        row = factories.make_integration(account=account, **fields)

        content = ada_client.get(f"{LIST}/list").content.decode()

        assert f'action="{LIST}/{row.pk}/test"' in content
        assert f"{button} Disable Edit Remove" in words(content)

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"state": "connecting"}, "Connecting"),
            (
                {"state": "limited"},
                "Connected through OBS in part: scenes and outputs, but no sources and no sound 12 ms",
            ),
            ({"is_protected": False}, "OBS Studio asks for no password"),
            (
                {"state": "trouble", "failure": {"code": WrongPassword.code, "params": {"tool": "OBS Studio"}}},
                "Not connected OBS Studio does not accept the password.",
            ),
        ],
    )
    def test_says_how_the_connection_is(self, ada_client, account, fields, text):
        link(factories.make_integration(account=account), **fields)

        assert text in shown(ada_client)

    def test_one_that_is_off(self, ada_client, account):
        row = factories.make_integration(account=account, is_enabled=False)
        link(row, is_protected=False)

        rows = shown(ada_client)

        assert "Disabled Switched off: Lumio does not connect to it through the bridge page" in rows
        assert "Enable Edit Remove" in rows

    def test_what_came_of_a_test_stands_in_the_row(self, ada_client, account, ada):
        row = factories.make_integration(account=account, tool=Tool.STREAMERBOT, route=Route.DIRECT)
        results.record(row.pk, trigger=Trigger.TEST, found=Found("1.0.1", 7, actions=1), by=ada)

        assert "Success Connected to Streamer.bot 1.0.1 successfully! It has 1 action. 7 ms ·" in shown(ada_client)

    def test_what_a_test_and_the_connection_say_alike_is_said_once(self, ada_client, account, ada):
        row = factories.make_integration(account=account, route=Route.DIRECT)
        failure = NotRunning(tool="OBS Studio", address="127.0.0.1:4455")
        results.record(row.pk, trigger=Trigger.TEST, failure=failure, by=ada)
        live.keep(row.pk, account.pk, live.trouble(row, failure))

        assert shown(ada_client).count("Nothing answers at 127.0.0.1:4455.") == 1

    def test_what_the_connection_found_later_takes_its_place(self, ada_client, account, ada):
        row = factories.make_integration(account=account, tool=Tool.STREAMERBOT, route=Route.DIRECT)
        results.record(row.pk, trigger=Trigger.TEST, found=Found("1.0.1", 7, actions=1), by=ada)
        results.record(row.pk, trigger=Trigger.LINK, failure=NotRunning(tool="Streamer.bot", address="127.0.0.1:8080"))

        assert "Success" not in shown(ada_client)

    def test_the_last_results_with_who_asked(self, ada_client, account, ada):
        row = factories.make_integration(account=account)
        results.record(row.pk, trigger=Trigger.LINK, failure=NotRunning(tool="OBS Studio", address="127.0.0.1:4455"))
        results.record(row.pk, trigger=Trigger.TEST, found=Found("30.1.2", 12), by=ada)

        content = ada_client.get(PAGE).content.decode()
        dialog = content[content.index(f'id="results-{row.pk}"') :]
        dialog = words(dialog[: dialog.index("</dialog>")])

        assert re.findall(r"(Success|Failed) .*? (tested by Ada|found by the connection itself)", dialog) == [
            ("Success", "tested by Ada"),
            ("Failed", "found by the connection itself"),
        ]
        assert "Connected to OBS 30.1.2 successfully!" in dialog
        assert "Nothing answers at 127.0.0.1:4455." in dialog

    def test_never_shows_the_password(self, ada_client, account):
        row = factories.make_integration(account=account, password="hunter2")

        for path in (PAGE, f"{LIST}/list", f"{LIST}/{row.pk}/edit"):
            assert "hunter2" not in ada_client.get(path).content.decode()

    def test_is_redrawn_only_when_something_changed(self, ada_client, account):
        row = factories.make_integration(account=account)
        link(row)
        again = re.search(r'hx-get="([^"]*seen=[^"]*)"', ada_client.get(f"{LIST}/list").content.decode())[1]

        link(row, latency_ms=14)
        assert ada_client.get(again).status_code == 204
        link(row, state="limited")
        assert ada_client.get(again).status_code == 200

    @pytest.mark.parametrize(
        ("permissions", "offered"),
        [
            ((READ,), []),
            ((READ, CREATE), ["add"]),
            ((READ, EDIT), ["bridge", "edit", "switch", "test"]),
            ((READ, DELETE), ["remove"]),
        ],
    )
    def test_offers_only_what_one_may_do(self, account, permissions, offered):
        factories.make_integration(account=account, route=Route.DIRECT)

        content = member(account, *permissions).get(PAGE).content.decode()

        found = set(re.findall(r'(?:href|action)="[^"]*/(add|edit|switch|test|remove|bridge)"', content))
        assert sorted(found) == offered

    def test_other_accounts_see_nothing_of_it(self, cleo_client, account):
        row = factories.make_integration(account=account, label="Gaming PC")

        page = cleo_client.get(PAGE).content.decode()

        assert "Gaming PC" not in page
        assert str(row.pk) not in page

    def test_costs_one_query_however_many_there_are(self, ada_client, account, django_assert_num_queries):
        for number in range(2):
            row = factories.make_integration(account=account, label=f"OBS {number}")
            results.record(row.pk, trigger=Trigger.TEST, found=Found("30.1.2", 12))
            ada_client.get(f"{LIST}/list")  # the first page of a session also notes where it was begun

            with django_assert_num_queries(4):
                ada_client.get(f"{LIST}/list")

    def test_the_page_with_every_section_full_stays_within_twelve_queries(self, django_assert_max_num_queries):
        owner = factories.make_user()
        fill(owner)
        client = Client(HTTP_HOST="localhost")
        client.force_login(owner)
        client.get(PAGE)

        with django_assert_max_num_queries(12):
            page = client.get(PAGE).content.decode()

        assert [name in page for name in ("Gaming PC", "Laptop", "Main Channel")] == [True] * 3


class TestAdding:
    def test_one_chooses_first(self, ada_client):
        assert words(ada_client.get(f"{LIST}/add").content.decode()).count("OBS Studio") == 1
        assert {f'href="{OBS}"', f'href="{STREAMERBOT}"'} <= set(
            re.findall(r'href="[^"]*"', ada_client.get(PAGE).content.decode())
        )
        assert ada_client.get(f"{LIST}/add/vlc").status_code == 404

    @pytest.mark.parametrize(
        ("page", "labels", "values"),
        [
            (
                OBS,
                ["Label", "Port", "Password", "Enable remote access", "Host / IP"],
                {"label": "OBS Studio", "port": "4455"},
            ),
            (
                STREAMERBOT,
                ["Label", "Reach it", "Host / IP", "Port", "Endpoint", "Password", "Take its events into Lumio"],
                {"label": "Streamer.bot", "host": "127.0.0.1", "port": "8080", "endpoint": "/"},
            ),
        ],
    )
    def test_the_form_asks_for_what_is_promised_with_its_defaults(self, ada_client, page, labels, values):
        form = ada_client.get(page).content.decode().partition('<main class="main"')[2]

        found = re.findall(r"<label[^>]*>([^<]+)", form)
        assert [name.strip() for name in found] == labels
        inputs = {name: value for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form) if name in values}
        assert inputs == values

    def test_warns_of_remote_access(self, ada_client):
        page = words(ada_client.get(OBS).content.decode())

        assert "Remote OBS access It needs a public IP address, and port forwarding in your router or firewall." in page

    def test_leads_back_to_the_new_row(self, ada_client):
        response = ada_client.post(OBS, {"label": "OBS Studio", "port": "4455", "password": " hunter2 ", "host": ""})

        row = Integration.objects.get()
        assert response["Location"] == f"{PAGE}#integration-{row.pk}"
        assert said(response) == [
            "OBS Studio was added. It is tested by itself as soon as the bridge page runs in OBS."
        ]
        assert (row.route, row.address, vault.password_of(row).reveal()) == (
            Route.BRIDGE,
            "127.0.0.1:4455",
            " hunter2 ",
        )

    def test_a_remote_obs(self, ada_client):
        fields = {"label": "Laptop", "port": "4455", "remote": "on", "host": "203.0.113.7"}

        response = ada_client.post(OBS, fields)

        assert said(response) == ["Laptop was added. Lumio connects to it from now on."]
        assert (Integration.objects.get().route, Integration.objects.get().address) == (
            Route.DIRECT,
            "203.0.113.7:4455",
        )

    def test_a_host_counts_only_with_remote_access(self, ada_client):
        ada_client.post(OBS, {"label": "Laptop", "port": "4455", "host": "203.0.113.7"})

        assert Integration.objects.get().address == "127.0.0.1:4455"

    def test_a_streamerbot(self, ada_client):
        fields = {
            "label": "Streamer.bot", "reach": "direct", "host": "192.168.1.7", "port": "7580", "endpoint": "/api",
            "password": "", "takes_events": "on",
        }  # fmt: skip

        ada_client.post(STREAMERBOT, fields)

        row = Integration.objects.get()
        assert (row.route, row.address, row.endpoint, row.takes_events) == (
            Route.DIRECT,
            "192.168.1.7:7580",
            "/api",
            True,
        )

    @pytest.mark.parametrize(
        ("fields", "field", "text"),
        [
            ({"label": ""}, "label", "This field is required."),
            ({"label": "Taken"}, "label", "There is one called Taken already."),
            ({"port": "0"}, "port", "greater than or equal to 1"),
            ({"port": "x"}, "port", "Enter a whole number."),
            ({"remote": "on"}, "host", "Enter the public name or IP address"),
            ({"remote": "on", "host": "ws://example.com"}, "host", "Enter a name or an IP address alone"),
            ({"password": "x" * 501}, "password", "at most 500 characters"),
        ],
    )
    def test_comes_back_with_what_is_wrong(self, ada_client, account, fields, field, text):
        factories.make_integration(account=account, label="Taken")

        response = ada_client.post(OBS, {"label": "OBS Studio", "port": "4455", "password": "hunter2"} | fields)

        page = response.content.decode()
        assert response.status_code == 422
        beside = page[page.index(f'id="id_{field}_error"') :]
        assert text in words(beside[: beside.index("</div>")])
        assert "hunter2" not in page
        assert Integration.objects.count() == 1

    def test_without_the_right(self, account):
        response = member(account, READ, EDIT, DELETE).post(OBS, {"label": "OBS Studio", "port": "4455"})

        assert response.status_code == 403
        assert not Integration.objects.exists()


class TestEditing:
    @pytest.fixture
    def row(self, account) -> Integration:
        return factories.make_integration(
            account=account, route=Route.DIRECT, host="203.0.113.7", label="Laptop", password="hunter2"
        )

    def test_shows_what_is_there(self, ada_client, row):
        form = ada_client.get(f"{LIST}/{row.pk}/edit").content.decode()

        assert {'value="Laptop"', 'value="203.0.113.7"', 'value="4455"'} <= set(re.findall(r'value="[^"]*"', form))
        assert "One is saved. Leave this empty to keep it." in words(form)
        assert re.search(r'name="remote"[^>]* checked', form)

    @pytest.mark.parametrize(
        ("fields", "password"),
        [
            ({"password": ""}, "hunter2"),
            ({"password": "other"}, "other"),
            ({"password": "", "forget_password": "on"}, None),
        ],
    )
    def test_the_password_is_kept_replaced_or_forgotten(self, ada_client, row, fields, password):
        response = ada_client.post(f"{LIST}/{row.pk}/edit", {"label": "OBS 2", "port": "4456"} | fields)

        row.refresh_from_db()
        found = vault.password_of(row)
        assert said(response) == ["OBS 2 was saved."]
        assert (row.label, row.address, row.route) == ("OBS 2", "127.0.0.1:4456", Route.BRIDGE)
        assert (found and found.reveal()) == password

    def test_comes_back_with_what_is_wrong(self, ada_client, account, row):
        factories.make_integration(account=account, label="Taken")

        response = ada_client.post(f"{LIST}/{row.pk}/edit", {"label": "Taken", "port": "4456"})

        row.refresh_from_db()
        assert response.status_code == 422
        assert "There is one called Taken already." in words(response.content.decode())
        assert (row.label, row.port) == ("Laptop", 4455)

    def test_a_streamerbot_keeps_what_it_had(self, ada_client, account):
        row = factories.make_integration(
            account=account, tool=Tool.STREAMERBOT, route=Route.DIRECT, host="bot.example.com", endpoint="/api"
        )
        form = ada_client.get(f"{LIST}/{row.pk}/edit").content.decode()
        inputs = dict(re.findall(r'name="(label|host|port|endpoint)" value="([^"]*)"', form))

        ada_client.post(f"{LIST}/{row.pk}/edit", inputs | {"reach": "direct", "password": ""})

        row.refresh_from_db()
        assert (row.address, row.endpoint, row.revision) == ("bot.example.com:8080", "/api", 0)

    def test_another_accounts_is_not_there(self, cleo_client, row):
        assert cleo_client.get(f"{LIST}/{row.pk}/edit").status_code == 404
        assert cleo_client.post(f"{LIST}/{row.pk}/edit", {"label": "x", "port": "1"}).status_code == 404
        row.refresh_from_db()
        assert row.label == "Laptop"


class TestSwitchingAndRemoving:
    def test_disables_and_enables(self, ada_client, account):
        row = factories.make_integration(account=account)
        seen = []
        for on in ("0", "0", "1"):
            response = ada_client.post(f"{LIST}/{row.pk}/switch", {"on": on})
            row.refresh_from_db()
            seen.append((row.is_enabled, said(response)[-1]))

        off, on = "OBS Studio is switched off.", "OBS Studio is switched on."
        assert seen == [(False, off), (False, off), (True, on)]

    def test_removing_asks_first_and_says_what_depends_on_it(self, ada_client, account):
        row = factories.make_integration(account=account)

        content = ada_client.get(PAGE).content.decode()
        dialog = content[content.index(f'id="integration-remove-{row.pk}"') :]
        dialog = words(dialog[: dialog.index("</dialog>")])

        assert "automations that use it stay as they are" in dialog
        assert ada_client.get(f"{LIST}/{row.pk}/remove")["Location"] == PAGE
        assert Integration.objects.exists()

    def test_removes_and_says_so(self, ada_client, account):
        row = factories.make_integration(account=account)

        response = ada_client.post(f"{LIST}/{row.pk}/remove")

        assert response["Location"] == f"{PAGE}#integrations"
        assert said(response) == ["OBS Studio was removed."]
        assert not Integration.objects.exists()

    @pytest.mark.parametrize("what", ["switch", "test", "remove"])
    def test_another_accounts_is_not_there(self, cleo_client, account, what):
        row = factories.make_integration(account=account)

        assert cleo_client.post(f"{LIST}/{row.pk}/{what}", {"on": "0"}).status_code == 404
        assert Integration.objects.get().is_enabled

    @pytest.mark.parametrize(
        ("what", "permissions"),
        [("switch", (READ, CREATE, DELETE)), ("test", (READ, CREATE, DELETE)), ("remove", (READ, CREATE, EDIT))],
    )
    def test_without_the_right(self, account, what, permissions):
        row = factories.make_integration(account=account)

        assert member(account, *permissions).post(f"{LIST}/{row.pk}/{what}", {"on": "0"}).status_code == 403
        assert Integration.objects.get().is_enabled


class TestTheBridge:
    def test_its_address_is_copied_and_not_seen(self, ada_client, account):
        address = bridge.address(account).reveal()

        content = ada_client.get(BRIDGE).content.decode()

        [field] = [tag for tag in re.findall(r"<input[^>]*>", content) if address in tag]
        assert 'type="password"' in field
        assert "readonly" in field
        assert content.count(address) == 1
        assert 'data-for="bridge-address"' in content

    def test_the_connections_page_does_not_hold_it(self, ada_client, account):
        factories.make_integration(account=account)
        secret = bridge.address(account).reveal().rpartition("/")[2]

        assert secret not in ada_client.get(PAGE).content.decode()

    def test_a_new_one_is_asked_for_and_ends_the_old_one(self, ada_client, account):
        before = bridge.address(account)

        response = ada_client.post(f"{BRIDGE}/renew")

        assert response["Location"] == BRIDGE
        assert said(response) == ["There is a new address. Put it into OBS: the old one no longer works."]
        assert bridge.address(account) != before
        assert bridge.find(before.reveal().rpartition("/")[2]) is None

    def test_one_that_cannot_be_read_says_what_to_do(self, ada_client, account):
        bridge.address(account)
        Bridge.objects.update(secret_encrypted=b"nothing that was ever encrypted")

        page = words(ada_client.get(BRIDGE).content.decode())

        assert "Put the missing key back, or make a new address" in page

    def test_is_not_for_those_who_only_look(self, account):
        bridge.address(account)
        before = Bridge.objects.get().digest

        client = member(account, READ, CREATE, DELETE)

        assert client.get(BRIDGE).status_code == 403
        assert client.post(f"{BRIDGE}/renew").status_code == 403
        assert Bridge.objects.get().digest == before
