"""The live bus inside one web process: one subscriber and one look at the database a second for all its sockets.

Valkey is the fast way and the database the truth. The hub knows who the sockets are; what they listen to is brought to
them by `events.fanout`. Once a second `LiveHead` of all served accounts is read in one query: a higher `seq` is a hole
to be read, a newer `access_epoch` a reason to ask again who the sockets are. So a lost message, a publisher that died
after its commit and a lost revocation are all found, and Valkey may be away.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseError

from events import bus, echoes
from events.channels import TOPICS, Channel
from events.credentials import Credential
from events.domain import echo, presence
from events.fanout import Fanout
from events.models import LiveHead
from events.open_pages import OpenPages
from events.sockets import Close, Socket
from events.work import Work, in_database

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor

logger = logging.getLogger(__name__)

#: Seconds between two looks at the database, with Valkey and without it.
LOOK_EVERY = 1.0
LOOK_EVERY_ALONE = 0.5
#: Seconds between two times that every socket's credential is asked again. What ends unannounced is found here: a
#: session that runs out.
ASK_EVERY = 300.0
#: Sockets of one process opened with one token or session, and in one account.
MOST_PER_CREDENTIAL = 128
MOST_PER_ACCOUNT = 1000
#: Seconds that closing frames get to leave at shutdown.
FAREWELL = 0.3


class TooManySockets(Exception):
    """The token, session or account has as many sockets open here as it may have."""


class Hub:
    """What one event loop serves. Works while there are sockets, sleeps without a query or a connection otherwise."""

    _running: Hub | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.work = Work(loop)
        #: Every open socket, also one that has not said yet who it is; and those that have.
        self._guests: set[Socket] = set()
        self._sockets: set[Socket] = set()
        self._is_leaving = False
        self._accounts: dict[UUID, set[Socket]] = defaultdict(set)
        #: The newest epoch seen of each served account.
        self._epochs: dict[UUID, int] = {}
        self._services: list[asyncio.Task[None]] = []
        self._pages = OpenPages(self.work.spawn)
        self._look_now = asyncio.Event()
        self._bus = bus.Subscriber(on_listening=self._look_now.set)
        self.fanout = Fanout(self._bus, self.work)
        self._asked_at = time.monotonic()
        self._looked_at = 0.0
        _on_shutdown(self._say_goodbye)

    @classmethod
    def current(cls) -> Hub:
        """The hub of the running event loop."""
        loop = asyncio.get_running_loop()
        if cls._running is None or cls._running._loop is not loop:
            cls._running = Hub(loop)
        return cls._running

    @classmethod
    def running(cls) -> Hub | None:
        """The hub of this process, if there was ever a socket."""
        return cls._running

    @property
    def open_sockets(self) -> int:
        return len(self._guests)

    @property
    def lag(self) -> float:
        """Seconds since the last look at the database; 0 while there are no sockets to look for."""
        return time.monotonic() - self._looked_at if self._services else 0.0

    # --- What a consumer calls ------------------------------------------------------------------------------------

    async def greet(self, socket: Socket) -> None:
        """A socket was opened. A process that is about to stop sends it on to another one."""
        self._guests.add(socket)
        if self._is_leaving:
            await socket.close(Close.RESTARTING)

    async def enter(self, socket: Socket, credential: Credential) -> Actor | None:
        """Find out who a socket is. None for nobody; raises TooManySockets."""
        epochs = dict(self._epochs)  # before the actor is read: a change in between is then asked about again
        actor = await in_database(credential.actor)
        if actor is None or not socket.is_open:
            return None
        account_id = actor.account.pk
        credential = credential.within(account_id)
        served = self._accounts[account_id]
        same = Counter(other.credential for other in served)[credential]
        if len(served) >= MOST_PER_ACCOUNT or same >= MOST_PER_CREDENTIAL:
            raise TooManySockets
        socket.actor, socket.account_id, socket.credential = actor, account_id, credential
        socket.epoch = epochs.get(account_id, -1)
        is_first = not served
        # All at once: a socket that is not among its account's would never be asked again who it is.
        self._sockets.add(socket)
        served.add(socket)
        self._pages.add(socket)
        self._start()
        if is_first:
            await self._bus.add(bus.control(account_id))
        return actor

    def leave(self, socket: Socket) -> None:
        """Forget a socket that was closed by either side."""
        self._guests.discard(socket)
        account_id = socket.account_id
        if socket not in self._sockets or account_id is None:
            return
        self._sockets.discard(socket)
        self._pages.remove(socket)
        self.fanout.leave(socket)
        self._accounts[account_id].discard(socket)
        if not self._accounts[account_id]:
            del self._accounts[account_id]
            self._epochs.pop(account_id, None)
            self.work.spawn(self._drop_control(account_id))
        if not self._sockets:
            self._stop()

    async def _drop_control(self, account_id: UUID) -> None:
        if account_id not in self._accounts:  # nobody has come since
            await self._bus.drop(bus.control(account_id))

    async def close(self, socket: Socket, code: Close) -> None:
        self.leave(socket)
        await socket.close(code)

    # --- Working and sleeping -------------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self._services:
            self._looked_at = time.monotonic()
            self._services = [self.work.spawn(self._listen()), self.work.spawn(self._look_for_ever())]

    def _stop(self) -> None:
        for service in self._services:
            service.cancel()
        self._services = []

    async def _listen(self) -> None:
        async for topic, text in self._bus.messages():
            channel = bus.channel_of(topic)
            try:
                if channel is None:
                    await self._heed(text)
                else:
                    self.fanout.hear(channel, text)
            except Exception:
                logger.exception("A message of the live bus is not understood")

    async def _heed(self, text: str) -> None:
        """A message about a served account: somebody's rights in it, a page that is to be closed, or a silent test."""
        told = json.loads(text)
        if test := echo.told_to(told):
            id, account_id = test
            self.work.spawn(echoes.pass_on(id, list(self._accounts.get(account_id, ()))))
        elif page_id := presence.told_to_close(told):
            if socket := self._pages.find(page_id):
                await self.close(socket, Close.SUPERSEDED)
        else:
            self._look_now.set()

    async def _look_for_ever(self) -> None:
        while True:
            self._look_now.clear()
            self._pages.refresh()
            self.fanout.refresh()
            try:
                await self._look()
            except DatabaseError as error:
                self.work.note_blind(error)
            except Exception:
                logger.exception("The live bus looked in vain")  # all sockets depend on the next round
            else:
                self._looked_at = time.monotonic()
                self.work.note_blind(None)
            # Not `asyncio.wait_for`, which up to Python 3.11 may swallow the cancellation that ends this.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY if self._bus.connected else LOOK_EVERY_ALONE):
                    await self._look_now.wait()

    async def _look(self) -> None:
        """One round: rights, what was not heard, and sockets that do not keep up."""
        heads = await in_database(_heads, list(self._accounts))
        for account_id, head in heads.items():
            if account_id not in self._accounts:
                continue  # the last one left while the database was read
            self._epochs[account_id] = head.access_epoch
            if any(socket.epoch < head.access_epoch for socket in self._accounts[account_id]):
                self.work.once(("rights", account_id), self._ask_again(account_id, head.access_epoch))
        await self.fanout.look(heads)
        now = time.monotonic()
        if now - self._asked_at >= ASK_EVERY:
            self._asked_at = now
            self._ask_everybody_again()
        for socket in list(self._sockets):
            if socket.is_too_slow(now):
                await self.close(socket, Close.TOO_SLOW)
            else:
                self.fanout.pump_soon(socket)

    # --- Rights ---------------------------------------------------------------------------------------------------

    def _ask_everybody_again(self) -> None:
        for account_id, sockets in self._accounts.items():
            for socket in sockets:
                socket.epoch = -1
            self.work.once(("rights", account_id), self._ask_again(account_id, self._epochs.get(account_id, 0)))

    async def ask_if_changed(self, socket: Socket) -> None:
        """Find out anew who a socket is if rights have changed, whether a look has seen that already or not.

        Before a command that hands out what is stored: a look may be a second away.
        """
        if socket.account_id is None or socket.credential is None:
            return
        epoch = await in_database(_epoch, socket.account_id)
        if socket.epoch < epoch:
            await self._judge(socket, await in_database(socket.credential.actor), socket.account_id, epoch)

    async def _ask_again(self, account_id: UUID, epoch: int) -> None:
        """Who are the account's sockets now? One question for all that were opened with the same credential."""
        asked: dict[Credential, list[Socket]] = defaultdict(list)
        for socket in self._accounts.get(account_id, ()):
            if socket.epoch < epoch and socket.credential:
                asked[socket.credential].append(socket)
        for credential, sockets in asked.items():
            actor = await in_database(credential.actor)
            for socket in sockets:
                await self._judge(socket, actor, account_id, epoch)

    async def _judge(self, socket: Socket, actor: Actor | None, account_id: UUID, epoch: int) -> None:
        if actor is None:
            await self.close(socket, Close.NOT_AUTHENTICATED)
            return
        socket.actor, socket.epoch = actor, epoch
        for channel in [channel for channel in socket.subscriptions if not channel.open_to(actor)]:
            self.fanout.unsubscribe(socket, channel)
            detail = "The permission for this channel was taken away."
            await socket.send("error", code="UNAUTHORIZED", detail=detail, channel=str(channel))
        if not any(Channel(topic, account_id).open_to(actor) for topic in TOPICS):
            await self.close(socket, Close.FORBIDDEN)

    # --- Shutdown -------------------------------------------------------------------------------------------------

    def _say_goodbye(self) -> Any:
        """Have every client reconnect. Daphne itself would only cut the lines."""
        from twisted.internet.defer import Deferred  # daphne is what runs here, and it has loaded Twisted

        return Deferred.fromFuture(asyncio.ensure_future(self._close_all(), loop=self._loop))

    async def _close_all(self) -> None:
        self._is_leaving = True
        for socket in list(self._guests):
            await socket.close(Close.RESTARTING)
        await asyncio.sleep(FAREWELL)


def _on_shutdown(farewell: Callable[[], Any]) -> None:
    """Have Twisted's reactor, if one runs here, call `farewell` and wait for it before it stops."""
    if reactor := sys.modules.get("twisted.internet.reactor"):
        reactor.addSystemEventTrigger("before", "shutdown", farewell)


def _heads(account_ids: list[UUID]) -> dict[UUID, LiveHead]:
    return LiveHead.objects.in_bulk(account_ids)


def _epoch(account_id: UUID) -> int:
    epochs = LiveHead.objects.filter(account_id=account_id).values_list("access_epoch", flat=True)
    return epochs.first() or 0
