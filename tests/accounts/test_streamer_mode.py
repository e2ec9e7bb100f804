from __future__ import annotations

import re

import pytest
from django.utils import timezone

from accounts.domain import streamer_mode
from accounts.models import StreamerMode
from events.domain import status
from events.models import ChannelStatus
from tests import factories

ADDRESS = "/account/streamer-mode"


@pytest.fixture
def live(account):
    """Whether the account's channel is live, to be said."""

    def say(is_live: bool) -> None:
        ChannelStatus.objects.update_or_create(
            account=account, platform="twitch", defaults={"live": is_live, "updated_at": timezone.now()}
        )

    return say


def hides(page: str) -> bool:
    return " data-hides" in re.search(r"<html[^>]*>", page)[0]


def test_it_is_off_until_somebody_switches_it_on(ada_client):
    assert not hides(ada_client.get("/dashboard").content.decode())


def test_the_shield_switches_it_on_and_off_and_leads_back(ada_client, ada):
    for mode, expected in (("on", True), ("off", False)):
        response = ada_client.post(ADDRESS, {"mode": mode, "next": "/dashboard/tokens?a=b"})

        assert (response.status_code, response["Location"]) == (302, "/dashboard/tokens?a=b")
        ada.refresh_from_db()
        assert ada.streamer_mode == mode
        assert hides(ada_client.get("/dashboard").content.decode()) is expected


def test_it_holds_on_every_device(ada_client, ada, client):
    ada_client.post(ADDRESS, {"mode": "on"})
    client.force_login(ada)

    assert hides(client.get("/dashboard").content.decode())


def test_it_is_ones_own(ada_client, ben_client):
    ada_client.post(ADDRESS, {"mode": "on"})

    assert not hides(ben_client.get("/dashboard").content.decode())


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "somewhere", ""])
def test_it_leads_nowhere_else(ada_client, back):
    assert ada_client.post(ADDRESS, {"mode": "on", "next": back})["Location"] == "/dashboard"


@pytest.mark.parametrize("mode", ["", "sideways", "on\x00"])
def test_nonsense_changes_nothing(ada_client, ada, mode):
    response = ada_client.post(ADDRESS, {"mode": mode})

    assert response.status_code == 302
    ada.refresh_from_db()
    assert ada.streamer_mode == StreamerMode.OFF


def test_by_itself_it_hides_while_a_channel_is_live(ada_client, ada, live):
    ada_client.post(ADDRESS, {"mode": "auto"})
    seen = []
    for is_live in (False, True, False):
        live(is_live)
        seen.append(hides(ada_client.get("/dashboard").content.decode()))

    assert seen == [False, True, False]


def test_by_itself_it_looks_at_the_account_one_works_in(ada, account, cleo, live):
    live(True)
    ada.streamer_mode = StreamerMode.AUTO
    other = factories.make_account(owner=ada, name="Second")

    assert streamer_mode.hides(ada, account.pk)
    assert not streamer_mode.hides(ada, other.pk)
    assert not streamer_mode.hides(ada, None)
    assert status.is_live(account.pk)


def test_only_by_itself_costs_a_query(ada, account, django_assert_num_queries):
    with django_assert_num_queries(0):
        ada.streamer_mode = StreamerMode.ON
        assert streamer_mode.hides(ada, account.pk)
        ada.streamer_mode = StreamerMode.OFF
        assert not streamer_mode.hides(ada, account.pk)


def test_what_is_private_stands_behind_a_button_of_its_own(ada_client, account):
    factories.make_connection(account=account, channel_id="424242")
    factories.make_credentials(account=account)

    page = ada_client.get("/dashboard/connections").content.decode()

    assert re.findall(r'class="private__value">([^<\s]+)<', page) == ["424242"]
    assert page.count("424242") == 1
    assert 'aria-label="Show: channel id"' in page


def test_pages_of_a_token_have_nothing_to_hide(ada, ada_actor, client):
    ada.streamer_mode = StreamerMode.ON
    ada.save()
    _, secret = factories.make_token(actor=ada_actor, permissions={"events:read"})

    assert "data-hides" not in client.get(f"/popout/events?token={secret.reveal()}").content.decode()
