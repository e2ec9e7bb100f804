"""The whole application behind its host rules, asked the way daphne asks it."""

from __future__ import annotations

import pytest
from asgiref.testing import ApplicationCommunicator

from lumio.asgi import application


async def ask(host: str, path: str, cookie: str = "", *, root: str = "") -> tuple[int, dict[str, str]]:
    """`root` is what daphne makes of a header `Daphne-Root-Path`."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": root,
        "query_string": b"",
        "headers": [(b"host", host.encode()), (b"cookie", cookie.encode())],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
    lumio = ApplicationCommunicator(application, scope)
    await lumio.send_input({"type": "http.request", "body": b""})
    answer = await lumio.receive_output(timeout=10)
    headers = {name.decode().lower(): value.decode() for name, value in answer["headers"]}
    await lumio.wait()
    return answer["status"], headers


@pytest.mark.django_db(transaction=True)
class TestByHost:
    async def test_a_session_counts_on_the_dashboards_host_alone(self, ada_client, ben):
        cookie = f"lumio_session={ada_client.cookies['lumio_session'].value}"

        assert (await ask("localhost:8000", "/v1/tokens", cookie))[0] == 200
        assert (await ask("127.0.0.1:8000", "/v1/tokens", cookie))[0] == 401
        assert (await ask("studio.lan:8000", "/v1/tokens", cookie))[0] == 401
        assert (await ask("overlay.localhost:8000", "/v1/tokens", cookie))[0] == 404
        assert (await ask("evil.example", "/v1/tokens", cookie))[0] == 404

    async def test_cookies_are_set_on_the_dashboards_host_alone(self):
        assert "set-cookie" in (await ask("localhost:8000", "/account/login/"))[1]
        status, headers = await ask("studio.lan:8000", "/popout/events", "lumio_language=de")
        assert status == 401
        assert "set-cookie" not in headers

    async def test_no_header_has_an_address_lead_elsewhere(self):
        assert (await ask("overlay.localhost:8000", "/overlay/account/login/", root="/overlay"))[0] == 404
        assert (await ask("localhost:8000", "/elsewhere/v1/tokens", root="/elsewhere"))[0] == 404
        status, headers = await ask("localhost:8000", "/dashboard", root="//evil.example")
        assert (status, headers["location"]) == (302, "/account/login/?next=/dashboard")


async def test_every_host_answers_probes():
    for host in ("localhost:8000", "127.0.0.1:8000", "studio.lan"):
        assert (await ask(host, "/healthz"))[0] == 200


@pytest.mark.parametrize("path", ["/", "/v1/ws/", "/v1/ws/bridge/other", "/dashboard"])
async def test_a_socket_that_leads_nowhere_is_turned_away_without_a_word(path, caplog):
    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": [(b"host", b"localhost:8000")]}
    lumio = ApplicationCommunicator(application, scope)
    await lumio.send_input({"type": "websocket.connect"})

    assert await lumio.receive_output() == {"type": "websocket.close"}
    await lumio.wait()
    assert caplog.messages == []
