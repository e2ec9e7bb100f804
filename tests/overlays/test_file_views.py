"""Uploaded files as browsers get them."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain import deletion
from overlays.models import Upload
from tests import factories
from tests.accounts.test_audit_log import read_bytes

pytestmark = pytest.mark.django_db(transaction=True)  # files are read in threads of their own

CONTENT = bytes(range(250)) * 4


@pytest.fixture
def upload(account) -> Upload:
    return factories.make_upload(account=account, content=CONTENT)


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_HOST="overlay.localhost")


@pytest.fixture
def url(upload) -> str:
    return f"/uploads/{upload.file}"


def nothing(response) -> bool:
    return (response.status_code, response.content, response["Cache-Control"]) == (404, b"", "no-store")


class TestTheFile:
    def test_comes_whole_and_is_kept_for_ever(self, browser, url, upload):
        response = browser.get(url)

        told = {name: response[name] for name in (
            "Content-Type", "Content-Length", "Accept-Ranges", "Cache-Control", "ETag",
        )}  # fmt: skip
        assert told == {
            "Content-Type": "audio/ogg",
            "Content-Length": "1000",
            "Accept-Ranges": "bytes",
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": f'"{upload.digest}"',
        }
        assert read_bytes(response) == CONTENT

    def test_runs_nothing_and_may_be_shown_by_custom_code(self, browser, url):
        response = browser.get(url)

        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")

    def test_costs_one_query(self, browser, url):
        with CaptureQueriesContext(connection) as queries:
            browser.head(url)

        assert len(queries) == 1

    def test_is_not_sent_again(self, browser, url, upload):
        response = browser.get(url, HTTP_IF_NONE_MATCH=f'"{upload.digest}"')

        assert (response.status_code, response.content, response["ETag"]) == (304, b"", f'"{upload.digest}"')

    def test_is_only_described_to_who_asks_for_that(self, browser, url):
        response = browser.head(url)

        assert (response.status_code, response.content, response["Content-Length"]) == (200, b"", "1000")

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_is_only_read(self, browser, url, method):
        assert getattr(browser, method)(url).status_code == 405


class TestParts:
    @pytest.mark.parametrize(
        ("wanted", "part", "told"),
        [
            ("bytes=0-", slice(0, None), "bytes 0-999/1000"),
            ("bytes=0-0", slice(0, 1), "bytes 0-0/1000"),
            ("bytes=200-299", slice(200, 300), "bytes 200-299/1000"),
            ("bytes=990-5000", slice(990, None), "bytes 990-999/1000"),
            ("bytes=-10", slice(990, None), "bytes 990-999/1000"),
            ("bytes=-5000", slice(0, None), "bytes 0-999/1000"),
        ],
    )
    def test_a_part_is_sent_alone(self, browser, url, wanted, part, told):
        response = browser.get(url, HTTP_RANGE=wanted)

        content = read_bytes(response)
        assert (response.status_code, response["Content-Range"]) == (206, told)
        assert content == CONTENT[part]
        assert response["Content-Length"] == str(len(content))

    @pytest.mark.parametrize("wanted", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
    def test_what_lies_behind_the_end_is_not_there(self, browser, url, wanted):
        response = browser.get(url, HTTP_RANGE=wanted)

        assert (response.status_code, response["Content-Range"], response.content) == (416, "bytes */1000", b"")

    @pytest.mark.parametrize("wanted", ["bytes=-", "bytes=5-1", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b"])
    def test_what_cannot_be_meant_is_answered_with_everything(self, browser, url, wanted):
        response = browser.get(url, HTTP_RANGE=wanted)

        assert (response.status_code, read_bytes(response)) == (200, CONTENT)

    def test_of_another_version_than_the_browser_has_the_whole_is_sent(self, browser, url, upload):
        same = browser.get(url, HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE=f'"{upload.digest}"')
        other = browser.get(url, HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE='"another"')

        assert (same.status_code, len(read_bytes(same))) == (206, 10)
        assert (other.status_code, len(read_bytes(other))) == (200, 1000)


class TestNothing:
    @pytest.mark.parametrize("name", [f"{'0' * 40}.png", "x", "..%2flumio.sqlite3", "%00", "a" * 500])
    def test_is_at_a_name_that_nobody_was_given(self, browser, db, name):
        assert nothing(browser.get(f"/uploads/{name}"))

    def test_is_on_the_host_that_has_cookies(self, ada_client, url):
        assert nothing(ada_client.get(url))

    def test_is_left_once_its_account_is_closed(self, browser, url, ada_actor, account):
        deletion.close(actor=ada_actor, confirm_name=account.name)

        assert nothing(browser.get(url))

    def test_is_there_without_the_file(self, browser, url, upload):
        default_storage.delete(upload.file)

        assert nothing(browser.get(url))
