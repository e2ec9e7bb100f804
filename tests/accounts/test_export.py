from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage

from accounts.domain import export
from accounts.domain.people import PersonNeeded
from accounts.enums import ALL, Action, Permission
from accounts.models import AuditEntry
from events.enums import Kind
from integrations.domain import bridge, results
from integrations.enums import Trigger
from integrations.tools.link import Found
from overlays.enums import LayerType
from overlays.models import Timer
from tests import factories
from tests.accounts.test_audit_log import read_bytes
from tests.pages import signed_in
from tokens.domain.access import authenticate

PAGE = "/dashboard/account/export"


def files_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}


def exported(actor) -> dict[str, str]:
    return files_of(b"".join(export.begin(actor)))


class TestTheArchive:
    SECRETS = {
        "client_id": "a-whole-client-id",
        "client_secret": "known-client-secret",
        "access_token": "known-access-token",
        "refresh_token": "known-refresh-token",
        "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJrbm93biI6MX0.known-signature",
        "password": "known-password-of-obs",
        "overlay_key": "known-key-of-an-overlay",
    }

    @pytest.fixture
    def filled(self, account, ada_actor, ben, kind) -> list[str]:
        """A row of everything, and the secrets that it was made with."""
        known = self.SECRETS
        factories.make_credentials(account=account, client_id=known["client_id"], client_secret=known["client_secret"])
        factories.make_connection(
            account=account, access_token=known["access_token"], refresh_token=known["refresh_token"]
        )
        factories.make_se_token(account=account, jwt=known["jwt"])
        integration = factories.make_integration(account=account, password=known["password"])
        results.record(integration.pk, trigger=Trigger.TEST, found=Found("30.1.2", 12))
        factories.make_notification(account=account)
        factories.make_event(account=account)
        factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="Grüße")
        factories.make_order(account=account)
        factories.make_note(account=account)
        overlay = factories.make_overlay(account=account, key=known["overlay_key"])
        layer = factories.make_layer(overlay=overlay, type=LayerType.TIMER)
        Timer.objects.create(layer=layer)
        _, token = factories.make_token(actor=ada_actor, permissions={"events:read"}, label="Deck")
        _, code = factories.make_link(actor=ada_actor)
        hook = account_webhook(account)
        page = bridge.address(account).reveal().rpartition("/")[2]
        return [*known.values(), token.reveal(), code.reveal(), hook, page, ada_actor.user.password]

    def test_it_holds_a_row_of_everything_and_no_secret(self, filled, ada_actor):
        files = exported(ada_actor)

        rows = {
            name: json.loads(content) if name.endswith(".json") else [json.loads(line) for line in content.splitlines()]
            for name, content in files.items()
            if not name.endswith(".csv")
        }
        assert list(files) == ["about.json", *(file.name for file in export.files(ada_actor))]
        assert {name: len(found) for name, found in rows.items() if name not in ("about.json", "audit.jsonl")} == {
            "account.json": 1, "roles.json": 4, "members.json": 2, "invitations.json": 0, "notifications.jsonl": 1,
            "events.jsonl": 1, "chat.jsonl": 1, "viewers.jsonl": 0, "channels.json": 0, "connections.json": 1,
            "app_credentials.json": 1, "webhooks.json": 1, "chat_orders.jsonl": 1, "viewer_notes.jsonl": 1,
            "bot_pauses.json": 0, "se_tokens.json": 1, "integrations.json": 1,
            "integration_results.json": 1, "popout_tokens.json": 1, "overlays.json": 1, "overlay_layers.json": 1,
            "overlay_goals.json": 0, "overlay_timers.json": 1, "uploads.json": 0, "uploads/": 0, "panic.json": 0,
            "alerts.jsonl": 0, "automations.json": 0, "automation_steps.json": 0, "automation_runs.jsonl": 0,
            "automation_run_steps.jsonl": 0, "preflights.json": 0,
        }  # fmt: skip
        assert rows["chat.jsonl"][0]["data"]["message"] == "Grüße"
        assert [row["email"] for row in rows["members.json"]].count("ben@example.com") == 1
        assert len(rows["audit.jsonl"]) == len(files["audit.csv"].splitlines()) - 1 > 0
        for secret in filled:
            assert [name for name, content in files.items() if secret in content] == [], secret

    def test_uploads_are_in_it_as_they_are_kept(self, account, ada_actor):
        kept = factories.make_upload(account=account, content=b"OggS and music")
        gone = factories.make_upload(account=account)
        default_storage.delete(gone.file)

        files = exported(ada_actor)

        assert [name for name in files if name.startswith("uploads/")] == ["uploads/", f"uploads/{kept.file}"]
        assert files[f"uploads/{kept.file}"] == "OggS and music"
        assert {row["file"] for row in json.loads(files["uploads.json"])} == {kept.file, gone.file}

    def test_rows_are_read_in_batches_of_which_none_is_lost(self, account, ada_actor, monkeypatch):
        monkeypatch.setattr(export, "BATCH", 2)
        for number in range(5):
            factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message=str(number))

        lines = exported(ada_actor)["chat.jsonl"].splitlines()

        assert [json.loads(line)["data"]["message"] for line in lines] == ["0", "1", "2", "3", "4"]

    def test_it_comes_in_pieces(self, account, ada_actor, monkeypatch):
        monkeypatch.setattr(export, "PIECE", 100)
        factories.make_event(account=account)

        pieces = list(export.begin(ada_actor))

        assert len(pieces) > 5
        assert max(map(len, pieces)) < 4_000

    def test_nobody_gets_more_than_they_may_see(self, account):
        actor = factories.make_actor(account=account, permissions={"account:edit", "roles:read"})

        files = exported(actor)

        assert list(files) == ["about.json", "roles.json"]
        assert json.loads(files["about.json"])["left_out"]["chat.jsonl"] == "chat:read"

    def test_nothing_of_other_accounts_is_in_it(self, cleo, ada_actor):
        files = exported(ada_actor)

        assert [name for name, content in files.items() if "cleo" in content.lower()] == []


