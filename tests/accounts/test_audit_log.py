from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from asgiref.sync import async_to_sync

from accounts import audit_words
from accounts.domain import audit_log
from accounts.domain.audit import record
from accounts.domain.audit_log import GROUPS, Filter
from accounts.enums import Action, Permission, Via
from accounts.models import AuditEntry
from accounts.paging import PAGE
from tests import factories
from tests.pages import signed_in, words

URL = "/dashboard/audit"


def ids(response) -> list[int]:
    assert response.status_code == 200, response.content
    return [int(found) for found in re.findall(r'class="audit__line" data-id="(\d+)"', response.content.decode())]


def line_of(response, entry: AuditEntry) -> str:
    [found] = re.findall(rf'<li class="audit__line" data-id="{entry.pk}">(.*?)</li>', response.content.decode(), re.S)
    return words(found)


def read(response) -> str:
    """What a download of text holds."""
    return read_bytes(response).decode("utf-8-sig")


def read_bytes(response) -> bytes:
    return b"".join(async_to_sync(_all)(response))


async def _all(response) -> list[bytes]:
    return [piece async for piece in response.streaming_content]


def add(account, number: int, **fields) -> list[AuditEntry]:
    """Lines of Lumio's own, oldest first."""
    defaults = {"actor_name": "Lumio", "via": Via.SYSTEM, "action": Action.CONNECTION_LOST}
    AuditEntry.objects.bulk_create(AuditEntry(account=account, **defaults | fields) for _ in range(number))
    return list(AuditEntry.objects.filter(account=account).order_by("-pk")[:number])[::-1]


class TestPages:
    def test_the_newest_are_first_and_those_of_other_accounts_nowhere(self, ada_client, account, cleo_actor):
        added = add(account, 3)
        record(cleo_actor, Action.ACCOUNT_CHANGED)

        shown = ids(ada_client.get(URL))

        assert shown[:3] == [one.pk for one in reversed(added)]
        assert set(shown) == set(AuditEntry.objects.filter(account=account).values_list("pk", flat=True))

    def test_one_walks_to_the_end_and_back_while_lines_come(self, ada_client, account):
        add(account, PAGE + PAGE // 2)
        everything = list(AuditEntry.objects.filter(account=account).order_by("-pk").values_list("pk", flat=True))

        first = ada_client.get(URL)
        add(account, 7)
        second = ada_client.get(f"{URL}?before={first.context['older']}")
        back = ada_client.get(f"{URL}?after={second.context['newer']}")

        assert ids(first) + ids(second) == everything
        assert second.context["older"] is None
        assert ids(back) == ids(first)

    @pytest.mark.parametrize("lines", [3, 2 * PAGE])
    def test_a_full_page_asks_the_database_no_more_than_a_short_one(
        self, ada_client, account, lines, django_assert_num_queries
    ):
        add(account, lines)

        with django_assert_num_queries(13):
            ada_client.get(URL)

    def test_where_nothing_is_found_the_way_back_is_offered(self, ada_client, account):
        response = ada_client.get(URL, {"q": "nobody"})

        assert ids(response) == []
        assert "Nothing fits" in response.content.decode()
        assert ids(ada_client.get(URL, {"before": 0})) == []

    @pytest.mark.parametrize(
        "query",
        [{"who": "x"}, {"what": "x"}, {"via": "x"}, {"since": "0001-01-0"}, {"until": "9999-12-31"}, {"before": "-1"}],
    )
    def test_what_is_no_filter_is_met_with_words(self, ada_client, account, query):
        assert ada_client.get(URL, query).status_code == 422


class TestFilters:
    @pytest.fixture
    def lines(self, account, ada_actor, ben_actor) -> dict[str, AuditEntry]:
        """By what is special about them."""
        token, _ = factories.make_token(actor=ada_actor, permissions={"events:create"})
        actor = factories.make_actor(account=account, permissions={"overlays:read"})
        with time_machine.travel(datetime(2026, 3, 1, 22, 30, tzinfo=UTC), tick=False):
            late = record(ada_actor, Action.ROLE_CREATED)
        return {
            "ben": record(ben_actor, Action.TEST_EVENT_SENT),
            "lumio": add(account, 1)[0],
            "token": record(ada_actor, Action.TOKEN_CHANGED, token),
            "late": late,
            "left": record(actor, Action.MEMBER_LEFT),
        }

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"who": "lumio"}, {"lumio"}),
            ({"via": "system"}, {"lumio"}),
            ({"what": "token.changed"}, {"token"}),
            ({"what": "members"}, {"left"}),
            ({"q": "oBs"}, {"token"}),
            ({"since": "2026-03-01", "until": "2026-03-01"}, {"late"}),
            ({"until": "2026-02-28"}, set()),
        ],
    )
    def test_each_narrows_the_page(self, ada_client, lines, query, found):
        shown = set(ids(ada_client.get(URL, query)))

        assert {name for name, line in lines.items() if line.pk in shown} == found

    def test_people_are_found_also_after_they_left(self, ada_client, lines, ben):
        ben.memberships.all().delete()

        response = ada_client.get(URL, {"who": str(ben.pk)})

        assert (str(ben.pk), "Ben") in response.context["form"].fields["who"].choices
        assert ids(response) == [lines["ben"].pk]

    def test_days_are_the_readers(self, ada_client, ada, lines):
        ada.time_zone = "Asia/Tokyo"
        ada.save()

        assert ids(ada_client.get(URL, {"since": "2026-03-02", "until": "2026-03-02"})) == [lines["late"].pk]

    def test_every_action_is_in_one_group(self):
        assert sorted(action for group in GROUPS for action in audit_log.of_group(group)) == sorted(Action)
        assert set(audit_words.GROUP_NAMES) == set(GROUPS)


