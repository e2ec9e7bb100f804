"""Overlays as they are served to OBS and to the dashboard that frames them."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.templatetags.static import static
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from overlays.domain import overlays
from overlays.enums import LayerType
from tests import factories

pytestmark = pytest.mark.django_db

OVERLAY = "overlay.localhost"
KEY = "Zm9yIHRlc3RzIGFsb25lLCBhbmQgbm90aGluZyBlbHNl"
NOTHING = b"<!doctype html><title>Lumio</title>"


@pytest.fixture
def overlay(account):
    row = factories.make_overlay(account=account, key=KEY, language="de")
    factories.make_layer(overlay=row, type=LayerType.TEXT, config={"text": "Hello"})
    return row


def get(path: str, *, host: str = OVERLAY):
    return Client(HTTP_HOST=host).get(path)


def directives(response) -> dict[str, list[str]]:
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def island(response, name: str):
    """The JSON that the page's script begins with."""
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', response.content.decode(), re.S)
    return json.loads(found[1])


def test_page_loads_its_script_and_says_neither_key_nor_name(overlay):
    response = get(f"/overlay/{KEY}")

    html = response.content.decode()
    assert response.status_code == 200
    assert "js/overlay/page" in html
    assert KEY not in html
    assert overlay.name not in html
    assert island(response, "facts") == {"time_zone": "", "framed_by": None, "definition": None}


def test_page_speaks_the_language_of_the_overlay(overlay):
    response = get(f"/overlay/{KEY}")

    assert '<html lang="de">' in response.content.decode()
    assert island(response, "words")["anonymous"] == "Anonym"


def test_page_may_reach_its_socket_and_nothing_else(overlay):
    policy = directives(get(f"/overlay/{KEY}"))

    assert policy["connect-src"] == ["'self'", f"ws://{OVERLAY}"]
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'", "'unsafe-inline'"]  # OBS's Custom CSS
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'none'"]


def test_page_is_kept_by_nobody_and_tells_nobody_its_address(overlay):
    response = get(f"/overlay/{KEY}")

    headers = {name: response[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag", "X-Frame-Options")}
    assert headers == {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "X-Frame-Options": "DENY",
    }
    assert response.cookies == {}


def test_preview_is_framed_by_the_dashboard_alone_and_knows_everything(overlay, settings):
    response = get(f"/overlay/{KEY}/preview")

    facts = island(response, "facts")
    assert directives(response)["frame-ancestors"] == [settings.LUMIO_URL]
    assert "X-Frame-Options" not in response
    assert facts["framed_by"] == settings.LUMIO_URL
    assert facts["definition"]["layers"][0]["config"]["text"] == "Hello"


def test_dashboard_may_frame_previews(ada_client, settings):
    assert directives(ada_client.get("/dashboard"))["frame-src"] == ["'self'", settings.LUMIO_OVERLAY_URL]


@pytest.mark.parametrize("wrong", ["nothing", "%00", "a" * 3000, KEY[:-1], f"{KEY}/other", KEY.lower()])
def test_an_address_that_leads_nowhere_is_empty(overlay, wrong):
    response = get(f"/overlay/{wrong}")

    assert response.status_code == 404
    assert get(f"/overlay/{wrong}/preview").status_code == 404
    if "/" not in wrong:
        assert response.content == NOTHING
        assert response["Referrer-Policy"] == "no-referrer"


def test_keys_that_open_nothing_are_told_apart_by_nothing(overlay, ada_actor, account):
    """A key that never was, one that was renewed and one of a closed account: the same answer after the same work."""
    closed = factories.make_overlay(account=factories.make_account(), key="closed")
    closed.account.closed_at = timezone.now()
    closed.account.save()
    overlays.rotate(actor=ada_actor, overlay_id=overlay.pk)
    answers = []
    for key in (KEY, "closed", "never"):
        with CaptureQueriesContext(connection) as queries:
            response = get(f"/overlay/{key}")
        headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
        shape = [re.sub(r"'[0-9a-f]{64}'", "?", query["sql"]) for query in queries]
        answers.append((response.status_code, response.content, headers, shape))

    assert answers[0][:2] == (404, NOTHING)
    assert len(answers[0][3]) == 1
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("path", [f"/overlay/{KEY}", f"/overlay/{KEY}/preview", "/overlay/custom"])
def test_it_is_on_the_overlays_host_alone(overlay, path, ada_client):
    assert ada_client.get(path).status_code == 404
    assert get(path, host="127.0.0.1").status_code == 404


@pytest.mark.parametrize("path", [f"/overlay/{KEY}", f"/overlay/{KEY}/preview", "/overlay/custom"])
def test_nothing_can_be_sent_to_it(overlay, path):
    assert Client(HTTP_HOST=OVERLAY).post(path).status_code == 405


def test_frame_of_custom_code_reaches_nothing(settings):
    response = get("/overlay/custom")

    policy = directives(response)
    uploads = f"{settings.LUMIO_OVERLAY_URL}/uploads/"
    assert response.status_code == 200
    assert policy == {
        "sandbox": ["allow-scripts"],
        "default-src": ["'none'"],
        "script-src": [settings.LUMIO_OVERLAY_URL + static("js/overlay/frame.js"), "'unsafe-eval'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": [uploads, "data:"],
        "media-src": [uploads, "data:"],
        "font-src": ["data:"],
        "connect-src": ["'none'"],
        "form-action": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": [settings.LUMIO_OVERLAY_URL, settings.LUMIO_URL],
    }
    assert "X-Frame-Options" not in response
    assert response["Referrer-Policy"] == "no-referrer"