def account_webhook(account) -> str:
    from connections.models import Webhook

    return Webhook.objects.create(account=account, platform="kick", code="known-webhook-code").code


class TestOneAtATime:
    def test_the_second_is_refused_until_the_first_has_ended(self, ada_actor, cleo_actor):
        first = export.begin(ada_actor)
        next(first)

        with pytest.raises(export.ExportRunning):
            export.begin(ada_actor)
        exported(cleo_actor)
        first.close()

        assert exported(ada_actor)
        assert AuditEntry.objects.filter(action=Action.ACCOUNT_EXPORTED).count() == 3

    def test_one_that_nobody_fetched_is_forgotten(self, ada_actor):
        export.begin(ada_actor)

        cache.delete(f"export:{ada_actor.account.pk}")  # as time does

        assert exported(ada_actor)


class TestDoors:
    def test_an_open_browser_alone_gets_nothing(self, ada_client, account):
        by_page = ada_client.post(PAGE, {"account": str(account.pk)})
        by_rest = ada_client.get("/v1/account/export")

        assert by_page["Location"].startswith("/account/reauthenticate/")
        assert (by_rest.status_code, by_rest.json()["code"]) == (403, "not_confirmed")
        assert "/account/reauthenticate/" in by_rest.json()["detail"]
        assert not AuditEntry.objects.filter(action=Action.ACCOUNT_EXPORTED).exists()

    def test_the_page_says_what_is_in_it(self, fresh):
        page = fresh.get(PAGE).content.decode()

        assert "popout_tokens.json" in page and "Popout tokens, without their secrets" in page

    @pytest.mark.django_db(transaction=True)
    def test_it_is_downloaded_through_both_doors(self, fresh, account):
        by_page = fresh.post(PAGE, {"account": str(account.pk)})
        page = files_of(read_bytes(by_page))
        by_rest = fresh.get("/v1/account/export")

        assert by_page["Content-Type"] == by_rest["Content-Type"] == "application/zip"
        assert by_page["Content-Disposition"].startswith('attachment; filename="lumio-export-ada-live-')
        assert set(page) == set(files_of(read_bytes(by_rest)))
        line = AuditEntry.objects.filter(action=Action.ACCOUNT_EXPORTED).first()
        assert (line.actor_name, line.after["files"]) == ("Ada", [name for name in page if name != "about.json"])

    def test_a_second_press_is_told_to_wait(self, fresh, ada_actor, account):
        running = export.begin(ada_actor)
        next(running)

        response = fresh.post(PAGE, {"account": str(account.pk)}, follow=True)

        assert "being exported right now" in response.content.decode()

    def test_no_token_exports(self, ada_actor):
        _, secret = factories.make_token(actor=ada_actor, permissions={"account:read"})
        actor = authenticate(secret.reveal(), "/v1/account/export")

        with pytest.raises(PersonNeeded):
            export.begin(actor)

    def test_who_may_not_edit_the_account_does_not_export_it(self, account):
        client = signed_in(factories.make_member(account=account, permissions=ALL - {Permission.ACCOUNT_EDIT}).user)

        assert [client.get(PAGE).status_code, client.get("/v1/account/export").status_code] == [403, 403]
