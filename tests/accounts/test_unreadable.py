"""Second factors whose secret cannot be read any more: said in a sentence, and never in the way of the others."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import call_command
from django.test import Client

from accounts import factors
from accounts.enums import Action
from accounts.models import User
from tests import factories
from tests.accounts.test_mfa import CODE, LOGIN, SECURITY, add_app, code_of, confirm, give_password, is_signed_in, noted

APP, CODES = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
CONFIRM = "/account/2fa/reauthenticate/"
NEW_CODES = "/account/2fa/recovery-codes/new/"
SENTENCE = (
    "That did not match, and one of your second factors cannot be read any more. Use another one, or ask whoever runs "
    "this Lumio to take the second factor away."
)


def flipped(text: str) -> str:
    blob = base64.b64decode(text)
    return base64.b64encode(blob[:-1] + bytes([blob[-1] ^ 1])).decode()


HURTS = {"flipped": flipped, "cut": lambda text: text[:-5], "not base64": lambda text: "é", "empty": lambda text: ""}


@pytest.fixture(params=HURTS.values(), ids=HURTS)
def damage(request) -> Callable[..., None]:
    """Damages the stored secrets of these kinds, or of every kind."""

    def hurt(*kinds: str) -> None:
        for row in Authenticator.objects.filter(type__in=kinds or (APP, CODES)):
            name = "secret" if row.type == APP else "seed"
            row.data[name] = request.param(row.data[name])
            row.save()

    return hurt


@pytest.fixture
def app(ada: User, account) -> str:
    """Ada's authenticator app, beside recovery codes."""
    secret = add_app(ada)
    RecoveryCodes.activate(ada)
    return secret


def a_recovery_code(user: User) -> str:
    return RecoveryCodes.activate(user).generate_codes()[0]


class TestSigningIn:
    def test_a_code_for_what_cannot_be_read_is_told_so(self, client, app, damage):
        damage()
        give_password(client)

        page = client.get(CODE)
        response = client.post(CODE, {"code": code_of(app)})

        assert (page.status_code, response.status_code) == (200, 200)
        assert response.context["form"].errors == {"code": [SENTENCE]}
        assert not is_signed_in(client)
        assert noted(Action.SIGN_IN_FAILED) == [("Ada", "TOTP Authenticator")]

    def test_a_recovery_code_works_beside_an_unreadable_app(self, client, ada, app, damage):
        code = a_recovery_code(ada)
        damage(APP)
        give_password(client)

        client.post(CODE, {"code": code})

        assert is_signed_in(client)
        assert factors.of(ada).codes_left == 9

    def test_the_app_works_beside_unreadable_recovery_codes(self, client, app, damage):
        damage(CODES)
        give_password(client)

        client.post(CODE, {"code": code_of(app)})

        assert is_signed_in(client)

    def test_tries_are_limited_all_the_same(self, client, app, damage):
        damage()
        give_password(client)

        for _ in range(5):
            client.post(CODE, {"code": "000000"})
        response = client.post(CODE, {"code": code_of(app)})

        assert "Too many failed login attempts. Try again in five minutes." in response.content.decode()

    def test_an_operator_can_take_it_away(self, client, app, damage):
        damage()

        call_command("reset_link", "ada@example.com", "--without-second-factor", stdout=StringIO(), stderr=StringIO())

        assert not Authenticator.objects.exists()
        give_password(client)
        assert is_signed_in(client)


class TestOnesOwnPages:
    def test_confirming_with_a_code_is_told_so(self, ada_client, app, damage):
        damage()

        response = ada_client.post(CONFIRM, {"code": code_of(app)})

        assert response.status_code == 200
        assert response.context["form"].errors == {"code": [SENTENCE]}

    def test_the_security_page_says_what_to_set_up_again(self, ada_client, app, damage):
        before = ada_client.get(SECURITY).content.decode()
        damage()

        page = ada_client.get(SECURITY).content.decode()

        said = ["Its secret cannot be read any more. Remove it, then set it up again.", "No recovery codes left."]
        assert [(sentence in before, sentence in page) for sentence in said] == [(False, True)] * 2

    def test_the_app_can_be_removed_and_set_up_again(self, ada_client, ada, app, damage):
        damage()
        confirm(ada_client)

        ada_client.post("/account/2fa/app/remove/")
        secret = ada_client.get("/account/2fa/app/add/").context["form"].secret
        ada_client.post("/account/2fa/app/add/", {"code": code_of(secret)})

        browser = Client(HTTP_HOST="localhost")
        give_password(browser)
        browser.post(CODE, {"code": code_of(secret, steps=1)})
        assert is_signed_in(browser)

    def test_codes_that_cannot_be_read_lead_to_new_ones(self, ada_client, ada, app, damage):
        damage()
        confirm(ada_client)

        shown = ada_client.get("/account/2fa/recovery-codes/", follow=True)
        response = ada_client.post(NEW_CODES, follow=True)

        assert shown.redirect_chain == [(NEW_CODES, 302)]
        assert [str(message) for message in shown.context["messages"]] == [
            "Your recovery codes cannot be read any more. Make new ones."
        ]
        assert response.redirect_chain == [("/account/2fa/recovery-codes/", 302)]
        page = response.content.decode()
        assert [code for code in RecoveryCodes.activate(ada).generate_codes() if code not in page] == []


def test_without_the_key_it_is_the_same(client, app, settings):
    """A lost key that an operator has given up."""
    settings.LUMIO_ENCRYPTION_KEYS = f"other:{base64.b64encode(b'x' * 32).decode()}"
    give_password(client)

    response = client.post(CODE, {"code": code_of(app)})

    assert response.context["form"].errors == {"code": [SENTENCE]}
    assert client.get("/dashboard")["Location"].startswith(LOGIN)


def test_a_wrong_code_for_what_can_be_read_is_only_wrong(client, app):
    give_password(client)

    response = client.post(CODE, {"code": "000000"})

    assert response.context["form"].errors["code"] == [str(factors.FactorAdapter.error_messages["incorrect_code"])]
    assert factories.PASSWORD not in response.content.decode()
