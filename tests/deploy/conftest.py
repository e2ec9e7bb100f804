"""Two web processes behind each proxy of deploy/ in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.proxies import DASHBOARD, OVERLAY, Caddy, Nginx, Proxy
from tests.processes.cluster import Lumio
from tests.processes.fixtures import valkey
from tests.processes.process import free_port

__all__ = ["valkey"]


@pytest.fixture(scope="session")
def lumio(valkey) -> Iterator[Lumio]:
    """Its `url` and `overlay_url` are those of the proxy."""
    port = free_port()
    addresses = {"LUMIO_URL": f"https://{DASHBOARD}:{port}", "LUMIO_OVERLAY_URL": f"https://{OVERLAY}:{port}"}
    environment = {**addresses, "LUMIO_DRAIN_SECONDS": "5"}
    with Lumio(redis_url=valkey.url, web=2, worker=0, beat=0, ingest=0, environment=environment) as running:
        running.url, running.overlay_url = addresses.values()
        yield running


@pytest.fixture(scope="session", params=[Nginx, Caddy])
def proxy(request: pytest.FixtureRequest, lumio: Lumio) -> Iterator[Proxy]:
    webs = [int(lumio.url_of(name).rpartition(":")[2]) for name in ("web", "web2")]
    with request.param(webs, int(lumio.url.rpartition(":")[2])) as running:
        yield running


@pytest.fixture
def trusted(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its certificate is one that clients of this test believe."""
    monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.certificate))
    monkeypatch.setenv("NO_PROXY", "*")
