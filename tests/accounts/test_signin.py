from __future__ import annotations

from time import monotonic

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, override_settings

from accounts.adapter import AccountAdapter
from accounts.enums import Action
from accounts.models import Account, AuditEntry, Member, User
from events.domain import rights
from events.models import LiveHead
from tests import factories
from tests.processes.valkey import TestValkey

LOGIN = "/account/login/"


def sign_in(client: Client, password: str = factories.PASSWORD, email: str = "ada@example.com", **extra):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def test_signing_in_leads_to_the_dashboard_and_is_noted(client, account):
    response = sign_in(client, email="Ada@Example.com")

    assert (response.status_code, response["Location"]) == (302, "/dashboard")
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.account, entry.actor_name, entry.address) == (
        Action.SIGNED_IN,
        account,
        "Ada",
        "127.0.0.1",
    )


def test_signing_in_leads_back_to_the_page_that_asked(client, account):
    response = client.post(
        f"{LOGIN}?next=/dashboard/tokens", {"login": "ada@example.com", "password": factories.PASSWORD}
    )

    assert response["Location"] == "/dashboard/tokens"


def test_no_next_leads_out_of_lumio(client, account):
    response = client.post(
        f"{LOGIN}?next=https://evil.example/", {"login": "ada@example.com", "password": factories.PASSWORD}
    )

    assert response["Location"] == "/dashboard"


def test_signing_in_starts_a_new_session(client, account):
    client.get(LOGIN)
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key

    sign_in(client)

    assert client.session.session_key != before
    assert not type(session)().exists(before)


def test_a_wrong_password_is_told_and_noted(client, account):
    response = sign_in(client, "wrong")

    assert response.status_code == 200
    assert response.context["form"].non_field_errors() or response.context["form"].errors
    assert "_auth_user_id" not in client.session
    assert AuditEntry.objects.latest("id").action == Action.SIGN_IN_FAILED


def test_an_unknown_address_gets_the_same_words_as_a_wrong_password(client, account):
    wrong = sign_in(client, "wrong").context["form"].errors
    unknown = sign_in(client, "wrong", email="nobody@example.com").context["form"].errors

    assert wrong == unknown
    assert AuditEntry.objects.filter(action=Action.SIGN_IN_FAILED).count() == 1


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_an_unknown_address_costs_as_much_hashing_as_a_wrong_password(client, account, email, monkeypatch):
    hashed = []
    for name in ("encode", "verify"):
        original = getattr(Argon2PasswordHasher, name)
        monkeypatch.setattr(
            Argon2PasswordHasher,
            name,
            lambda *args, original=original: hashed.append(args[1]) or original(*args),
        )

    sign_in(client, "wrong", email=email)

    assert hashed == ["wrong"]


def never(valkey: TestValkey) -> None:
    """Valkey stays well."""


@pytest.mark.parametrize("hurt", [never, lambda valkey: valkey.process.kill(), lambda valkey: valkey.process.pause()])
def test_too_many_failures_stop_even_the_right_password(client, account, valkey, hurt):
    """Whether Valkey is there, dies or hangs: the limits hold, and nobody waits long."""
    sign_in(client, "wrong")
    hurt(valkey)
    started = monotonic()

    answers = [sign_in(client, "wrong") for _ in range(6)]
    response = sign_in(client)

    assert {answer.status_code for answer in answers} == {200}
    assert response.status_code == 200
    assert "Too many failed login attempts" in str(response.context["form"].errors)
    assert "_auth_user_id" not in client.session
    assert monotonic() - started < 20


@pytest.mark.parametrize("host", ["localhost:8123", "LocalHost"])
def test_failures_count_whatever_the_host_header_says(account, host):
    for number in range(5):
        sign_in(Client(HTTP_HOST="localhost", REMOTE_ADDR=f"192.0.2.{number}"), "wrong")
    client = Client(HTTP_HOST=host, REMOTE_ADDR="192.0.2.99")

    response = sign_in(client)

    assert "Too many failed login attempts" in str(response.context["form"].errors)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("hurt", [lambda valkey: valkey.process.kill(), lambda valkey: valkey.process.pause()])
def test_signing_in_works_while_valkey_is_away(client, account, valkey, hurt):
    client.get(LOGIN)
    hurt(valkey)

    assert sign_in(client)["Location"] == "/dashboard"
    assert client.get("/dashboard").status_code == 200


def test_too_many_tries_from_one_address_get_a_page_that_says_so(client, account):
    answers = [sign_in(client, "wrong", email=f"person{number}@example.com") for number in range(31)]

    assert answers[-1].status_code == 429
    assert answers[-1]["Content-Type"] == "text/html; charset=utf-8"
    assert "Lumio" in answers[-1].content.decode()


def test_an_inactive_person_is_not_let_in(client, ada, account):
    ada.is_active = False
    ada.save()

    sign_in(client)

    assert "_auth_user_id" not in client.session


def test_signing_out_closes_the_pages(ada_client):
    ada_client.post("/account/logout/")

    assert ada_client.get("/dashboard")["Location"] == "/account/login/?next=/dashboard"


def test_signing_out_has_open_sockets_asked_again(ada_client, account):
    rights.bump(account.pk)

    ada_client.post("/account/logout/")

    assert LiveHead.objects.get(account=account).access_epoch == 2


def test_sign_up_is_closed(client, db):
    form = {"email": "eve@example.com", "password1": factories.PASSWORD, "password2": factories.PASSWORD}

    response = client.post("/account/signup/", form)

    assert response.status_code == 200
    assert not User.objects.exists()


@override_settings(LUMIO_OPEN_SIGNUP=True)
def test_open_sign_up_comes_with_an_account_of_ones_own(client, account):
    form = {"email": "eve@example.com", "password1": factories.PASSWORD, "password2": factories.PASSWORD}

    response = client.post("/account/signup/", form)

    assert (response.status_code, response["Location"]) == (302, "/dashboard")
    member = Member.objects.select_related("role", "account").get(user__email="eve@example.com")
    assert member.role.is_owner
    assert member.account != account
    assert Account.objects.count() == 2


@override_settings(LUMIO_OPEN_SIGNUP=True)
def test_of_two_who_sign_up_with_one_address_at_once_the_slower_one_is_told(client, db, monkeypatch):
    form = {"email": "eve@example.com", "password1": factories.PASSWORD, "password2": factories.PASSWORD}

    def while_another_is_faster(self, password: str, user: User | None = None) -> str:
        factories.make_user(email="eve@example.com")
        return password

    monkeypatch.setattr(AccountAdapter, "clean_password", while_another_is_faster)
    response = client.post("/account/signup/", form)

    assert response.status_code == 409
    assert "Somebody already signs in with this e-mail address." in response.content.decode()
    assert (User.objects.count(), Account.objects.count()) == (1, 0)


@pytest.mark.parametrize("path", ["/account/password/reset/", "/account/email/", "/account/confirm-email/"])
def test_doors_that_would_need_mail_are_not_there(client, db, path):
    assert client.get(path).status_code == 404


def test_the_operators_door_is_the_one_sign_in_page(client, ada, account):
    response = client.get("/admin/login/?next=/admin/")

    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/")


def test_the_form_without_its_csrf_token_is_refused(account):
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)

    assert sign_in(client).status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_new_password_has_open_sockets_asked_again(ada_client, account):
    rights.bump(account.pk)
    new = "another-long-passphrase"

    response = ada_client.post(
        "/account/password/change/", {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    )

    assert response.status_code == 302
    assert LiveHead.objects.get(account=account).access_epoch == 2
