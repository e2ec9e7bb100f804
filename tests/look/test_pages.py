"""The pages without a sidebar and the shell, as a browser gets them."""

from __future__ import annotations

import html
import re

import pytest
from django.template.loader import render_to_string
from django.test import override_settings

from tests import pages


def words(page: str) -> str:
    return pages.words(page.partition("<body")[2].partition(">")[2])


def heading(page: str) -> str:
    assert page.count("<h1>") == 1
    return html.unescape(re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1])


def title(page: str) -> str:
    return html.unescape(re.search(r"<title>(.*?)</title>", page)[1])


def unlabelled(page: str) -> set[str]:
    """The controls that no label names."""
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    controls = re.findall(r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|radio)")[^>]* id="([^"]+)"', page)
    return set(controls) - labelled


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "shown", "fields"),
    [
        ("/account/login/", "Welcome back", {"login", "password", "remember"}),
        ("/account/signup/", "By invitation only", set()),
        ("/account/inactive/", "This sign-in is switched off", set()),
        ("/setup/unknown", "This link does not open anything", set()),
    ],
)
def test_page_for_strangers(client, address, shown, fields):
    page = client.get(address).content.decode()

    assert heading(page) == shown
    assert title(page).endswith(" · Lumio")
    assert unlabelled(page) == set()
    assert set(re.findall(r'<input type="(?:email|password|checkbox|text)" name="(\w+)"', page)) == fields


@pytest.mark.django_db
@override_settings(LUMIO_OPEN_SIGNUP=True)
def test_sign_up_where_the_operator_opened_it(client):
    page = client.get("/account/signup/").content.decode()

    assert heading(page) == "Create your account"
    assert unlabelled(page) == set()
    assert set(re.findall(r'type="(?:email|password)" name="(\w+)"', page)) == {"email", "password1", "password2"}


@pytest.mark.parametrize(
    ("address", "shown", "fields"),
    [
        ("/account/logout/", "Sign out?", set()),
        ("/account/password/change/", "Change password", {"oldpassword", "password1", "password2"}),
        ("/account/reauthenticate/", "Confirm it is you", {"password"}),
    ],
)
def test_page_for_a_person(ada_client, address, shown, fields):
    page = ada_client.get(address, follow=True).content.decode()

    assert heading(page) == shown
    assert unlabelled(page) == set()
    assert set(re.findall(r'type="(?:email|password|text)" name="(\w+)"', page)) == fields


def test_a_wrong_password_is_said_above_the_form(client, ada):
    page = client.post("/account/login/", {"login": ada.email, "password": "wrong"}).content.decode()

    assert re.search(r'<div class="banner banner--bad" role="alert"', page)
    assert 'value="wrong"' not in page


def test_shell_names_account_person_role_and_the_current_page(ada_client):
    page = ada_client.get("/dashboard").content.decode()

    assert re.findall(r'<a class="nav-link" href="([^"]+)" aria-current="page">', page) == ["/dashboard"]
    assert "Ada live Ada · Owner" in words(page)
    assert '<a class="skip-link" href="#main">' in page
    assert 'aria-controls="sidebar" aria-expanded="false"' in page


def test_page_carries_the_persons_clock(ada_client, ada):
    ada.language, ada.time_zone, ada.hour_cycle, ada.row_times = "de", "Europe/Berlin", "h23", "seconds"
    ada.save()

    page = ada_client.get("/dashboard").content.decode()

    assert 'data-time-zone="Europe/Berlin" data-hour-cycle="h23" data-row-times="seconds">' in page


def test_without_a_time_zone_of_their_own_the_browsers_counts(ada_client):
    page = ada_client.get("/dashboard").content.decode()

    assert 'data-time-zone="" data-hour-cycle="auto" data-row-times="minutes">' in page


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("400.html", "That request made no sense"),
        ("403_csrf.html", "That form was open for too long"),
        ("404.html", "Nothing is lit here"),
        ("500.html", "Something broke on our side"),
    ],
)
def test_error_page_needs_neither_request_nor_database(name, shown):
    page = render_to_string(name)

    assert heading(page) == shown
    assert "csrfmiddlewaretoken" not in page