class TestWhatALineSays:
    def test_who_how_what_when_from_where_and_what_changed(self, ada_client, account):
        entry = AuditEntry.objects.create(
            account=account,
            actor_id=uuid4(),
            actor_name="Ben",
            via=Via.POPOUT_TOKEN,
            via_detail="popout token …x9Qf, assigned to a member",
            action=Action.TOKEN_CHANGED,
            target_type="popouttoken",
            target_name="Deck (…ab12)",
            before={"label": "Deck", "permissions": ["chat:read", "events:read"], "member": None, "hint": "ab12"},
            after={"label": "Desk", "permissions": ["events:read", "overlays:read"], "member": None, "hint": "ab12"},
            address="203.0.113.9",
        )

        shown = line_of(ada_client.get(URL), entry)

        hidden = "•••••••• hidden in streamer mode"
        assert f"Popout token changed Deck (…ab12) {hidden}" in shown
        assert f"Ben · popout token …x9Qf, {hidden} assigned to a member · from 203.0.113.9 {hidden}" in shown
        assert "label was: Deck Desk" in shown
        assert "permissions added: + overlays:read removed: \N{MINUS SIGN} chat:read" in shown
        assert "assigned to" not in shown.partition("203.0.113.9")[2]
        assert shown.count("ab12") == 1

    def test_what_came_and_what_went_as_a_whole(self):
        assert list(audit_words.changes({}, {"name": "A", "checked": True})) == [
            audit_words.Change("name", new="A"),
            audit_words.Change("accepted by the platform", new="yes"),
        ]
        assert list(audit_words.changes({"reason": ""}, {})) == [audit_words.Change("reason", old="none")]
        assert list(audit_words.changes({"of_old": {"a": 1}}, {"of_old": [2]})) == [
            audit_words.Change("of old", added=["2"])
        ]

    def test_names_are_only_ever_text(self, ada_client, ada_actor, account):
        record(ada_actor, Action.ACCOUNT_CHANGED, account, before={"name": "<b>x</b>"}, after={"name": "<img src=x>"})

        assert "<img src=x>" not in ada_client.get(URL).content.decode()


class TestTable:
    def rows(self, response) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(read(response), newline="")))

    def test_it_holds_what_the_filter_shows(self, account, ada_actor):
        added = add(account, audit_log.BATCH + 1)
        record(ada_actor, Action.ACCOUNT_CHANGED)

        wanted = Filter(who=audit_log.LUMIO)
        content = b"".join(audit_log.table(account, wanted)).decode("utf-8-sig")

        found = list(csv.DictReader(io.StringIO(content, newline="")))
        assert list(found[0]) == list(audit_log.COLUMNS)
        assert [row["time"] for row in found] == [one.created_at.isoformat() for one in reversed(added)]
        assert {(row["who"], row["action"], row["what"]) for row in found} == {
            ("Lumio", "connection.lost", "Platform sign-in ended")
        }

    def test_a_name_never_becomes_a_formula(self, account):
        evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
        for name in evil:
            add(account, 1, action=Action.ROLE_CREATED, actor_name=name, target_name=name)

        content = b"".join(audit_log.table(account, Filter(actions=[Action.ROLE_CREATED]))).decode("utf-8-sig")

        cells = [(row["who"], row["target"]) for row in csv.DictReader(io.StringIO(content, newline=""))]
        assert cells == [(f"'{name}", f"'{name}") for name in reversed(evil)]

    def test_taking_it_is_noted_with_the_filter(self, ada_client, account):
        response = ada_client.post(f"{URL}/export", {"account": str(account.pk), "what": "roles", "q": "Mod"})

        assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert re.fullmatch(
            r'attachment; filename="lumio-audit-log-ada-live-\d{4}-\d\d-\d\d.csv"', response["Content-Disposition"]
        )
        entry = AuditEntry.objects.get(action=Action.AUDIT_EXPORTED)
        assert (entry.actor_name, entry.after) == ("Ada", {"actions": audit_log.of_group("roles"), "text": "Mod"})

    @pytest.mark.django_db(transaction=True)
    def test_it_comes_piece_by_piece_through_every_door(self, ada_client, account):
        add(account, 2)

        by_form = self.rows(ada_client.post(f"{URL}/export", {"account": str(account.pk), "who": "lumio"}))
        by_rest = self.rows(ada_client.get("/v1/audit.csv?who=lumio"))

        assert len(by_form) == len(by_rest) == 2

    def test_looking_at_its_head_is_not_taking_it(self, ada_client, account):
        assert ada_client.head("/v1/audit.csv")["Content-Type"] == "text/csv"
        assert not AuditEntry.objects.filter(action=Action.AUDIT_EXPORTED).exists()


