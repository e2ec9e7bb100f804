"""The proxies of deploy/ as they run: the files as they are, but for addresses, certificate and log."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from lumio.env import ROOT
from lumio.up.watchdog import Watchdog
from tests.fakes.certificates import self_signed
from tests.processes.process import Process, free_port, wait_for

DASHBOARD, OVERLAY = "localhost", "127.0.0.1"


class Proxy:
    """Context manager. `webs` are the ports of the web processes, `port` is where it speaks TLS.

    The dashboard's host is `localhost`, that of overlays `127.0.0.1`: both are found without any DNS.
    """

    def __init__(self, webs: Sequence[int], port: int) -> None:
        self.webs = webs
        self.port, self.plain_port = port, free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="lumio-proxy-"))
        self.folder.chmod(0o755)  # nginx hands what it takes in to a user of its own
        self.certificate, self.key = self_signed(self.folder, DASHBOARD, OVERLAY)
        self.access_log = self.folder / "access.log"
        self._watchdog = Watchdog()
        self._process = Process(
            type(self).__name__,
            self.command(),
            environment={**os.environ, **self.environment()},
            log=self.folder / "output.log",
            watchdog=self._watchdog,
            cwd=self.folder,
        )

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def logs(self) -> str:
        """Everything it has written, whatever the file is called."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def __enter__(self) -> Proxy:
        self._process.start()
        wait_for(self._listens, seconds=20, what=f"starting {self._process.name}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()
        self._watchdog.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _listens(self) -> bool:
        assert self._process.is_running, self._process.output()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Nginx(Proxy):
    def command(self) -> list[str]:
        site = replaced(
            (ROOT / "deploy" / "nginx.conf").read_text(),
            {
                "lumio.example overlay.lumio.example": f"{DASHBOARD} {OVERLAY}",
                "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
                "listen [::]:80;": "",
                "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
                "listen [::]:443 ssl;": "",
                "/etc/ssl/lumio.pem": str(self.certificate),
                "/etc/ssl/lumio.key": str(self.key),
                "/var/log/nginx/lumio.log": str(self.access_log),
                "/var/log/nginx/lumio.error.log": str(self.folder / "error.log"),
                "127.0.0.1:8000": f"127.0.0.1:{self.webs[0]}",
                "127.0.0.1:8001": f"127.0.0.1:{self.webs[1]}",
            },
        )
        (self.folder / "site.conf").write_text(site)
        main = self.folder / "nginx.conf"
        main.write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/main.log;\n"
            "events {}\n"
            f"http {{ client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxied; "
            f"include {self.folder}/site.conf; }}\n"
        )
        return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(self.folder), "-c", str(main)]


class Caddy(Proxy):
    def command(self) -> list[str]:
        options = f"admin off\n\tskip_install_trust\n\thttp_port {self.plain_port}\n\thttps_port {self.port}"
        site = replaced(
            (ROOT / "deploy" / "Caddyfile").read_text(),
            {
                "{\n\tlog default {": f"{{\n\t{options}\n\tlog default {{",
                "{$LUMIO_OVERLAY_URL} {": f"{{$LUMIO_OVERLAY_URL}} {{\n\tbind 127.0.0.1\n"
                f"\ttls {self.certificate} {self.key}",
            },
        )
        (self.folder / "Caddyfile").write_text(site)
        # The one of requirements-dev.txt: Debian's is too old to mask its log.
        return [str(Path(sys.executable).parent / "caddy"), "run", "--adapter", "caddyfile", "--config", "Caddyfile"]

    def environment(self) -> dict[str, str]:
        return {
            "LUMIO_URL": f"https://{DASHBOARD}:{self.port}",
            "LUMIO_OVERLAY_URL": f"https://{OVERLAY}:{self.port}",
            "LUMIO_WEBS": " ".join(f"127.0.0.1:{port}" for port in self.webs),
            "LUMIO_LOG": str(self.access_log),
            "XDG_DATA_HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder),
        }


def replaced(text: str, parts: dict[str, str]) -> str:
    """The text with other parts; each of those that go has to be there."""
    for part, other in parts.items():
        assert part in text, f"{part!r} is not in the file"
        text = text.replace(part, other)
    return text
