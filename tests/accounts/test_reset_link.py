from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import Action, Via
from accounts.models import AuditEntry, User
from accounts.security import NewPassword
from events.domain import rights
from events.models import LiveHead
from lumio.lib.redact import redact
from tests import factories

NEW = "another-long-passphrase"


def make_link(email: str = "ada@example.com", *options: str) -> str:
    """The path of the link that the command prints."""
    out = StringIO()
    call_command("reset_link", email, *options, stdout=out, stderr=StringIO())
    link = out.getvalue().strip()
    assert link.startswith(settings.LUMIO_URL + "/account/reset/")
    return link.removeprefix(settings.LUMIO_URL)


def use(client: Client, link: str, password: str = NEW):
    """Open the link, follow it to the form, send that."""
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password})


def has_password(password: str) -> bool:
    return User.objects.get(email="ada@example.com").check_password(password)


def test_it_sets_a_new_password_and_is_noted(client, account):
    response = use(client, make_link("Ada@Example.com"))

    assert response["Location"] == "/account/reset/done/"
    assert has_password(NEW)
    made, used = AuditEntry.objects.order_by("id")[1:]
    assert (made.action, made.actor_name, made.target_name, made.via) == (
        Action.RESET_LINK_MADE,
        "Lumio",
        "Ada",
        Via.SYSTEM,
    )
    assert (used.action, used.actor_name, used.address) == (Action.RESET_LINK_USED, "Ada", "127.0.0.1")


def test_it_signs_nobody_in(client, account):
    use(client, make_link())

    assert "_auth_user_id" not in client.session


def test_it_ends_every_session_and_has_sockets_asked_again(ada_client, account):
    rights.bump(account.pk)

    use(Client(HTTP_HOST="localhost"), make_link())

    assert ada_client.get("/dashboard").status_code == 302
    assert LiveHead.objects.get(account=account).access_epoch >= 2


def test_it_ends_the_session_of_the_browser_that_uses_it(ada_client):
    response = use(ada_client, make_link())

    assert response["Location"] == "/account/reset/done/"
    assert ada_client.get("/dashboard").status_code == 302


def test_it_works_once(client, account):
    link = make_link()
    use(client, link)

    response = Client(HTTP_HOST="localhost").get(link)

    assert "This link does not work" in response.content.decode()
    assert '<form class="plain__form"' not in response.content.decode()


def test_of_two_forms_sent_at_once_one_counts(client, account, monkeypatch):
    link = make_link()
    get_form = NewPassword.get_form

    def faster(view: NewPassword, *args: object) -> object:
        """Between the look at the key and the change of the password another browser is done."""
        monkeypatch.setattr(NewPassword, "get_form", get_form)
        use(Client(HTTP_HOST="localhost"), link)
        return get_form(view, *args)

    form = client.get(link, follow=True)
    monkeypatch.setattr(NewPassword, "get_form", faster)
    slower = {"password1": "a-third-long-passphrase", "password2": "a-third-long-passphrase"}
    response = client.post(form.request["PATH_INFO"], slower)

    assert has_password(NEW)
    assert '<form class="plain__form"' not in response.content.decode()
    assert AuditEntry.objects.filter(action=Action.RESET_LINK_USED).count() == 1


def test_it_works_for_an_hour(account):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        link = make_link()
        clock.shift(timedelta(minutes=59))
        inside = Client(HTTP_HOST="localhost").get(link).status_code
        clock.shift(timedelta(minutes=2))

        assert inside == 302
        assert "This link does not work" in Client(HTTP_HOST="localhost").get(link).content.decode()


def test_it_dies_with_any_other_change_of_the_password(client, ada, account):
    link = make_link()
    ada.set_password("yet-another-passphrase")
    ada.save()

    assert "This link does not work" in client.get(link).content.decode()


def test_it_is_nobody_elses(client, ada, ben, account):
    ours, bens = make_link(), make_link("ben@example.com")
    mixed = ours.partition("-")[0] + "-" + bens.partition("-")[2]

    assert "This link does not work" in client.get(mixed).content.decode()


def test_the_key_leaves_the_address(client, account):
    link = make_link()

    response = client.get(link)

    assert response["Location"].endswith("-set-password/")
    assert link.split("-", 1)[1] not in response["Location"]


def test_logs_do_not_show_it(account):
    link = make_link()

    assert redact(f"Not Found: {link}") == "Not Found: /account/reset/[hidden]/"


@pytest.mark.parametrize("password", ["short", "password12345", "ada@example.com"])
def test_a_weak_password_is_refused(client, account, password):
    response = use(client, make_link(), password)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert has_password(factories.PASSWORD)


def test_the_second_factor_stays(client, ada, account):
    TOTP.activate(ada, generate_totp_secret())
    use(client, make_link())

    response = client.post("/account/login/", {"login": "ada@example.com", "password": NEW})

    assert response["Location"] == "/account/2fa/authenticate/"


def test_without_it_on_request(client, ada, ben, account):
    for user in (ada, ben):
        TOTP.activate(user, generate_totp_secret())
        RecoveryCodes.activate(user)
    said = StringIO()

    call_command("reset_link", "ada@example.com", "--without-second-factor", stdout=StringIO(), stderr=said)

    assert said.getvalue() == "Removed 2 second factors; the password alone signs them in now.\n"
    assert {factor.user_id for factor in Authenticator.objects.all()} == {ben.pk}
    removed = AuditEntry.objects.filter(action=Action.FACTOR_REMOVED)
    assert {(entry.actor_name, entry.target_name) for entry in removed} == {
        ("Lumio", "Ada: TOTP Authenticator"),
        ("Lumio", "Ada: Recovery codes"),
    }


def test_an_unknown_address_is_said_to_be(account):
    with pytest.raises(CommandError, match="Nobody signs in with this e-mail address"):
        make_link("nobody@example.com")


def test_somebody_switched_off_is_said_to_be(ada, account):
    ada.is_active = False
    ada.save()

    with pytest.raises(CommandError, match="sign-in is switched off"):
        make_link()

    assert not AuditEntry.objects.filter(action=Action.RESET_LINK_MADE).exists()
