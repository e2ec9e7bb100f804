from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts import factors
from accounts.enums import Action
from accounts.models import AuditEntry, User
from accounts.sign_in_urls import second_factor
from lumio.lib import crypto
from tests import factories

LOGIN = "/account/login/"
CODE = "/account/2fa/authenticate/"
SECURITY = "/account/security"


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an app shows now, or `steps` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def add_app(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def add_passkey(user: User, name: str = "Laptop") -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}}
    )


def give_password(client: Client, email: str = "ada@example.com", **extra):
    return client.post(LOGIN + extra.pop("query", ""), {"login": email, "password": factories.PASSWORD}, **extra)


def confirm(client: Client) -> None:
    """Enter the password again, as sensitive pages ask."""
    response = client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
    assert response.status_code == 302


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def noted(action: Action) -> list[tuple[str, str]]:
    """Who did it to what, oldest first."""
    return list(AuditEntry.objects.filter(action=action).order_by("id").values_list("actor_name", "target_name"))


class TestSigningIn:
    def test_the_password_alone_does_not_sign_in(self, client, ada, account):
        add_app(ada)

        response = give_password(client)

        assert response["Location"] == CODE
        assert not is_signed_in(client)
        assert client.get("/dashboard")["Location"].startswith(LOGIN)
        assert noted(Action.SIGNED_IN) == []

    def test_with_the_apps_code_it_does_and_leads_where_it_was_going(self, client, ada, account):
        secret = add_app(ada)
        give_password(client, query="?next=/dashboard/tokens")
        before = client.session.session_key

        response = client.post(CODE, {"code": code_of(secret)})

        assert response["Location"] == "/dashboard/tokens"
        assert is_signed_in(client)
        assert client.session.session_key != before
        assert noted(Action.SIGNED_IN) == [("Ada", "")]

    @pytest.mark.parametrize("steps", [-1, 1])
    def test_a_clock_that_is_half_a_minute_off_does_no_harm(self, client, ada, account, steps):
        secret = add_app(ada)
        give_password(client)

        client.post(CODE, {"code": code_of(secret, steps=steps)})

        assert is_signed_in(client)

    @pytest.mark.parametrize("apart", ["", " ", "-"])
    def test_a_code_works_once_even_where_it_would_still_be_taken(self, ada, account, apart):
        secret = add_app(ada)
        with time_machine.travel(timezone.now(), tick=False) as clock:
            code = code_of(secret, steps=1)
            first, second = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="localhost")
            give_password(first)
            first.post(CODE, {"code": code})
            clock.shift(timedelta(seconds=40))
            cache.delete(Authenticator.objects.get(user=ada).wrap()._get_used_cache_key(code))  # allauth forgets it
            give_password(second)

            response = second.post(CODE, {"code": f"{code[:3]}{apart}{code[3:]}"})

        assert is_signed_in(first)
        assert not is_signed_in(second)
        assert "did not match" in response.content.decode()

    def test_a_wrong_code_is_told_and_noted(self, client, ada, account):
        add_app(ada)
        give_password(client)

        response = client.post(CODE, {"code": "000000"})

        assert response.status_code == 200
        assert "did not match" in response.content.decode()
        assert noted(Action.SIGN_IN_FAILED) == [("Ada", "TOTP Authenticator")]
        assert not is_signed_in(client)

    def test_a_recovery_code_works_once(self, ada, account):
        add_app(ada)
        code = RecoveryCodes.activate(ada).generate_codes()[0]
        first, second = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="localhost")

        for browser in (first, second):
            give_password(browser)
            browser.post(CODE, {"code": code})

        assert is_signed_in(first)
        assert not is_signed_in(second)
        assert factors.of(ada).codes_left == 9

    def test_the_code_page_opens_only_after_the_password(self, client, ada):
        add_app(ada)

        assert client.get(CODE)["Location"] == LOGIN
        assert client.post(CODE, {"code": "000000"})["Location"] == LOGIN

    def test_a_factor_that_was_taken_away_meanwhile_is_not_asked_for(self, client, ada, account):
        add_app(ada)
        give_password(client)
        Authenticator.objects.all().delete()

        pages = client.get(CODE, follow=True)
        give_password(client)

        assert pages.redirect_chain == [(LOGIN, 302)]
        assert is_signed_in(client)

    def test_somebody_elses_code_does_not_do(self, client, ada, ben, account):
        add_app(ada)
        bens = add_app(ben)
        give_password(client)

        client.post(CODE, {"code": code_of(bens)})

        assert not is_signed_in(client)


