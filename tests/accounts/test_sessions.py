from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.domain import sessions, setup
from accounts.enums import Action
from accounts.models import AuditEntry, User
from accounts.tasks import forget_sessions
from events.domain import rights
from events.models import LiveHead
from tests import factories

SECURITY = "/account/security"
END = "/account/security/end-session"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


def browser(email: str = "ada@example.com", agent: str = FIREFOX, address: str = "192.0.2.7") -> Client:
    """Signed in with the password, as a person does."""
    client = Client(HTTP_HOST="localhost", HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    response = client.post("/account/login/", {"login": email, "password": factories.PASSWORD})
    assert response["Location"] == "/dashboard"
    return client


def confirm(client: Client) -> Client:
    assert client.post("/account/reauthenticate/", {"password": factories.PASSWORD}).status_code == 302
    return client


def id_of(client: Client) -> int:
    return UserSession.objects.get(session_key=client.session.session_key).pk


def is_signed_in(client: Client) -> bool:
    return client.get("/dashboard").status_code == 200


def listed(client: Client) -> list[tuple[str, str, bool]]:
    return [(one.browser, one.address, one.is_current) for one in client.get(SECURITY).context["sessions"]]


def test_each_browser_is_listed_the_own_one_first(account):
    browser()
    own = browser(agent=CHROME, address="2001:db8::1")

    assert listed(own) == [("Chrome on Linux", "2001:db8::1", True), ("Firefox on Windows", "192.0.2.7", False)]


def test_the_one_that_the_set_up_link_began_is_listed_too(db):
    form = {"account_name": "Ada live", "email": "ada@example.com", "password": factories.PASSWORD}
    client = Client(HTTP_HOST="localhost", HTTP_USER_AGENT=FIREFOX)
    client.post(f"/setup/{setup.new_setup_code()}", form, follow=True)

    assert listed(client) == [("Firefox on Windows", "127.0.0.1", True)]


def test_nobody_elses_is_listed(account, cleo):
    browser()
    cleos = browser(email="cleo@example.com", agent=CHROME)

    assert listed(cleos) == [("Chrome on Linux", "192.0.2.7", True)]


def test_what_has_ended_is_not_listed(account):
    gone = browser(agent=CHROME)
    own = browser()

    gone.post("/account/logout/")

    assert listed(own) == [("Firefox on Windows", "192.0.2.7", True)]


def test_what_has_run_out_is_forgotten(account, client):
    browser(agent=CHROME)
    client.get("/account/2fa/passkeys/sign-in/", headers={"Accept": "application/json"})  # a stranger's
    Session.objects.update(expire_date=timezone.now())
    own = browser()

    forget_sessions()

    assert [session.session_key for session in Session.objects.all()] == [own.session.session_key]
    assert [row.session_key for row in UserSession.objects.all()] == [own.session.session_key]


def test_last_seen_follows_with_a_few_minutes_grain(account):
    start = timezone.now().replace(microsecond=0)
    with time_machine.travel(start, tick=False):
        client = browser()
        session = UserSession.objects.get()
        client.get("/dashboard")
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        client.get("/dashboard")
        session.refresh_from_db()
        soon = session.last_seen_at
    sessions.cache.clear()  # the cache keeps its own time
    with time_machine.travel(start + timedelta(minutes=9), tick=False):
        client.get("/dashboard", REMOTE_ADDR="192.0.2.99")
        session.refresh_from_db()

    assert soon == start
    assert (session.last_seen_at, session.ip) == (start + timedelta(minutes=9), "192.0.2.99")


def test_looking_often_writes_nothing(account, django_assert_num_queries):
    client = browser()
    client.get("/dashboard")
    request = client.get("/dashboard").wsgi_request

    with django_assert_num_queries(0):
        sessions.seen(request)


def test_one_is_ended_and_its_sockets_are_asked_again(account):
    own, other = confirm(browser()), browser(agent=CHROME)
    rights.bump(account.pk)

    response = own.post(END, {"session": id_of(other)})

    assert response["Location"] == SECURITY
    assert (is_signed_in(own), is_signed_in(other)) == (True, False)
    assert LiveHead.objects.get(account=account).access_epoch == 2
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor_name, entry.target_name) == (Action.SESSION_ENDED, "Ada", "Chrome on Linux")


def test_all_others_are_ended(account):
    own, others = confirm(browser()), [browser(agent=CHROME), browser(agent=CHROME)]

    response = own.post(END, {"session": "others"}, follow=True)

    assert "2 other sessions ended." in response.content.decode()
    assert is_signed_in(own)
    assert [is_signed_in(other) for other in others] == [False, False]


def test_ending_needs_the_password_again_and_then_goes_on(account):
    own, other = browser(), browser(agent=CHROME)

    asked = own.post(END, {"session": id_of(other)})
    before = is_signed_in(other)
    own.post(asked["Location"], {"password": factories.PASSWORD})

    assert asked["Location"].startswith("/account/reauthenticate/")
    assert before
    assert not is_signed_in(other)


def test_somebody_elses_cannot_be_ended(account, cleo):
    adas, cleos = browser(), confirm(browser(email="cleo@example.com"))

    response = cleos.post(END, {"session": id_of(adas)})

    assert response.status_code == 404
    assert is_signed_in(adas)
    cleos.post(END, {"session": "others"})
    assert is_signed_in(adas)


@pytest.mark.parametrize("named", ["", "0", "-1", "x", "9" * 40, "1 OR 1=1", "\x00", "²"])
def test_nonsense_ends_nothing(account, named):
    own, other = confirm(browser()), browser(agent=CHROME)

    response = own.post(END, {"session": named})

    assert response.status_code in {302, 404}
    assert is_signed_in(other)


def test_a_new_password_ends_the_others_and_is_noted(account):
    own, other = browser(), browser(agent=CHROME)
    new = "another-long-passphrase"

    response = own.post(
        "/account/password/change/", {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    )

    assert response["Location"] == SECURITY
    assert (is_signed_in(own), is_signed_in(other)) == (True, False)
    assert listed(own) == [("Firefox on Windows", "192.0.2.7", True)]
    assert AuditEntry.objects.latest("id").action == Action.PASSWORD_CHANGED


def test_the_list_asks_each_session_whether_it_still_works(account, django_assert_num_queries):
    browser()
    user = User.objects.get(email="ada@example.com")

    with django_assert_num_queries(1 + 3):
        sessions.of(user, None)


def test_cookies_are_for_the_server_alone(client, account):
    client.post("/account/login/", {"login": "ada@example.com", "password": factories.PASSWORD})

    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (CHROME, "Chrome on Linux"),
        (CHROME + " Edg/142.0", "Edge on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/1 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
        ("<script>alert(1)</script>", "Unknown browser"),
    ],
)
def test_browsers_are_named_as_people_name_them(agent, name):
    assert sessions.describe(agent) == name
