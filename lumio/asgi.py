"""What daphne serves: pages and APIs over HTTP, the live bus, bridge pages and overlays over WebSocket, each only on
the hosts it belongs to.

In front of all that stand the probes.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumio.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()  # loads the apps, so it comes before whatever imports them

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from events.consumers import LiveConsumer
from integrations.consumers import BridgeConsumer
from lumio import bodies, checks, draining
from lumio.bare import ByPath
from lumio.hosts import ByHost, not_found
from lumio.lib.redact import mask_crashes
from lumio.metrics import Measured
from lumio.pacing import Paced
from lumio.probes import Probes
from lumio.referers import Referers
from lumio.warmup import warm_up
from overlays.consumers import OverlayConsumer

if draining.is_served():  # by daphne, that is; tests and tools only import this
    mask_crashes()
    checks.at_start()
    bodies.limit()
    draining.wait_before_stopping()
    warm_up()

site = ProtocolTypeRouter(
    {
        "http": ByPath(pages),
        "websocket": URLRouter(
            [
                path("v1/ws", LiveConsumer.as_asgi()),
                path("v1/ws/bridge", BridgeConsumer.as_asgi()),
                path("v1/ws/overlay", OverlayConsumer.as_asgi()),
                # Channels itself would log an error.
                re_path("", not_found),  # type: ignore[arg-type]  # it expects a view
            ]
        ),
    }
)
application = Paced(draining.Finished(Probes(Measured(Referers(ByHost(site))))))
