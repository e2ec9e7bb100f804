"""Nothing on a page that shows or takes a token tells it to anybody."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from tests.tokens.test_popouts import OBS
from tokens.domain import secret as secrets

#: What a browser fetches, or sends to, by itself or at a click.
ADDRESSES = {"src", "srcset", "href", "action", "formaction", "poster", "data", "content", "hx-get", "hx-post"}


class Asked(HTMLParser):
    """The addresses in a page that lead to another host."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elsewhere: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ADDRESSES and value and urlsplit(value).netloc:
                self.elsewhere.append(f"<{tag} {name}={value}>")


def elsewhere(response) -> list[str]:
    return Asked(response.content.decode()).elsewhere


def test_pages_about_tokens_ask_no_other_host(ada_client, token):
    pages = [
        ada_client.get("/dashboard/tokens"),
        ada_client.get("/dashboard/tokens/new"),
        ada_client.post("/dashboard/tokens/new", {"label": "Deck", "permissions": ["events:read"]}),
    ]

    assert [page.status_code for page in pages] == [200] * 3
    assert "lm_pop_" in pages[-1].content.decode(), "this one shows it"
    assert [elsewhere(page) for page in pages] == [[]] * 3
    assert "no-store" in pages[-1]["Cache-Control"]


@pytest.mark.parametrize("agent", ["", OBS])
@pytest.mark.parametrize("which", ["alive", "unknown", "hidden", "none"])
def test_no_popout_asks_another_host_or_tells_where_it_comes_from(client, token, which, agent):
    query = {"alive": {"token": token[1]}, "unknown": {"token": secrets.make().reveal()}, "hidden": {"token": "hidden"}}

    response = client.get("/popout/events", query.get(which, {}), headers={"user-agent": agent})

    assert elsewhere(response) == []
    assert {name: response[name] for name in ("Referrer-Policy", "Cache-Control", "X-Robots-Tag")} == {
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
    policy = response["Content-Security-Policy"]
    assert ("default-src 'self'" in policy, "form-action 'none'" in policy, "https://" in policy) == (True, True, False)
    assert token[1] not in response.content.decode()
