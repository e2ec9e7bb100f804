"""What operators see of the whole instance, on a page and in a bundle: figures and codes, nothing that is anybody's.

`tests/test_secrets.py` looks for a known secret of every kind in both.
"""

from __future__ import annotations

import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from events.domain import heartbeat
from events.enums import SourceState
from events.models import Heartbeat, IngestSource
from lumio import diagnostics, health, overview
from lumio.env import ROOT
from lumio.version import VERSION
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _checks(monkeypatch):
    """What /readyz says is looked at in tests/lumio/test_probes.py; here it would wait for the test's own lock."""

    async def report(names):
        checks = {name: {"ok": name != "ingest"} for name in names} | {"ingest": {"ok": False, "detail": "never seen"}}
        return {"status": "failing", "failing": ["ingest"], "checks": checks}

    monkeypatch.setattr(health, "report", report)


@pytest.fixture
def source(account) -> IngestSource:
    return IngestSource.objects.create(
        account=account,
        key="twitch:3f0c",
        state=SourceState.RECONNECTING,
        failure_code="platform_down",
        subscriptions_active=3,
        subscriptions_wanted=36,
        last_heard_at=timezone.now() - timedelta(seconds=90),
    )


class TestOverview:
    def test_says_how_each_part_is(self, source):
        heartbeat.beat("ingest")
        Heartbeat.objects.create(name="ingest", owner="other:1", seen_at=timezone.now() - timedelta(hours=1))
        factories.make_connection(account=source.account)

        found = overview.overview()

        assert list(found) == ["processes", "database", "valkey", "connections", "sources", "disk"]
        assert found["processes"] == {"ingest": {"number": 2, "seconds": 0}}
        assert found["connections"] == {"twitch connected": 1, "overdue_seconds": 0}
        assert found["sources"] == {"twitch reconnecting": 1}
        assert found["database"]["bytes"] > 100_000
        assert found["valkey"]["messages_waiting"] == 0
        assert 0 < found["disk"]["var"]["free"] < found["disk"]["var"]["total"]

    def test_what_is_away_says_so_and_the_rest_is_told(self, monkeypatch):
        monkeypatch.setattr(settings, "REDIS_URL", "unix:///nowhere/valkey.sock")

        found = overview.overview()

        assert found["valkey"] == {"error": "ConnectionError"}
        assert "bytes" in found["database"]

    def test_a_source_in_trouble_is_named_by_platform_and_code_alone(self, source):
        assert overview.troubles() == [
            {
                "platform": "twitch",
                "state": "reconnecting",
                "failure_code": "platform_down",
                "subscriptions": "3 of 36",
                "seconds_since_heard": 90,
                "leased": False,
            }
        ]


class TestPage:
    def test_operators_read_it(self, source):
        operator = Client(HTTP_HOST="localhost")
        operator.force_login(factories.make_user(is_staff=True, is_superuser=True))

        page = operator.get("/admin/health/").content.decode()

        assert "Something fails: ingest." in page
        assert "platform_down" in page
        assert "3f0c" not in page

    def test_it_is_for_operators_alone(self, ada_client, client):
        for somebody in (ada_client, client):
            assert somebody.get("/admin/health/")["Location"].startswith("/admin/login/")


class TestBundle:
    def test_holds_versions_settings_by_name_and_figures(self, source, tmp_path, monkeypatch):
        monkeypatch.setenv("LUMIO_CHAT_DAYS", "3")
        monkeypatch.setenv("LUMIO_EMAIL_URL", "smtps://ada:hunter2secret@mail.example.com")
        monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database")

        call_command("diagnostics", str(tmp_path / "lumio.zip"))

        with zipfile.ZipFile(tmp_path / "lumio.zip") as archive:
            text = archive.read("diagnostics.json").decode()
        told = json.loads(text)
        assert (told["lumio"], told["packages"]["Django"][:2]) == (VERSION, "5.")
        asked = ("LUMIO_CHAT_DAYS", "LUMIO_EMAIL_URL", "DATABASE_URL", "LUMIO_SECRET_KEY", "LUMIO_METRICS_TOKEN")
        assert [told["settings"][name] for name in asked] == ["3", "set", "from a file", "set", "not set"]
        assert "accounts 0001_initial" in told["migrations"]
        assert (told["checks"]["failing"], told["rows"]["accounts.User"]) == (["ingest"], 1)
        assert told["sources_in_trouble"][0]["failure_code"] == "platform_down"
        for private in ("hunter2secret", "mail.example.com", "ada@example.com", "Ada live", "3f0c"):
            assert private not in text

    def test_every_setting_that_is_shown_is_one(self):
        assert set(diagnostics.settings_told()) >= diagnostics.SHOWN

    def test_every_switch_and_number_is_shown(self):
        example = (ROOT / ".env.example").read_text(encoding="utf-8")
        numbers = re.findall(r"^#([A-Z_]+)=\d+$", example, re.MULTILINE)

        assert len(numbers) > 10
        assert set(numbers) <= diagnostics.SHOWN

    def test_the_end_of_a_log_is_masked_once_more(self, tmp_path):
        log = tmp_path / "lumio.log"
        lines = [f"line {number}" for number in range(2000)]
        log.write_text("\n".join([*lines, "GET /popout/events?token=lm_pop_" + "a" * 42, "from 203.0.113.7 ada@x.org"]))

        call_command("diagnostics", str(tmp_path / "lumio.zip"), log=log)

        with zipfile.ZipFile(tmp_path / "lumio.zip") as archive:
            kept = archive.read("log.txt").decode().splitlines()
        assert len(kept) == diagnostics.LINES
        assert kept[-2:] == ["GET /popout/events?token=[hidden]", "from [hidden] [hidden]"]

    def test_nothing_is_overwritten(self, tmp_path):
        (tmp_path / "lumio.zip").write_text("another")

        with pytest.raises(CommandError, match="nothing is overwritten"):
            call_command("diagnostics", str(tmp_path / "lumio.zip"))

        assert (tmp_path / "lumio.zip").read_text() == "another"

    def test_a_place_where_nothing_can_be_written_is_named(self, tmp_path):
        nowhere = tmp_path / "nowhere" / "bundle.zip"

        with pytest.raises(CommandError, match=f"^{nowhere} cannot be written: No such file or directory.$"):
            call_command("diagnostics", nowhere)
