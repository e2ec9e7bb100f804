from __future__ import annotations

import pytest
from django.contrib import admin
from django.db.models import BinaryField
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import AuditEntry
from events.domain import rights
from events.models import LiveHead
from tests import factories

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def operator(db) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(factories.make_user(is_staff=True, is_superuser=True))
    return client


def address(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_opens_and_can_be_searched(operator, ada_actor, model):
    assert operator.get(address(model, "changelist")).status_code == 200
    if admin.site._registry[model].search_fields:
        assert operator.get(address(model, "changelist"), {"q": "ada"}).status_code == 200


def test_lists_are_called_as_people_call_several_of_them(operator):
    page = operator.get("/admin/").content.decode()

    assert ">Audit entries</a>" in page
    assert ">Platform switches</a>" in page


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_no_page_holds_a_secret(operator, model):
    request = RequestFactory().get("/")
    request.user = factories.make_user(is_staff=True, is_superuser=True)
    registered = admin.site._registry[model]

    shown = {*registered.get_fields(request), *registered.get_list_display(request)}

    secret = {field.name for field in model._meta.get_fields() if isinstance(field, BinaryField)}
    assert not shown & (secret | {"password", "digest", "state_digest", "session_digest"})


def test_the_audit_log_can_only_be_read(operator, account):
    entry = AuditEntry.objects.get()

    assert operator.get(address(AuditEntry, "change", entry.pk)).status_code == 200
    assert operator.get(address(AuditEntry, "add")).status_code == 403
    assert operator.post(address(AuditEntry, "change", entry.pk), {"actor_name": "Eve"}).status_code == 403
    assert operator.post(address(AuditEntry, "delete", entry.pk), {"post": "yes"}).status_code == 403
    entry.refresh_from_db()
    assert entry.actor_name == "Ada"


def test_it_has_no_password_page_of_its_own(operator):
    assert operator.get("/admin/password_change/")["Location"] == "/account/password/change/"
    assert operator.post("/admin/password_change/", {}).status_code == 302


def test_signing_out_of_it_has_open_sockets_asked_again(account):
    client = Client(HTTP_HOST="localhost")
    user = factories.make_user(is_staff=True, is_superuser=True)
    factories.make_member(account=account, user=user)
    client.force_login(user)
    rights.bump(account.pk)

    client.post("/admin/logout/")

    assert "_auth_user_id" not in client.session
    assert LiveHead.objects.get(account=account).access_epoch == 2


def test_owning_an_account_opens_no_admin(ada_client):
    assert ada_client.get("/admin/").status_code in {302, 403}
    assert ada_client.get(address(AuditEntry, "changelist")).status_code in {302, 403}


def test_a_token_opens_no_admin(client, ada_actor):
    _, secret = factories.make_token(actor=ada_actor, permissions={"events:read"})

    response = client.get(f"/admin/?token={secret.reveal()}")

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_a_person_can_be_switched_off(operator, ada, ada_client, account):
    rights.bump(account.pk)
    operator.post(
        address(type(ada), "change", ada.pk),
        {"name": "Ada", "language": "", "time_zone": "", "hour_cycle": "auto", "row_times": "none"},
    )

    ada.refresh_from_db()
    assert not ada.is_active
    assert ada_client.get("/dashboard").status_code == 302
    assert LiveHead.objects.get(account=account).access_epoch == 2, "open sockets are asked again"
