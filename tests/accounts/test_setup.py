from __future__ import annotations

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.urls import reverse

from accounts.domain import setup
from accounts.enums import DEFAULT_ROLES, Action
from accounts.models import Account, AuditEntry, Member, SetupCode, User
from lumio.lib.secrets import digest
from tests import factories

FORM = {"account_name": "Ada live", "email": "Ada@Example.com", "password": factories.PASSWORD}


@pytest.fixture
def code(db: None) -> str:
    code = setup.new_setup_code()
    assert code is not None
    return code


def test_only_the_digest_of_the_code_is_kept(code):
    assert SetupCode.objects.get().digest == digest(code) != code


def test_a_new_code_ends_the_earlier_one(code):
    newer = setup.new_setup_code()

    assert not setup.is_open(code)
    assert newer is not None and setup.is_open(newer)


def test_claiming_creates_the_owner_and_the_default_roles(code):
    user = setup.claim(code=code, email="Ada@Example.com", password=factories.PASSWORD, account_name="Ada live")

    member = Member.objects.select_related("role", "account").get()
    assert (member.user, member.account.name, member.role.slug) == (user, "Ada live", "owner")
    assert user.email == "ada@example.com"
    assert user.check_password(factories.PASSWORD)
    assert {(role.slug, role.colour) for role in member.account.roles.all()} == {
        (role.slug, role.colour) for role in DEFAULT_ROLES
    }
    assert AuditEntry.objects.get().action == Action.ACCOUNT_CREATED


def test_a_claimed_instance_has_no_code(code):
    setup.claim(code=code, email="ada@example.com", password=factories.PASSWORD, account_name="Ada live")

    assert setup.new_setup_code() is None
    assert not setup.is_open(code)


def test_a_code_left_over_claims_nothing_once_there_is_an_account(code):
    factories.make_account()

    with pytest.raises(setup.SetupLinkUsed):
        setup.claim(code=code, email="eve@example.com", password=factories.PASSWORD, account_name="Eve")

    assert not User.objects.filter(email="eve@example.com").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_one_link_one_wins():
    code = setup.new_setup_code()
    start, outcomes = threading.Barrier(2), []

    def claim(email: str) -> None:
        start.wait()
        try:
            setup.claim(code=code, email=email, password=factories.PASSWORD, account_name=email)
            outcomes.append("won")
        except setup.SetupLinkUsed:
            outcomes.append("refused")
        finally:
            connections.close_all()

    people = [threading.Thread(target=claim, args=[email]) for email in ("ada@example.com", "eve@example.com")]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert sorted(outcomes) == ["refused", "won"]
    assert (Account.objects.count(), User.objects.count()) == (1, 1)


def test_the_page_signs_the_new_owner_in(client, code):
    response = client.post(reverse("setup", args=[code]), FORM)

    assert (response.status_code, response["Location"]) == (302, "/dashboard")
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)
    assert client.get("/dashboard").status_code == 200


def test_the_page_is_a_form_that_is_never_cached(client, code):
    response = client.get(reverse("setup", args=[code]))

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert list(response.context["form"].fields) == ["account_name", "email", "password"]


def test_an_unknown_code_is_gone_and_claims_nothing(client, code):
    assert client.get(reverse("setup", args=["made-up"])).status_code == 410
    assert client.post(reverse("setup", args=["made-up"]), FORM).status_code == 410
    assert not Account.objects.exists()
    assert setup.is_open(code)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", ""),
        ("password", "short"),
        ("password", "password1234"),
        ("account_name", ""),
        ("account_name", "x" * 81),
        ("account_name", "Ada\x00"),
    ],
)
def test_a_bad_value_is_told_at_its_field_and_the_link_stays_good(client, code, field, value):
    response = client.post(reverse("setup", args=[code]), FORM | {field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.exists()
    assert setup.is_open(code)


def test_an_address_in_use_is_told_and_the_link_stays_good(client, code):
    factories.make_user(email="ada@example.com", is_staff=True)

    response = client.post(reverse("setup", args=[code]), FORM)

    assert list(response.context["form"].errors) == ["email"]
    assert not Account.objects.exists()
    assert setup.is_open(code)


def test_the_command_prints_the_link(db):
    out = StringIO()

    call_command("setup_link", stdout=out)

    address, _, code = out.getvalue().strip().rpartition("/")
    assert address == "http://localhost:8000/setup"
    assert setup.is_open(code)


def test_the_command_is_silent_or_refuses_once_claimed(account):
    out = StringIO()

    call_command("setup_link", "--if-unclaimed", stdout=out)

    assert out.getvalue() == ""
    with pytest.raises(CommandError):
        call_command("setup_link", stdout=out)
