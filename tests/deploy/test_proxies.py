"""What operators rely on from the proxy in front, with real traffic through it."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from PIL import Image
from requests.adapters import HTTPAdapter
from websockets.sync.client import connect

from tests.deploy.proxies import Proxy
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for
from tests.system.database import Database
from tests.system.page import Page

pytestmark = pytest.mark.usefixtures("trusted")

#: Another address of this machine's own, as a visitor who is not the proxy has one.
VISITOR = "127.0.0.7"
MEGABYTE = 1024 * 1024
PAGES = 10
BATCH = 5
#: Seconds between two requests of one program: a token may ask 600 times a minute.
BETWEEN = 0.12
CSRF = "c" * 32


class FromVisitor(HTTPAdapter):
    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        super().init_poolmanager(*args, source_address=(VISITOR, 0), **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def account(lumio: Lumio) -> str:
    return lumio.inside("tests.system.backstage.an_account")


def test_plain_http_is_sent_on_to_tls(lumio: Lumio, proxy: Proxy):
    answer = requests.get(f"http://localhost:{proxy.plain_port}/sign-in?next=/x", allow_redirects=False, timeout=10)

    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://localhost")
    assert answer.headers["Location"].endswith("/sign-in?next=/x")


def test_each_host_serves_its_own(lumio: Lumio):
    dashboard = requests.get(f"{lumio.url}/account/login/", timeout=10)
    overlay = requests.get(f"{lumio.overlay_url}/account/login/", timeout=10)
    key = requests.get(f"{lumio.overlay_url}/overlay/{'x' * 43}", timeout=10)

    assert dashboard.status_code == 200
    assert "Secure" in dashboard.headers["Set-Cookie"]
    assert dashboard.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert (overlay.status_code, overlay.text, overlay.headers.get("Set-Cookie")) == (404, "", None)
    assert "<title>Lumio</title>" in key.text
    assert key.headers.get("Set-Cookie") is None


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/readyz/web"])
def test_what_watches_lumio_is_not_for_the_internet(lumio: Lumio, path: str):
    assert requests.get(lumio.url + path, timeout=10).status_code == 404


def test_a_large_upload_arrives_from_whom_it_is_whatever_they_claim(lumio: Lumio, account: str):
    cookie = lumio.inside("tests.deploy.backstage.owners_session", account)
    picture = io.BytesIO()
    Image.frombytes("RGB", (700, 700), os.urandom(700 * 700 * 3)).save(picture, "PNG")
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "X-Forwarded-Proto": "http"}
    with requests.Session() as visitor:
        visitor.mount("https://", FromVisitor())

        answer = visitor.post(
            f"{lumio.url}/v1/uploads",
            files={"file": ("noise.png", picture.getvalue())},
            headers={
                **forged,
                "Cookie": f"__Host-lumio_session={cookie}; __Host-lumio_csrf={CSRF}",
                "X-CSRFToken": CSRF,
                "Origin": lumio.url,
            },
            timeout=30,
        )

    assert len(picture.getvalue()) > MEGABYTE
    assert answer.status_code == 201, answer.text
    assert Database(lumio).ask(
        "SELECT address FROM accounts_auditentry WHERE action = 'upload.added'"
        f" AND account_id = '{account.replace('-', '')}'"
    ) == [(VISITOR,)]


@pytest.mark.parametrize(("path", "megabytes"), [("/v1/uploads", 54), ("/dashboard/uploads", 54), ("/v1/tokens", 2)])
def test_what_is_too_large_ends_at_the_proxy(lumio: Lumio, path: str, megabytes: int):
    answer = requests.post(lumio.url + path, data=b"x" * megabytes * MEGABYTE, timeout=30)

    assert answer.status_code == 413
    assert "X-Content-Type-Options" not in answer.headers, "Lumio answered"


def test_neither_tokens_nor_keys_are_logged(lumio: Lumio, proxy: Proxy):
    secret = "SECRET-THAT-NOBODY-MAY-READ"
    paths = ["setup", "account/reset", "connect", "invite", "overlay", "bridge", "v1/invitations", "v1/webhooks/kick"]
    for path in [f"/{path}/{secret}" for path in paths] + [f"/popout/chat?token={secret}"]:
        requests.get(lumio.url + path, headers={"Referer": f"{lumio.url}/popout/chat?token={secret}"}, timeout=10)

    wait_for(lambda: "/popout/chat" in proxy.access_log.read_text(), seconds=10, what="writing the log")
    assert all(f"/{path}/..." in proxy.access_log.read_text() for path in paths)
    assert secret not in proxy.logs()


def test_a_socket_on_which_nothing_happens_stays(lumio: Lumio, account: str):
    """For longer than the proxy waits for an answer: 75 s."""
    token = new_token(lumio, account)
    with connect(lumio.url.replace("https", "wss") + "/v1/ws", proxy=None, ping_interval=None) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        socket.send(json.dumps({"type": "subscribe", "channel": f"events:{account}", "after": 0}))
        assert [json.loads(socket.recv(timeout=10))["type"] for _ in range(2)] == ["ready", "subscribed"]

        with pytest.raises(TimeoutError):
            socket.recv(timeout=80)

        lumio.inside("tests.system.backstage.follows", account, 1)
        assert json.loads(socket.recv(timeout=10))["type"] == "messages"


def test_webs_restart_one_after_the_other_and_nobody_notices(lumio: Lumio, account: str):
    token = new_token(lumio, account)
    answers: Counter[tuple[str, int | str]] = Counter()
    stops = threading.Event()

    def ask(method: str, address: str, own_token: str, **options: Any) -> None:
        while not stops.wait(BETWEEN):
            try:
                answer = requests.request(method, address, params={"token": own_token}, timeout=15, **options)
                answers[method, answer.status_code] += 1
            except requests.RequestException as error:
                answers[method, repr(error)] += 1

    with ExitStack() as stack:
        pages = [stack.enter_context(new_page(lumio, account, token)) for _ in range(PAGES)]
        for page in pages:
            wait_for(lambda page=page: page.is_connected, seconds=30, what="opening a page")
        reading = ("GET", f"{lumio.url}/v1/events", {})
        # Which no proxy repeats, as nobody knows what came of it.
        writing = ("POST", f"{lumio.url}/v1/gql", {"json": {"query": "{ __typename }"}})
        askers = [
            threading.Thread(target=ask, args=(method, address, new_token(lumio, account)), kwargs=options)
            for method, address, options in [reading] * 2 + [writing] * 3
        ]
        restarts = threading.Thread(target=lambda: [lumio.restart(name) for name in ("web", "web2")])
        for thread in [*askers, restarts]:
            thread.start()
        happened = 0
        while restarts.is_alive():
            lumio.inside("tests.system.backstage.follows", account, BATCH)
            happened += BATCH
            time.sleep(0.2)
        stops.set()
        for thread in [*askers, restarts]:
            thread.join()
        for page in pages:
            wait_for(lambda page=page: page.after["events"] == happened, seconds=30, what=f"seeing {happened} events")

    assert set(answers) == {("GET", 200), ("POST", 200)}
    assert [[seq for seq, _ in page.seen["events"]] for page in pages] == [list(range(1, happened + 1))] * PAGES
    assert [page.oddities for page in pages] == [[]] * PAGES
    assert {code for page in pages for code in page.codes} == {4012}


def new_token(lumio: Lumio, account: str) -> str:
    return lumio.inside("tests.system.backstage.owners_token", account)


def new_page(lumio: Lumio, account: str, token: str) -> Page:
    return Page(lumio.url, token=token, account=account, after={"events": 0})
