"""Whoever loses a right loses it everywhere: on open sockets of two web processes, and at the very next request."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.processes.cluster import Lumio
from tests.processes.postgres import fresh_database
from tests.processes.process import wait_for
from tests.processes.valkey import TestValkey

#: Seconds for what takes a fraction of one when the machine has nothing else to do.
PATIENCE = 90.0
WEB = ("web", "web2")
#: Any token will do, as long as cookie and header agree.
CSRF = "c" * 32

#: What a page that listens to events and chat hears, and what any request is answered from then on.
STAYS = ([], 200)
LOSES_EVENTS = (["UNAUTHORIZED"], 403)
NOTHING_LEFT = (["UNAUTHORIZED", "UNAUTHORIZED", 4403], 403)
UNKNOWN = ([4401], 401)
#: A person without an account is somebody, whom requests tell so.
NO_ACCOUNT = ([4401], 403)

#: By function of `backstage`: what becomes of the pages of a popout token, and of those of the person who made it.
CHANGES: dict[str, tuple[Any, Any]] = {
    "revoke_token": (UNKNOWN, STAYS),
    "leave_the_token_chat": (LOSES_EVENTS, STAYS),
    "leave_the_token_nothing_live": (NOTHING_LEFT, STAYS),
    "give_another_role": (LOSES_EVENTS, LOSES_EVENTS),
    "edit_the_role": (LOSES_EVENTS, LOSES_EVENTS),
    "remove_the_member": (UNKNOWN, NO_ACCOUNT),
    "end_the_session": (STAYS, UNKNOWN),
    "switch_the_person_off": (UNKNOWN, UNKNOWN),
}


class Ear:
    """What a page hears on its socket: the codes of errors and of the close, each with when it came."""

    def __init__(self, socket: ClientConnection, first: dict[str, str], account: str) -> None:
        self.heard: list[tuple[str | int, float]] = []
        self._socket = socket
        self._subscribed = threading.Semaphore(0)
        self._answered = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)
        self._thread.start()
        self._say(first)
        for topic in ("events", "chat"):
            self._say({"type": "subscribe", "channel": f"{topic}:{account}"})
            assert self._subscribed.acquire(timeout=PATIENCE), "nobody was let in"

    @property
    def codes(self) -> list[str | int]:
        return [code for code, _ in self.heard]

    @property
    def is_closed(self) -> bool:
        return not self._thread.is_alive()

    def is_served(self) -> bool:
        """Whether the server answers, after everything else that it had to say."""
        self._say({"type": "ping", "request": "last"})
        return self._answered.acquire(timeout=PATIENCE)

    def _say(self, message: dict[str, str]) -> None:
        self._socket.send(json.dumps(message))

    def _listen(self) -> None:
        while True:
            try:
                message = json.loads(self._socket.recv())
            except ConnectionClosed as closed:
                self.heard.append((closed.rcvd.code if closed.rcvd else 1006, time.monotonic()))
                return
            match message:
                case {"type": "subscribed"}:
                    self._subscribed.release()
                case {"type": "pong", "request": "last"}:
                    self._answered.release()
                case {"type": "error", "code": code}:
                    self.heard.append((code, time.monotonic()))


@dataclass(frozen=True)
class House:
    """Two web processes, the Valkey between them, and an account."""

    lumio: Lumio
    valkey: TestValkey
    account: str


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with (
        TestValkey() as valkey,
        fresh_database() as url,
        Lumio(redis_url=valkey.url, database_url=url, web=2, worker=0, beat=0, ingest=0) as lumio,
    ):
        yield House(lumio, valkey, lumio.inside("tests.system.backstage.an_account"))
        assert "Traceback" not in lumio.logs("web") + lumio.logs("web2")


class Person:
    """A member with a session and a popout token of their own. At each web process a page is open with each of them."""

    def __init__(self, house: House, parts: ExitStack) -> None:
        self._house = house
        self.known = house.lumio.inside("tests.system.backstage.somebody", house.account)
        cookie = f"lumio_session={self.known['cookie']}; lumio_csrf={CSRF}"
        #: By whether the token is used.
        self._headers = {True: {}, False: {"Cookie": cookie, "X-CSRFToken": CSRF}}
        self._query = {True: {"token": self.known["token"]}, False: {}}
        self._ears: dict[bool, list[Ear]] = {True: [], False: []}
        first = {True: {"type": "auth", "token": self.known["token"]}, False: {"type": "ping"}}
        for name in WEB:
            url = house.lumio.url_of(name).replace("http", "ws", 1) + "/v1/ws"
            for by_token, ears in self._ears.items():
                headers = self._headers[by_token] | {"Origin": house.lumio.url}
                socket = connect(url, proxy=None, additional_headers=headers, close_timeout=1)
                ears.append(Ear(parts.enter_context(socket), first[by_token], house.account))

    def change(self, function: str) -> float:
        """Have rights change; when that began."""
        began = time.monotonic()
        self._house.lumio.inside(f"tests.system.backstage.{function}", self.known)
        return began

    def wait_until_heard(self, function: str) -> float:
        """Wait until all pages have heard what CHANGES says, and nothing else; when the last of it came."""
        by_token, by_session = (codes for codes, _ in CHANGES[function])
        pages = [(ear, by_token) for ear in self._ears[True]] + [(ear, by_session) for ear in self._ears[False]]
        wait_for(lambda: all(ear.codes == codes for ear, codes in pages), seconds=PATIENCE, what=function)
        for ear, codes in pages:
            assert ear.is_closed or ear.is_served(), "a page that may stay is no longer served"
            assert ear.codes == codes
        return max(at for ear, _ in pages for _, at in ear.heard)

    def answers(self, *, by_token: bool) -> set[int]:
        """How REST, GraphQL and the page of both processes answer now."""
        found = set()
        for name in WEB:
            for path in ("/v1/events", "/popout/events"):
                found.add(self._ask(name, "GET", path, by_token).status_code)
            answer = self._ask(name, "POST", "/v1/gql", by_token, {"query": "{ events { seq } }"})
            refused = [error["extensions"]["code"] for error in answer.json().get("errors", [])]
            found.add(403 if refused == ["permission_refused"] else answer.status_code)
        return found

    def _ask(self, name: str, method: str, path: str, by_token: bool, body: Any = None) -> requests.Response:
        url = self._house.lumio.url_of(name) + path
        query, headers = self._query[by_token], self._headers[by_token]
        return requests.request(method, url, params=query, headers=headers, json=body, timeout=PATIENCE)


def test_a_change_of_rights_counts_within_a_second_on_pages_and_at_once_for_requests(house: House) -> None:
    answered, took = {}, []
    for function in CHANGES:
        with ExitStack() as parts:
            person = Person(house, parts)
            assert [person.answers(by_token=by_token) for by_token in (True, False)] == [{200}, {200}]

            began = person.change(function)
            answered[function] = tuple(person.answers(by_token=by_token) for by_token in (True, False))
            took.append(person.wait_until_heard(function) - began)

    assert answered == {function: tuple({status} for _, status in pages) for function, pages in CHANGES.items()}
    assert statistics.median(took) < 1, took


@pytest.mark.trial
def test_a_change_of_rights_counts_within_ten_seconds_while_valkey_is_away(house: House) -> None:
    with ExitStack() as parts:
        people = {function: Person(house, parts) for function in CHANGES}
        assert people["end_the_session"].answers(by_token=False) == {200}  # a session is listed once it was used
        parts.callback(house.valkey.start)
        house.valkey.process.kill()

        took = []
        for function, person in people.items():
            began = person.change(function)
            took.append(person.wait_until_heard(function) - began)

    assert max(took) < 10, took
