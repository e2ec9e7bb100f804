"""Several of every process on PostgreSQL, and a Valkey reached over TCP: what dies, hangs or restarts costs nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from celery import Celery

from lumio.celery import broker_url
from tests.processes.fixtures import postgres_url  # noqa: F401
from tests.processes.process import free_port, wait_for
from tests.system.house import PATIENCE, House
from tests.system.page import Page

pytestmark = pytest.mark.trial

#: What the two processes of a kind may take to notice that one of them is gone.
TAKEOVER = 10
#: Seconds between two messages at Twitch: a hundred a second.
BUSY = 0.01
#: Grants that fall due at once.
GRANTS = 24


WATCH = """
DROP TABLE IF EXISTS test_writes;
CREATE TABLE test_writes (source text, writer text, owner text, fence bigint);
CREATE OR REPLACE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO test_writes SELECT key, current_setting('application_name'), owner, fence
        FROM events_ingestsource WHERE key = NEW.source;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER note_write BEFORE INSERT ON events_event FOR EACH ROW EXECUTE FUNCTION note_write();
CREATE OR REPLACE TRIGGER note_write BEFORE INSERT ON events_chatline FOR EACH ROW EXECUTE FUNCTION note_write();
"""


@pytest.fixture(scope="module")
def built(postgres_url: str) -> Iterator[House]:  # noqa: F811
    with House(database_url=postgres_url, valkey_port=free_port(), web=2, worker=2, beat=2, ingest=2) as house:
        yield house


# --- The process that listens -----------------------------------------------------------------------------------------


def test_a_channel_moves_when_its_process_is_killed(house: House) -> None:
    with house.pages(), house.stream() as stream:
        stream.wait_for_more()
        (holder, fence), session = house.lease(), house.session()
        house.lumio.kill(holder)
        killed_at = time.monotonic()
        house.wait_until_listening(instead_of=session)
        took = time.monotonic() - killed_at
        stream.wait_for_more()

    assert took < TAKEOVER
    assert house.lease() == (other_than(holder), fence + 1)
    assert house.nothing_is_made_up()


def test_a_channel_moves_when_its_process_is_frozen(house: House) -> None:
    freeze(house, 12)


def freeze(house: House, seconds: float) -> None:
    """Whoever holds the channel is stopped for so long, in the middle of a transaction, and wakes up with more to
    store and an old fence."""
    watch_writers(house)
    with house.pages(), house.stream(BUSY) as stream:
        stream.wait_for_more()
        (holder, fence), session = house.lease(), house.session()
        freeze_in_transaction(house, holder)
        frozen_at = time.monotonic()
        taken_by = house.wait_until_listening(instead_of=session)
        stored = house.heads()
        wait_for(lambda: house.heads() != stored, seconds=PATIENCE, what="storing again")
        took = time.monotonic() - frozen_at
        assert session in house.sessions(), "the frozen process has a socket full of what it never stored"
        time.sleep(max(0.0, frozen_at + seconds - time.monotonic()))
        assert house.lease() == (other_than(holder), fence + 1)
        house.lumio.resume(holder)
        wait_for(lambda: house.sessions() == [taken_by], seconds=PATIENCE, what="leaving the old socket")
        stream.wait_for_more()

    # What the sleeper had in its buffer has other message ids than what was stored: each would be a double.
    assert house.nothing_is_made_up()
    assert house.lease() == (other_than(holder), fence + 1)
    assert took < TAKEOVER
    names = {process.pid: name for name, process in house.lumio.processes.items()}
    written = house.database.ask(
        "SELECT DISTINCT writer, owner, fence FROM test_writes"
        f" WHERE source = 'twitch:{house.ada['connection']}' ORDER BY fence"
    )
    assert [(writer, names[int(owner.split(":")[1])], under) for writer, owner, under in written] == [
        (holder, holder, fence),
        (other_than(holder), other_than(holder), fence + 1),
    ]


def watch_writers(house: House) -> None:
    """Have the database itself note which process writes a row, and who holds the source at that moment."""
    house.database.change(WATCH)


def freeze_in_transaction(house: House, name: str) -> None:
    """The worst moment: the rows are locked, and nothing is committed."""
    holds_the_head = (
        "SELECT 1 FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE relation = 'events_livehead'::regclass"
        f" AND mode = 'RowShareLock' AND state = 'idle in transaction' AND application_name = '{name}'"
    )

    def is_caught() -> bool:
        house.lumio.pause(name)
        time.sleep(0.02)  # for what it had sent already
        if house.database.ask(holds_the_head):
            return True
        house.lumio.resume(name)
        return False

    wait_for(is_caught, seconds=PATIENCE, what="catching it in a transaction")


def other_than(name: str) -> str:
    return {"ingest": "ingest2", "ingest2": "ingest"}[name]


# --- Valkey -----------------------------------------------------------------------------------------------------------


def test_ten_seconds_without_valkey_cost_nothing_and_hold_nobody_in(house: House) -> None:
    browser = house.sign_in()
    leaked = house.send(browser, "POST", "/v1/tokens", label="leaked", permissions=["events:read"]).json()["data"]
    member = house.on_stage("member_with_token", house.ada["account"])
    with ExitStack() as others, house.pages(20) as pages, house.stream(BUSY) as stream:
        revoked = others.enter_context(house.page({"events": house.heads()["events"]}, token=leaked["token"]))
        demoted = [others.enter_context(house.page(house.heads(), token=member["token"])) for _ in range(2)]
        stream.wait_for_more(100)
        wait_for(lambda: all(page.is_connected for page in [revoked, *demoted]), seconds=PATIENCE, what="opening")

        house.valkey.process.kill()
        killed_at = time.monotonic()
        told = [len(page.seen["chat"]) for page in pages]
        assert house.send(browser, "DELETE", f"/v1/tokens/{leaked['id']}").status_code == 204
        wait_for(lambda: revoked.codes == [4401], seconds=10, what="closing a revoked token's socket")
        house.on_stage("leave_only_chat", member["id"])
        wait_for(lambda: all(map(has_lost_events, demoted)), seconds=10, what="taking a channel away")
        time.sleep(max(0.0, killed_at + 10 - time.monotonic()))
        assert all(len(page.seen["chat"]) > before + 100 for page, before in zip(pages, told, strict=True)), "no flow"

        owed = house.heads()
        house.valkey.start()
        wait_for(lambda: all(is_up_to(page, owed) for page in pages), seconds=2, what="having everything again")
        stream.wait_for_more(100)

    assert house.all_is_stored()
    assert [page.codes for page in pages] == [[]] * len(pages)
    assert revoked.codes == [4401]
    assert [page.codes for page in demoted] == [[], []]


def has_lost_events(page: Page) -> bool:
    lost = [(one.get("code"), one.get("channel", "").partition(":")[0]) for one in page.oddities]
    return lost == [("UNAUTHORIZED", "events")]


def is_up_to(page: Page, heads: dict[str, int]) -> bool:
    return all(page.after[topic] >= head for topic, head in heads.items())


# --- Web --------------------------------------------------------------------------------------------------------------


def test_web_processes_restart_one_after_the_other_under_load(house: House) -> None:
    with house.pages(20) as pages, house.stream(BUSY) as stream:
        for name in ("web", "web2"):
            stream.wait_for_more(50)
            house.lumio.restart(name)
            wait_for(lambda: all(page.is_connected for page in pages), seconds=PATIENCE, what="coming back")
        stream.wait_for_more(50)

    assert house.all_is_stored()
    assert {code for page in pages for code in page.codes} == {4012}
    assert all(page.codes for page in pages), "both were restarted, and each page was on one of them"


# --- Workers and beats ------------------------------------------------------------------------------------------------


def test_two_workers_and_two_beats_refresh_everything_once(house: House) -> None:
    login = "many_grants"
    house.twitch.configure(rotation=True)
    house.twitch.add_user(login)
    house.on_stage("make_due", login, [house.twitch.issue_tokens(login, ["bits:read"]) for _ in range(GRANTS)])
    house.twitch.forget_calls()

    # Two beats that tick at the same moment, again and again: the real ones do so once a minute.
    beats = Celery(broker=broker_url(house.valkey.url), set_as_current=False)
    for _ in range(10):
        beats.send_task("connections.tasks.refresh_due")
    wait_for(lambda: len(refreshes(house)) >= GRANTS, seconds=PATIENCE, what="refreshing")
    wait_for(lambda: still_due(house) == 0, seconds=PATIENCE, what="storing what was answered")

    used = [call.parameters["refresh_token"] for call in refreshes(house)]
    assert len(used) == len(set(used)) == GRANTS
    assert house.database.ask(
        f"SELECT DISTINCT state, version, failure_code FROM connections_connection WHERE channel_login = '{login}'"
    ) == [("connected", 2, "")]


def refreshes(house: House) -> list:
    return house.twitch.calls("/oauth2/token", grant_type="refresh_token")


def still_due(house: House) -> int:
    [[number]] = house.database.ask("SELECT COUNT(*) FROM connections_connection WHERE refresh_due_at < now()")
    return number
