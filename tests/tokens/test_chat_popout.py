"""The chat popout as the server draws it; what it does in a browser, tests/e2e/test_chat.py asks."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from accounts.enums import Permission
from events import chat_words
from tests.factories import make_connection, make_token

READ = {Permission.CHAT_READ}
WRITE = READ | {Permission.CHAT_WRITE, Permission.CHAT_DELETE}


@pytest.fixture
def page(client, ada_actor, account):
    """The popout of a token with these permissions, as text."""
    make_connection(account=account)

    def fetch(permissions, asked: str = "") -> str:
        _, secret = make_token(actor=ada_actor, permissions=permissions)
        return client.get(f"/popout/chat?token={secret.reveal()}{asked}").content.decode()

    return fetch


def json_of(page: str, name: str):
    return json.loads(re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page)[1])


@pytest.mark.parametrize(
    ("permissions", "asked", "has_box"),
    [(READ, "", False), (WRITE, "", True), (WRITE, "&controls=0", False)],
    ids=["may read", "may write", "only shows"],
)
def test_the_send_box_is_there_for_whoever_may_write(page, permissions, asked, has_box) -> None:
    assert ('<form class="compose"' in page(permissions, asked)) is has_box


def test_the_page_says_what_its_token_may_do_where(page) -> None:
    [channel] = json_of(page(READ), "chat-desk")["channels"]

    assert channel["platform"] == "twitch"
    assert {act: told["possible"] for act, told in channel["acts"].items()} == dict.fromkeys(channel["acts"], False)
    assert channel["acts"]["delete"]["why"].startswith("This needs the permission chat:delete.")


def test_the_words_are_the_readers(page) -> None:
    assert json_of(page(READ), "chat-words") == chat_words.catalogue()
    assert json_of(page(READ, "&lang=de"), "chat-words").keys() == chat_words.catalogue().keys()


def test_the_page_is_small_on_the_wire(page) -> None:
    assert len(gzip.compress(page(WRITE).encode())) < 14_000


def test_it_costs_few_queries(client, ada_actor, account, django_assert_max_num_queries) -> None:
    make_connection(account=account)
    _, secret = make_token(actor=ada_actor, permissions=WRITE)
    client.get("/popout/chat", {"token": secret.reveal()})

    with django_assert_max_num_queries(8):
        client.get("/popout/chat", {"token": secret.reveal()})
