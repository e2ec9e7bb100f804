"""Addresses that only take what a form sends, once they stand in the address bar. `tests/test_doors.py` tries each."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db

CREDENTIALS = "/dashboard/connections/credentials"


def test_after_a_form_that_was_refused_its_address_leads_back_to_the_page(ada_client):
    refused = ada_client.post(f"{CREDENTIALS}/twitch", {"client_id": "", "client_secret": ""})
    again = ada_client.get(f"{CREDENTIALS}/twitch")

    assert refused.status_code == 422
    assert (again.status_code, again["Location"]) == (302, CREDENTIALS)


def test_nobody_is_led_past_the_sign_in(client):
    answer = client.get(f"{CREDENTIALS}/twitch", follow=True)

    assert answer.redirect_chain == [(CREDENTIALS, 302), (f"/account/login/?next={CREDENTIALS}", 302)]


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/language", "/"),
        (f"{CREDENTIALS}/twitch/delete", f"{CREDENTIALS}/twitch"),  # which leads on
        ("/dashboard/connections/twitch/webhook/renew", "/dashboard/connections"),
    ],
)
def test_the_nearest_address_above_that_leads_somewhere(ada_client, path, page):
    assert ada_client.get(path)["Location"] == page


def test_what_is_sent_to_a_page_is_still_refused(ada_client):
    assert ada_client.post("/dashboard/connections").status_code == 405
    assert ada_client.get("/v1/gql").status_code == 405
