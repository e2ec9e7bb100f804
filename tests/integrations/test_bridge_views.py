"""The bridge page as it is served."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.domain import bridge

pytestmark = pytest.mark.django_db

OVERLAY = "overlay.localhost"
IN_OBS = "Mozilla/5.0 Chrome/127.0.0.0 Safari/537.36 OBS/31.0.0"


@pytest.fixture
def path(account) -> str:
    return f"/bridge/{bridge.address(account).reveal().rpartition('/')[2]}"


def directives(response) -> dict[str, list[str]]:
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def test_the_page_loads_its_script_and_never_prints_its_secret(path):
    response = Client(HTTP_HOST=OVERLAY).get(path)

    assert response.status_code == 200
    assert response.templates[0].name == "bridge.html"
    html = response.content.decode()
    assert "js/bridge/page" in html
    assert path.rpartition("/")[2] not in html


def test_inside_obs_it_has_no_words(path):
    response = Client(HTTP_HOST=OVERLAY, HTTP_USER_AGENT=IN_OBS).get(path)

    body = response.content.decode().partition("<body>")[2].partition("</body>")[0]
    assert body == ""
    assert "js/bridge/page" in response.content.decode()


def test_it_may_reach_lumio_and_this_machine_and_nothing_else(path):
    response = Client(HTTP_HOST=OVERLAY).get(path)

    policy = directives(response)
    assert policy["connect-src"] == ["'self'", f"ws://{OVERLAY}", "ws://127.0.0.1:*"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]


def test_it_is_kept_by_nobody_and_tells_nobody_its_address(path):
    response = Client(HTTP_HOST=OVERLAY).get(path)

    headers = {name: response[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag", "X-Frame-Options")}
    assert headers == {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "X-Frame-Options": "DENY",
    }
    assert response.cookies == {}


@pytest.mark.parametrize("wrong", ["/bridge/nothing", "/bridge/%00", "/bridge/" + "a" * 3000])
def test_an_address_that_leads_nowhere_is_empty_but_has_a_body(path, wrong):
    response = Client(HTTP_HOST=OVERLAY).get(wrong)

    assert response.status_code == 404
    assert response.content == b"<!doctype html><title>Lumio</title>"
    assert response["Referrer-Policy"] == "no-referrer"


def test_the_old_address_leads_nowhere_after_a_new_one_was_made(path, ada_actor):
    bridge.renew(ada_actor)

    assert Client(HTTP_HOST=OVERLAY).get(path).status_code == 404


def test_it_is_on_the_overlays_host_alone(path, ada_client):
    assert ada_client.get(path).status_code == 404
    assert Client(HTTP_HOST="127.0.0.1").get(path).status_code == 404


def test_nothing_can_be_sent_to_it(path):
    assert Client(HTTP_HOST=OVERLAY).post(path).status_code == 405
