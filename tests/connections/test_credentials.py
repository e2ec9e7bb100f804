from __future__ import annotations

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.actor import PermissionRefused
from accounts.models import AuditEntry
from connections.domain import credentials, vault
from connections.domain.credentials import PasteMistake
from connections.enums import GrantState
from connections.models import AppCredentials, Connection
from connections.platforms import PLATFORMS
from connections.platforms.failures import CredentialsRejected
from tests import factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET, PAGE, banners

TWITCH = PLATFORMS["twitch"]
CREDENTIALS = "/dashboard/connections/credentials"
OPTIONAL = 'Client ID <span class="field__optional">'


def save(actor, client_id=CLIENT_ID, client_secret=CLIENT_SECRET):
    return credentials.save(actor=actor, platform=TWITCH, client_id=client_id, client_secret=client_secret)


class TestSaving:
    def test_a_pair_is_checked_and_stored_encrypted(self, ada_actor, twitch):
        saved = save(ada_actor)

        row = AppCredentials.objects.get()
        assert saved.checked
        assert (row.client_id_hint, row.redirect_uri) == ("ts00", "http://localhost:8000/connections/twitch/callback")
        assert vault.client_of(row).id == CLIENT_ID
        assert vault.client_of(row).secret.reveal() == CLIENT_SECRET
        assert len(twitch.calls("/oauth2/token", grant_type="client_credentials")) == 1

    def test_neither_value_is_in_the_database_or_the_audit_log(self, ada_actor, twitch):
        save(ada_actor)

        with database.cursor() as cursor:
            cursor.execute("SELECT client_id_encrypted, client_secret_encrypted FROM connections_appcredentials")
            stored = b"".join(bytes(value) for value in cursor.fetchone())
        entry = AuditEntry.objects.get(action="credentials.saved")
        assert CLIENT_ID.encode() not in stored
        assert CLIENT_SECRET.encode() not in stored
        assert (entry.before, entry.after) == (None, {"client_id_hint": "ts00", "checked": True})
        assert entry.target_name == "twitch: …ts00"

    def test_spaces_around_are_forgiven(self, ada_actor, twitch):
        save(ada_actor, f"  {CLIENT_ID}\n", f"\t{CLIENT_SECRET} ")

        assert vault.client_of(AppCredentials.objects.get()).id == CLIENT_ID

    @pytest.mark.parametrize(
        ("client_id", "client_secret", "code", "field"),
        [
            ("", CLIENT_SECRET, "empty", "client_id"),
            (CLIENT_ID, "   ", "empty", "client_secret"),
            (f"Client ID {CLIENT_ID}", CLIENT_SECRET, "holds_spaces", "client_id"),
            (CLIENT_ID, "abc\ndef", "holds_spaces", "client_secret"),
            (CLIENT_ID, f"Bearer {CLIENT_SECRET}", "is_a_header", "client_secret"),
            (CLIENT_ID, f"oauth {CLIENT_SECRET}", "is_a_header", "client_secret"),
            (CLIENT_ID, CLIENT_ID, "id_equals_secret", "client_secret"),
            (CLIENT_ID, "•" * 30, "not_plain_text", "client_secret"),
            (CLIENT_ID, "a\x00b", "not_plain_text", "client_secret"),
            (CLIENT_ID, "x" * 501, "not_plain_text", "client_secret"),
        ],
    )
    def test_paste_mistakes_are_caught_before_anybody_is_asked(
        self, ada_actor, twitch, client_id, client_secret, code, field
    ):
        with pytest.raises(PasteMistake) as raised:
            save(ada_actor, client_id, client_secret)

        assert (raised.value.code, raised.value.field) == (code, field)
        assert not AppCredentials.objects.exists()
        assert not twitch.calls()

    def test_the_saved_id_in_the_secret_box(self, ada_actor, twitch):
        save(ada_actor)

        with pytest.raises(PasteMistake) as raised:
            save(ada_actor, "another-client-id", CLIENT_ID)

        assert raised.value.code == "id_in_secret_box"

    @pytest.mark.parametrize("pair", [(CLIENT_ID, "wrong-secret"), ("unknown-client", CLIENT_SECRET)])
    def test_a_pair_the_platform_rejects_is_not_stored(self, ada_actor, twitch, pair):
        save(ada_actor)
        before = AppCredentials.objects.values().get()

        with pytest.raises(CredentialsRejected):
            save(ada_actor, *pair)

        assert AppCredentials.objects.values().get() == before

    def test_an_outage_does_not_stand_in_the_way(self, ada_actor, twitch):
        twitch.fail("/oauth2/token", status=503)

        assert not save(ada_actor).checked
        assert AppCredentials.objects.exists()

    def test_a_new_secret_of_the_same_app_has_the_sign_in_tried_again(self, ada_actor, twitch, grant):
        grant(state=GrantState.CREDENTIALS_REJECTED, failure_code="credentials_rejected", failed_since=timezone.now())

        save(ada_actor)

        row = Connection.objects.get()
        assert (row.state, row.failure_code) == (GrantState.CONNECTED, "")
        assert row.refresh_due_at <= timezone.now()

    def test_another_app_ends_the_sign_ins_of_the_old_one(self, ada_actor, twitch, grant):
        grant()
        twitch.add_app("another-client", "another-secret")

        save(ada_actor, "another-client", "another-secret")

        row = Connection.objects.get()
        assert (row.state, row.failure_code) == (GrantState.NEEDS_SIGN_IN, "credentials_changed")

    def test_needs_the_permission(self, ben_actor, twitch):
        with pytest.raises(PermissionRefused):
            save(ben_actor)


