"""The Overlays page, and the pages about one overlay."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from accounts.enums import Permission
from overlays.domain import access, overlays
from overlays.domain.overlays import Changes
from overlays.enums import GoalOf, LayerType
from overlays.layers import form_spec
from overlays.models import Goal, Layer, Overlay, Source, Timer
from tests import factories
from tests.pages import member, said, words

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/overlays"
READ, CREATE, EDIT, DELETE = (
    Permission.OVERLAYS_READ,
    Permission.OVERLAYS_CREATE,
    Permission.OVERLAYS_EDIT,
    Permission.OVERLAYS_DELETE,
)
KEY = "the-key-of-main-that-nobody-may-see"


def shown(client: Client, address: str = PAGE) -> str:
    content = client.get(address).content.decode()
    return words(content.partition("<main")[2].partition("</main>")[0])


def opened(row: Overlay, **fields) -> Source:
    now = datetime.now(UTC)
    usual = {"visible": True, "obs_version": "31.0.2", "browser": "OBS", "connected_at": now, "seen_at": now}
    return Source.objects.create(id=uuid4(), overlay=row, **usual | fields)


@pytest.fixture
def row(account) -> Overlay:
    return factories.make_overlay(account=account, key=KEY, name="Main")


class TestTheList:
    def test_says_how_to_begin_while_there_is_none(self, ada_client):
        assert "No overlays yet" in shown(ada_client)
        assert "New Overlay" in shown(ada_client)

    def test_shows_size_layers_and_whether_it_is_open(self, ada_client, row):
        factories.make_layer(overlay=row, name="Hello")

        assert "Main 1920 \N{MULTIPLICATION SIGN} 1080 · 1 layer not open anywhere Hello" in shown(ada_client)

    def test_counts_the_sources_that_are_connected(self, ada_client, row):
        opened(row)
        opened(row, visible=False)
        opened(row, connected=False)

        assert "2 sources connected" in shown(ada_client)

    def test_source_that_says_nothing_any_more_is_not_connected(self, ada_client, row):
        opened(row, seen_at=datetime.now(UTC) - timedelta(minutes=2))

        text = shown(ada_client)

        assert "last open" in text
        assert "source connected" not in text

    def test_it_is_redrawn_only_if_it_changed(self, ada_client, row):
        source = opened(row)
        seen = re.search(r"seen=(\w+)", ada_client.get(PAGE).content.decode())[1]

        same = ada_client.get(f"{PAGE}/cards?seen={seen}")
        Source.objects.filter(pk=source.pk).update(frames=30)
        almost = ada_client.get(f"{PAGE}/cards?seen={seen}")
        Source.objects.filter(pk=source.pk).update(connected=False)
        other = ada_client.get(f"{PAGE}/cards?seen={seen}")

        assert (same.status_code, almost.status_code, other.status_code) == (204, 204, 200)
        assert "last open" in words(other.content.decode())

    def test_layers_are_drawn_where_they_lie(self, ada_client, row):
        factories.make_layer(overlay=row, x=10, y=20, width=300, height=40)
        factories.make_layer(overlay=row, type=LayerType.IMAGE, visible=False)

        content = ada_client.get(PAGE).content.decode()

        assert 'viewBox="0 0 1920 1080"' in content
        assert re.findall(r'layer--(\w+)" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', content) == [
            ("text", "10", "20", "300", "40")
        ]

    def test_name_is_never_markup(self, ada_client, row):
        overlays_name = "<script>alert(1)</script>"
        Overlay.objects.update(name=overlays_name)
        factories.make_layer(overlay=row, name=overlays_name)

        assert overlays_name not in ada_client.get(PAGE).content.decode()

    def test_key_is_on_no_list(self, ada_client, row):
        assert KEY not in ada_client.get(PAGE).content.decode()
        assert f"/v1/overlays/{row.pk}/key" in ada_client.get(PAGE).content.decode()

    def test_whoever_may_only_look_is_offered_nothing_else(self, account, row):
        content = member(account, READ).get(PAGE).content.decode()

        assert words(content.partition("<main")[2]).count("Details") == 1
        for offer in ("/key", "/duplicate", "/remove", "/new", f'{row.pk}"'):
            assert offer not in content.replace(f'overlay-{row.pk}"', "")

    def test_other_accounts_have_their_own(self, cleo_client, row):
        assert "No overlays yet" in shown(cleo_client)

    def test_asks_the_database_as_often_for_three_as_for_one(
        self, ada_client, ada_actor, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(12) as captured:
            ada_client.get(PAGE)
        none = len(captured)
        for _ in range(3):
            opened(overlays.create(actor=ada_actor, wanted=Changes(), preset="full"))

        with django_assert_max_num_queries(none + 1) as captured:  # their layers
            ada_client.get(PAGE)
        assert [query for query in captured if "config" in query["sql"]] == []


class TestMakingOne:
    GIVEN = {"name": "Phone", "preset": "chat", "size": "1080x1920", "language": "de"}

    def test_form_offers_every_preset_and_a_free_name(self, ada_client, row):
        Overlay.objects.update(name="Overlay")

        content = ada_client.get(f"{PAGE}/new").content.decode()

        assert 'value="Overlay 2"' in content
        assert re.findall(r'name="preset" value="(\w+)"( checked)?', content) == [
            ("empty", ""),
            ("alerts", ""),
            ("chat", ""),
            ("full", " checked"),
        ]

    def test_it_is_made_and_leads_to_its_editor(self, ada_client, account):
        response = ada_client.post(f"{PAGE}/new", self.GIVEN)

        made = Overlay.objects.get(account=account)
        assert (response.status_code, response["Location"]) == (302, f"{PAGE}/{made.pk}")
        assert (made.name, made.width, made.height, made.language) == ("Phone", 1080, 1920, "de")
        assert [layer.type for layer in made.layers.all()] == ["chat_box"]

    def test_name_that_is_taken_is_said_beside_its_field(self, ada_client, row):
        response = ada_client.post(f"{PAGE}/new", self.GIVEN | {"name": "Main"})

        assert response.status_code == 422
        assert "There is an overlay called Main already." in words(response.content.decode())
        assert Overlay.objects.count() == 1

    @pytest.mark.parametrize("wrong", [{"preset": "everything"}, {"size": "1x1"}, {"language": "tlh"}, {"name": ""}])
    def test_what_is_not_on_offer_is_refused(self, ada_client, wrong):
        response = ada_client.post(f"{PAGE}/new", self.GIVEN | wrong)

        assert response.status_code == 422
        assert not Overlay.objects.exists()


class TestTheEditor:
    @staticmethod
    def facts(client: Client, row: Overlay) -> dict:
        content = client.get(f"{PAGE}/{row.pk}").content.decode()
        return json.loads(re.search(r'<script id="editor" type="application/json">(.*?)</script>', content)[1])

    def test_begins_with_everything_it_needs(self, ada_client, row):
        layer = factories.make_layer(overlay=row, name="Hi")

        facts = self.facts(ada_client, row)

        assert facts["definition"]["layers"][0]["id"] == str(layer.pk)
        assert facts["forms"] == form_spec()
        assert (
            facts["plays"]["tip"]["variables"]["amount"] == "€5.00"
            or "5.00" in (facts["plays"]["tip"]["variables"]["amount"])
        )
        assert facts["urls"] == {
            "save": f"/v1/overlays/{row.pk}",
            "test": "/v1/events/test",
            "uploads": "/v1/uploads",
            "running": "/v1/overlays",
        }

    def test_frames_the_preview_and_nothing_else(self, ada_client, row):
        response = ada_client.get(f"{PAGE}/{row.pk}")

        assert f'data-address="http://overlay.localhost:8000/overlay/{KEY}/preview"' in response.content.decode()
        policy = response["Content-Security-Policy"].split("; ")
        assert "frame-src 'self' http://overlay.localhost:8000" in policy

    def test_only_who_may_change_overlays_sees_it(self, account, row):
        response = member(account, *(set(Permission) - {EDIT})).get(f"{PAGE}/{row.pk}")

        assert response.status_code == 403
        assert KEY not in response.content.decode()

    def test_without_a_readable_key_it_says_why(self, ada_client, row):
        Overlay.objects.update(key_encrypted=b"under a key that is lost")

        response = ada_client.get(f"{PAGE}/{row.pk}", follow=True)

        assert response.redirect_chain == [(f"{PAGE}/{row.pk}/details", 302)]
        assert "cannot be read with this Lumio's encryption keys" in unescape(response.content.decode())


class TestOne:
    def test_address_is_there_to_be_copied_without_being_seen(self, ada_client, row):
        content = ada_client.get(f"{PAGE}/{row.pk}/details").content.decode()

        assert KEY not in words(content)
        assert re.search(rf'<input[^>]*type="password"[^>]*value="[^"]*{KEY}"', content)
        assert "data:image/svg+xml;base64," in content

    def test_whoever_may_only_look_gets_no_address(self, account, row):
        content = member(account, READ).get(f"{PAGE}/{row.pk}/details").content.decode()

        assert KEY not in content
        assert "data:image/svg+xml" not in content
        assert "<form" not in content.partition("<main")[2].partition("</main>")[0]

    def test_open_pages_say_what_they_are_and_whether_they_are_seen(self, ada_client, row):
        opened(row, active=True)
        opened(row)
        opened(row, visible=False)
        opened(row, connected=False)

        text = shown(ada_client, f"{PAGE}/{row.pk}/details")

        assert re.findall(r"31.0.2 ([a-z]+|on air) (?:connected|last seen)", text) == [
            "gone",
            "hidden",
            "visible",
            "on air",
        ]

    def test_open_pages_are_redrawn_only_if_they_changed(self, ada_client, row):
        opened(row)
        seen = re.search(r"sources\?seen=(\w+)", ada_client.get(f"{PAGE}/{row.pk}/details").content.decode())[1]

        same = ada_client.get(f"{PAGE}/{row.pk}/sources?seen={seen}")
        Source.objects.update(visible=False)
        other = ada_client.get(f"{PAGE}/{row.pk}/sources?seen={seen}")

        assert (same.status_code, other.status_code) == (204, 200)
        assert "hidden connected" in words(other.content.decode())

    def test_settings_are_saved_without_a_script(self, ada_client, row):
        layer = factories.make_layer(overlay=row)
        given = {"name": "Big", "width": 1280, "height": 720, "background": "", "language": "de"}

        response = ada_client.post(f"{PAGE}/{row.pk}/details", given)

        row.refresh_from_db()
        assert (response.status_code, response["Location"]) == (302, f"{PAGE}/{row.pk}/details")
        assert (row.name, row.width, row.background, row.language, row.version) == (
            "Big",
            1280,
            "transparent",
            "de",
            2,
        )
        assert list(row.layers.all()) == [layer]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"background": "red"}, "A background is transparent, or a colour as #rrggbb."),
            ({"width": 5}, "16"),
            ({"name": "Taken"}, "There is an overlay called Taken already."),
        ],
    )
    def test_what_is_wrong_is_said(self, ada_client, account, row, wrong, sentence):
        factories.make_overlay(account=account, name="Taken")
        given = {"name": "Big", "width": 1280, "height": 720, "background": "", "language": "de"}

        response = ada_client.post(f"{PAGE}/{row.pk}/details", given | wrong)

        row.refresh_from_db()
        assert response.status_code == 422
        assert sentence in words(response.content.decode())
        assert (row.name, row.version) == ("Main", 1)

    def test_new_address_ends_the_old_one(self, ada_client, row):
        response = ada_client.post(f"{PAGE}/{row.pk}/rotate")

        assert response["Location"] == f"{PAGE}/{row.pk}/details"
        assert access.find(KEY) is None
        assert said(response) == ["There is a new address. Put it into OBS: pages with the old one are blank."]

    def test_open_pages_are_loaded_again(self, ada_client, row):
        response = ada_client.post(f"{PAGE}/{row.pk}/reload")

        assert said(response) == ["Every open page of Main loads again."]

    def test_copy_stands_in_the_list(self, ada_client, row):
        response = ada_client.post(f"{PAGE}/{row.pk}/duplicate", follow=True)

        assert response.redirect_chain == [(PAGE, 302)]
        assert "Main 2 is a copy with an address of its own." in words(response.content.decode())

    def test_deleting_names_what_goes_blank_and_asks_first(self, ada_client, row):
        opened(row)
        factories.make_layer(overlay=row)

        asked = shown(ada_client, f"{PAGE}/{row.pk}/remove")
        response = ada_client.post(f"{PAGE}/{row.pk}/remove")

        assert "1 page shows it now. 1 layer goes with it" in asked
        assert said(response) == ["Main is deleted."]
        assert not Overlay.objects.exists()

    def test_timer_is_started_and_stopped(self, ada_client, row):
        layer = factories.make_layer(overlay=row, type=LayerType.TIMER, name="Break")
        factories.make_layer(overlay=row, type=LayerType.TIMER, name="Clock", config={"mode": "clock"})

        before = shown(ada_client, f"{PAGE}/{row.pk}/details")
        response = ada_client.post(f"{PAGE}/timers/{layer.pk}", {"act": "start"}, follow=True)

        assert "Timers Break ran for 0:00:00 Start Reset" in before
        assert "Clock" not in before.partition("Timers")[2]
        assert response.redirect_chain == [(f"{PAGE}/{row.pk}/details", 302)]
        assert "running Stop Reset" in words(response.content.decode())
        assert Timer.objects.get().running_since is not None

    def test_what_no_timer_takes_is_said(self, ada_client, row):
        layer = factories.make_layer(overlay=row, type=LayerType.TIMER)

        response = ada_client.post(f"{PAGE}/timers/{layer.pk}", {"act": "explode"})

        assert said(response) == ["A timer takes: start, stop, reset."]
        assert not Timer.objects.exists()

    def test_goal_says_how_far_it_is_and_is_counted_anew(self, ada_client, account, row):
        config = {"counts": "tips", "currency": "EUR", "start": 10, "target": 250}
        layer = factories.make_layer(overlay=row, type=LayerType.GOAL, name="Camera", config=config)
        Goal.objects.create(layer=layer, account=account, counts=GoalOf.TIPS, currency="EUR", counted=1250)

        before = shown(ada_client, f"{PAGE}/{row.pk}/details")
        response = ada_client.post(f"{PAGE}/goals/{layer.pk}/reset")

        assert "Camera 22.50 EUR of 250.00 EUR" in before
        assert said(response) == ["Camera counts from now on."]
        assert Goal.objects.get().counted == 0


@pytest.mark.parametrize(
    ("permission", "method", "path"),
    [
        (READ, "get", ""),
        (READ, "get", "/cards"),
        (READ, "get", "/{id}/details"),
        (READ, "get", "/{id}/sources"),
        (CREATE, "get", "/new"),
        (CREATE, "post", "/new"),
        (CREATE, "post", "/{id}/duplicate"),
        (EDIT, "get", "/{id}"),
        (EDIT, "post", "/{id}/details"),
        (EDIT, "post", "/{id}/rotate"),
        (EDIT, "post", "/{id}/reload"),
        (EDIT, "post", "/timers/{layer}"),
        (EDIT, "post", "/goals/{layer}/reset"),
        (DELETE, "get", "/{id}/remove"),
        (DELETE, "post", "/{id}/remove"),
    ],
)
def test_each_page_asks_for_its_permission(account, row, permission, method, path):
    layer = factories.make_layer(overlay=row, type=LayerType.TIMER)
    client = member(account, *(set(Permission) - {permission}))

    response = getattr(client, method)(PAGE + path.format(id=row.pk, layer=layer.pk))

    assert response.status_code == 403
    assert [(one.name, one.digest, one.version) for one in Overlay.objects.all()] == [("Main", row.digest, 1)]
    assert (list(Layer.objects.all()), Timer.objects.count()) == ([layer], 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/{id}"),
        ("get", "/{id}/details"),
        ("post", "/{id}/details"),
        ("post", "/{id}/rotate"),
        ("post", "/{id}/reload"),
        ("post", "/{id}/duplicate"),
        ("get", "/{id}/remove"),
        ("post", "/{id}/remove"),
        ("post", "/timers/{layer}"),
        ("post", "/goals/{layer}/reset"),
    ],
)
def test_what_another_account_has_is_not_there(cleo_client, row, method, path):
    layer = factories.make_layer(overlay=row, type=LayerType.TIMER)

    response = getattr(cleo_client, method)(PAGE + path.format(id=row.pk, layer=layer.pk))

    assert response.status_code == 404
    assert [(one.name, one.digest) for one in Overlay.objects.all()] == [("Main", row.digest)]


def test_whoever_may_not_see_overlays_is_led_elsewhere(account, row):
    client = member(account, EDIT, DELETE)

    rotated = client.post(f"{PAGE}/{row.pk}/rotate")
    Overlay.objects.update(key_encrypted=b"under a key that is lost")
    edited, removed = client.get(f"{PAGE}/{row.pk}"), client.post(f"{PAGE}/{row.pk}/remove")

    assert {answer["Location"] for answer in (rotated, edited, removed)} == {"/dashboard"}
