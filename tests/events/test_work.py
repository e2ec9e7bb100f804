"""What the live bus does beside the sockets, and what is said when it fails."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from django.db import OperationalError

from events.work import Work
from tests.waiting import until

WAYS = [lambda work, one: work.spawn(one), lambda work, one: work.once(one, one)]


@pytest_asyncio.fixture
async def work() -> Work:
    return Work(asyncio.get_running_loop())


@pytest.mark.asyncio
@pytest.mark.parametrize("do", WAYS)
async def test_what_breaks_is_logged_once_and_at_once(work, caplog, do):
    async def breaks() -> None:
        raise KeyError("what nobody thought of")

    do(work, breaks())
    await until(lambda: not work._tasks)

    [line] = caplog.records
    assert (line.name, line.levelname, line.exc_info[0]) == ("events.work", "ERROR", KeyError)


@pytest.mark.asyncio
@pytest.mark.parametrize("do", WAYS)
async def test_that_the_database_is_away_is_said_when_it_begins_and_when_it_ends(work, caplog, do):
    async def waits() -> None:
        raise OperationalError("locked")

    for _ in range(2):
        do(work, waits())
    await until(lambda: not work._tasks)
    for _ in range(2):
        work.note_blind(None)

    told = [(line.levelname, line.getMessage()) for line in caplog.records]
    assert told == [
        ("WARNING", "The live bus cannot read the database: locked"),
        ("WARNING", "The live bus cannot read the database: it can again"),
    ]


@pytest.mark.asyncio
async def test_what_is_being_done_is_not_begun_again_and_what_ended_is(work, caplog):
    begun, go_on = [], asyncio.Event()

    async def one(number: int) -> None:
        begun.append(number)
        await go_on.wait()
        raise KeyError

    for number in (1, 2):
        work.once("one", one(number))
    work.once("another", one(3))
    await until(lambda: len(begun) == 2)
    go_on.set()
    await until(lambda: not work._tasks)
    work.once("one", one(4))
    await until(lambda: not work._tasks)

    assert begun == [1, 3, 4]