class TestDeleting:
    def test_the_sign_ins_go_with_it(self, ada_actor, account, twitch, grant, django_capture_on_commit_callbacks):
        grant()
        factories.make_connection(account=account, purpose="bot", channel_id="9")
        other = factories.make_account()
        factories.make_credentials(account=other)
        kept = factories.make_connection(account=other)

        with django_capture_on_commit_callbacks(execute=True):
            credentials.delete(actor=ada_actor, row=credentials.get(ada_actor, "twitch"))

        assert Connection.objects.get() == kept
        assert AppCredentials.objects.get().account == other
        assert twitch.state.access_tokens == {}
        actions = AuditEntry.objects.filter(account=account).values_list("action", flat=True)
        assert sorted(actions)[-3:] == ["bot.disconnected", "connection.removed", "credentials.deleted"]


class TestPage:
    def test_it_explains_and_shows_the_exact_redirect_uri(self, ada_client, account):
        page = ada_client.get(CREDENTIALS).content.decode()

        assert 'value="http://localhost:8000/connections/twitch/callback"' in page
        assert "https://dev.twitch.tv/console/apps" in page
        assert "Confidential" in page

    def test_saving_leads_back_to_connect(self, ada_client, account, twitch):
        response = ada_client.post(
            f"{CREDENTIALS}/twitch", {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "account": account.pk}
        )

        assert response.url == PAGE
        assert banners(ada_client) == ["Saved. Twitch accepts these app credentials."]

    def test_a_mistake_is_said_at_its_field_and_nothing_is_echoed_from_the_secret_box(
        self, ada_client, account, twitch
    ):
        response = ada_client.post(
            f"{CREDENTIALS}/twitch", {"client_id": CLIENT_ID, "client_secret": "my secret words"}
        )

        page = response.content.decode()
        assert response.status_code == 422
        assert "There is a space or a line break in it." in page
        assert "my secret words" not in page

    def test_a_rejected_pair_is_said_above_the_form(self, ada_client, account, twitch):
        response = ada_client.post(f"{CREDENTIALS}/twitch", {"client_id": CLIENT_ID, "client_secret": "wrong-secret"})

        assert response.status_code == 422
        assert "invalid client secret" in response.content.decode()

    def test_only_the_hint_is_shown(self, ada_client, account, credentials):
        page = ada_client.get(CREDENTIALS).content.decode()

        assert "Client ID ends in" in page
        assert "…ts00" in page
        assert CLIENT_ID not in page
        assert CLIENT_SECRET not in page

    def test_the_client_id_is_optional_only_where_one_is_saved(self, ada_client, account, twitch):
        nothing_saved = ada_client.get(CREDENTIALS).content.decode()
        factories.make_credentials(account=account, platform="twitch")
        saved = ada_client.get(CREDENTIALS).content.decode()

        assert nothing_saved.count(OPTIONAL) == 0
        assert saved.count(OPTIONAL) == 1

    def test_a_changed_public_address_is_noticed(self, ada_client, account, credentials):
        AppCredentials.objects.update(redirect_uri="http://old.example/connections/twitch/callback")

        assert "The address of this Lumio has changed." in ada_client.get(CREDENTIALS).content.decode()

    def test_delete(self, ada_client, account, twitch, credentials):
        response = ada_client.post(f"{CREDENTIALS}/twitch/delete")

        assert response.url == CREDENTIALS
        assert not AppCredentials.objects.exists()

    @pytest.mark.parametrize("path", ["", "/twitch", "/twitch/delete"])
    def test_members_without_the_permission_see_its_name(self, ben_client, credentials, path):
        response = ben_client.get(CREDENTIALS) if path == "" else ben_client.post(CREDENTIALS + path)

        assert response.status_code == 403
        assert "connections:edit" in response.content.decode()
        assert AppCredentials.objects.exists()

    def test_strangers_delete_nothing(self, cleo_client, credentials):
        assert cleo_client.post(f"{CREDENTIALS}/twitch/delete").status_code == 404
        assert AppCredentials.objects.exists()

    def test_unknown_platforms(self, ada_client, account):
        assert ada_client.post(f"{CREDENTIALS}/nowhere", {}).status_code == 404
