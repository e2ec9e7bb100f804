from __future__ import annotations

from urllib.parse import unquote

import pytest
from asgiref.testing import ApplicationCommunicator

from lumio.env import host_of
from lumio.hosts import ByHost


async def inner(scope, receive, send) -> None:
    """Stands in for all of Lumio: says what reached it, and tries to set a cookie."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept", "headers": [(b"x-serves", scope["serves"].encode())]})
        return
    sent = [value for name, value in scope["headers"] if name == b"cookie"]
    headers = [(b"x-serves", scope["serves"].encode()), (b"Set-Cookie", b"a=b"), (b"x-cookie", b"".join(sent))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def ask(host: str, path: str, *, kind: str = "http", query: bytes = b"") -> tuple[int, dict[str, str]]:
    """Status (0 for a refused socket) and headers, lower case, of a request with a cookie. Several hosts have spaces
    between them."""
    scope = {
        "type": kind,
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [*((b"host", one.encode("latin-1")) for one in host.split(" ")), (b"cookie", b"lumio_session=s")],
    }
    lumio = ApplicationCommunicator(ByHost(inner), scope)
    if kind == "websocket":
        await lumio.send_input({"type": "websocket.connect"})
    answer = await lumio.receive_output()
    if answer["type"] == "websocket.close":
        return 0, {}
    headers = {name.decode().lower(): value.decode() for name, value in answer["headers"]}
    return answer.get("status", 101), headers


@pytest.mark.parametrize("host", ["localhost:8000", "localhost", "LOCALHOST:8000"])
async def test_the_dashboards_host_serves_everything_with_cookies(host):
    status, headers = await ask(host, "/dashboard")

    assert status == 200
    assert headers == {"x-serves": "dashboard", "set-cookie": "a=b", "x-cookie": "lumio_session=s"}


@pytest.mark.parametrize("path", ["/overlay/k", "/bridge/s", "/static/css/popout.css", "/uploads/a.png"])
async def test_the_overlay_host_neither_reads_nor_sets_a_cookie(path):
    status, headers = await ask("overlay.localhost:8000", path)

    assert status == 200
    assert headers == {"x-serves": "overlay", "x-cookie": ""}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/dashboard",
        "/account/login/",
        "/admin/",
        "/popout/events",
        "/v1/tokens",
        "/v1/gql",
        "/setup/x",
        "/connect",
        "/connect/x",
    ],
)
async def test_the_overlay_host_serves_nothing_else(path):
    assert await ask("overlay.localhost:8000", path) == (404, {"content-length": "0"})


@pytest.mark.parametrize("path", ["/popout/events", "/v1/tokens", "/v1/gql", "/static/js/live.js"])
async def test_a_lan_host_serves_unattended_pages_without_cookies(path):
    status, headers = await ask("studio.lan:8000", path)

    assert status == 200
    assert headers == {"x-serves": "unattended", "x-cookie": ""}


@pytest.mark.parametrize("path", ["/", "/dashboard", "/account/login/", "/admin/", "/setup/x", "/connect/x"])
async def test_a_lan_host_serves_no_dashboard(path):
    assert (await ask("studio.lan:8000", path))[0] == 404


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000"])
async def test_another_spelling_of_loopback_leads_to_the_dashboards_host(host):
    status, headers = await ask(host, "/connections/spotify/callback", query=b"code=a%20b&state=s")

    assert status == 307
    assert headers["location"] == "http://localhost:8000/connections/spotify/callback?code=a%20b&state=s"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("host", ["[::1]", "[::1]:8000"])
async def test_a_lumio_on_ipv6_loopback_is_at_home_there(settings, host):
    settings.LUMIO_HOST = host_of("http://[::1]:8000")

    assert (await ask(host, "/dashboard"))[1]["x-serves"] == "dashboard"
    assert (await ask("localhost:8000", "/dashboard"))[0] == 307


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/%0d%0aX: y"])
async def test_the_redirect_cannot_leave_lumio(path):
    _, headers = await ask("127.0.0.1:8000", path)

    assert headers["location"] == f"http://localhost:8000{path}"


@pytest.mark.parametrize("path", ["@evil.example/", ".evil.example/", "http://evil.example/", "%2F@evil.example/"])
async def test_what_is_no_path_is_not_redirected(path):
    assert (await ask("127.0.0.1:8000", path))[0] == 404


@pytest.mark.parametrize("path", ["/v1/tokens", "/static/js/live.js"])
async def test_tools_are_answered_on_every_loopback_without_cookies(path):
    status, headers = await ask("127.0.0.1:8000", path)

    assert status == 200
    assert headers == {"x-serves": "unattended", "x-cookie": ""}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "",
        "localhost.evil.example",
        "overlay.localhost.evil.example:8000",
        "localhost:8000 evil.example",
        "localhost:8000 localhost:8000",
    ],
)
async def test_an_unknown_host_gets_nothing(host):
    for path in ("/dashboard", "/popout/events", "/v1/tokens", "/static/css/popout.css"):
        assert (await ask(host, path))[0] == 404
    assert (await ask(host, "/v1/ws", kind="websocket"))[0] == 0


async def test_a_socket_reads_its_cookie_only_on_the_dashboards_host():
    assert await ask("localhost:8000", "/v1/ws", kind="websocket") == (101, {"x-serves": "dashboard"})
    assert await ask("overlay.localhost:8000", "/v1/ws", kind="websocket") == (101, {"x-serves": "overlay"})
    assert await ask("overlay.localhost:8000", "/v1/other", kind="websocket") == (0, {})


async def test_start_and_stop_of_the_server_pass_through():
    seen = []

    async def application(scope, receive, send) -> None:
        seen.append(scope)

    await ByHost(application)({"type": "lifespan"}, None, None)

    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ([b"203.0.113.7"], "203.0.113.7"),
        ([b"10.0.0.1, 203.0.113.7"], "203.0.113.7"),  # the first is what the visitor claimed
        ([b"10.0.0.1", b"2001:db8::7"], "2001:db8::7"),
        ([b"fe80::7%eth0"], "fe80::7"),
        ([b"203.0.113.7, nonsense"], "127.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("behind_proxy", [True, False])
async def test_the_proxy_in_front_says_who_asks(settings, told, client, behind_proxy):
    settings.LUMIO_BEHIND_PROXY = behind_proxy
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["client"][0])

    headers = [(b"host", b"localhost:8000"), *((b"x-forwarded-for", value) for value in told)]
    scope = {"type": "http", "path": "/", "query_string": b"", "headers": headers, "client": ("127.0.0.1", 50000)}
    await ByHost(application)(scope, None, None)

    assert seen == [client if behind_proxy else "127.0.0.1"]


@pytest.fixture
def tunnel(settings) -> str:
    settings.LUMIO_WEBHOOK_HOST = "lumio.tunnel.example.com"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, settings.LUMIO_WEBHOOK_HOST]
    return settings.LUMIO_WEBHOOK_HOST


async def test_the_host_of_webhooks_takes_deliveries_without_cookies(tunnel):
    status, headers = await ask(tunnel, "/v1/webhooks/kick/code")

    assert (status, headers) == (200, {"x-serves": "unattended", "x-cookie": ""})


@pytest.mark.parametrize(
    "path", ["/", "/dashboard", "/v1/tokens", "/v1/gql", "/popout/events", "/overlay/k", "/static/a.js"]
)
async def test_the_host_of_webhooks_serves_nothing_else(tunnel, path):
    assert (await ask(tunnel, path))[0] == 404


async def test_where_it_is_the_dashboards_host_everything_is_served():
    assert (await ask("localhost:8000", "/dashboard"))[0] == 200
    assert (await ask("localhost:8000", "/v1/webhooks/kick/code"))[0] == 200