class TestLimits:
    @pytest.mark.parametrize("hurt", [lambda valkey: None, lambda valkey: valkey.process.kill()])
    def test_too_many_wrong_codes_stop_even_the_right_one(self, client, ada, account, valkey, hurt):
        """Also while Valkey is away: this process counts."""
        secret = add_app(ada)
        give_password(client)
        hurt(valkey)

        for _ in range(5):
            client.post(CODE, {"code": "000000"})
        response = client.post(CODE, {"code": code_of(secret)})

        assert "Too many failed login attempts. Try again in five minutes." in response.content.decode()
        assert not is_signed_in(client)

    def test_they_count_for_the_person_whatever_the_browser(self, ada, account):
        secret = add_app(ada)
        for number in range(5):
            browser = Client(HTTP_HOST="localhost", REMOTE_ADDR=f"192.0.2.{number}")
            give_password(browser)
            browser.post(CODE, {"code": "000000"})
        browser = Client(HTTP_HOST="localhost", REMOTE_ADDR="192.0.2.99")
        give_password(browser)

        browser.post(CODE, {"code": code_of(secret)})

        assert not is_signed_in(browser)

    def test_confirming_with_a_password_is_limited_and_says_how_long(self, ada_client):
        answers = [ada_client.post("/account/reauthenticate/", {"password": "wrong"}) for _ in range(11)]

        assert answers[-1].status_code == 429
        assert answers[-1]["Retry-After"] == "60"
        assert "Wait a minute" in answers[-1].content.decode()

    def test_passkey_sign_ins_are_limited(self, client, db):
        answers = [client.post("/account/2fa/passkeys/sign-in/", {"credential": "{}"}) for _ in range(11)]

        assert [answer.status_code for answer in answers] == [302] * 10 + [429]

    def test_beginning_one_is_limited_too(self, db):
        """Each begins a session, so a row."""
        for _ in range(35):
            answer = Client(HTTP_HOST="localhost").get("/account/2fa/passkeys/sign-in/", HTTP_ACCEPT="application/json")

        assert answer.status_code == 429
        assert Session.objects.count() == 30

    def test_a_claimed_address_counts_for_nothing(self, account):
        for number in range(11):
            browser = Client(HTTP_HOST="localhost", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
            response = browser.post("/account/2fa/passkeys/sign-in/", {"credential": "{}"})

        assert response.status_code == 429


class TestSettingUp:
    def test_needs_the_password_again(self, ada_client):
        response = ada_client.get("/account/2fa/app/add/")

        assert response["Location"] == "/account/reauthenticate/?next=%2Faccount%2F2fa%2Fapp%2Fadd%2F"

    def test_needs_it_once_more_after_ten_minutes(self, ada_client):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            confirm(ada_client)
            clock.shift(timedelta(minutes=9))
            inside = ada_client.get("/account/2fa/app/add/").status_code
            clock.shift(timedelta(minutes=2))

            assert inside == 200
            assert ada_client.get("/account/2fa/app/add/").status_code == 302

    def test_an_app_comes_with_recovery_codes_that_are_shown_once(self, ada_client, ada):
        confirm(ada_client)
        page = ada_client.get("/account/2fa/app/add/")
        secret = page.context["form"].secret

        response = ada_client.post("/account/2fa/app/add/", {"code": code_of(secret)}, follow=True)

        codes = RecoveryCodes.activate(ada).generate_codes()
        assert secret in page.content.decode()
        assert response.redirect_chain == [("/account/2fa/recovery-codes/", 302)]
        assert [code for code in codes if code not in response.content.decode()] == []
        again = ada_client.get("/account/2fa/recovery-codes/").content.decode()
        assert [code for code in codes if code in again] == []
        assert "Shown once already" in again

    def test_a_wrong_code_sets_up_nothing(self, ada_client, ada):
        confirm(ada_client)
        ada_client.get("/account/2fa/app/add/")

        response = ada_client.post("/account/2fa/app/add/", {"code": "000000"})

        assert response.status_code == 200
        assert not factors.of(ada).is_on

    def test_new_codes_end_the_earlier_ones(self, ada_client, ada):
        add_app(ada)
        earlier = RecoveryCodes.activate(ada).generate_codes()
        confirm(ada_client)

        ada_client.post("/account/2fa/recovery-codes/new/")

        assert set(RecoveryCodes.activate(ada).generate_codes()).isdisjoint(earlier)

    def test_without_a_factor_there_are_no_codes(self, ada_client, ada):
        confirm(ada_client)

        response = ada_client.post("/account/2fa/recovery-codes/new/")

        assert "Set up an authenticator app or a passkey first." in response.content.decode()
        assert not Authenticator.objects.filter(user=ada).exists()

    def test_removing_the_app_takes_the_codes_too(self, ada_client, ada):
        add_app(ada)
        RecoveryCodes.activate(ada)
        confirm(ada_client)

        response = ada_client.post("/account/2fa/app/remove/", follow=True)

        assert response.redirect_chain[-1] == (SECURITY, 302)
        assert not Authenticator.objects.filter(user=ada).exists()
        assert noted(Action.FACTOR_REMOVED) == [("Ada", "TOTP Authenticator"), ("Ada", "Recovery codes")]

    @pytest.mark.django_db(transaction=True)
    def test_what_was_added_and_renewed_is_noted(self, ada_client, ada):
        confirm(ada_client)
        secret = ada_client.get("/account/2fa/app/add/").context["form"].secret
        ada_client.post("/account/2fa/app/add/", {"code": code_of(secret)})
        ada_client.post("/account/2fa/recovery-codes/new/")

        assert noted(Action.FACTOR_ADDED) == [("Ada", "TOTP Authenticator"), ("Ada", "Recovery codes")]
        assert noted(Action.CODES_RENEWED) == [("Ada", "")]


class TestFirstPassword:
    def test_needs_the_second_factor_again(self, client, ada, account):
        """Who only found an open browser could otherwise confirm everything else with a password of their own."""
        ada.set_unusable_password()
        ada.save()
        secret = add_app(ada)
        client.force_login(ada)
        wanted = {"password1": "correct horse 99", "password2": "correct horse 99"}

        client.post("/account/password/set/", wanted)
        ada.refresh_from_db()
        without = ada.has_usable_password()
        client.post("/account/2fa/reauthenticate/", {"code": code_of(secret)})
        client.post("/account/password/set/", wanted)

        ada.refresh_from_db()
        assert (without, ada.check_password("correct horse 99")) == (False, True)

    def test_is_set_without_one_where_there_is_none(self, client, ada, account):
        ada.set_unusable_password()
        ada.save()
        client.force_login(ada)

        client.post("/account/password/set/", {"password1": "correct horse 99", "password2": "correct horse 99"})

        ada.refresh_from_db()
        assert ada.check_password("correct horse 99")


class TestSecrets:
    def test_none_is_stored_as_it_is(self, ada):
        secret = add_app(ada)
        RecoveryCodes.activate(ada)
        with connection.cursor() as cursor:
            cursor.execute("SELECT data FROM mfa_authenticator ORDER BY id")
            app, codes = (str(row[0]) for row in cursor.fetchall())

        assert secret not in app
        assert factors.FactorAdapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret
        assert RecoveryCodes.activate(ada).instance.data["seed"] in codes
        assert len(factors.FactorAdapter().decrypt(RecoveryCodes.activate(ada).instance.data["seed"])) == 80

    @pytest.mark.parametrize("stored", ["", "no base64!", "AAAA"])
    def test_a_damaged_one_is_said_to_be(self, stored):
        with pytest.raises(crypto.CannotDecrypt):
            factors.FactorAdapter().decrypt(stored)


class TestPasskeys:
    @pytest.mark.parametrize(
        "credential",
        [
            "",
            "null",
            "[]",
            "{}",
            '"x"',
            '{"response": 1}',
            '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
            '{"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "AA", "authenticatorData": "AA", '
            '"signature": "AA", "userHandle": "AA"}}',
            '{"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "e30", "authenticatorData": "AA", '
            '"signature": null, "userHandle": null}}',
            "\x00",
            pytest.param("[" * 100_000, id="deep"),
            pytest.param("1" * 5_000, id="long"),
        ],
    )
    def test_a_made_up_answer_signs_nobody_in(self, client, ada, ada_client, credential):
        client.get("/account/2fa/passkeys/sign-in/", headers={"Accept": "application/json"})
        confirm(ada_client)
        ada_client.get("/account/2fa/passkeys/add/")

        assert client.post("/account/2fa/passkeys/sign-in/", {"credential": credential})["Location"] == LOGIN
        assert ada_client.post("/account/2fa/passkeys/add/", {"credential": credential}).status_code == 200

        assert not is_signed_in(client)
        assert not factors.of(ada).passkeys

    def test_they_belong_to_the_address_of_the_dashboard(self, client, db):
        answer = client.get("/account/2fa/passkeys/sign-in/", headers={"Accept": "application/json"}).json()

        options = answer["request_options"]["publicKey"]
        assert (options["rpId"], options["userVerification"]) == ("localhost", "required")

    @pytest.mark.parametrize(
        ("url", "host", "why"),
        [
            ("http://localhost:8000", "localhost", None),
            ("https://lumio.example", "lumio.example", None),
            ("http://studio.lan:8000", "studio.lan", "Browsers offer passkeys over https and on localhost only."),
            ("http://127.0.0.1:8000", "127.0.0.1", "Passkeys need a name in the address"),
            ("https://192.168.1.20", "192.168.1.20", "Passkeys need a name in the address"),
            ("http://[::1]:8000", "::1", "Passkeys need a name in the address"),
        ],
    )
    def test_pages_say_why_there_are_none(self, ada_client, client, settings, url, host, why):
        settings.LUMIO_URL, settings.LUMIO_HOST = url, host
        settings.IS_HTTPS = url.startswith("https://")
        confirm(ada_client)

        pages = [
            browser.get(address).content.decode()
            for browser, address in [
                (client, LOGIN),
                (ada_client, SECURITY),
                (ada_client, "/account/2fa/passkeys/add/"),
            ]
        ]

        assert [why in page if why else "offer passkeys over" not in page for page in pages] == [True] * 3
        assert ["<passkey-form" in page for page in pages] == ([False] * 3 if why else [True, False, True])

    def test_renaming_and_removing(self, ada_client, ada):
        passkey = add_passkey(ada)
        confirm(ada_client)

        ada_client.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": "Phone"})
        renamed = str(Authenticator.objects.get(pk=passkey.pk))
        response = ada_client.post(reverse("mfa_remove_webauthn", args=[passkey.pk]))

        assert renamed == "Phone"
        assert response["Location"] == SECURITY
        assert noted(Action.FACTOR_REMOVED) == [("Ada", "Phone")]

    @pytest.mark.parametrize("door", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
    def test_somebody_elses_are_not_there(self, ada_client, ben, door):
        passkey = add_passkey(ben, "Ben's")
        confirm(ada_client)

        assert ada_client.get(reverse(door, args=[passkey.pk])).status_code == 404
        assert ada_client.post(reverse(door, args=[passkey.pk]), {"name": "Mine"}).status_code == 404
        assert [str(left) for left in factors.of(ben).passkeys] == ["Ben's"]


DOORS = [pattern for pattern in second_factor if isinstance(pattern, URLPattern)]
OWN = [pattern for pattern in DOORS if pattern.callback.gate.reason == "any authenticated caller"]


class TestDoors:
    def test_each_is_gated(self):
        assert len(DOORS) == len(second_factor)
        assert {pattern.name for pattern in DOORS} - {pattern.name for pattern in OWN} == {
            "mfa_authenticate",
            "mfa_login_webauthn",
        }

    @pytest.mark.parametrize("name", [pattern.name for pattern in OWN])
    def test_nobody_and_tokens_are_sent_to_sign_in(self, client, ada_actor, name):
        _, secret = factories.make_token(actor=ada_actor, permissions={"events:read"})
        numbered = [1] if "<int:pk>" in str(next(p for p in OWN if p.name == name).pattern) else []

        for query in ("", f"?token={secret.reveal()}"):
            for response in (
                client.get(reverse(name, args=numbered) + query),
                client.post(reverse(name, args=numbered)),
            ):
                assert response.status_code == 302
                assert response["Location"].startswith(LOGIN)
                assert "lm_pop_" not in response["Location"]


def test_a_person_without_an_account_has_a_security_page_too(client, db):
    client.force_login(factories.make_user(email="dee@example.com", password=factories.PASSWORD))

    page = client.get(SECURITY)
    confirm(client)

    assert page.status_code == 200
    assert "Authenticator app" in page.content.decode()
    assert client.get("/account/2fa/app/add/").status_code == 200


class TestAdmin:
    def test_an_operators_second_factor_is_asked_for(self, client, db):
        operator = factories.make_user(
            email="op@example.com", password=factories.PASSWORD, is_staff=True, is_superuser=True
        )
        secret = add_app(operator)
        where = client.get("/admin/")["Location"]

        to_sign_in = client.get(where)["Location"]
        response = client.post(to_sign_in, {"login": "op@example.com", "password": factories.PASSWORD})
        before = client.get("/admin/").status_code
        after = client.post(CODE, {"code": code_of(secret)})

        assert to_sign_in == "/account/login/?next=%2Fadmin%2F"
        assert (response["Location"], before) == (CODE, 302)
        assert after["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200
