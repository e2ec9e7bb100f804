"""Commands to whoever holds the connection to a tool: carried out at most once, and answered or not."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from typing import Any

import pytest
import redis

from integrations.domain import commands
from integrations.domain.commands import Desk
from integrations.enums import Route, Tool
from integrations.models import Integration
from integrations.tools.failures import (
    Busy,
    NoBridge,
    NotConnected,
    OutcomeUnknown,
    Refused,
    SwitchedOff,
    ToolFailure,
)
from tests.waiting import until


@pytest.fixture(autouse=True)
def _real_valkey(real_valkey) -> None:
    """Commands go over it."""


def make_row(route: Route = Route.DIRECT) -> Integration:
    """Nothing here asks the database."""
    return Integration(account_id=uuid.uuid4(), tool=Tool.OBS, label="OBS", route=route, host="obs.example", port=4455)


@pytest.fixture
def row() -> Integration:
    return make_row()


@pytest.fixture
def valkey_client(real_valkey) -> redis.Redis:
    return redis.Redis.from_url(real_valkey.url)


class Session:
    """Carries out commands, and remembers them."""

    def __init__(self, *, failure: Exception | None = None, pause: float = 0.0) -> None:
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.failure = failure
        self.pause = pause

    async def __call__(self, command: str, data: dict[str, Any]) -> dict[str, Any]:
        self.done.append((command, data))
        await asyncio.sleep(self.pause)
        if self.failure:
            raise self.failure
        return {"did": command}


async def ask(row, command: str = "act", *, within: float = 5.0, **data: Any) -> Any:
    """The answer, or the failure."""
    try:
        return await asyncio.to_thread(commands.ask, row, command, data, within=within)
    except ToolFailure as failure:
        return failure


async def is_heard(client: redis.Redis, row, sessions: int = 1) -> None:
    topic = f"lumio:tool:{row.pk}"
    await until(lambda: client.pubsub_numsub(topic)[0][1] == sessions)


class TestAnswers:
    async def test_what_the_session_answers(self, row, valkey_client):
        session = Session()
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)

            answers = [await ask(row, "act", act="stream.start"), await ask(row, "test")]

        assert answers == [{"did": "act"}, {"did": "test"}]
        assert session.done == [("act", {"act": "stream.start"}), ("test", {})]

    async def test_what_the_session_refuses(self, row, valkey_client):
        async with commands.serve(row.pk, Session(failure=Refused(reason="No source was found"))):
            await is_heard(valkey_client, row)

            failure = await ask(row)

        assert (type(failure), failure.text) == (Refused, "OBS Studio did not do it: No source was found")

    async def test_a_session_that_breaks(self, row, valkey_client, caplog):
        async with commands.serve(row.pk, Session(failure=ZeroDivisionError())):
            await is_heard(valkey_client, row)

            failure = await ask(row)

        assert type(failure) is OutcomeUnknown
        assert "A command to a tool failed" in caplog.text

    async def test_many_at_once_but_not_without_end(self, row, valkey_client, monkeypatch):
        monkeypatch.setattr(commands, "MOST_AT_ONCE", 2)
        session = Session(pause=0.3)
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)

            answers = await asyncio.gather(*(ask(row) for _ in range(4)))

        refused = [answer for answer in answers if isinstance(answer, ToolFailure)]
        assert len(session.done) == 2
        assert [type(failure) for failure in refused] == [Busy, Busy]

    async def test_one_connection_to_valkey_for_all_sessions_and_none_afterwards(self, valkey_client):
        rows = [make_row() for _ in range(3)]
        listening = lambda: [client for client in valkey_client.client_list() if int(client["sub"])]  # noqa: E731

        async with (
            commands.serve(rows[0].pk, Session()),
            commands.serve(rows[1].pk, Session()),
            commands.serve(rows[2].pk, Session()),
        ):
            for row in rows:
                await is_heard(valkey_client, row)
            during = len(listening())

        await until(lambda: not listening())
        assert during == 1

    async def test_nonsense_on_the_topic_harms_nobody(self, row, valkey_client):
        async with commands.serve(row.pk, Session()):
            await is_heard(valkey_client, row)
            for nonsense in ("", "[]", "{}", '{"id": 3}', "null"):
                valkey_client.publish(f"lumio:tool:{row.pk}", nonsense)

            assert await ask(row) == {"did": "act"}


class TestNobody:
    @pytest.mark.parametrize(("route", "failure"), [(Route.DIRECT, NotConnected), (Route.BRIDGE, NoBridge)])
    async def test_holds_it(self, route, failure):
        row = make_row(route)
        began = time.monotonic()

        answer = await ask(row)

        assert type(answer) is failure
        assert time.monotonic() - began < 1  # nobody waits for nobody

    async def test_any_more(self, row, valkey_client):
        async with commands.serve(row.pk, Session()):
            await is_heard(valkey_client, row)
        await is_heard(valkey_client, row, sessions=0)

        assert type(await ask(row)) is NotConnected

    async def test_is_asked_of_what_is_switched_off(self, row, valkey_client):
        session = Session()
        row.is_enabled = False
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)

            answer = await ask(row)

        assert (type(answer), session.done) == (SwitchedOff, [])

    async def test_can_be_asked_without_valkey(self, row, settings):
        session = Session()
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        async with commands.serve(row.pk, session):
            answer = await ask(row)

        assert (type(answer), session.done) == (NotConnected, [])


class TestAtMostOnce:
    async def test_two_sessions_hear_it_and_one_does_it(self, row, valkey_client):
        """Each in a process of its own, as while one takes over from another."""
        sessions = [Session(), Session()]
        async with Desk().open(row.pk, sessions[0]), Desk().open(row.pk, sessions[1]):
            await is_heard(valkey_client, row, sessions=2)

            answers = [await ask(row, number=number) for number in range(20)]

        assert answers == [{"did": "act"}] * 20
        assert sorted(data["number"] for _, data in sessions[0].done + sessions[1].done) == list(range(20))

    async def test_one_that_hears_it_too_late_does_nothing(self, row, valkey_client):
        """Whoever asked was told that nothing was done, so nothing may be done."""
        heard: list[dict[str, Any]] = []

        def listen() -> None:
            with valkey_client.pubsub(ignore_subscribe_messages=True) as topic:
                topic.subscribe(f"lumio:tool:{row.pk}")
                while not heard:
                    if message := topic.get_message(timeout=0.1):
                        heard.append(message)

        paused = threading.Thread(target=listen)
        paused.start()
        await is_heard(valkey_client, row)
        answer = await ask(row, within=0.2)
        await asyncio.to_thread(paused.join)
        session = Session()
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)
            valkey_client.publish(f"lumio:tool:{row.pk}", heard[0]["data"])
            await ask(row, "after")

        assert type(answer) is NotConnected
        assert [command for command, _ in session.done] == ["after"]

    async def test_taken_and_not_answered(self, row, valkey_client):
        session = Session(pause=2.0)
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)

            answer = await ask(row, within=0.2)

        assert (type(answer), len(session.done)) == (OutcomeUnknown, 1)

    async def test_a_session_that_ends_meanwhile_says_so_at_once(self, row, valkey_client):
        session = Session(pause=60)
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)
            asking = asyncio.create_task(ask(row))
            await until(lambda: session.done)
        began = time.monotonic()

        answer = await asking

        assert type(answer) is OutcomeUnknown
        assert time.monotonic() - began < 1

    async def test_valkey_goes_while_it_is_carried_out(self, row, valkey_client, real_valkey):
        session = Session(pause=1.0)
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)
            asking = asyncio.create_task(ask(row))
            await until(lambda: session.done)
            await asyncio.to_thread(real_valkey.process.kill)
            try:
                answer = await asking
            finally:
                await asyncio.to_thread(real_valkey.start)

        assert (type(answer), len(session.done)) == (OutcomeUnknown, 1)

    async def test_a_session_is_heard_again_after_valkey_was_away(self, row, valkey_client, real_valkey):
        session = Session()
        async with commands.serve(row.pk, session):
            await is_heard(valkey_client, row)
            await asyncio.to_thread(real_valkey.process.kill)
            await asyncio.to_thread(real_valkey.start)
            await is_heard(redis.Redis.from_url(real_valkey.url), row)

            assert await ask(row) == {"did": "act"}
