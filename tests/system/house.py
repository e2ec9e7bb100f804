"""A process set, its Valkey, the simulated Twitch and the network in between, all of which tests may break."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests

from connections.platforms.twitch.scopes import SCOPES
from connections.platforms.twitch.topics import TOPICS
from events.enums import Kind, SourceState
from tests.factories import PASSWORD
from tests.fakes import cast, wire
from tests.fakes.proxy import FaultProxy
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio
from tests.processes.history import check_history
from tests.processes.postgres import fresh_database
from tests.processes.process import wait_for
from tests.processes.valkey import TestValkey
from tests.system.database import Database
from tests.system.page import Page
from tests.system.stage import EMAIL

STREAMERS = (cast.STREAMER, cast.MODERATOR)
LOGS = {"events": "events_event", "chat": "events_chatline"}
#: Seconds for what takes one or two when the machine has nothing else to do.
PATIENCE = 90.0


class House:
    """Context manager. `ada` streams as cast.STREAMER and is what most tests are about; `ben` has the second grant.

    One of each process, on the database that the tests run on, unless `options` say otherwise as those of `Lumio` do.
    With a `valkey_port` Valkey is reached as from another machine.

    `socket_proxy` is the way of EventSub's socket. Calls to Twitch go straight: over HTTPS no byte of a token changes
    unnoticed, as it would here.
    """

    def __init__(self, *, valkey_port: int = 0, **options: Any) -> None:
        self._valkey_port = valkey_port
        self._options = {"beat": 0, **options}
        self._parts = ExitStack()
        self._numbers = itertools.count(1)
        #: What happened at Twitch while Lumio listened or should have: (kind, actor).
        self.happened: list[tuple[str, str]] = []

    def __enter__(self) -> House:
        with ExitStack() as parts:
            self.twitch = parts.enter_context(Twitch())
            self.twitch.configure(keepalive_timeout=1)
            self.socket_proxy = parts.enter_context(FaultProxy.to(self.twitch.url))
            self.valkey = parts.enter_context(TestValkey(self._valkey_port))
            if "database_url" not in self._options:
                self._options["database_url"] = parts.enter_context(fresh_database())
            self.lumio = Lumio(
                redis_url=self.valkey.url,
                **self._options,
                environment=wire.environment(self.twitch.url)
                | {"TWITCH_EVENTSUB_WS_URL": f"ws://{urlsplit(self.socket_proxy.url).netloc}/eventsub/ws"},
            )
            parts.enter_context(self.lumio)
            self.database = Database(self.lumio)
            self.ada, self.ben = self._set_stage()
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def _set_stage(self) -> list[dict[str, str]]:
        cast.set_stage(self.twitch, redirect_uri=f"{self.lumio.url}/connections/twitch/callback")
        grants = []
        for login in STREAMERS:
            answer = self.twitch.issue_tokens(login, [scope.name for scope in SCOPES])
            grants.append({"channel_id": self.twitch.state.user(login).id, "login": login, "answer": answer})
        return self.on_stage("set_stage", *grants)

    def on_stage(self, function: str, *arguments: Any) -> Any:
        """Call a function of `tests.system.stage` in a process of Lumio's own; what it returned."""
        return self.lumio.inside(f"tests.system.stage.{function}", *arguments)

    # Mending

    def mend(self) -> None:
        """Everything runs, the network is fair, and Ada's channel is listened to."""
        self.socket_proxy.heal()
        self.twitch.heal()
        self.twitch.configure(rotation=False)
        self.bring_valkey_back()
        for name, process in self.lumio.processes.items():
            process.resume()
            if not process.is_running:
                self.lumio.restart(name, environment={"LUMIO_CRASH_AT": ""})
        self.wait_until_listening()
        self.happened = list(self.known().elements())  # what was lost on the way to Lumio stays lost

    def bring_valkey_back(self) -> None:
        """Whether it was killed or frozen."""
        if self.valkey.process.is_running:
            self.valkey.process.resume()
        else:
            self.valkey.start()

    def wait_until_listening(self, *, instead_of: str = "") -> str:
        """Wait until a socket, another one than `instead_of`, has every subscription of Ada's channel; its id."""
        wait_for(lambda: self.session() not in ("", instead_of), seconds=PATIENCE, what="subscribing at Twitch")
        return self.session()

    def session(self) -> str:
        """The id of the newest EventSub session of Ada's channel; empty while it is not fully subscribed."""
        sessions = self._sessions()
        return sessions[-1]["id"] if sessions and sessions[-1]["subscriptions"] == len(TOPICS) else ""

    def sessions(self) -> list[str]:
        """The ids of all EventSub sessions of Ada's channel, oldest first."""
        return [one["id"] for one in self._sessions()]

    def _sessions(self) -> list[dict[str, Any]]:
        streamer = self.twitch.state.user(cast.STREAMER).id
        return [one for one in self.twitch.sessions() if one["user_id"] == streamer]

    def lease(self) -> tuple[str, int]:
        """The process that holds Ada's channel ("" for none), and the fence it writes under."""
        key = f"twitch:{self.ada['connection']}"
        [[owner, fence]] = self.database.ask(f"SELECT owner, fence FROM events_ingestsource WHERE key = '{key}'")
        pids = {str(process.pid): name for name, process in self.lumio.processes.items()}
        return (pids[owner.split(":")[1]] if owner else ""), fence

    def has_lost(self, session: str) -> bool:
        """Whether Lumio has noticed that this session of Ada's channel is no good any more."""
        key = f"twitch:{self.ada['connection']}"
        [[state]] = self.database.ask(f"SELECT state FROM events_ingestsource WHERE key = '{key}'")
        return state == SourceState.RECONNECTING or self.session() not in ("", session)

    def complaints(self) -> list[str]:
        """What Lumio's own processes did not foresee, over all their runs."""
        return [
            f"{name}: {log[at : at + 4000]}"
            for name in self.lumio.processes
            if name.startswith(("web", "ingest"))
            if (at := (log := self.lumio.logs(name)).find("Traceback")) >= 0
        ]

    # What was stored and shown

    def stored(self, topic: str) -> list[tuple[int, str, str, str]]:
        """Ada's log: seq, external id, kind and actor."""
        account = self.ada["account"]
        return self.database.ask(
            f"SELECT seq, external_id, kind, actor_login FROM {LOGS[topic]}"
            f" WHERE account_id IN ('{account}', '{account.replace('-', '')}') ORDER BY seq"
        )

    def heads(self) -> dict[str, int]:
        return {topic: len(self.stored(topic)) for topic in LOGS}

    def all_is_stored(self) -> bool:
        """Whether everything that happened is stored, once, and nothing else."""
        return self.known() == Counter(self.happened)

    def nothing_is_made_up(self) -> bool:
        """Whether what is stored has happened, once."""
        return self.known() <= Counter(self.happened)

    @contextmanager
    def pages(self, count: int = 2) -> Iterator[list[Page]]:
        """Open pages that have what is stored now. When all is over: each has seen everything else, once, in order."""
        after = self.heads()
        with ExitStack() as open_pages:
            pages = [open_pages.enter_context(self.page(after)) for _ in range(count)]
            for page in pages:
                wait_for(lambda page=page: page.is_connected, seconds=PATIENCE, what="opening a page")
            yield pages
            self.wait_until_heard()
            heads = self.heads()
            for page in pages:
                wait_for(lambda page=page: page.after == heads, seconds=PATIENCE, what=f"catching up to {heads}")
        for topic in LOGS:
            rows = [row[:2] for row in self.stored(topic)]
            seen = {f"page {number}": page.seen[topic] for number, page in enumerate(pages)}
            check_history(rows, seen, after=dict.fromkeys(seen, after[topic]))
        for page in pages:
            assert (page.repeats, page.oddities) == ([], [])

    def page(self, after: dict[str, int], *, token: str | None = None) -> Page:
        return Page(self.lumio.url, token=token or self.ada["token"], account=self.ada["account"], after=after)

    # What happens at Twitch

    def happen(self) -> None:
        """A follow, a chat message or a cheer of somebody new."""
        number = next(self._numbers)
        name = f"fan_{number}"
        match number % 3:
            case 0:
                self.twitch.follow(name)
                self.happened.append(("follow", name))
            case 1:
                self.twitch.chat(name, f"message number {number}")
                self.happened.append(("chat.message", name))
            case _:
                self.cheer(name)

    def cheer(self, name: str) -> None:
        """An event and a chat message at once."""
        self.twitch.cheer(name, bits=100, message=f"{name} cheers")
        self.happened += [("cheer", name), ("chat.message", name)]

    @contextmanager
    def stream(self, every: float = 0.04) -> Iterator[Stream]:
        """Something happens all the time."""
        stream = Stream(self, every)
        stream.thread.start()
        try:
            yield stream
        finally:
            stream.stops.set()
            stream.thread.join(10)

    def known(self) -> Counter[tuple[str, str]]:
        """What is stored, as `happened` has it: without what Lumio says itself about a connection."""
        rows = [row for topic in LOGS for row in self.stored(topic)]
        return Counter((kind, actor) for _, _, kind, actor in rows if kind != Kind.SOURCE_GAP)

    def wait_until_heard(self) -> None:
        """Wait until all is stored that still can be: Twitch's socket keeps the order, and so does the writer."""
        name = f"last_{next(self._numbers)}"
        self.cheer(name)
        last = {("cheer", name), ("chat.message", name)}
        wait_for(lambda: last <= self.known().keys(), seconds=PATIENCE, what="storing what happened")

    # People

    def sign_in(self) -> requests.Session:
        """Ada's browser, signed in to the dashboard."""
        browser = requests.Session()
        page = f"{self.lumio.url}/account/login/"
        form = {"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": csrf_of(browser.get(page))}
        answer = browser.post(page, data=form, headers={"Referer": page}, timeout=PATIENCE)
        assert (answer.status_code, urlsplit(answer.url).path) == (200, "/dashboard"), answer.text
        return browser

    def send(self, browser: requests.Session, method: str, path: str, **body: Any) -> requests.Response:
        """A REST call of a page of the dashboard."""
        headers = {"X-CSRFToken": csrf_of(browser.get(f"{self.lumio.url}/dashboard/tokens")), "Referer": self.lumio.url}
        return browser.request(method, f"{self.lumio.url}{path}", json=body or None, headers=headers, timeout=PATIENCE)


class Stream:
    """The thread that makes things happen."""

    def __init__(self, house: House, every: float) -> None:
        self.stops = threading.Event()
        self.count = 0
        self._house = house
        self._every = every
        self.thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def _run(self) -> None:
        began = time.monotonic()
        while not self.stops.wait(began + self.count * self._every - time.monotonic()):
            self._house.happen()
            self.count += 1

    def wait_for_more(self, number: int = 10) -> None:
        """Wait until so much more has happened."""
        goal = self.count + number
        wait_for(lambda: self.count >= goal, seconds=PATIENCE, what="going on")


def csrf_of(answer: requests.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]
