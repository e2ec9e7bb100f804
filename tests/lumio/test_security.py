"""What docs/security.md promises and no other test holds; and that the tests it names are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.gates import ActorAuthentication, PersonAuthentication
from lumio.env import ROOT
from lumio.up import programs
from tests import factories
from tokens.models import PopoutToken

PAPER = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
#: Views that take a form without Django's token, and why they may.
EXEMPT = {
    "/v1/webhooks/<slug:platform>/<slug:code>": "a delivery is signed",
    "/v1/gql": "asks for it itself, after it knows whether there is a session",
    "/v1/openapi.json": "only read",
    "/v1/schema": "only read",
    "/v1/docs": "only read",
    "/v1/graphiql": "only read",
}
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}


def views(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    """Route and view of every address that is ours."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern, route)
        elif pattern.callback.__module__.partition(".")[0] not in {"django", "allauth"}:
            yield route, pattern.callback


class TestPaper:
    def test_every_test_that_it_names_is_there(self):
        named = re.findall(r"`(tests/[\w/]+\.(?:py|js))(?:::(\w+))?`", PAPER)

        assert len(named) > 40
        texts = {path: (ROOT / path).read_text(encoding="utf-8") for path, _ in named}
        assert [(path, name) for path, name in named if name and f"def {name}(" not in texts[path]] == []

    def test_every_promise_names_a_test_or_says_what_is_missing(self):
        tables = re.findall(r"^\| promise \| held by \|\n\|---\|---\|\n((?:\|.*\n)+)", PAPER, re.MULTILINE)
        promises = [row for table in tables for row in table.splitlines()]

        assert len(promises) > 50
        assert [row for row in promises if "`tests/" not in row and "*No test:*" not in row] == []


@pytest.mark.django_db
class TestHeaders:
    @pytest.mark.parametrize("path", ["/account/login/", "/dashboard", "/v1/me", "/nowhere", "/admin/"])
    def test_every_answer_forbids_foreign_code_frames_and_guesses(self, ada_client, path):
        headers = ada_client.get(path).headers

        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy | POLICY == policy
        assert "'unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


class TestForgery:
    def test_every_page_asks_for_the_token_of_its_form(self):
        pages = [(route, view) for route, view in views() if not hasattr(view, "cls")]

        assert len(pages) > 100
        assert {route for route, view in pages if getattr(view, "csrf_exempt", False)} == set(EXEMPT)

    def test_every_endpoint_asks_a_session_for_it(self):
        endpoints = [(route, view.cls) for route, view in views() if hasattr(view, "cls")]
        changing = [(route, cls) for route, cls in endpoints if {"POST", "PUT", "PATCH", "DELETE"} & cls.gates.keys()]

        assert len(changing) > 40
        asking = ([ActorAuthentication], [PersonAuthentication])
        assert [route for route, cls in changing if cls.authentication_classes not in asking] == []

    @pytest.mark.django_db
    @pytest.mark.parametrize(("method", "path"), [("POST", "/v1/tokens"), ("PUT", "/v1/me")])
    def test_without_it_an_endpoint_does_nothing(self, ada, account, method, path):
        browser = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
        browser.force_login(ada)

        answer = browser.generic(method, path, '{"name": "Eve", "label": "Eve"}', content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
        ada.refresh_from_db()
        assert (ada.name, PopoutToken.objects.count()) == ("Ada", 0)


@pytest.mark.django_db
class TestMassAssignment:
    def test_fields_that_nobody_offers_set_nothing(self, ada_client, ada_actor, account):
        other = factories.make_account(name="Other")
        token, _ = factories.make_token(actor=ada_actor, permissions={"events:read"}, label="OBS")
        before = {name: getattr(token, name) for name in ("account_id", "creator_id", "digest", "revoked_at")}
        smuggled = {
            "label": "Renamed",
            "account": str(other.pk),
            "account_id": str(other.pk),
            "creator_id": None,
            "digest": "0" * 64,
            "revoked_at": "2026-01-01T00:00:00Z",
        }

        ada_client.patch(f"/v1/tokens/{token.pk}", smuggled, content_type="application/json")

        token.refresh_from_db()
        assert {name: getattr(token, name) for name in before} == before

    def test_nobody_makes_themselves_an_operator(self, ada_client, ada):
        profile = {"name": "Ada", "is_staff": True, "is_superuser": True, "is_active": False}

        ada_client.put("/v1/me", profile, content_type="application/json")

        ada.refresh_from_db()
        assert (ada.is_staff, ada.is_superuser, ada.is_active) == (False, False, True)


class TestProcesses:
    def test_no_secret_is_on_a_command_line(self):
        commands = [
            programs.web("127.0.0.1", 8000),
            programs.worker(with_beat=True),
            programs.beat(),
            programs.ingest(),
        ]
        words = " ".join(word for command in commands for word in command)

        for secret in (django_settings.SECRET_KEY, django_settings.LUMIO_ENCRYPTION_KEYS, django_settings.REDIS_URL):
            assert secret not in words


class TestSupplies:
    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
    def test_every_package_is_pinned_with_its_hashes(self, name):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        entries = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]

        assert len(entries) > 30
        assert [
            entry for entry in entries if not re.match(r"[\w.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)
        ] == []

    def test_what_is_installed_is_compared_with_them(self):
        assert "--require-hashes" in (ROOT / "scripts" / "bootstrap").read_text(encoding="utf-8")
