"""Nothing lost, nothing doubled, nobody let in: real processes while parts of the system die or misbehave.

EventSub replays nothing, so what happens at Twitch while nobody listens is lost before it reaches Lumio. Where the
upstream is the one that breaks, pages are checked against what was stored; elsewhere against all that happened.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from celery import Celery

from connections.enums import GrantState
from lumio.celery import broker_url
from tests.processes.process import wait_for
from tests.system.house import PATIENCE, House

LONG_AGO = "2020-01-01 00:00:00"


# --- Lumio's own processes --------------------------------------------------------------------------------------------


@pytest.mark.trial
def test_a_web_process_that_dies_costs_no_page_anything(house: House) -> None:
    with house.pages() as pages, house.stream() as stream:
        stream.wait_for_more()
        house.lumio.kill("web")
        stream.wait_for_more()
        house.lumio.restart("web")
        wait_for(lambda: all(page.is_connected for page in pages), seconds=PATIENCE, what="coming back")
        stream.wait_for_more()

    assert house.all_is_stored()


@pytest.mark.trial
def test_a_web_process_that_is_told_to_stop_says_goodbye(house: House) -> None:
    with house.pages(1) as [page]:
        house.lumio.restart("web")
        wait_for(lambda: page.codes and page.is_connected, seconds=PATIENCE, what="coming back")

    assert page.codes[0] == 4012


@pytest.mark.parametrize("fate", [pytest.param("killed", marks=pytest.mark.trial), "frozen"])
def test_without_valkey_everything_takes_its_time_and_nothing_else(house: House, fate: str) -> None:
    with house.pages() as pages, house.stream() as stream:
        stream.wait_for_more()
        if fate == "killed":
            house.valkey.process.kill()
        else:
            house.valkey.process.pause()
        told = len(pages[0].seen["chat"])
        with house.page(house.heads()) as late:
            wait_for(lambda: late.is_connected, seconds=PATIENCE, what="opening a page")
        wait_for(lambda: len(pages[0].seen["chat"]) > told + 5, seconds=PATIENCE, what="being told by the database")
        house.bring_valkey_back()
        stream.wait_for_more()

    assert house.all_is_stored()
    assert [page.codes for page in pages] == [[], []]


@pytest.mark.trial
def test_an_ingest_process_that_dies_is_replaced(house: House) -> None:
    with house.pages(), house.stream() as stream:
        stream.wait_for_more()
        gone = house.session()
        house.lumio.kill("ingest")
        house.lumio.restart("ingest")
        house.wait_until_listening(instead_of=gone)
        stream.wait_for_more()

    assert house.nothing_is_made_up()


# --- The upstream -----------------------------------------------------------------------------------------------------


@pytest.mark.trial
def test_whatever_the_network_does_pages_show_what_was_stored(house: House) -> None:
    with house.pages(), house.stream() as stream:
        for misfortune in ({"frozen": True}, {"corrupt": 1.0}, {}):
            session = house.wait_until_listening()
            stream.wait_for_more(5)
            if misfortune:
                house.socket_proxy.set(**misfortune)
            else:
                house.socket_proxy.cut()
            wait_for(lambda gone=session: house.has_lost(gone), seconds=PATIENCE, what="noticing it")
            house.socket_proxy.heal()
            house.wait_until_listening(instead_of=session)
            house.wait_until_heard()

    assert house.nothing_is_made_up()


@pytest.mark.trial
def test_a_slow_upstream_and_garbage_cost_nothing(house: House) -> None:
    with house.pages():
        session = house.wait_until_listening()
        with house.stream() as stream:
            house.socket_proxy.set(bytes_per_second=40_000, latency=0.05, jitter=0.05)
            for frame in ("{", "[]", '{"metadata": 7}', "\x00", json.dumps({"metadata": {"message_type": "x"}})):
                house.twitch.send_raw(frame)
            stream.wait_for_more(30)
            house.socket_proxy.heal()

    assert house.all_is_stored()
    assert house.session() == session


def test_moving_to_another_socket_and_repeats_change_nothing(house: House) -> None:
    with house.pages(), house.stream() as stream:
        for _ in range(2):
            session = house.wait_until_listening()
            stream.wait_for_more(5)
            house.twitch.duplicate_last()
            house.twitch.reconnect()
            house.wait_until_listening(instead_of=session)
            house.twitch.duplicate_last()

    assert house.all_is_stored()


# --- Dying at the worst moment ----------------------------------------------------------------------------------------


@pytest.mark.trial
def test_what_was_stored_but_never_announced_is_found(house: House) -> None:
    with house.pages() as pages:
        session, stored = house.session(), house.heads()
        # Both accounts have a gap to tell of after the restart: what is stored fifth is certainly a follow.
        house.lumio.restart("ingest", environment={"LUMIO_CRASH_AT": "publish.after_commit:5"})
        session = house.wait_until_listening(instead_of=session)

        def has_died() -> bool:
            house.twitch.follow("last_words")
            time.sleep(0.1)
            return not house.lumio.processes["ingest"].is_running

        wait_for(has_died, seconds=PATIENCE, what="dying")

        assert house.lumio.processes["ingest"].exit_code == 137
        assert house.heads()["events"] > stored["events"]
        for page in pages:
            wait_for(lambda page=page: page.after == house.heads(), seconds=10, what="finding it in the database")
        house.lumio.restart("ingest", environment={"LUMIO_CRASH_AT": ""})
        house.wait_until_listening(instead_of=session)


@pytest.mark.trial
def test_a_refresh_that_dies_with_its_answer_is_tried_once_more_and_says_what_happened(house: House) -> None:
    """Tokens rotate here: the new one died with the process, the spent one must be tried once and never again."""
    house.twitch.configure(rotation=True)
    house.twitch.forget_calls()
    before = bens_grant(house)

    house.lumio.restart("worker", environment={"LUMIO_CRASH_AT": "refresh.after_answer"})
    change_bens_grant(house, f"refresh_due_at = '{LONG_AGO}'")
    Celery(broker=broker_url(house.valkey.url), set_as_current=False).send_task("connections.tasks.refresh_due")
    wait_for(lambda: not house.lumio.processes["worker"].is_running, seconds=PATIENCE, what="dying")
    assert house.lumio.processes["worker"].exit_code == 137
    assert bens_grant(house) == before

    # The claim may still be at work, so the next sweep leaves it alone. The one after tries what is stored, once.
    assert house.on_stage("sweep", 1) == [0]
    change_bens_grant(house, f"refresh_leased_until = '{LONG_AGO}'")
    assert house.on_stage("sweep", 2) == [1, 0]

    assert len(house.twitch.calls("/oauth2/token")) == 2
    assert bens_grant(house) == before | {"state": GrantState.NEEDS_SIGN_IN, "failure_code": "refresh_answer_lost"}


def bens_grant(house: House) -> dict[str, Any]:
    columns = ("version", "access_token_encrypted", "refresh_token_encrypted", "state", "failure_code")
    [row] = house.database.ask(f"SELECT {', '.join(columns)} FROM connections_connection WHERE {of_ben(house)}")
    return dict(zip(columns, row, strict=True))


def change_bens_grant(house: House, change: str) -> None:
    house.database.change(f"UPDATE connections_connection SET {change} WHERE {of_ben(house)}")


def of_ben(house: House) -> str:
    """SQLite keeps ids without their dashes."""
    return f"REPLACE(CAST(id AS text), '-', '') = '{house.ben['connection'].replace('-', '')}'"


# --- Rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.trial
@pytest.mark.parametrize(("valkey", "seconds"), [("up", 3), ("down", 10)])
def test_a_revoked_token_loses_its_sockets(house: House, valkey: str, seconds: float) -> None:
    """A second is promised with Valkey and ten without; a busy machine gets some more."""
    if valkey == "down":
        house.valkey.process.kill()
    browser = house.sign_in()
    made = house.send(browser, "POST", "/v1/tokens", label="leaked", permissions=["events:read"]).json()["data"]
    with house.page({"events": 0}, token=made["token"]) as page:
        wait_for(lambda: page.is_connected, seconds=PATIENCE, what="opening a page")
        assert house.send(browser, "DELETE", f"/v1/tokens/{made['id']}").status_code == 204
        wait_for(lambda: page.codes, seconds=seconds, what="closing the socket")

    assert page.codes == [4401]
