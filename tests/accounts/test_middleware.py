from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.middleware import PersonMiddleware
from lumio.lib.errors import Refusal


def seen(request) -> tuple[str, str]:
    """The language and time zone that a view would see."""
    found = []

    def view(request):
        found.append((translation.get_language(), timezone.get_current_timezone_name()))
        return HttpResponse()

    PersonMiddleware(view)(request)
    return found[0]


@pytest.fixture(autouse=True)
def _put_back():
    yield
    translation.activate("en")
    timezone.deactivate()


@pytest.fixture
def request_of():
    def make(user, path="/dashboard"):
        request = RequestFactory().get(path)
        request.COOKIES["lumio_session"] = "x"
        request.user = user
        return request

    return make


def test_the_persons_language_and_time_zone(ada, request_of):
    ada.language, ada.time_zone = "de", "Europe/Berlin"

    assert seen(request_of(ada)) == ("de", "Europe/Berlin")


def test_nothing_of_one_person_stays_for_the_next(ada, request_of):
    ada.time_zone = "Europe/Berlin"
    seen(request_of(ada))

    assert seen(RequestFactory().get("/")) == ("en", "UTC")


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "\x00"])
def test_an_unknown_time_zone_is_utc(ada, request_of, name):
    ada.time_zone = name

    assert seen(request_of(ada)) == ("en", "UTC")


def test_beside_a_token_the_person_is_not_read(ada, request_of):
    ada.language = "de"

    assert seen(request_of(ada, "/popout/events?token=lm_pop_x"))[0] == "en"


def test_strangers_cost_no_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/account/login/")


def test_a_refusal_that_no_view_shows_has_a_page_of_its_own(client):
    class Late(Refusal):
        code, status, sentence = "late", 409, "Too late for {what}."

    middleware = PersonMiddleware(lambda request: HttpResponse())

    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    response = middleware.process_exception(request, Late(what="that"))

    assert response is not None
    assert response.status_code == 409
    assert "Too late for that." in response.content.decode()
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None


def test_choosing_a_language_is_kept_with_the_person(ada_client, ada):
    response = ada_client.post("/language", {"language": "de", "next": "/dashboard"})

    assert (response.status_code, response["Location"]) == (302, "/dashboard")
    assert response.cookies["lumio_language"].value == "de"
    ada.refresh_from_db()
    assert ada.language == "de"
    assert ada_client.get("/dashboard")["Content-Language"] == "de"


def test_a_language_nobody_speaks_changes_nothing(ada_client, ada):
    response = ada_client.post("/language", {"language": "xx", "next": "https://evil.example/"})

    assert response["Location"] == "/"
    assert "lumio_language" not in response.cookies
    ada.refresh_from_db()
    assert ada.language == ""


@pytest.mark.parametrize("language", ["pt-br", "de-aaaaaaaa-bbbbbbbb"])
def test_a_language_that_only_django_speaks_is_not_kept(ada_client, ada, language):
    assert ada_client.post("/language", {"language": language}).status_code == 302

    ada.refresh_from_db()
    assert ada.language == ""


def test_a_stranger_keeps_the_language_in_a_cookie(client, db):
    assert client.post("/language", {"language": "de"}).cookies["lumio_language"].value == "de"
    assert client.get("/account/login/")["Content-Language"] == "de"
