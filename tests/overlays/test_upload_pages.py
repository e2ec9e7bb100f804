"""The Uploads page, as forms send it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Permission
from overlays import upload_views
from overlays.enums import LayerType
from overlays.models import Upload
from tests import factories
from tests.overlays import media as files
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/uploads"


@pytest.fixture
def upload(account) -> Upload:
    return factories.make_upload(account=account)


def text(response) -> str:
    return response.content.decode()


class TestTheList:
    def test_is_empty_to_begin_with(self, ada_client):
        page = text(ada_client.get(PAGE))

        assert "Nothing here yet" in page
        assert "0\xa0bytes of 500.0\xa0MB used" in page

    def test_shows_one_kind(self, ada_client, account):
        factories.make_upload(account=account, name="Chime.ogg")
        factories.make_upload(account=account, name="Intro.mp4", kind="video")

        page = text(ada_client.get(f"{PAGE}?kind=video"))

        assert "Intro.mp4" in page
        assert "Chime.ogg" not in page

    @pytest.mark.parametrize("query", ["?kind=font", "?kind="])
    def test_shows_all_where_no_kind_is_meant(self, ada_client, upload, query):
        assert upload.name in text(ada_client.get(PAGE + query))

    def test_goes_on_to_older_ones(self, ada_client, account, monkeypatch):
        monkeypatch.setattr(upload_views, "PAGE", 2)
        for number in range(3):
            factories.make_upload(account=account, name=f"Sound {number}")

        first = ada_client.get(PAGE)
        second = text(ada_client.get(f"{PAGE}?{first.context['older']}"))

        assert [file["name"] for file in first.context["files"]] == ["Sound 2", "Sound 1"]
        assert "Sound 0" in second and "Sound 1" not in second and "From the newest" in second

    def test_asks_as_often_for_three_as_for_one(self, ada_client, account):
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                ada_client.get(PAGE)
            return len(queries)

        factories.make_upload(account=account)
        ada_client.get(PAGE)  # what is read once for the session
        for_one = asked()
        factories.make_upload(account=account)
        factories.make_upload(account=account)

        assert asked() == for_one

    def test_offers_no_more_than_one_may(self, ben_client, upload):
        page = text(ben_client.get(PAGE))

        assert upload.name in page
        assert "<upload-drop" not in page

    def test_is_for_members_who_see_overlays(self, account):
        client = signed_in(factories.make_member(account=account, permissions={Permission.CHAT_READ}).user)

        assert client.get(PAGE).status_code == 403


class TestBringing:
    def post(self, client, *contents: bytes):
        sent = [SimpleUploadedFile(f"{number}.png", content) for number, content in enumerate(contents)]
        return client.post(PAGE, {"file": sent}, follow=True)

    def test_several_at_once(self, ada_client):
        page = text(self.post(ada_client, files.png(), files.MP3))

        assert "2 files are here." in page
        assert Upload.objects.count() == 2

    def test_one_that_is_refused_keeps_no_other_out(self, ada_client):
        page = text(self.post(ada_client, files.SVG, files.png()))

        assert "0.png: SVG files can hold programs" in page
        assert "One file is here." in page
        assert [one.name for one in Upload.objects.all()] == ["1.png"]

    def test_nothing_chosen(self, ada_client):
        assert "Choose a file first." in text(self.post(ada_client))

    def test_is_for_whoever_changes_overlays(self, ben_client):
        response = self.post(ben_client, files.png())

        assert response.status_code == 403
        assert not Upload.objects.exists()


class TestOne:
    def test_says_where_it_is_used(self, ada_client, account, upload):
        overlay = factories.make_overlay(account=account, name="Gaming")
        code = {"html": f"<audio src='/uploads/{upload.file}'>"}
        factories.make_layer(overlay=overlay, type=LayerType.CUSTOM, name="Jingle", config=code)

        page = text(ada_client.get(f"{PAGE}/{upload.pk}"))
        question = text(ada_client.get(f"{PAGE}/{upload.pk}/remove"))

        assert "Gaming · Jingle" in page
        assert "Gaming · Jingle" in question and "These layers show nothing in its place" in question

    def test_is_renamed(self, ada_client, upload):
        page = text(ada_client.post(f"{PAGE}/{upload.pk}", {"name": "Hello"}, follow=True))

        assert "“Hello” is saved." in page
        assert Upload.objects.get().name == "Hello"

    @pytest.mark.parametrize("name", ["", "\u200b", "x" * 121])
    def test_keeps_its_name_where_the_new_one_is_none(self, ada_client, upload, name):
        response = ada_client.post(f"{PAGE}/{upload.pk}", {"name": name})

        assert response.status_code == 422
        assert Upload.objects.get().name == upload.name

    def test_is_removed_after_a_question(self, ada_client, upload):
        asked = text(ada_client.get(f"{PAGE}/{upload.pk}/remove"))
        page = text(ada_client.post(f"{PAGE}/{upload.pk}/remove", follow=True))

        assert "No layer shows it." in asked
        assert f"“{upload.name}” is removed." in page
        assert not Upload.objects.exists()

    def test_is_changed_by_nobody_who_may_not(self, ben_client, cleo_client, upload):
        address = f"{PAGE}/{upload.pk}"

        assert ben_client.get(address).status_code == 200
        assert ben_client.post(address, {"name": "x"}).status_code == 403
        assert ben_client.post(f"{address}/remove").status_code == 403
        assert {cleo_client.get(address).status_code, cleo_client.post(f"{address}/remove").status_code} == {404}
        assert Upload.objects.get().name == upload.name