class TestApi:
    def test_rest_and_graphql_tell_the_same(self, ada_client, ada_actor, account):
        role = account.roles.get(slug="viewer")
        entry = record(ada_actor, Action.ROLE_CHANGED, role, before={"name": "a"}, after={"name": "b"})
        add(account, 2)
        query = """{ auditLog(action: ["roles"], limit: 5) {
            id createdAt actor { id name } via viaDetail action target { type id name } before after address } }"""

        answer = ada_client.get("/v1/audit?action=roles&limit=5").json()
        [told] = ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()["data"][
            "auditLog"
        ]

        assert answer["data"] == [
            {
                "id": entry.pk,
                "created_at": entry.created_at.isoformat(),
                "actor": {"id": str(ada_actor.user.pk), "name": "Ada"},
                "via": "session",
                "via_detail": "",
                "action": "role.changed",
                "target": {"type": "role", "id": str(role.pk), "name": "Viewer"},
                "before": {"name": "a"},
                "after": {"name": "b"},
                "address": None,
            }
        ]
        assert (told["id"], told["viaDetail"], told["createdAt"]) == (entry.pk, "", entry.created_at.isoformat())
        assert {name: told[name] for name in ("actor", "via", "action", "target", "before", "after", "address")} == {
            name: answer["data"][0][name] for name in ("actor", "via", "action", "target", "before", "after", "address")
        }

    def test_pages_are_turned_by_links(self, ada_client, account):
        add(account, 5)
        newest = list(AuditEntry.objects.filter(account=account).order_by("-pk").values_list("pk", flat=True))

        first = ada_client.get("/v1/audit?limit=2").json()
        second = ada_client.get(first["_links"]["next"]).json()

        assert [row["id"] for row in first["data"] + second["data"]] == newest[:4]

    @pytest.mark.parametrize("query", ["who=x", "via=x", "action=x", "since=x", f"q={'x' * 101}"])
    def test_what_is_no_filter_is_refused(self, ada_client, account, query):
        for address in ("/v1/audit", "/v1/audit.csv"):
            response = ada_client.get(f"{address}?{query}")

            assert (response.status_code, response.json()["code"]) == (400, "bad_filter")
        assert not AuditEntry.objects.filter(action=Action.AUDIT_EXPORTED).exists()

    def test_who_may_not_read_it_reads_nothing(self, account):
        client = signed_in(factories.make_member(account=account, permissions=set(Permission) - {"audit:read"}).user)

        answers = [client.get(URL), client.post(f"{URL}/export"), client.get("/v1/audit"), client.get("/v1/audit.csv")]

        assert [answer.status_code for answer in answers] == [403] * 4


def test_what_is_done_with_a_token_names_its_member_or_else_its_maker_and_the_address(client, ada_actor, ben, account):
    """Through the door itself: a test event over REST."""
    client.defaults["REMOTE_ADDR"] = "203.0.113.7"
    member = account.members.get(user=ben)
    event = {"type": "follow", "platform": "twitch"}
    token, secret = factories.make_token(actor=ada_actor, permissions={"events:create"})
    for assigned in (None, member):
        type(token).objects.filter(pk=token.pk).update(member=assigned)

        sent = client.post(
            f"/v1/events/test?token={secret.reveal()}", json.dumps(event), content_type="application/json"
        )

        assert sent.status_code == 201
    ending = secret.reveal()[-4:]
    lines = AuditEntry.objects.filter(action=Action.TEST_EVENT_SENT).order_by("pk")
    assert [(line.actor_name, line.via, line.via_detail, line.address) for line in lines] == [
        ("Ada", "popout_token", f"popout token …{ending}", "203.0.113.7"),
        ("Ben", "popout_token", f"popout token …{ending}, assigned to a member", "203.0.113.7"),
    ]
