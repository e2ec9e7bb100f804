"""Pre-flight checks: how one runs, what becomes of it, its page and the address at which it is shared."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actor import Actor, PermissionRefused
from accounts.domain.findings import Check, Group
from accounts.enums import Action
from accounts.models import Account, AuditEntry
from lumio import preflight, preflight_checks
from lumio.celery import app
from lumio.models import Preflight, PreflightState
from lumio.preflight_shown import shown
from tests import factories

# --- How one runs ---------------------------------------------------------------------------------------------------


def check(look: Callable[[], list[Any]]) -> Check:
    return Check(Group.LUMIO, "", look)


def test_one_that_hangs_and_one_that_raises_keep_no_other_from_being_checked(monkeypatch):
    monkeypatch.setattr(preflight, "LIMIT", 0.2)
    fine = check(lambda: [preflight_checks.WORKER_LIVES.found()])
    broken = check(lambda: [][0])
    hangs = check(lambda: time.sleep(1) or [])

    found = dict(preflight.carry_out([hangs, *[fine] * preflight.AT_ONCE, broken]))

    codes = [found[place][0].kind.code for place in sorted(found)]
    assert codes == ["could_not_be_checked", *["worker_lives"] * preflight.AT_ONCE, "could_not_be_checked"]


@pytest.mark.django_db(transaction=True)
class TestAsTheyRun:
    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch):
        """Two checks, of which the second sees what the first has found."""
        self.seen: list[Any] = []
        last = check(lambda: self.seen.append(None) or [preflight_checks.VALKEY_AWAY.found()])
        two = [check(lambda: [preflight_checks.WORKER_LIVES.found()]), last]
        monkeypatch.setattr(preflight_checks, "checks", lambda actor: two)
        monkeypatch.setattr(preflight, "_nudge", lambda preflight_id: preflight.run(preflight_id))

    def test_it_is_run_once_kept_and_audited(self, ada_actor):
        row = preflight.start(ada_actor)
        preflight.run(row.pk)

        row.refresh_from_db()
        assert (row.state, shown(row).summary, len(self.seen)) == (PreflightState.DONE, "1 thing to look at", 1)
        assert [line.code for line in shown(row).lines] == ["valkey_away", "worker_lives"]
        assert AuditEntry.objects.filter(action=Action.PREFLIGHT_STARTED, target_id=row.pk).count() == 1

    def test_without_valkey_nobody_waits_and_nothing_fails(self, monkeypatch, caplog):
        def refuse(*args: Any, **options: Any) -> None:
            raise OSError("Connection refused")

        monkeypatch.setattr(app, "send_task", refuse)

        preflight._tell_a_worker(uuid4())

        assert [record.getMessage() for record in caplog.records if record.name == preflight.__name__] == [
            "No worker could be told of a pre-flight check: Connection refused"
        ]

    def test_the_last_ten_are_kept(self, ada_actor):
        rows = [preflight.start(ada_actor) for _ in range(12)]

        assert [row.pk for row in preflight.listing(ada_actor)] == [row.pk for row in reversed(rows[2:])]
        assert Preflight.objects.count() == 10


@pytest.mark.django_db
class TestStarting:
    @pytest.fixture(autouse=True)
    def _no_worker(self, monkeypatch):
        monkeypatch.setattr(preflight, "_nudge", lambda preflight_id: None)

    def test_while_one_is_under_way_it_is_the_answer(self, ada_actor):
        first = preflight.start(ada_actor)

        assert preflight.start(ada_actor).pk == first.pk
        assert Preflight.objects.count() == 1

    @pytest.mark.parametrize("begun", [None, timedelta(minutes=4)])
    def test_one_that_no_worker_ends_is_lost_and_makes_room(self, account, ada_actor, begun):
        now = timezone.now()
        lost = Preflight.objects.create(
            account=account, created_at=now - timedelta(minutes=5), begun_at=begun and now - begun
        )

        assert (lost.state, shown(lost).summary) == (PreflightState.LOST, "Not finished")
        assert preflight.start(ada_actor).pk != lost.pk
        preflight.run(lost.pk)
        lost.refresh_from_db()
        assert lost.ended_at is None

    def test_whoever_may_only_look_starts_nothing(self, account):
        reader = factories.make_actor(account=account, permissions={"connections:read"})

        with pytest.raises(PermissionRefused):
            preflight.start(reader)

        assert Preflight.objects.count() == 0


# --- The page and the address that is shared ------------------------------------------------------------------------


@pytest.mark.django_db
class TestThePage:
    @pytest.fixture(autouse=True)
    def _no_worker(self, monkeypatch):
        monkeypatch.setattr(preflight, "_nudge", lambda preflight_id: None)

    @pytest.fixture
    def done(self, account: Account) -> Preflight:
        failure = {"code": "tool_refused", "params": {"tool": "OBS Studio", "address": "203.0.113.7:4455", "host": ""}}
        kind = preflight_checks.KINDS["tool_silent"]
        return factories.make_preflight(
            account=account, findings=(kind.found(integration=str(uuid4()), failure=failure),)
        )

    def test_one_press_begins_and_the_page_asks_until_it_is_done(self, ada_client, ada_actor):
        assert "Nothing was checked yet" in ada_client.get("/dashboard/preflight").content.decode()

        assert ada_client.post("/dashboard/preflight/start").url == "/dashboard/preflight"
        row = Preflight.objects.get()
        page = ada_client.get("/dashboard/preflight").content.decode()
        assert f'hx-get="/dashboard/preflight/{row.pk}" hx-trigger="every 1s"' in page
        Preflight.objects.update(created_at=timezone.now() - timedelta(seconds=20))
        late = ada_client.get(f"/dashboard/preflight/{row.pk}", headers={"HX-Request": "true"}).content.decode()
        assert "No worker has taken this check yet." in late
        Preflight.objects.update(begun_at=timezone.now(), ended_at=timezone.now())
        part = ada_client.get(f"/dashboard/preflight/{row.pk}", headers={"HX-Request": "true"}).content.decode()

        assert "<html" not in part
        assert "hx-get" not in part
        assert "Ready" in part

    def test_who_may_only_look_is_offered_nothing(self, ben_client, done):
        page = ben_client.get("/dashboard/preflight").content.decode()

        assert "Nothing answers at 203.0.113.7:4455" in page
        assert "preflight-start" not in page
        assert "preflight-share" not in page

    def test_a_shared_one_is_read_by_anybody_until_it_is_taken_back(self, client, ada_client, account, done):
        shown_once = ada_client.post(f"/dashboard/preflight/{done.pk}/share")
        address = shown_once.context["address"]
        path = address.removeprefix("http://localhost:8000")
        page = client.get(path)
        content = page.content.decode()

        assert "Nothing answers at …. Start OBS Studio" in content
        for secret in ("203.0.113.7", "/dashboard/connections", str(account.pk), str(done.pk)):
            assert secret not in content
        assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "strict-origin")
        assert address not in ada_client.get("/dashboard/preflight").content.decode()
        assert path.rpartition("/")[2] not in str(list(Preflight.objects.values()))
        ada_client.post(f"/dashboard/preflight/{done.pk}/unshare")
        assert client.get(path).status_code == 404
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")][-2:] == [
            Action.PREFLIGHT_SHARED, Action.PREFLIGHT_UNSHARED,
        ]  # fmt: skip

    def test_a_day_later_it_opens_nothing(self, client, ada_actor, done):
        path = preflight.share(ada_actor, done.pk)[1].reveal().removeprefix("http://localhost:8000")
        Preflight.objects.update(shared_until=timezone.now())

        assert client.get(path).status_code == 404

    def test_what_is_not_done_is_not_shared(self, ada_actor):
        row = preflight.start(ada_actor)

        with pytest.raises(preflight.NotDone):
            preflight.share(ada_actor, row.pk)

        row.refresh_from_db()
        assert row.share_digest is None

    def test_both_apis_tell_the_same(self, ada_client: Client, ada_actor: Actor, done):
        rest = ada_client.get(f"/v1/preflight/{done.pk}").json()["data"]
        query = f'{{ preflight(id: "{done.pk}") {{ state tone summary findings {{ code tone detail fix }} }} }}'
        answer = ada_client.post("/v1/gql", {"query": query}, content_type="application/json")
        graph = answer.json()["data"]["preflight"]

        assert {name: rest[name] for name in ("state", "tone", "summary")} == {
            name: graph[name] for name in ("state", "tone", "summary")
        } == {"state": "done", "tone": "bad", "summary": "1 thing to look at"}  # fmt: skip
        [finding] = graph["findings"]
        assert finding == {name: rest["findings"][0][name] for name in finding}
        started = ada_client.post("/v1/preflight", content_type="application/json")
        assert (started.status_code, started.json()["data"]["state"]) == (202, "waiting")
        assert started["Location"] == f"/v1/preflight/{started.json()['data']['id']}"
