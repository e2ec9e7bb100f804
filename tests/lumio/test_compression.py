from __future__ import annotations

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from lumio.compression import CompressedPages

ROW = b"<li>viewer followed</li>" * 100


def sent(response: HttpResponse | StreamingHttpResponse) -> HttpResponse | StreamingHttpResponse:
    return CompressedPages(lambda request: response)(RequestFactory().get("/", headers={"Accept-Encoding": "gzip"}))


def test_a_page_is_compressed_and_its_length_tells_nothing(ada_client):
    pages = [ada_client.get("/dashboard/help", headers={"Accept-Encoding": "gzip"}) for _ in range(10)]

    assert {page["Content-Encoding"] for page in pages} == {"gzip"}
    assert b"</html>" in gzip.decompress(pages[0].content)
    assert len({len(page.content) for page in pages}) > 3


def test_whoever_does_not_ask_for_it_gets_it_as_it_is(client):
    page = client.get("/account/login/")

    assert "Content-Encoding" not in page
    assert "Accept-Encoding" in page["Vary"]


@pytest.mark.parametrize(
    "response",
    [HttpResponse(ROW, content_type="application/json"), StreamingHttpResponse([ROW], content_type="text/html")],
)
def test_what_is_no_page_is_sent_as_it_is(response):
    assert "Content-Encoding" not in sent(response)
