"""Uploads over REST and GraphQL: the same rows, rules and codes."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Permission
from overlays.enums import LayerType
from overlays.models import Upload
from tests import factories
from tests.integrations.test_api import graphql
from tests.overlays import media as files

pytestmark = pytest.mark.django_db

REST = "/v1/uploads"
FIELDS = "id kind name url contentType size width height usedBy { overlayName layerName }"
RENAME = "mutation ($id: ID!, $name: String!) { renameUpload(id: $id, name: $name) { upload { name } } }"
DELETE = "mutation ($id: ID!) { deleteUpload(id: $id) { id } }"


def post(client, content: bytes, name: str = "Wave.png", content_type: str = "image/png"):
    return client.post(REST, {"file": SimpleUploadedFile(name, content, content_type)})


class TestRest:
    def test_uploads_lists_shows_renames_and_removes(self, ada_client, ben_client):
        made = post(ada_client, files.png())
        listed = ben_client.get(REST).json()["data"]
        shown = ben_client.get(made["Location"]).json()["data"]

        assert made.status_code == 201
        assert listed == [shown] == [made.json()["data"]]
        row = Upload.objects.get()
        del shown["id"], shown["created_at"], shown["cursor"]
        assert shown == {
            "kind": "image", "name": "Wave.png", "url": f"http://overlay.localhost:8000/uploads/{row.file}",
            "content_type": "image/png", "size": row.size, "width": 8, "height": 4, "used_by": [],
        }  # fmt: skip
        renamed = ada_client.patch(made["Location"], {"name": "Hello"}, content_type="application/json")
        assert renamed.json()["data"]["name"] == "Hello"
        assert ada_client.delete(made["Location"]).status_code == 204
        assert ada_client.get(made["Location"]).status_code == 404

    def test_what_the_browser_says_a_file_is_does_not_count(self, ada_client):
        made = post(ada_client, files.MP3, name="page.html", content_type="text/html").json()["data"]

        assert (made["kind"], made["content_type"], made["url"][-4:]) == ("sound", "audio/mpeg", ".mp3")

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (b"", 400, "invalid"),
            (b"just words", 422, "file_not_taken"),
            (files.SVG, 422, "svg_not_taken"),
            (files.bomb(), 422, "too_many_pixels"),
            (files.png()[:40], 422, "damaged_file"),
        ],
    )
    def test_refusals_keep_nothing(self, ada_client, content, status, code):
        response = post(ada_client, content)

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert not Upload.objects.exists()

    def test_a_body_without_a_file_is_refused(self, ada_client):
        assert ada_client.post(REST, {"file": "words"}).json()["code"] == "invalid"
        assert ada_client.post(REST, {}, content_type="application/json").status_code == 415

    def test_says_how_much_room_there_is(self, ada_client):
        made = post(ada_client, files.png()).json()["data"]

        usage = ada_client.get(f"{REST}/usage").json()["data"]

        assert usage == {"used": made["size"], "quota": 500 * 1024 * 1024}

    def test_lists_one_kind_in_pages(self, ada_client):
        for number in range(3):
            post(ada_client, files.png(), name=f"{number}.png")
        post(ada_client, files.MP3)

        first = ada_client.get(f"{REST}?kind=image&limit=2").json()
        second = ada_client.get(first["_links"]["next"]).json()

        assert [one["name"] for one in first["data"] + second["data"]] == ["2.png", "1.png", "0.png"]
        assert ada_client.get(f"{REST}?kind=video").json()["data"] == []
        assert ada_client.get(f"{REST}?kind=font").json()["code"] == "bad_filter"

    def test_those_of_others_are_not_there(self, ada_client, cleo_client):
        made = post(ada_client, files.png())["Location"]

        assert cleo_client.get(REST).json()["data"] == []
        assert {
            cleo_client.get(made).status_code,
            cleo_client.patch(made, {"name": "Mine"}, content_type="application/json").status_code,
            cleo_client.delete(made).status_code,
        } == {404}
        assert Upload.objects.get().name == "Wave.png"

    def test_is_asked_for_the_right(self, ada_client, ben_client):
        made = post(ada_client, files.png())["Location"]

        asked = [
            post(ben_client, files.png()),
            ben_client.patch(made, {"name": "Mine"}, content_type="application/json"),
            ben_client.delete(made),
        ]

        assert [answer.json()["permission"] for answer in asked] == [Permission.OVERLAYS_EDIT] * 3
        assert [one.name for one in Upload.objects.all()] == ["Wave.png"]

    def test_says_which_layers_show_it(self, ada_client, account):
        made = post(ada_client, files.png()).json()["data"]
        overlay = factories.make_overlay(account=account, name="Gaming")
        layer = factories.make_layer(overlay=overlay, type=LayerType.IMAGE, name="Logo", config={"picture": made["id"]})

        [shown] = ada_client.get(REST).json()["data"]

        assert shown["used_by"] == [
            {
                "overlay_id": str(overlay.pk),
                "overlay_name": "Gaming",
                "layer_id": str(layer.pk),
                "layer_name": "Logo",
            }
        ]

    def test_asks_as_often_for_many_as_for_one(self, ada_client, account):
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                ada_client.get(REST)
            return len(queries)

        post(ada_client, files.png())
        for_one = asked()
        post(ada_client, files.jpeg())
        post(ada_client, files.MP3)

        assert asked() == for_one


class TestGraphQL:
    def test_lists_shows_renames_and_removes(self, ada_client):
        made = post(ada_client, files.png()).json()["data"]

        listed = graphql(ada_client, f'{{ uploads(kind: "image") {{ {FIELDS} }} }}')["data"]["uploads"]
        shown = graphql(ada_client, f"query ($id: ID!) {{ upload(id: $id) {{ {FIELDS} }} }}", id=made["id"])["data"]
        usage = graphql(ada_client, "{ uploadUsage { used quota } }")["data"]["uploadUsage"]
        renamed = graphql(ada_client, RENAME, id=made["id"], name="Hello")["data"]["renameUpload"]["upload"]
        removed = graphql(ada_client, DELETE, id=made["id"])["data"]["deleteUpload"]

        assert listed == [shown["upload"]]
        assert shown["upload"] == {
            "id": made["id"], "kind": "image", "name": "Wave.png", "url": made["url"], "contentType": "image/png",
            "size": made["size"], "width": 8, "height": 4, "usedBy": [],
        }  # fmt: skip
        assert usage == {"used": made["size"], "quota": 500 * 1024 * 1024}
        assert renamed == {"name": "Hello"}
        assert removed == {"id": made["id"]}
        assert not Upload.objects.exists()

    @pytest.mark.parametrize(("name", "code"), [("", "invalid"), (" \u200b ", "name_missing"), ("x" * 121, "invalid")])
    def test_refusals_have_the_same_codes(self, ada_client, name, code):
        made = post(ada_client, files.png()).json()["data"]

        [error] = graphql(ada_client, RENAME, id=made["id"], name=name)["errors"]

        assert error["extensions"]["code"] == code
        assert Upload.objects.get().name == "Wave.png"

    def test_is_asked_for_the_right(self, ada_client, ben_client):
        made = post(ada_client, files.png()).json()["data"]

        answers = [graphql(ben_client, RENAME, id=made["id"], name="x"), graphql(ben_client, DELETE, id=made["id"])]

        assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["permission_refused"] * 2
        assert Upload.objects.get().name == "Wave.png"
